def numbers(n):
    for i in range(n):
        yield i


def squares(source):
    for n in source:
        if n % 3:
            yield n * n


def main():
    total = 0
    for value in squares(numbers(100_000)):
        total += value
    return total

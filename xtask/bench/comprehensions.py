"""Comprehensions of every kind, nested and with conditions."""


def main():
    total = 0
    for n in range(400):
        squares = [i * i for i in range(40)]
        even = {i for i in squares if i % 2 == 0}
        by_value = {i: i % 7 for i in even}
        pairs = [(a, b) for a in range(6) for b in range(6) if a < b]
        total += sum(v for v in by_value.values()) + len(pairs) + n
    return total

def double(n):
    found = n * 2
    return found


def both(a, b):
    total = double(a) + double(b)
    return total


print(both(1, 2))

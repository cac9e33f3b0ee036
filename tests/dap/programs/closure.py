def counting(start):
    total = start

    def add(depth, n):
        nonlocal total
        if depth:
            return add(depth - 1, n)
        total += n
        return total

    add(0, 1)
    add(7, 2)
    return total


counting(10)

def counter():
    count = 0

    def bump(by):
        nonlocal count
        count += by
        return count

    def each():
        for n in [1, 2]:
            yield bump(n) + count

    total = 0
    for part in each():
        total += part

    def dig(depth):
        nonlocal count
        count += 1
        if depth:
            return dig(depth - 1)
        return count

    return total + dig(8)


print(counter())

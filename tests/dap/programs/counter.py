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
    return total


print(counter())

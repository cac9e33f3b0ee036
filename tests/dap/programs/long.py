def count(limit):
    n = 0
    while n < limit:
        n += 1
    return n


print(count(1_500_000))

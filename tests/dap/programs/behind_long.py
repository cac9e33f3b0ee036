import functools


def quiet(n):
    total = n
    total += 1
    return total


def work(change):
    quiet(1)
    change()
    return quiet(2)


xs = [3, 1, 2]
for n in range(30000):
    quiet(n)
work(functools.partial(xs.sort))
print(xs)

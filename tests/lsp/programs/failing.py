def check(value):
    limit = 10
    if value > limit:
        raise ValueError(f"{value} is too much")
    return value


def all_of(values):
    for value in values:
        check(value)


try:
    check(99)
except ValueError:
    pass
all_of([3, 12, 5])
print("not reached")

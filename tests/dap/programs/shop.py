FACTOR = 2
ITEMS = [3]


def price(n):
    found = n * FACTOR + sum(ITEMS)
    return found  # in a module that was imported before the fork

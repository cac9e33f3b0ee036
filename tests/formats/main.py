"""Something of everything, for recordings in older formats."""


class Shelf:
    def __init__(self, name):
        self.name = name
        self.items = {}

    def put(self, key, count):
        self.items[key] = self.items.get(key, 0) + count
        return self.items[key]


def counting(most):
    total = 0
    for n in range(most):
        total += n
        yield total


def fails(shelf):
    if "tea" in shelf.items:
        raise ValueError("no tea")


def main():
    shelf = Shelf("left")
    alias = shelf.items
    numbers = [1, 2.5, "three", None, (4, 5), b"six", {7}, 10**30]
    for n in counting(4):
        shelf.put("tea" if n > 2 else n, len(numbers))
        numbers.pop()
    try:
        fails(shelf)
    except ValueError as error:
        print("failed:", error)
    alias["last"] = numbers
    del numbers[0]
    return shelf


print(main().name)

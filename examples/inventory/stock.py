"""What is on the shelves."""


class Shelf:
    __slots__ = ("count", "price")

    def __init__(self, count, price):
        self.count = count
        self.price = price


class Stock:
    def __init__(self):
        self.shelves = {}

    def add(self, name, count, price):
        self.shelves[name] = Shelf(count, price)

    def count(self, name):
        shelf = self.shelves.get(name)
        return shelf.count if shelf else 0

    def take(self, name, count):
        shelf = self.shelves[name]
        shelf.count -= count
        return count * shelf.price

    def report(self):
        return ", ".join(f"{shelf.count} {name}" for name, shelf in sorted(self.shelves.items()))

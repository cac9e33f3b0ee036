class Prices:
    def __init__(self):
        self.table = {"tea": 3}
        self.cache = {}

    def set(self, name, price):
        self.table[name] = price

    def get(self, name):
        if name not in self.cache:
            self.cache[name] = self.table[name] * 2  # faulty
        return self.cache[name]


def bill(prices, names):
    return sum(prices.get(name) for name in names)


prices = Prices()
assert bill(prices, ["tea"]) == 6
prices.set("tea", 4)
assert bill(prices, ["tea"]) == 8

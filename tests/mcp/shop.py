PRICES = [3, 7]


class Cart:
    def __init__(self):
        self.items = []

    def add(self, name):
        self.items.append(name)
        return len(self.items)


def price(name, n):
    total = 0
    total += n
    return PRICES[n]


cart = Cart()
sum = 0
for name in ["kiwi", "fig", "plum"]:
    n = cart.add(name) - 1
    if n == 2:
        print("sold", sum)
    sum += price(name, n)

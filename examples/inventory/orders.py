"""Orders: lines of items, shipped from a stock."""

COUPONS = {"HALF": 0.5}


class Refused(Exception):
    """The stock cannot serve an order."""


class Order:
    def __init__(self, customer, lines, coupon=None):
        self.customer = customer
        self.lines = lines
        self.coupon = coupon
        self.log = []

    def ship(self, stock):
        price = 0.0
        for name, wanted in self.lines.items():
            if stock.count(name) < wanted:
                raise Refused(f"only {stock.count(name)} {name} left")
            price += stock.take(name, wanted)
            self.log.append((name, wanted))
        return price * COUPONS.get(self.coupon, 1)

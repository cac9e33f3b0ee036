"""Dataclasses: made, compared, replaced and sorted."""

from dataclasses import dataclass, field, replace


@dataclass(order=True)
class Order:
    amount: int
    customer: str = "nobody"
    items: list = field(default_factory=list)

    def add(self, name, price):
        self.items.append((name, price))
        self.amount += price


def main():
    orders = []
    for n in range(1200):
        order = Order(n % 17, f"c{n % 9}")
        for k in range(4):
            order.add(f"item{k}", k * 3)
        if n % 10 == 0:
            order = replace(order, amount=0)
        orders.append(order)
    best = sorted(orders)[-1]
    return best.amount + sum(order.amount for order in orders if order == best)

"""A small shop whose stock ends up wrong. Record it, then ask who changed what."""

from orders import Order, Refused
from stock import Stock


def load():
    stock = Stock()
    stock.add("apple", 10, price=0.5)
    stock.add("pear", 4, price=0.75)
    stock.add("fig", 30, price=0.1)
    return stock


def main():
    stock = load()
    orders = [
        Order("ann", {"apple": 3, "fig": 5}),
        Order("bob", {"pear": 6}),
        Order("cid", {"apple": 1}, coupon="HALF"),
        Order("dee", {"apple": 2, "kiwi": 1}),
    ]
    total = 0.0
    for order in orders:
        try:
            total += order.ship(stock)
        except Refused as refusal:
            # An order that is refused must leave the stock as it was. Does it?
            print(f"{order.customer}: {refusal}")
    print(f"earned {total:.2f}")
    print("left:", stock.report())
    # ann and cid took 4 of 10 apples: 6 should be left.
    assert stock.count("apple") == 6, "apples are missing"


if __name__ == "__main__":
    main()

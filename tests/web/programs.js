// Programs that several tests record.
"use strict";

/** Calls in two threads, of which one raises. */
const CALLS = `import threading


def half(n):
    return n // 2


def count(n):
    if n == 13:
        raise ValueError("unlucky")
    total = 0
    for k in range(n):
        total += half(k)
    return total


def work():
    for n in range(20):
        try:
            count(n)
        except ValueError as error:
            print("skipped", error)


worker = threading.Thread(target=work, name="worker-1")
worker.start()
worker.join()
work()
`;

/** Two calls of `count`, which calls `add` so many times, and `needle` between them. */
const counting = (first, second) => `def add(n):
    return n + 1


def count(n):
    total = 0
    for k in range(n):
        total = add(total)
    return total


def needle():
    return "in the hay"


first = count(${first})
needle()
second = count(${second})
print(first, second)
`;

/** Buys three times, and fails at the end. */
const SHOP = `prices = {"tea": 3, "jam": 5}
total = 0


def buy(name, count):
    cost = prices[name] * count
    return cost


for name in ["tea", "jam", "tea"]:
    total += buy(name, 2)
    print("so far", total)
print("done")
assert total == 0, "<b>too much</b>"
`;

/** A bill in which nobody is a vip. */
const CLUB = `prices = {"tea": 3, "jam": 5}


def discount(owner, price):
    if owner.startswith("vip"):
        price = price - 1
    return price


total = 0
members = ["ann", "cid"]
bill = {}
for owner, price in zip(members, prices.values()):
    bill[owner] = price
    total += discount(owner, price)
print(bill)
assert total == 0, "too much"
`;

module.exports = { CALLS, SHOP, CLUB, counting };

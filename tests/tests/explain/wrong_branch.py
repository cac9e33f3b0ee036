def discount(customer, total):
    if customer["orders"] > 10 or total > 50:  # faulty
        return total * 0.8
    return total


def invoice(customer, lines):
    total = sum(price * count for price, count in lines)
    return {"name": customer["name"], "sum": discount(customer, total)}


ann = {"name": "Ann", "orders": 2}
bob = {"name": "Bob", "orders": 12}
assert invoice(bob, [(10, 6)])["sum"] == 48.0
assert invoice(ann, [(5, 3)])["sum"] == 15
assert invoice(ann, [(20, 3)])["sum"] == 60

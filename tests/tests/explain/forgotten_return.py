def find(rows, name):
    for row in rows:
        if row["name"] == name.strip():
            return row
    if name.startswith("#"):  # faulty
        rows[0]


def price(rows, name):
    row = find(rows, name)
    return row["price"]


ROWS = [{"name": "tea", "price": 3}, {"name": "milk", "price": 1}]
total = 0
for order in ["tea", " milk", "milk ", "tea", "tea ", "#1"]:
    total += price(ROWS, order)

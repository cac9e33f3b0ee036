import operator

import shop


def change(n):
    shop.FACTOR = n
    return n


change(3)
shop.price(7)
setattr(shop, "FACTOR", 4)
shop.price(7)
vars(shop)["FACTOR"] = 5
operator.iadd(shop.ITEMS, [1])
shop.price(7)
list(map(shop.ITEMS.append, [8, 9]))
shop.price(7)

class Order:
    def __init__(self, price, count):
        self.price = price
        self.count = count


def checked(order):
    if order.price is None:
        raise ValueError("no price")
    if order.count is None:
        raise ValueError("no count")
    if order.price < 0:
        raise ValueError("negative price")
    if order.count < 0:
        raise ValueError("negative count")
    return order


def total(order, rate, verbose=False, dry=False):
    if verbose:
        print("total of", order)
    if dry:
        return 0
    if rate < 0:
        raise ValueError("negative rate")
    order = checked(order)
    net = order.price * order.count
    if verbose:
        print("net is", net)
    taxed = net + rate  # faulty
    if taxed != taxed:
        raise ValueError("not a number")
    if taxed < 0:
        taxed = 0
    if verbose:
        print("with tax", taxed)
    return taxed


assert total(Order(100, 2), 0.5) == 300

# The contents of a value change through any name.
from array import array
from collections import deque


def prune(xs):
    for x in xs:
        if x % 2 == 0:
            xs.remove(x)  #@ removed


class Cart:
    def __init__(self):
        self.items = []  #@ made
        self.total = 0  #@ zero

    def add(self, item, price):
        self.items.append(item)  #@ add
        self.total += price  #@ price


def look():
    numbers = [1, 2, 4, 6, 7]  #@ numbers
    prune(numbers)
    seen = {1, 2}  #@ seen
    alias = seen
    alias.add(5)  #@ seen+
    table = {"k": 1}  #@ table
    table["k"] = 2  #@ k
    table["n"] = 3  #@ n
    del table["k"]  #@ -k
    data = bytearray(b"abc")  #@ data
    data[1] = 120  #@ x
    data.append(33)  #@ !
    queue = deque([1])  #@ queue
    queue.appendleft(0)  #@ left
    queue.pop()  #@ pop
    cells = array("i", [1, 2])  #@ cells
    cells.append(3)  #@ cell
    order = [3, 1, 2]  #@ order
    order.sort()  #@ sorted
    order[1:2] = [8, 9]  #@ slice
    order.insert(0, 5)  #@ insert
    cart = Cart()  #@ cart
    cart.add("pear", 3)
    grid = [[0], [0]]  #@ grid
    grid[0].append(1)  #@ deep
    words = []  #@ words
    words.append("a")  #@ a
    words = ["b"]  #@ again
    words.append("c")  #@ c
    1 / 0


look()
#? why numbers: removed prune, numbers look
#? history numbers: removed prune -6 at [2], removed prune -2 at [1], numbers look
#? why seen: seen+ look, seen look
#? history seen: seen+ look +5, seen look
#? history table: -k look -'k': 2, n look +'n': 3, k look 'k': 1 → 2, table look
#? why table: -k look, table look
#? why table['n']: n look
#? history data: ! look +33 at [3], x look [1]: 98 → 120, data look
#? history queue: pop look -1 at [1], left look +0 at [0], queue look
#? history cells: cell look +3 at [2], cells look
#? history order: insert look +5 at [0], slice look, sorted look, order look
#? why cart: price Cart.add, cart look
#? history cart: price Cart.add .total: 0 → 3, cart look
#? why cart.items: add Cart.add, made Cart.__init__
#? history cart.items: add Cart.add +'pear' at [0], made Cart.__init__
#? why grid: grid look
#? why grid[0]: deep look, grid look
#? history words: c look +'c' at [1], again look, a look +'a' at [0], words look

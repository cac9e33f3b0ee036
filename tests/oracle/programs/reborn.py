"""New objects at the addresses of dead ones, nested so that only the innermost differ."""


import copy
import json


def show(x, *rest):
    return x


def pass_temporaries():
    for n in range(6):
        show([[n]])
        show((1, [[n]]))
        show({"k": [[n], {"a": [n]}]})
        show([[[n], [n + 1]], 5])


def keep_in_slots():
    for n in range(6):
        x = [[n], [[n]]]
        y = z = [[n]]
        a, b = [[n]], {"k": [n]}
        x = y = z = a = b = None
    return x


def loop_over_literals():
    for n in range(6):
        for item in [[[n]], [[n + 1]]]:
            held = item
        held = item = None


def give():
    for n in range(6):
        yield [[n], {"n": [n]}]


def made(n):
    return [[n], ("t", [n])]


class Box:
    def __init__(self, n):
        self.items = [[n]]
        self.pair = (n, [n])


def boxes():
    for n in range(6):
        box = Box(n)
        got = box.items
        box = got = None
        show(Box(n))
        show([Box(n)])


def tuples():
    for n in range(6):
        show((("a", n),))
        show([("b", str(n))])
        show(([("c", n)], n))


def chained():
    for n in range(6):
        show(made(n))
        for value in give():
            first = value
        got = list(map(made, range(n, n + 2)))
        got = sorted([[n], [n - 1]])
        got = [made(k) for k in range(2)]
        got = dict(zip("ab", [[[n]], [[n]]]))


def by_library():
    for n in range(8):
        show(json.loads("[[%d]]" % n))
        show([*map(list, [[n]])])
        show(list(([n],)))
        show(list(([[n]],))[:])
        show(copy.deepcopy([[n]]))
        x = json.loads('{"a": {"b": [%d]}}' % n)
        x = None
        for held in json.loads("[[[%d]], [[2, %d]]]" % (n, n)):
            got = held
        held = got = None
    return x


pass_temporaries()
by_library()
keep_in_slots()
loop_over_literals()
boxes()
tuples()
chained()

"""Lines that change a container themselves, and have code that is not recorded change it too."""

import operator


class Plain:
    pass


class Body:
    one = two = three = four = five = six = seven = eight = nine = 0
    locals()["two"] = 1
    three, four = operator.setitem(locals(), "five", 3) or (1, 2)
    six = 4
    del seven
    for eight in range(3):
        nine = operator.setitem(locals(), "one", eight)
    two = 5


def through(name):
    return {"globals": globals}[name]


def large():
    d = {n: 0 for n in range(20)}
    d[3] = operator.setitem(d, 5, 9) or 1
    d[3] = 2
    d[4] = 1; through("globals")()["kept"][7] = 8
    d[4] = 3
    d[1], d[2] = 1, operator.setitem(d, 6, 1)
    d[1] = [operator.setitem(d, n, -n) for n in (8, 9)][0]
    d[1] = max([1, 2], key=lambda n: operator.setitem(d, 10, n) or n)
    d["new"] = operator.delitem(d, 11)
    d["new"] = operator.setitem(d, "other", 1)
    d[1] += operator.setitem(d, 12, 5) or 1
    for d[1] in map(d.__setitem__, range(13, 16), "abc"):
        d[2] = 0
    return d


def attributes(o):
    vars(o).update({"a%d" % n: 0 for n in range(20)})
    o.a1 = setattr(o, "a2", 1)
    o.a1 = 1
    o.a3 = operator.setitem(vars(o), "a4", 1) or 2
    o.a3 = 3
    o.a5, o.a6 = 1, vars(o).update(a7=7)
    o.a5 = [setattr(o, "a%d" % n, n) for n in (8, 9)][0]
    del o.a5
    o.a6 = delattr(o, "a10")
    return o


def assigns():
    global first, second
    first = exec("second = 1", globals())
    first = 2
    second = globals().update(third=3)
    del second
    first = globals().update(second=4)


kept = {n: 0 for n in range(20)}
large()
attributes(Plain())
first = second = third = fourth = 0
assigns()
first = 1
first = globals().update(second=5)
first = operator.setitem(globals(), "third", 1) or 2
first, second = 3, exec("fourth = 7")
third = second
del second
second = exec("third = 8") or exec("fourth = 9")
for first in range(4):
    second = operator.setitem(globals(), "third", first)
    fourth = third
for first in map(lambda n: globals().update(third=n), range(3)):
    second = third
try:
    first = 1; second = exec("third = 10; 1 / 0")
except ZeroDivisionError as error:
    fourth = error
first = [exec("third = 11", globals()) for _ in "ab"]
kept[3] = kept.update({4: 1})
kept[3] = operator.setitem(kept, 5, 1) or 2
__spec__ = Plain()
__spec__ = None

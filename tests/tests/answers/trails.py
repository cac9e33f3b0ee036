# Where a value came from: by the identity of the object if it has one.
import functools
from dataclasses import dataclass

LIST = ["the", "list"]  #@ LIST


def log(fn):
    def wrap(*a, **k):
        return fn(*a, **k)

    return wrap


@log
def ident(v):
    return v


MARKED = []


def marked(fn):
    MARKED.append(fn)
    return fn


@marked
def two(v):
    return v, 1


def named(*, v):
    return v


def add(x, to=[]):  #@ default
    to.append(x)
    return to


def gen(v):
    yield v
    got = yield
    yield got


@dataclass
class Point:
    v: object


class C:
    pass


def take(v):
    return v


class Ops:
    def __add__(self, other):
        return other

    def __getitem__(self, key):
        return key

    def __lt__(self, other):
        return other

    def __setitem__(self, key, value):
        self.kept = value

    def __call__(self, value):
        return value


def closing(v):
    try:
        return v
    finally:
        take(0)


def run():
    x = LIST  #@ x
    for i, a1 in enumerate([x]):
        pass
    a2, n = two(x)
    a3 = {"k": x}.get("k")
    c = C()
    c.v = x
    a4 = getattr(c, "v")
    a5 = ident(x)
    (a6 := x)
    for a7, _ in zip([x], [1]):
        pass
    *_, a8 = [1, x]
    a9 = named(**{"v": x})
    setattr(c, "w", x)
    b1 = c.w
    b2 = Point(x).v
    match {"k": [x, 1]}:
        case {"k": [b3, _]}:
            pass
    g = gen(x)
    b4 = next(g)
    next(g)
    b5 = g.send(x)
    b6 = functools.partial(take, x)()
    for b7 in gen(x):
        break
    b = add(1)
    number = 12345  #@ number
    s1, s2 = number, 2
    s3 = {"k": number}
    s4 = s3.get("k")
    s5 = ident(number)
    match s3:
        case {"k": s6}:
            pass
    s7 = number + 0  #@ sum
    s8 = abs(take(number))  #@ abs
    t1 = Ops() + number
    t2 = Ops()[number]
    t3 = Ops() < take(number)
    ops = Ops()
    ops[0] = number
    t4 = ops(number)
    t5 = ops[number + 1]
    t6 = closing(number)
    t7 = (lambda v: v)(number)
    t8 = Ops() + (Ops() + number)
    x.append(1); x = [number]  #@ two
    1 / 0


run()
#? origin t1: number run ~ has it: 12345
#? origin t2: number run ~ has it: 12345
#? origin t3: number run ~ has it: 12345
#? origin ops.kept: number run ~ has it: 12345
#? origin t4: number run ~ has it: 12345
#? origin t5: ~ passed it: number + 1
#? origin t6: number run ~ has it: 12345
#? origin t7: number run ~ has it: 12345
#? origin x: two run ~ made it: [number]
#? why x: two run
#? origin a1: LIST <module> ~ made it
#? origin a2: LIST <module> ~ made it
#? origin a3: LIST <module> ~ made it
#? origin a4: LIST <module> ~ made it
#? origin a5: LIST <module> ~ made it
#? origin a6: LIST <module> ~ made it
#? origin a7: LIST <module> ~ made it
#? origin a8: LIST <module> ~ made it
#? origin a9: LIST <module> ~ made it
#? origin b1: LIST <module> ~ made it
#? origin b2: LIST <module> ~ made it
#? origin b3: LIST <module> ~ made it
#? origin b4: LIST <module> ~ made it
#? origin b5: LIST <module> ~ made it
#? origin b6: LIST <module> ~ made it
#? origin b7: LIST <module> ~ made it
#? origin MARKED[0]: ~ passed it, as a decorator of two
#? origin b: ~ the default of to, made at line 37
#? origin s1: number run ~ has it: 12345
#? origin s4: number run ~ has it: 12345
#? origin s5: number run ~ has it: 12345
#? origin s6: number run ~ has it: 12345
#? origin s7: sum run ~ computed it: number + 0
#? origin s8: abs run ~ got it from abs(take(number))

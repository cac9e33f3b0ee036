# Reports the statement and the frame that stored, not those of a call that has just returned.
import contextlib
import functools


def f(x):
    y = x + 1
    return y  #@ f


class Door:
    def __enter__(self):
        return self  #@ enter

    def __exit__(self, *error):
        return False


def gen():
    got = yield 1  #@ yield
    while True:
        got = yield got * 100  #@ again


def plus(fn):
    @functools.wraps(fn)
    def wrap(*a, **k):
        return fn(*a, **k)

    return wrap  #@ wrapped


class Box:
    size = f(4)  #@ size
    sizes = [f(n) for n in (1, 2)]  #@ sizes

    def __init__(self):
        self.__it = None  #@ none

    def walk(self, xs):
        for x in xs:
            self.__it = x  #@ it
        return 1 / 0


@plus
def twice(v):  #@ def
    return v * 2


def look():
    a = f(1); b = f(a); c = f(b)  #@ abc
    d = {}; d["a"] = f(1); d["b"] = f(2)  #@ d
    with Door() as door:  #@ door
        pass
    i = gen(); next(i)
    sent = i.send(10)  #@ sent
    made = [f(n) for n in (1, 2)]  #@ made
    pair = (f(5), f(6))  #@ pair
    one, two = f(7), f(8)  #@ two
    (three := f(9))  #@ three
    t = twice(21)  #@ t
    Box().walk([3, 4])


look()
#? why a @1: abc look
#? why b @1: abc look
#? why c @1: abc look
#? why d['a'] @1: d look
#? why d['b'] @1: d look
#? why door @1: door look
#? why sent @1: sent look
#? why made @1: made look
#? why pair @1: pair look
#? why one @1: two look
#? why two @1: two look
#? why three @1: three look
#? why t @1: t look
#? why self.__it: it Box.walk
#? history self.__it: it Box.walk, it Box.walk, none Box.__init__
#? why Box.size: size Box
#? why Box.sizes: sizes Box
#? why twice: def <module>

"""Attributes of functions, and decorators that store something in them."""

import functools


def counted(function):
    @functools.wraps(function)
    def wrapper(*args):
        wrapper.calls += 1
        wrapper.seen.append(args)
        return function(*args)

    wrapper.calls = 0
    wrapper.seen = []
    return wrapper


@counted
def add(a, b):
    return a + b


@counted
def neg(a):
    return -a


def tag(**what):
    def apply(function):
        function.tags = what
        function.tags["n"] = len(what)
        return function

    return apply


@tag(fast=True)
def plain(n):
    plain.cache[n] = n * n
    return plain.cache[n]


plain.cache = {}
add(1, 2)
add(3, 4)
neg(5)
plain(2)
plain(3)
plain.cache.clear()
plain.tags = None
del plain.tags
setattr(plain, "later", [1])
plain.later.append(2)
vars(plain)["more"] = 3
plain.__dict__ = {"fresh": 1}
plain.fresh += 1
table = {"add": add, "plain": plain}
table["plain"].through = 1
table["add"].calls = 100


class K:
    def method(self):
        K.method.calls = getattr(K.method, "calls", 0) + 1
        return K.method.calls

    @staticmethod
    def static():
        return 1

    @classmethod
    def make(cls):
        cls.made = getattr(cls, "made", ()) + (1,)
        return cls()


k = K()
k.method()
k.method()
K.make()
K.make()
square = lambda n: n * n  # noqa: E731
square.kind = "lambda"
for i in range(3):

    def inner():
        return i

    inner.i = [i]
    inner.i.append(inner())
done = 1

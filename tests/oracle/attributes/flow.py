"""Attributes of classes and functions while frames are left and resumed, and exceptions propagate."""

import asyncio
import contextlib


class Counter:
    total = 0
    log = []

    @classmethod
    def add(cls, n):
        cls.total += n
        cls.log.append(n)
        return cls.total

    @contextlib.contextmanager
    def held(self):
        Counter.total += 100
        try:
            yield self
        finally:
            type(self).total -= 100
            self.log.clear()

    def __enter__(self):
        Counter.entered = True
        return self

    def __exit__(self, *what):
        del Counter.entered
        return True


class Dying:
    alive = 3

    def __del__(self):
        Dying.alive -= 1
        Counter.log.append(Dying.alive)


class Nested:
    class Inner:
        values = {}

    inner = Inner()
    other: "list | None" = None

    def __call__(self, k):
        self.inner.values[k] = self.Inner
        Nested.Inner.values.setdefault("n", []).append(k)
        return len(self.Inner.values)


def steps(c):
    for n in range(3):
        c.log.append(n)
        yield Counter.total
        Counter.total += n


async def wait(c):
    Counter.total += 1
    await asyncio.sleep(0)
    c.log.append("waited")
    Counter.total *= 2


async def both(c):
    await asyncio.gather(wait(c), wait(c))
    return Counter.total


def fail(c):
    try:
        c.log.append("before")
        Counter.total = "x" + Counter.total
    except TypeError:
        Counter.failed = c.log[-1]
    finally:
        c.total = 1
    return c.failed


def lazily():
    if not hasattr(lazily, "cache"):
        lazily.cache = {}
    lazily.cache[len(lazily.cache)] = Counter
    return lazily.cache


def swap(a, b):
    a.log, b.values = b.values, a.log
    a.total, *a.rest = 5, 6, 7
    (a.total, a.log), b.values = (9, []), {}


c = Counter()
Counter.add(2)
c.add(3)
for n in steps(c):
    Counter.log.append(-n)
with c.held() as h:
    h.log.append("in")
with c:
    Counter.total += 1
    raise ValueError
asyncio.run(both(c))
fail(c)
lazily()
lazily()
nested = Nested()
nested("a")
nested("b")
Nested.other = [nested]
nested.other.append(1)
swap(Counter, Nested.Inner)
xs = [Counter.add(by) for by in range(3)]
Counter.log += [1]
Counter.log[1:2] = "ab"
Counter.log[0], Counter.total = Counter.total, 0
d = Dying()
Counter.log = []
del d
Dying()
e = [Dying()]
e.clear()
for Counter.loop in range(3):
    pass
with c as Counter.target:
    pass
Counter.total, Counter.add = 5, None
match c:
    case Counter(total=t):
        Counter.matched = t
done = 1

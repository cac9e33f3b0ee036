# Where numbers come from, which have no identity: by what the calls of a line can have given.
import asyncio
import collections
import contextlib
import functools
from dataclasses import dataclass, field
from typing import NamedTuple


def log(fn):
    @functools.wraps(fn)
    def inner(*args, **kw):
        return fn(*args, **kw)

    return inner


def times(n):
    def deco(fn):
        @functools.wraps(fn)
        def inner(*args, **kw):
            for _ in range(n):
                result = fn(*args, **kw)
            return result

        return inner

    return deco


class Counted:
    def __init__(self, fn):
        functools.update_wrapper(self, fn)
        self.fn = fn

    def __call__(self, *args):
        return self.fn(*args)


@log
def first(v, w):
    return v


@times(2)
@log
def second(v, w):
    return w


@Counted
def third(v):
    return v


class Shop:
    @log
    def buy(self, v):
        return v


def plain(v):
    return v


@dataclass
class Base:
    name: object
    size: int = 4242  #@ size


@dataclass
class Item(Base):
    tags: list = field(default_factory=list)
    count: int = field(default=4343)  #@ count


class Pair(NamedTuple):
    a: object
    b: int = 4444  #@ pair


Old = collections.namedtuple("Old", "a b")


@contextlib.contextmanager
def opened(v):
    yield v


class Manager:
    def __init__(self, v):
        self.v = v

    def __enter__(self):
        return self.v

    def __exit__(self, *a):
        pass


class Later:
    def __init__(self, v):
        self.v = v

    async def __aenter__(self):
        return self.v

    async def __aexit__(self, *a):
        pass


async def fetch(v):
    return v


async def work(number):
    x1 = await fetch(number)
    x2, x3 = await asyncio.gather(fetch(1), fetch(202))
    t = asyncio.create_task(fetch(203))
    x4 = await t
    async with Later(number) as x5:
        pass
    x6 = await asyncio.wait_for(fetch(204), 5)
    return x1, x2, x3, x4, x5, x6


async def give(v):
    return v


def run():
    number = 12345  #@ number
    a1 = first(number, 1)
    a2 = second(1, number)
    a3 = third(number)
    a4 = Shop().buy(number)
    a5 = functools.partial(plain, number)()
    part = functools.partial(plain)
    a6 = part(number)
    with opened(number) as b1:
        pass
    with Manager(number) as b2, Manager(7) as b3:  #@ with
        pass
    item = Item(number)
    c1 = item.name
    c2 = item.size
    c3 = item.count
    c4 = Item("n", number).size
    item2 = Item("n", number, count=number)
    c5 = item2.size
    c6 = item2.count
    pair = Pair(number)
    c7 = pair.a
    c8 = pair.b
    old = Old(1, number)
    c9 = old.b
    d1, d2, d3, d4, d5, d6 = asyncio.run(work(number))
    e1 = asyncio.run(give(number))
    loop = asyncio.new_event_loop()
    e2 = loop.run_until_complete(give(number))
    loop.close()
    f1 = max(number, 3)
    f2 = min(99999, number)
    f3 = next(iter([]), number)
    f4 = plain((number, 1))[0]
    f5 = [plain(number)][0]
    f6 = next(v for v in [number])
    1 / 0


run()
#? origin a1: number run ~ has it: 12345
#? origin a2: number run ~ has it: 12345
#? origin a3: number run ~ has it: 12345
#? origin a4: number run ~ has it: 12345
#? origin a5: number run ~ has it: 12345
#? origin a6: number run ~ has it: 12345
#? origin b1: number run ~ has it: 12345
#? origin b2: number run ~ has it: 12345
#? origin b3: ~ passed it: 7
#? origin c1: number run ~ has it: 12345
#? origin c2: ~ default of size
#? origin c3: ~ default of count
#? origin c4: ~ computed it
#? origin c5: number run ~ has it: 12345
#? origin c6: number run ~ has it: 12345
#? origin c7: number run ~ has it: 12345
#? origin c8: ~ default of b
#? origin c9: number run ~ has it: 12345
#? origin d1: number run ~ has it: 12345
#? origin d3: ~ passed it: 202
#? origin d4: ~ passed it: 203
#? origin d5: number run ~ has it: 12345
#? origin d6: ~ passed it: 204
#? origin e1: number run ~ has it: 12345
#? origin e2: number run ~ has it: 12345
#? origin f1: number run ~ has it: 12345
#? origin f2: number run ~ has it: 12345
#? origin f3: ~ got it from next(iter([]), number)
#? origin f4: number run ~ has it: 12345
#? origin f5: number run ~ has it: 12345
#? origin f6: ~ computed it: v

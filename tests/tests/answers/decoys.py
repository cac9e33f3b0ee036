# Equal numbers beside the one that is asked about: no line may be named that did not give it.
import asyncio
import contextlib


def swap(fn):
    return lambda a, b: fn(b, a)


@swap
def gen(a, b):
    yield a


@swap
async def co(a, b):
    return a


@contextlib.contextmanager
@swap
def managed(a, b):
    yield a


def ident(v):
    return v


def other(v):
    return v


class Base:
    def __init__(self, v):
        self.v = v


class Sub(Base):
    pass


async def plain(v):
    return v


async def slow(v):
    await asyncio.sleep(0.01)
    return v


async def slower(v):
    await asyncio.sleep(0.01)
    return await plain(v)


async def tasks(x, y):
    first = asyncio.create_task(slow(x))
    second = asyncio.create_task(slower(y))
    v1 = await first  #@ first
    await second
    third = asyncio.create_task(plain(x))
    third.add_done_callback(lambda done: ident(y))
    v2 = await third  #@ third
    v3 = await co(x, y)  #@ co
    return v1, v2, v3


def each(items, first):
    status = first
    for item in items:
        status = ident(item)  #@ status
    return status


def run():
    x = 5  #@ x
    y = 5  #@ y
    a1 = next(gen(x, y))
    for a2 in gen(x, y):
        pass
    with managed(x, y) as a3:
        pass
    b1, b2, b3 = asyncio.run(tasks(x, y))
    for c1 in map(lambda z: x, gen(y, y)):
        pass
    c2 = next(map(lambda z: x, gen(y, y)))
    d1, d2 = Base(x), Sub(y)
    e1 = ident(x)  #@ nearby
    e1 = other(y)  #@ other
    f1 = "abc"
    f1 = "".join(["a", "bc"])  #@ join
    g1 = each([y], x)
    h1 = 7
    h1 = 7  #@ again
    1 / 0


run()
#? origin a1: ~ got it from next(gen(x, y))
#? origin a2: ~ took it from gen(x, y)
#? origin a3: ~ got it from managed(x, y)
#? origin b1: x run ~ has it: 5
#? origin b3: ~ got it from await co(x, y)
#? origin c1: ~ took it from map(
#? origin c2: ~ got it from next(map(
#? origin e1: y run ~ has it: 5
#? why e1: other run, nearby run
#? origin f1: join run ~ got it from "".join
#? origin g1: ~ wrote it: g1 = each([y], x)
#? origin h1: again run ~ has it: 7
#? origin d1.v: x run ~ has it: 5
#? origin d2.v: y run ~ has it: 5

"""Lines that are suspended by `yield`, `yield from` and `await`, and changes by the rest of these lines."""

import asyncio
import bisect
import collections.abc
import contextlib
import functools
import heapq
import operator
import random

SHARED = []


def shuffled(data):
    random.shuffle((yield data) or data)
    n = len(data)
    bisect.insort(data, (yield n))
    heapq.heapify(data), (yield data[0]), random.shuffle(data)
    n = len(data)
    return data


class Node:
    def __init__(self, value):
        self.value, self.left, self.right = value, None, None
        self.seen = []

    def put(self, value):
        side = "left" if value < self.value else "right"
        child = getattr(self, side)
        if child:
            child.put(value)
        else:
            setattr(self, side, Node(value))

    def walk(self, log):
        if self.left:
            yield from self.left.walk(log)
        self.seen.append((yield self.value) or 0)
        operator.iadd(log, [self.value])
        if self.right: n = yield from self.right.walk(log); bisect.insort(self.seen, n or 0)
        return self.value


def outer(log, inner):
    first = yield from inner
    log.append(first)
    functools.reduce(operator.iadd, [log, [(yield "between")], [(yield from iter(["last", first]))]])
    random.shuffle(log)
    return len(log)


def pushing(log):
    """Unrecorded code resumes this generator, which changes an object of the caller."""
    yield len(log)
    for n in range(3):
        bisect.insort(log, n * 7 % 5)
        yield n
    return log


def through(log):
    size = yield from map(lambda n: log.append(n) or n, pushing(log))
    yield size, len(log)
    log.extend((yield from filter(None, pushing(log))) or [])
    yield len(log)


def throws(log):
    while True:
        try:
            bisect.insort(log, (yield len(log)))
        except KeyError as error:
            operator.iadd(log, [len(error.args)]), (yield "caught"), random.shuffle(log)
        except ValueError:
            return log


def delegates(log):
    try:
        got = yield from throws(log)
        got.append(-1)
    finally:
        log.append(-2)
    yield log


@contextlib.contextmanager
def noting(log):
    bisect.insort(log, 1)
    try:
        yield log
    except LookupError:
        log.append("lookup")
    finally:
        random.seed(len(log))


def one_line_with(log):
    with noting(log): log.pop()
    with noting(log): random.shuffle((yield log) or log); {}[1]
    with contextlib.suppress(KeyError): bisect.insort(log, 0), {}[(yield log)]
    size = len(log)
    return size


class Ready:
    def __init__(self, log):
        self.log = log

    def __await__(self):
        self.log.append("ready")
        yield
        bisect.insort(self.log, "await")
        return self.log


class Library(collections.abc.Awaitable):
    def __init__(self, target):
        self.target = target

    def __await__(self):
        return self.target.__await__()


async def get(log):
    await asyncio.sleep(0)
    random.shuffle(log)
    return log


async def waits(log):
    random.shuffle(await get(log))
    size = len(log)
    bisect.insort(log, await asyncio.wait_for(asyncio.sleep(0, size), 1))
    operator.iadd(await get(log), [len(log)]), random.shuffle(log), await asyncio.sleep(0), log.reverse()
    size = len(log)
    names = ["x"]
    operator.iadd(await Ready(names), await Library(Ready(names)))
    last = names[-1]
    task = asyncio.ensure_future(get(log))
    random.shuffle(await task)
    both = await asyncio.gather(get(log), get(names), asyncio.to_thread(log.append, size))
    size = len(log)
    bisect.insort(log, await asyncio.shield(asyncio.ensure_future(asyncio.sleep(0, 4))))
    async with asyncio.Lock() as lock, asyncio.timeout_at(None) if hasattr(asyncio, "timeout_at") else asyncio.Lock(): bisect.insort(log, 2)
    return size, last, len(both), lock


async def numbers(log):
    for n in range(3):
        bisect.insort(log, (yield n) or n)
        await asyncio.sleep(0)


async def asynchronous(log):
    total = [random.shuffle(log) or n async for n in numbers(log)]
    source = numbers(log)
    random.shuffle([await source.__anext__(), await source.asend(9), operator.iadd(log, [7])])
    await source.aclose()
    async with contextlib.aclosing(numbers(log)) as source: bisect.insort(log, await source.__anext__())
    size = len(log)
    return total, size


def drive(generator, *sent):
    got = [next(generator)]
    for value in sent:
        try:
            got.append(generator.throw(value) if isinstance(value, Exception) else generator.send(value))
        except (StopIteration, KeyError) as error:
            got.append(error.args)
    generator.close()
    return got


def main():
    random.seed(5)
    data = [5, 3, 1, 4, 2, 6]
    drive(shuffled(data), None, 3, None, 0)
    size = len(data)
    data = [5, 3, 1, 4, 2, 6]
    drive(shuffled(data), data[:2], 3)
    root = Node(8)
    for value in [4, 12, 2, 6, 10, 14, 5, 7]:
        root.put(value)
    log = []
    total = sum(root.walk(log))
    log = [3, 1]
    drive(outer(log, root.left.walk(log)), 1, 2, 3, None, None, None, None)
    drive(outer(log, iter([2, 1])), None, None, [5], None, None)
    log = [4]
    parts = list(through(log))
    log = []
    drive(delegates(log), 4, 2, KeyError("k"), 0, 1, KeyError("l"), None, ValueError(), None)
    drive(delegates(log), 4, KeyError("k"), RuntimeError if False else 3)
    log = [2, 9]
    drive(one_line_with(log), None, 3)
    log = [3, 1, 2]
    size = asyncio.run(waits(log)), total, parts
    log = [3, 1, 2]
    size = asyncio.run(asynchronous(log)), size
    SHARED.extend(log)
    return size


main()


def counted():
    count = 0

    def bump():
        nonlocal count
        count += 1
        return count

    def counting():
        while True:
            got = yield count
            last = count

    generator = counting()
    next(generator)
    bump()
    next(generator)
    return generator.send(bump())


counted()

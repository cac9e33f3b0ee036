"""Objects and variables that change while only callers refer to them."""
import asyncio
import functools
import queue


class Box:
    def __init__(self, items):
        self.items = items


def quiet(n):
    total = 0
    for i in range(n):
        total += i
    return total


def flush(store):
    # A container of a library that only the caller can see.
    before = quiet(2)
    store.put_nowait(before)
    after = quiet(3)
    return before + after


def through_a_library():
    store = queue.Queue()
    seen = store.queue
    flush(store)
    flush(store)
    return list(seen)


def work(change):
    first = quiet(2)
    change()
    second = quiet(2)
    return first + second


def through_a_partial():
    xs = [3, 1, 2]
    work(functools.partial(xs.sort))
    box = Box({"a": 1})
    work(functools.partial(setattr, box, "items", 5))
    table = {"k": [1]}
    work(functools.partial(table.update, k=2))
    return xs, box, table


def deep(n, step):
    if n == 0:
        step()
        return quiet(2)
    return deep(n - 1, step) + quiet(1)


def through_cells():
    count = 0
    names = []

    def step():
        nonlocal count
        count += 1
        names.append(count)
        quiet(1)

    def outer(n):
        mark = count
        deep(n, step)
        return mark + count

    def dig(n):
        nonlocal count
        if n:
            return dig(n - 1) + quiet(1)
        count += 10
        return count

    outer(1)
    outer(8)
    dig(9)
    return count, names


def generators():
    shared = 0

    def numbers():
        nonlocal shared
        while shared < 4:
            yield shared
            shared += 1

    def twice():
        source = numbers()
        for n in source:
            quiet(1)
            yield n + shared

    return [quiet(n) + shared for n in twice()]




async def awaiting():
    results = []
    queue_ = asyncio.Queue()

    async def produce():
        for n in range(3):
            await queue_.put(n)
            quiet(1)

    async def consume():
        for _ in range(3):
            results.append(await queue_.get())
            quiet(1)

    await asyncio.gather(produce(), consume())
    return results


def sorting():
    xs = [Box(3), Box(1), Box(2)]

    def key(box):
        return quiet(box.items)

    xs.sort(key=key)
    ys = sorted(xs, key=key, reverse=True)
    return [box.items for box in ys]


def main():
    through_a_library()
    through_a_partial()
    through_cells()
    generators()
    sorting()
    asyncio.run(awaiting())


main()

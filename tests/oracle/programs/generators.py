"""Generators: sent to, thrown into, closed, delegating."""


def count(n):
    total = 0
    try:
        while True:
            got = yield total
            if got is None:
                got = 1
            total += got
    except ValueError as e:
        total = -1
        yield str(e)
    finally:
        n.append("closed")


def delegate(items):
    result = yield from sub(items)
    items.append(result)
    yield result


def sub(items):
    for item in list(items):
        received = yield item * 2
        if received:
            items.append(received)
    return len(items)


def tree(n):
    if n > 0:
        yield from tree(n - 1)
        yield n
        yield from tree(n - 1)


def main():
    log = []
    g = count(log)
    a = next(g)
    b = g.send(5)
    c = g.send(None)
    d = g.throw(ValueError("thrown"))
    g.close()
    items = [1, 2]
    out = []
    gen = delegate(items)
    out.append(next(gen))
    out.append(gen.send("extra"))
    for value in gen:
        out.append(value)
    numbers = list(tree(3))
    lazy = (n * n for n in numbers if n % 2)
    first = next(lazy)
    rest = sum(lazy)
    pairs = list(zip(tree(2), "abc"))
    x, *y, z = tree(2)
    return a, b, c, d, out, first, rest, pairs


main()


async def work(n):
    m = n * 2
    await Sleep(n)
    return m + 1


class Sleep:
    def __init__(self, n):
        self.n = n

    def __await__(self):
        got = yield self.n
        self.n = got
        return got


coroutine = work(3)
asked = coroutine.send(None)
try:
    coroutine.send("slept")
except StopIteration as stop:
    answer = stop.value

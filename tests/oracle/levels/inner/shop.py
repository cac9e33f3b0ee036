"""Code whose lines are not recorded in these tests."""

STOCK = {"apple": 3}
log = []


class Box:
    def __init__(self, *items):
        self.items = list(items)
        self.total = 0

    def __add__(self, other):
        self.total += other
        return self

    def __eq__(self, other):
        self.total += 1
        return other == 1

    __hash__ = None

    @property
    def size(self):
        self.items.append("counted")
        return len(self.items)

    def __enter__(self):
        self.items.append("entered")
        return self

    def __exit__(self, *what):
        self.items.append("left")
        return True


def fill(target, *more, key=None):
    for thing in more:
        target.append(thing)
    key = len(target)
    more = None
    return key


def each(target, call):
    target.append("before")
    result = call(target)
    target.append("after")
    return [result, call(target)]


def count(target, limit):
    n = 0
    while n < limit:
        target.append(n)
        sent = yield n
        if sent:
            target.append(sent)
        n += 1
    return target


def delegate(target):
    found = yield from count(target, 2)
    found.append("end")


def replace(holder):
    holder["inner"] = {"new": [1]}
    holder["inner"]["new"].append(2)
    return holder["inner"]


def fail(target, depth):
    target.append(depth)
    if depth:
        try:
            fail(target, depth - 1)
        finally:
            target.append("finally")
    raise ValueError(target)


def catch(target):
    try:
        fail(target, 1)
    except ValueError:
        target.append("caught")
    return target


def counter():
    value = 0
    seen = []

    def step(by):
        nonlocal value
        value += by
        seen.append(value)
        return value, seen

    return step


def swap(first, second):
    first, second = second, first
    return first, second


def sell(name):
    STOCK[name] -= 1
    log.append(name)
    return STOCK


async def slowly(target, sleep):
    target.append("a")
    await sleep(0)
    target.append("b")
    return target

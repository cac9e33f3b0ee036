"""Objects that are refilled in place, or take the addresses of dead ones, also if others watch the allocator."""

import collections
import tracemalloc


def words():
    for word in ["ab", "cd", "ef", "gh"]:
        letters = set(word)
        frozen = frozenset(word)
        both = [letters, frozen]
    return both


def queues():
    for k in range(4):
        q = collections.deque([k])
        q[0] = [k]
        q.append(q[0])
        q[1] = k
        a = [collections.deque([[k]])]
    return a


def errors():
    seen = []
    for k in range(4):
        try:
            raise KeyError(k)
        except KeyError as error:
            seen.append(error.args)
            error.args = (k, [k])
            error.args = (k, [k + 1])
    return seen


def refilled():
    rows = []
    for pair in zip([1, 2, 3], [[4], [5], [6]]):
        rows.append(pair[1])
    for n, item in enumerate([[1], [2]]):
        rows.append(item)
    kept = [pair for pair in zip("abc", [[1], [2], [3]])]
    last = None
    for last in {"a": [1], "b": [2]}.items():
        pass
    total = list(map(first, zip([[1], [2]], "ab")))
    return rows, kept, last, total


def first(pair):
    a, b = pair
    return a


class Thing:
    def __init__(self, n):
        self.n = n
        self.items = [n]


def measured():
    """tracemalloc installs itself before other allocator hooks, and removes itself again."""
    for n in range(3):
        a = [[n]]
        b = set("abcdef"[n:n + 2])
        c = collections.deque([[n]])
        d = Thing(30 + n)
        e = [d, d]
        e[0] = Thing(40 + n)
        del d
    return a, b, c, e


class Left:
    pass


class Right:
    pass


def reclassed():
    thing = Left()
    thing.a = [1]
    thing.__class__ = Right
    thing.a.append(2)
    thing.__class__ = Left
    return thing


def shared():
    boxes = [[], []]
    for n in range(4):
        item = [n]
        boxes[0].append(item)
        boxes[1].append(item)
        item = None
        boxes[0].pop()
        boxes[1].pop()
        boxes[0].append([n, n])
        boxes[1].append(boxes[0][-1])
        boxes[0].clear()
        boxes[1].clear()
    return boxes


def closures():
    value = None

    def keep(x):
        nonlocal value
        value = x

    def look():
        seen = value
        return seen

    for n in range(4):
        keep([n])
        look()
        keep("text" * (n + 20))
        look()
        value = {"k": [n]}
        look()
    return value


words()
queues()
errors()
refilled()
measured()
tracemalloc.start()
measured()
words()
tracemalloc.stop()
measured()
words()
queues()
reclassed()
shared()
closures()

import functools
import itertools
import operator
import re
from collections import deque


class Once:
    def __init__(self, items):
        self.items = items

    def __iter__(self):
        return self

    def __next__(self):
        if not self.items:
            raise StopIteration
        return self.items.pop()


def builtin_callables():
    items = [3]
    list(map(items.append, [8, 9]))
    size = len(items)
    seen = set()
    fresh = [n for n in filter(lambda n: n not in seen, map(lambda n: seen.add(n) or n, [1, 1, 2]))]
    for n in map(items.append, [5]):
        size = len(items)
    later = map(items.append, [6, 7])
    size = len(items)
    next(later)
    size = len(items)
    rest = list(later)
    deque(map(items.remove, [3]), maxlen=0)
    any(map(items.append, [1]))
    size = len(items)
    return items, fresh, rest


def iterators():
    stack = [1, 2, 3, 0, 4]
    for n in iter(stack.pop, 0):
        half = n // 2
    feed = iter(stack.pop, 1)
    got = list(feed)
    pairs = {}
    done = list(itertools.starmap(pairs.__setitem__, [(1, 2), (3, 4)]))
    both = list(zip(map(stack.append, "ab"), [1, 2]))
    first, second = map(pairs.pop, [1, 3])
    once = Once([1, 2, 3])
    total = sum(once)
    left = [7]
    more = [*map(left.append, "cd")]
    left += map(str, map(left.index, ["c"]))
    return half, got, done, both, first, second, total, more


def keys():
    log = []
    names = sorted(["b", "a"], key=log.append) if False else sorted([1], key=log.append)
    best = max([3, 4], key=lambda n: log.append(n) or n)
    chosen = min([5], key=log.append, default=None)
    text = re.sub("b", lambda m: log.append(m.start()) or "x", "abc")
    summed = functools.reduce(lambda a, b: log.append(b) or a + b, [1, 2])
    return names, best, chosen, text, summed


def operators():
    xs = [1]
    alias = xs
    operator.iadd(xs, [2])
    size = len(alias)
    operator.setitem(xs, 0, 9)
    add = operator.iconcat
    add(xs, [3])
    size = len(alias)
    operator.methodcaller("append", 4)(xs)
    getter = functools.partial(xs.append, 5)
    getter()
    size = len(alias)
    return xs


print(builtin_callables())
print(iterators())
print(keys())
print(operators())


def held():
    makers = [
        lambda: itertools.product("ab", [1]),
        lambda: itertools.combinations("abc", 2),
        lambda: itertools.permutations("ab"),
        lambda: itertools.zip_longest("abcdef", "c"),
        lambda: itertools.tee("ab")[0],
        lambda: itertools.takewhile(str.isalpha, "ab1"),
        lambda: itertools.islice(itertools.count(), 2),
        lambda: itertools.chain("ab", [1]),
        lambda: itertools.accumulate([1, 2]),
        lambda: itertools.groupby("aab"),
        lambda: itertools.cycle("ab"),
        lambda: zip("ab", "cd"),
        lambda: enumerate("ab"),
        lambda: reversed([1, 2]),
    ]
    found = []
    for make in makers:
        fresh = make()
        first = list(itertools.islice(fresh, 1))
        rest = list(itertools.islice(fresh, 2))
        more = list(itertools.islice(fresh, 1))
        found.append((len(first), len(rest), len(more)))
    return found


print(held())

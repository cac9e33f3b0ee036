"""Library code that changes things and calls back: sort keys, map, heapq, bisect, functools, json."""
import bisect
import copy
import functools
import heapq
import itertools
import json
import operator
import random
import string
import textwrap


class Job:
    def __init__(self, priority, name):
        self.priority, self.name = priority, name
        self.looked = 0

    def __lt__(self, other):
        self.looked += 1
        return self.priority < other.priority

    @functools.cached_property
    def label(self):
        return f"{self.priority}:{self.name}"


def by_last(word):
    return word[-1]


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@functools.wraps(fib)
def wrapped(*a):
    return fib(*a)


def heap():
    h = []
    for p in (5, 1, 3):
        heapq.heappush(h, Job(p, str(p)))
    first = heapq.heappop(h)
    heapq.heapify(h)
    label = first.label
    again = first.label
    numbers = [4, 1, 9]
    heapq.heapify(numbers)
    smallest = heapq.nsmallest(2, numbers)
    bisect.insort(numbers, 5)
    return first, label, again, smallest, numbers


def sorting():
    words = ["pear", "fig", "plum"]
    words.sort(key=by_last)
    words = sorted(words, key=lambda w: (len(w), w), reverse=True)
    pairs = list(map(by_last, words))
    kept = list(filter(None, [0, 1, 2]))
    total = functools.reduce(operator.add, kept, 10)
    groups = {k: list(v) for k, v in itertools.groupby(sorted("abca"))}
    rng = random.Random(1)
    numbers = list(range(5))
    rng.shuffle(numbers)
    random.seed(3)
    choice = random.choice(numbers)
    return words, pairs, total, groups, choice


def copies():
    original = {"a": [1, {"b": 2}], "j": Job(1, "x")}
    shallow = copy.copy(original)
    deep = copy.deepcopy(original)
    original["a"].append(3)
    text = json.dumps({"a": original["a"]}, sort_keys=True)
    back = json.loads(text)
    back["a"][1]["b"] = 5
    setattr(original["j"], "name", "y")
    vars(original["j"])["extra"] = 1
    return shallow, deep, text, back


def partials():
    out = []
    push = out.append
    push(1)
    push(2)
    add = functools.partial(operator.iadd, out)
    add([3])
    rows = [dict(zip("ab", pair)) for pair in itertools.product([1, 2], repeat=2)]
    for row in rows:
        row.update(c=sum(row.values()))
    chain = list(itertools.chain.from_iterable(r.items() for r in rows))
    t = string.Template("$x").substitute(x=1)
    w = textwrap.wrap("some words to wrap here", 10)
    return out, rows, chain, t, w


heap()
sorting()
copies()
partials()
fib(6)
wrapped(3)
print(json.dumps(sorting()), end="\n")

"""All ways to call something, and calls by C code with its arguments."""

import codecs
import collections
import fnmatch
import functools
import hashlib
import itertools
import json
import math
import operator
import os
import re
import sqlite3
import statistics
import string
import sys
import types
import unittest.mock


def calls():
    seen = []
    out = types.SimpleNamespace(write=seen.append)
    json.dump({"a": [1]}, out)
    x = 1
    source = iter(["[1]"])
    json.load(types.SimpleNamespace(read=functools.partial(next, source)))
    box = ["[2]", "[3]"]
    json.load(types.SimpleNamespace(read=box.pop))
    x = 2
    json.dumps([object()], default=unittest.mock.Mock(side_effect=lambda o: seen.append("d") or "s"))
    x = 3
    json.dumps([object()], default=lambda o: seen.append("l") or "s")
    x = 4
    try:
        json.dumps([object()], default=seen.append)
    except (ValueError, TypeError):
        pass
    x = 5
    json.loads('{"a": 1}', object_pairs_hook=seen.extend)
    x = 6
    json.loads('[1.5]', parse_float=seen.append)
    x = 7
    re.sub("a", unittest.mock.Mock(return_value="b"), "a")
    re.compile("a").sub(lambda m: seen.append("re") or "", "aa")
    x = 8
    xs = [3, 1, 2]
    statistics.mean(map(float, xs))
    statistics.median(xs.pop() for _ in range(2))
    x = 9
    fnmatch.filter((seen.append(n) or n for n in "ab"), "a*")
    x = 10
    string.Formatter().vformat("{a}", (), collections.defaultdict(list))
    x = 11
    class P:
        def __fspath__(self):
            seen.append("p")
            return "/tmp"
    os.path.join(P(), "x"), os.fspath(P()), os.path.exists(P())
    x = 12
    operator.setitem(xs, 0, 9)
    x = 13
    operator.iadd(xs, [5])
    x = 14
    operator.methodcaller("append", 6)(xs)
    x = 15
    operator.delitem(xs, 0)
    x = 16
    os.environ["CONNIE_T"] = "1"

    os.environ.pop("CONNIE_T")
    x = 17
    list(itertools.starmap(seen.insert, [(0, "i")]))
    x = 18
    math.prod(itertools.takewhile(lambda v: seen.append(v), [1]))
    x = 19
    hashlib.md5(bytes(seen.pop() is None for _ in "a"))
    x = 20
    sys.stdout.write("")
    codecs.lookup("utf8")
    x = 21
    d = dict(zip("ab", iter(seen.pop, None)))
    x = 22
    d.update((k, seen.append(k)) for k in "zz")
    x = 23
    d.setdefault("q", []).append(seen.pop())
    x = 24
    d["q"].extend(map(seen.pop, [0]))
    x = 25
    set().union(seen.append(k) for k in "kk")
    x = 26
    collections.Counter(seen.append(k) for k in "cc")
    x = 27
    collections.deque(seen.append(k) for k in "dd")
    x = 28
    bytes(seen.append("by") or 1 for _ in "a")
    bytearray(map(lambda v: seen.append(v) or 2, [1]))
    tuple(seen.append("t") for _ in "a"), frozenset(seen.append("f") for _ in "a"), str(seen.append("s"))
    x = 29
    enumerate(seen), reversed(seen), iter(seen)
    next(filter(seen.append, "a"), None)
    x = 30
    for _ in zip(map(seen.append, "mm"), seen.copy()):
        x = 31
    x = 32
    for i, k in enumerate(filter(None, map(seen.pop, [0, 0]))):
        x = 33
    [*map(seen.append, "n")]
    {**{"a": seen.append("o")}}
    print(*map(str, map(seen.append, "p")), end="")
    x = 34
    a, *b = map(seen.append, "qr")
    x = 35
    seen[len(seen):] = map(str.upper, seen[:2])
    x = 36
    seen += (seen.append(c) or c for c in "u")
    x = 37
    sorted(xs, key=functools.cmp_to_key(lambda p, q: seen.append("cmp") or 0))
    x = 38
    max(xs, key=seen.append if False else lambda v: seen.append(v) or v)
    x = 39
    "x" in map(seen.append, "w")
    x = 40
    all(map(seen.append, "v"))
    x = 41
    f = functools.partial(setattr, out)
    f("name", seen)
    x = 42
    getattr(seen, "append")(1)
    x = 43
    (seen.append if x else seen.pop)(2)
    x = 44
    {"k": seen.append}["k"](3)
    x = 45
    [seen.append][0](4)
    x = 46
    type(seen).append(seen, 5)
    list.append(seen, 6)
    x = 47
    add = seen.append
    add(7)
    x = 48
    for fn in (seen.append, seen.remove):
        fn(8)
    x = 49
    def call(fn, *a):
        return fn(*a)

    call(seen.append, 9)
    x = 50
    seen.append(10) if x else None
    x = 51
    seen.__class__.append(seen, 11)
    seen.__iadd__([12])
    seen.__setitem__(0, 13)
    seen.__delitem__(1)
    x = 52
    super(C, C(seen)).append(14)
    x = 53
    c = C(seen)
    c.append(15)
    c.__init__([16])
    c += [17]
    c.more = seen
    c.more.append(18)
    x = 54
    return seen


class C(list):
    def append(self, v):
        super().append(v)
        list.append(self, v)
        list.insert(self, 0, v)
        self[1:1] = [v]


class Connection(sqlite3.Connection):
    """Its methods are implemented by a library in C."""


class Cursor(sqlite3.Cursor):
    def __iter__(self):
        return self


def derived():
    seen = []
    con = Connection(":memory:")
    con.set_trace_callback(seen.append)
    con.execute("select 1")
    x = 1
    cursor = con.cursor(Cursor)
    cursor.execute("select 2")
    x = 2
    rows = list(map(cursor.execute, ["select 3"]))
    x = 3
    execute = Connection.execute
    execute(con, "select 4")
    x = 4
    con.set_trace_callback(None)
    return seen, len(rows)


calls()
derived()

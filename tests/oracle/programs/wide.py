"""Many ways to change something: wrappers, consumers of iterators, assignment targets, libraries, hooks of classes."""

import argparse
import bisect
import collections
import concurrent.futures
import configparser
import contextlib
import contextvars
import copy
import csv
import dataclasses
import email.message
import functools
import graphlib
import heapq
import http.cookies
import inspect
import io
import itertools
import json
import operator
import pickle
import queue
import random
import re
import sqlite3
import traceback
import types
import warnings
import weakref
import xml.etree.ElementTree as ET



def cached():
    class A:
        def __init__(self):
            self.n = [1]

        @functools.cached_property
        def total(self):
            self.n.append(2)
            return sum(self.n)

        @functools.lru_cache(None)
        def f(self, k):
            self.n.append(k)
            return k

        @functools.singledispatchmethod
        def g(self, x):
            self.n.append("g")

        @g.register
        def _(self, x: int):
            self.n.append("int")

    a = A()
    a.total
    x = 1
    a.f(3), a.f(3)
    x = 2
    a.g(1), a.g("")
    x = 3
    p = functools.partial(a.n.append, 9)
    p()
    x = 4
    q = functools.partial(operator.setitem, a.n, 0)
    q("zero")
    x = 5
    functools.reduce(lambda acc, y: acc.append(y) or acc, [1, 2], a.n)
    x = 6
    m = operator.methodcaller("append", 7)
    m(a.n)
    x = 7
    list(map(m, [a.n]))
    x = 8
    operator.attrgetter("n")(a).append(8)
    x = 9
    setattr(a, "z", 3)
    object.__setattr__(a, "y", 4)
    x = 10
    delattr(a, "z")
    x = 11
    a.__dict__ |= {"w": 5}
    x = 12
    return x


@dataclasses.dataclass(order=True)
class D:
    k: int
    items: list = dataclasses.field(default_factory=list)

    def __post_init__(self):
        self.items.append(self.k)


def data():
    d = D(1)
    e = dataclasses.replace(d, k=2)
    x = 1
    f = copy.copy(d)
    g = copy.deepcopy(d)
    f.items += [5]
    x = 2
    h = pickle.loads(pickle.dumps(d))
    h.items.append(6)
    x = 3
    s = [e, d]
    s.sort()
    x = 4
    heapq.heappush(s, g)
    heapq.heappop(s)
    x = 5
    bisect.insort(s, h)
    x = 6
    random.Random(1).shuffle(s)
    x = 7
    asdict = dataclasses.asdict(d)
    asdict["items"].extend("ab")
    x = 8
    return s


def consumers():
    it = iter([[1], [2], [3]])
    first = next(it)
    first.append(9)
    rest = [*it]
    for r in rest:
        r += [0]
    x = 1
    acc = []
    collections.deque(map(acc.append, range(3)), maxlen=0)
    x = 2
    any(acc.append(i) for i in range(2))
    x = 3
    dict.fromkeys(acc.pop() for _ in range(2))
    x = 4
    "".join(acc.append("s") or "j" for _ in range(2))
    x = 5
    [].extend(acc.append(k) for k in "uv")
    x = 6
    a, b, *c = (acc.append(n) for n in range(4))
    x = 7
    sum(itertools.accumulate([1, 2], lambda p, q: acc.append(q) or p + q))
    x = 8
    sorted([3, 1, 2], key=lambda v: acc.append(v) or v)
    x = 9
    min([3, 1], key=acc.index if 3 in acc else acc.count)
    re.sub("a", lambda m: acc.append(m.group()) or "b", "banana")
    x = 10
    json.dumps({"a": object}, default=lambda o: acc.append("def") or 1)
    x = 11
    json.loads('{"a": {"b": 1}}', object_hook=lambda o: acc.append(sorted(o)) or o)
    x = 12
    set(filter(acc.append, [1, 2]))
    x = 13
    list(zip(acc, iter(lambda: acc.pop(), "u")))
    x = 14
    groups = [(k, list(g)) for k, g in itertools.groupby(acc, key=type)]
    x = 15
    del acc[::2], rest[:]
    x = 16
    acc[1:3] = acc
    x = 17
    acc *= 2
    x = 18
    return groups


def targets():
    class O:
        pass

    o = O()
    d = {}
    l = [0, 0]
    for o.i in range(2):
        pass
    x = 1
    for d["k"], l[0] in [(1, 2), (3, 4)]:
        pass
    x = 2
    o.a, (d["z"], *l[1:]) = 1, (2, 3, 4)
    x = 3
    with contextlib.nullcontext([7]) as o.ctx:
        o.ctx.append(8)
    x = 4
    [o.i for o.j in "ab"]
    x = 5
    if (n := len(l)) and (m := o.ctx.pop()):
        x = 6
    try:
        l[0] = 1 / 0
    except ZeroDivisionError as err:
        d["e"] = str(err)
    x = 7
    try:
        l.append(l.pop() / 0)
    except ZeroDivisionError:
        x = 8
    try:
        d.update({"p": 1}, **{"q": l.clear(), "r": {}["missing"]})
    except KeyError:
        x = 9
    l[:] = [1, 2, 3]
    l[0], l[1] = l[1], l[0]
    x = 10
    d |= {"new": l}
    d["new"] += [4]
    x = 11
    match d:
        case {"new": [first, *others], **more}:
            others.append(first)
            more["x"] = 1
    x = 12
    o.__class__ = type("P", (), {})
    x = 13
    del o.a, d["k"]
    x = 14
    globals()["made"] = [1]
    made.append(2)
    x = 15
    locals()
    exec("l.append(55)")
    x = 16
    eval("l.append(56)")
    x = 17
    return x


def libraries():
    cfg = configparser.ConfigParser()
    cfg.read_string("[a]\nb=1")
    cfg["a"]["c"] = "2"
    x = 1
    ns = argparse.Namespace(k=[1])
    p = argparse.ArgumentParser()
    p.add_argument("--k", action="append")
    p.parse_args(["--k", "2"], ns)
    x = 2
    root = ET.Element("r")
    ET.SubElement(root, "c").set("k", "v")
    x = 3
    sorter = graphlib.TopologicalSorter({"a": {"b"}})
    sorter.add("c", "a")
    order = list(sorter.static_order())
    x = 4
    c = http.cookies.SimpleCookie()
    c["n"] = "v"
    c["n"]["path"] = "/"
    x = 5
    m = email.message.EmailMessage()
    m["To"] = "x@y"
    m.set_content("hi")
    x = 6
    db = sqlite3.connect(":memory:")
    seen = []
    db.create_function("f", 1, lambda v: seen.append(v) or v)
    db.execute("select f(3)").fetchall()
    x = 7
    db.row_factory = sqlite3.Row
    for row in db.execute("select f(4)"):
        x = 8
    x = 9
    w = csv.writer(types.SimpleNamespace(write=seen.append))
    w.writerow(["a", 1])
    x = 9.25
    csv.writer(io.StringIO()).writerow(["b"])
    plain = csv.writer(io.StringIO())
    lazy = map(seen.append, "yz")
    plain.writerow(lazy)
    x = 9.5
    list(map(w.writerow, "cd"))
    x = 10
    q = queue.Queue()
    q.put(1)
    x = 11
    q.get()
    x = 12
    wr = weakref.WeakValueDictionary()
    d = D(4)
    wr["d"] = d
    fin = weakref.finalize(d, seen.append, "dead")
    del d
    x = 13
    st = contextlib.ExitStack()
    st.callback(seen.append, "closed")
    with st:
        x = 14
    x = 15
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.warn("careful", stacklevel=1)
    seen.append(len(caught))
    x = 16
    by_thread(seen)
    x = 17
    v = contextvars.ContextVar("v", default=seen)
    v.get().append("ctx")
    x = 18
    contextvars.copy_context().run(seen.append, "run")
    x = 19
    s = io.StringIO()
    print("x", file=types.SimpleNamespace(write=seen.append))
    x = 20
    sig = inspect.signature(libraries)
    traceback.walk_stack(None)
    x = 21
    counter = itertools.count()
    next(counter)
    ud = collections.UserDict(a=seen)
    ud["a"].append("ud")
    x = 22
    seen.sort(key=str)
    x = 23
    return seen


class Meta(type):
    def __setattr__(cls, name, value):
        cls.log.append(name)
        super().__setattr__(name, value)

    log = []


def classes():
    class A(metaclass=Meta):
        shared = []

        def __init_subclass__(cls, **kw):
            A.shared.append(kw)

        def __enter__(self):
            self.shared.append("in")
            return self

        def __exit__(self, *a):
            self.shared.append("out")

        def __iter__(self):
            return iter(self.shared)

        def __contains__(self, k):
            self.shared.append(k)
            return True

        def __iadd__(self, k):
            self.shared.append(("iadd", k))
            return self

        def __call__(self, f):
            self.shared.append(f.__name__)
            return f

        def __getattr__(self, n):
            self.shared.append(n)
            return n

    log = Meta.log
    shared = A.shared
    class B(A, k=1):
        pass

    A.x = 1
    x = 1
    with B() as b:
        x = 2
    x = 3
    2 in b
    x = 4
    b += 5
    x = 5

    @b
    def g():
        pass

    x = 6
    b.missing
    x = 7
    hasattr(b, "other"), getattr(b, "third", 0)
    x = 8
    list(b), [*b], dict.fromkeys(b.shared and "k")
    x = 9
    b = None
    x = 10
    return x


def by_thread(seen):
    concurrent.futures.ThreadPoolExecutor(1).submit(seen.append, "thread").result()


def deaths():
    seen = []

    def watched(name):
        one = D(name)
        weakref.finalize(one, seen.append, name)
        return one

    first = watched("first")
    second = watched("second")
    del first
    x = 1
    second = None
    x = 2

    def inside():
        third = watched("third")
        return third.k

    inside()
    x = 3
    for k in "ab":
        each = watched(k)
    x = 4
    known = weakref.WeakValueDictionary({1: each})
    del each
    x = 5
    return seen


for program in (cached, data, consumers, targets, libraries, classes, deaths):
    program()

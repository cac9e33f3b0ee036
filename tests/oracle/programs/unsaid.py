"""Implicit changes: reads of defaultdicts, exceptions, other threads during a sleep."""

import collections
import string
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor


def formatting():
    dd = collections.defaultdict(list)
    "%(a)s" % dd
    x = 1
    "{d[b]}".format(d=dd)
    x = 2
    "{c}".format_map(dd)
    x = 3
    f"{dd['d']}"
    x = 4
    string.Template("$e").substitute(dd)
    x = 5
    dd.__getitem__("f")
    x = 6
    dd["g"].append(dd["h"])
    x = 7
    [dd[k] for k in "ij"]
    x = 8
    list(map(dd.__getitem__, "kl"))
    x = 9
    sorted("mn", key=dd.__getitem__)
    x = 10
    return dd


def exceptions():
    try:
        raise ValueError("a")
    except ValueError as e:
        e.add_note("more") if hasattr(e, "add_note") else None
        x = 1
        e.args += (3,)
        x = 2
        e.extra = [1]
        e.extra.append(2)
        e.__dict__["other"] = 5
        x = 3
        e.with_traceback(None)
        x = 4
        e.__init__("b")
        x = 5
        return x


def namespaces():
    ns = types.SimpleNamespace(a=1)
    ns.__init__(b=2)
    x = 1
    ns.__dict__.update(c=3)
    x = 2
    d = vars(ns)
    d["e"] = 4
    x = 3
    local = threading.local()
    local.x = [1]
    local.x.append(2)
    x = 4
    od = collections.OrderedDict(a=1, b=2)
    od.move_to_end("a")
    x = 5
    od.popitem(last=False)
    x = 6
    dq = collections.deque([1, 2, 3], maxlen=3)
    dq.append(4)
    dq.rotate(1)
    x = 7
    dq += [9]
    x = 8
    it = iter(dq)
    c = collections.Counter("aab")
    c.update("b")
    c -= collections.Counter("a")
    x = 9
    c.subtract(b=1)
    x = 10
    cm = collections.ChainMap({}, c)
    cm["z"] = 1
    x = 11
    ud = collections.UserDict(a=1)
    ud["b"] = 2
    x = 12
    ul = collections.UserList([3, 1])
    ul.sort()
    ul += [4]
    x = 13
    return x


def later(function, *arguments):
    return ThreadPoolExecutor(1).submit(function, *arguments)


def waits():
    done = []
    first = later(done.append, 1)
    time.sleep(0.1)
    x = 1
    second = later(time.sleep, 0.05)
    x = 2
    time.sleep(0.2)
    x = 3
    return first.done() and second.done()


formatting()
exceptions()
namespaces()
waits()

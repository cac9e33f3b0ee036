"""Wrappers of objects that change."""

import functools
import sqlite3
import types


class Twice(functools.partial):
    pass


class Space(types.SimpleNamespace):
    def grow(self):
        self.size += 1
        return self.size


def add(a, b, c=0):
    a.append(b)
    return c


def partials():
    seen = []
    first = functools.partial(add, seen)
    first(1)
    second = functools.partial(first, c=seen)
    second(2)
    options = {"c": 1, "password": "x", "key": [1]}
    third = Twice(add, seen, **options)
    options["key"].append(2)
    third.more = 1
    seen.append(third)
    return second, third


def views():
    table = {"a": [1]}
    keys, values, items = table.keys(), table.values(), table.items()
    proxy = types.MappingProxyType(table)
    table["b"] = 2
    table["a"].append(3)
    held = [keys, proxy]
    del table["b"]
    table.update(c=4)
    table["itself"] = proxy
    of_class = Space.__dict__.keys() is not None
    table = None
    return held, of_class, len(values), len(items)


def memory():
    raw = bytearray(b"abcdef")
    view = memoryview(raw)
    part = view[2:4]
    part[0] = 65
    raw[0] = 66
    x = 1
    cast = view.cast("H")
    cast[1] = 0
    x = 2
    part.release()
    x = 3
    return view, x


def rows():
    con = sqlite3.connect(":memory:")
    con.row_factory = sqlite3.Row
    con.execute("create table t (name, password, [odd name])")
    con.execute("insert into t values ('a', 'secret', null), ('b', null, 2.5)")
    found = []
    for row in con.execute("select * from t"):
        name = row["name"]
        found.append(row)
    one = con.execute("select count(*) from t").fetchone()
    con.close()
    return found, one, name


def spaces():
    a = types.SimpleNamespace(x=1, items=[])
    a.x = 2
    a.items.append(a)
    a.y = a.x
    del a.x
    b = Space(size=1)
    b.grow()
    setattr(b, "name", "n")
    b.__dict__["more"] = 1
    vars(b)["size"] = 5
    c = types.SimpleNamespace(**vars(b))
    c.password = "p"
    b.__init__(size=9)
    x = 1
    return a, b, c, x


partials()
views()
memory()
rows()
spaces()

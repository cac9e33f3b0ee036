"""Writes programs whose lines implicitly run code that is not recorded, and callees that rebind what a line has loaded:
statements x ways to reach an object.

usage: unrecorded.py FOLDER [TURN]; writes scripts to FOLDER/project, and the library that they use to FOLDER/library.
With a turn, each statement reaches its object in one way, which depends on the turn; else in all ways.
"""

import os
import sys

import handed

LIBRARY = '''"""Every method of these classes changes a list that the program holds."""
import contextlib
import functools


class Descriptor:
    def __get__(self, owner, kind=None):
        if owner is not None:
            owner.log.append("get")
        return 1

    def __set__(self, owner, value):
        owner.log.append("set")

    def __delete__(self, owner):
        owner.log.append("delete")


class Thing:
    __match_args__ = ("prop", "desc")
    desc = Descriptor()

    def __init__(self, log):
        self.log = log

    @property
    def prop(self):
        self.log.append("prop")
        return 1

    @prop.setter
    def prop(self, value):
        self.log.append("prop=")

    @prop.deleter
    def prop(self):
        self.log.append("del prop")

    @functools.cached_property
    def cached(self):
        self.log.append("cached")
        return 1

    def method(self, *args):
        self.log.append("method")
        return 1

    def write(self, text):
        self.log.append("write")
        return 1

    def keys(self):
        self.log.append("keys")
        return ["k"]

    def __getattr__(self, name):
        if name.startswith("__") or name == "log":
            raise AttributeError(name)
        self.log.append("getattr")
        return 1

    def __enter__(self):
        self.log.append("enter")
        return self

    def __exit__(self, *args):
        self.log.append("exit")

    async def __aenter__(self):
        self.log.append("aenter")

    async def __aexit__(self, *args):
        self.log.append("aexit")

    def __aiter__(self):
        self.log.append("aiter")
        return self

    async def __anext__(self):
        self.log.append("anext")
        raise StopAsyncIteration

    def __await__(self):
        self.log.append("await")
        return iter(())


def method(name, result):
    def called(self, *args):
        self.log.append(name)
        return result

    return called


for name, result in {
    "hash": 1, "eq": False, "ne": True, "lt": True, "le": True, "gt": False, "ge": False, "bool": True, "len": 2,
    "index": 1, "int": 1, "float": 1.0, "complex": 1j, "round": 1, "floor": 1, "ceil": 1, "trunc": 1,
    "format": "f", "str": "s", "repr": "r", "bytes": b"b", "fspath": "/nowhere", "contains": True,
    "getitem": 1, "setitem": None, "delitem": None, "call": 1, "reversed": (), "length_hint": 2,
    "add": 1, "radd": 1, "sub": 1, "rsub": 1, "mul": 1, "rmul": 1, "matmul": 1, "pow": 1, "or": 1, "ror": 1, "and": 1,
    "neg": 1, "pos": 1, "invert": 1, "abs": 1, "divmod": (1, 1), "mod": 1,
}.items():
    setattr(Thing, "__%s__" % name, method(name, result))
for name in ("iadd", "ior"):
    setattr(Thing, "__%s__" % name, lambda self, other: self.log.append("iop") or self)
Thing.__iter__ = lambda self: self.log.append("iter") or iter(("k1", "k2"))
Thing.__next__ = method("next", 1)


METHODS = {name[2:-2]: name for name in vars(Thing) if name.startswith("__")}
METHODS |= {name: name for name in ("prop", "cached", "method", "write", "keys")}
METHODS |= {"iop": "__iadd__", "prop=": "prop", "del prop": "prop", "get": "desc", "set": "desc", "delete": "desc"}


@functools.cache
def narrow(name):
    """A class with only one of Thing's methods."""
    return type("Narrow", (), {"__init__": Thing.__init__, name: vars(Thing)[name]})


class Setting:
    def __init__(self, log):
        object.__setattr__(self, "log", log)

    def __setattr__(self, name, value):
        self.log.append("setattr")

    def __delattr__(self, name):
        self.log.append("delattr")

    def __getattribute__(self, name):
        log = object.__getattribute__(self, "log")
        if not name.startswith("__"):
            log.append("getattribute")
        return log


class Sized:
    def __init__(self, log):
        self.log = log

    def __len__(self):
        self.log.append("len")
        return 2

    def __getitem__(self, key):
        self.log.append("getitem")
        if key == 2:
            raise IndexError
        return key


class Bare(Sized):
    pass


class Ending:
    def __init__(self, log):
        self.log = log

    def __del__(self):
        self.log.append("del")


class Err(Exception):
    log = None

    def __init__(self, *args):
        self.log and self.log.append("err")
        Err.log.append("err")


def checked(log):
    class Meta(type):
        def __instancecheck__(cls, x):
            log.append("instancecheck")
            return True

        def __subclasscheck__(cls, x):
            log.append("subclasscheck")
            return True

        def __getattr__(cls, name):
            if name.startswith("_"):
                raise AttributeError(name)
            log.append("getattr")
            return 1

        def __setattr__(cls, name, value):
            log.append("setattr")

        @property
        def prop(cls):
            log.append("prop")
            return 1

    for name, result in {"contains": True, "len": 2, "add": 1, "bool": True, "getitem": 1, "hash": 1, "eq": True}.items():
        def called(cls, *args, name=name, result=result):
            log.append(name)
            return result
        type.__setattr__(Meta, "__%s__" % name, called)
    type.__setattr__(Meta, "__iter__", lambda cls: log.append("iter") or iter((1,)))

    class Checked(metaclass=Meta):
        def __init_subclass__(cls):
            log.append("init_subclass")

    return Checked


def subscripted(log):
    class Subscripted:
        def __class_getitem__(cls, key):
            log.append("class_getitem")
            return 1

        def __init_subclass__(cls):
            log.append("init_subclass")

        @classmethod
        def make(cls):
            log.append("make")

        @staticmethod
        def plain():
            log.append("plain")

    return Subscripted


def gen(log):
    for n in 1, 55, 66:
        log.append(n)
        yield n


def getter(log):
    def get():
        log.append("get")
        return 1
    return get


@contextlib.contextmanager
def manager(log):
    log.append("in")
    yield 1
    log.append("out")
'''

# The names that a program can use; `{U}` is replaced by the library's object.
HEAD = '''import collections, contextlib, functools, io, json, math, operator, os, re, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "library"))
import outside


class Sub(outside.Thing):
    pass


class Holder:
    def get(self):
        return self.u


def same(x):
    return x


def pair(*args, **kw):
    n = 0
    return n


def drop(x):
    x = None
    n = 0
    return n


def drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration:
        pass


sink = io.StringIO()
U = None
'''

SETUP = '''global U
log = []
u = {class}(log)
h = Holder()
h.u = U = u
d = {"u": u}
xs = [1, u]
dd = {1: 1, 2: 2}
ls = [1, 2, 3]
ss = {1, 2}'''

WAYS = {
    "local": "u",
    "attribute": "h.u",
    "item": "d['u']",
    "global": "U",
    "result": "same(u)",
    "method": "h.get()",
    "builtin": "d.get('u')",
    "index": "xs[-1]",
    "fresh": "[u][0]",
}

STATEMENTS = {
    "hash": [
        "x = {{U}: 1}", "x = {{U}}", "x = {U} in dd", "x = dd.get({U})", "dd[{U}] = 1", "dd.pop({U}, 0)",
        "dd.setdefault({U}, 0)", "ss.add({U})", "ss.discard({U})", "x = hash({U})", "x = {k: 1 for k in [{U}]}",
        "x = {k for k in [{U}]}", "x = dict([({U}, 1)])", "x = set([{U}])", "x = frozenset(({U},))",
        "x = dict.fromkeys([{U}])", "x = hash(({U}, 1))", "x = {({U}, 1)}", "x = len({{U}})", "dd[{U}, 1] = 2",
        "x = dd.get(({U}, 1))", "x = collections.Counter([{U}])", "x = {**{{U}: 1}}", "x = ({U}, 2) in ss",
    ],
    "eq": [
        "x = {U} == 1", "x = 1 == {U}", "x = [{U}] == [1]", "x = ({U},) < (1,)", "x = 1 in [{U}]", "x = {U} in [1]",
        "x = {U} in (1, 2)", "x = [1].count({U})", "x = xs.count(3)", "xs.remove({U})", "x = 0 < {U} < 5",
        "x = {U} != 1", "x = max({U}, 1)", "x = sorted([{U}, {U}])", "xs.sort()", "x = {'a': {U}} == {'a': 1}",
        "x = [2, {U}].index({U})", "x = d == {'u': 1}", "x = xs == [1, 2]", "x = 3 in xs", "x = 3 in d.values()",
        "x = ls.count({U})", "x = ls == {U}", "x = max([{U}, {U}])",
    ],
    "bool": [
        "if {U}:\n    c = 1", "x = not {U}", "x = {U} and 1", "x = {U} or 1", "x = 1 if {U} else 2",
        "while {U}:\n    break", "x = bool({U})", "assert {U}", "x = all([{U}])", "x = any([{U}])",
        "x = list(filter(None, [{U}]))", "x = [k for k in [{U}] if k]", "x = any(xs[1:])", "x = all(d.values())",
    ],
    "index": [
        "x = [1, 2, 3][:{U}]", "x = range({U})", "x = [1, 2][{U}]", "x = 'ab'[{U}]", "x = 'a' * {U}", "x = chr({U})",
        "x = hex({U})", "ls[{U}] = 5", "del ls[:{U}]", "ls[{U}:] = []", "ls.pop({U})", "ls.insert({U}, 3)",
        "x = int({U})", "x = float({U})", "x = round({U})", "x = complex({U})", "x = divmod({U}, 2)",
        "x = math.floor({U})", "x = math.sqrt({U})", "x = bytes({U})", "x = ls[{U}]", "x = ls[{U}:2]", "x = (1).__add__({U})",
        "x = slice({U})", "x = [0] * {U}", "x = math.trunc({U})", "x = os.fspath({U})", "x = pow({U}, 2)",
        "x = str(5).zfill({U})", "x = list(range(5))[{U}:]", "del ls[{U}]", "x = bytearray({U})", "x = sum(ls, {U})",
    ],
    "text": [
        "x = f\"{{U}}\"", "x = f\"{{U}!r}\"", "x = '%s' % {U}", "x = '%s' % ({U},)", "x = '{}'.format({U})", "x = str({U})",
        "x = repr({U})", "x = format({U}, '')", "print({U}, file=sink)", "x = f\"{[{U}]}\"", "x = str([{U}])",
        "x = '%r' % [{U}]", "x = ascii({U})", "x = '%d' % {U}", "x = repr({'a': {U}})", "x = repr(xs)", "x = f'{d}'",
        "x = str(xs)", "print(xs, file=sink)", "x = '%(k)s' % {U}", "x = '{k}'.format_map({U})", "print(1, file={U})",
        "x = '%s %s' % (1, xs)", "x = '{0.prop}'.format({U})", "x = '{}'.format(xs)", "x = format(xs)", "x = f\"{({U}, 1)!s}\"",
    ],
    "iterate": [
        "a, b = {U}", "a, *b = {U}", "x = [*{U}]", "x = {**{U}}", "x = pair(*{U})", "x = pair(**{U})",
        "for k in {U}:\n    c = k", "x = list({U})", "x = tuple({U})", "x = [k for k in {U}]", "x = 55 in {U}",
        "x = sum({U}, 1)", "ls.extend({U})", "ls += {U}", "ls[:] = {U}", "x = dict({U})", "x = ''.join({U})",
        "x = list(zip({U}, {U}))", "x = list(map(same, {U}))", "x = iter({U})", "x = next({U})", "x = set({U})",
        "x = list(reversed({U}))", "x = list(enumerate({U}))", "x = max({U})", "dd.update({U})", "ss.update({U})",
        "x = len({U})", "x = sorted({U})", "x = [*{U}, 1]", "x = (*{U},)", "x = {*{U}}", "x = {k: 1 for k in {U}}",
        "x = any({U})", "for k, v in [{U}]:\n    c = k", "ss |= set({U})", "x = dict(zip({U}, ls))",
    ],
    "subscript": [
        "x = {U}[0]", "{U}[0] = 1", "del {U}[0]", "{U}[0] += 1", "x = {U}[0:1]", "{U}[0:1] = 1", "x = {U}['k']",
        "x = {U}[0] + 1", "{U}['b'] = 1", "x = {U}.__getitem__(0)", "{U}.__setitem__(0, 1)",
    ],
    "attribute": [
        "x = {U}.prop", "{U}.prop = 1", "del {U}.prop", "x = {U}.cached", "x = {U}.missing", "x = {U}.desc",
        "{U}.desc = 1", "del {U}.desc", "x = getattr({U}, 'prop')", "x = hasattr({U}, 'prop')",
        "setattr({U}, 'prop', 1)", "delattr({U}, 'prop')", "x = {U}.prop.real", "{U}.prop += 1",
        "x = operator.attrgetter('prop')({U})", "x = getattr({U}, 'missing', 3)", "if {U}.prop:\n    c = 1",
        "x = {U}.prop + {U}.cached", "for k in [{U}.prop]:\n    c = k", "x = f\"{{U}.prop}\"", "x = {U}.log.copy(), {U}.prop",
        "a, b = {U}.prop, 2", "with contextlib.suppress({U}.prop):\n    c = 1", "x = [k.prop for k in [{U}]]",
    ],
    "call": [
        "{U}()", "x = {U}.method()", "x = list(map({U}, [1]))", "x = sorted([2, 1], key={U})",
        "x = list(map({U}.method, [1]))", "x = functools.partial({U})()", "x = functools.reduce({U}, [1, 2])",
        "x = {U}.__call__()", "x = {U}.method().real", "x = re.sub('a', {U}, 'a')", "x = json.dumps([h], default={U})",
        "x = min([3, 1], key={U})", "x = ls.sort(key={U})", "x = list(iter({U}, 1))", "x = next(map({U}, [1]))",
        "f = {U}.method\nx = f()", "f = {U}\nx = f()", "x = [f() for f in [{U}]]", "table = {'f': {U}}\nx = table['f']()",
    ],
    "arithmetic": [
        "x = {U} + 1", "x = 1 + {U}", "x = -{U}", "x = ~{U}", "x = abs({U})", "x = {U} @ 1", "y = {U}\ny += 1",
        "x = {U} ** 2", "x = {U} | dd", "x = dd | {U}", "x = sum([{U}, {U}])", "x = ls + {U}", "x = operator.add({U}, 1)",
        "x = operator.getitem({U}, 0)", "operator.setitem({U}, 0, 1)", "x = operator.eq({U}, 1)",
        "x = operator.itemgetter(0)({U})", "x = operator.truth({U})", "x = operator.methodcaller('method')({U})",
        "x = {U} + 1 + 2", "x = 2 * ({U} + 1)", "x = ({U} if ls else 0) + 1", "x = operator.index({U})", "x = {U} % 2",
        "operator.iadd({U}, 1)", "x = operator.contains({U}, 1)", "x = functools.reduce(operator.add, [{U}, 2])",
        "x = list(map(operator.neg, [{U}]))", "x = operator.concat({U}, {U})", "operator.delitem({U}, 0)",
    ],
    "blocks": [
        "with {U}:\n    c = 1", "with {U} as x:\n    pass", "with contextlib.nullcontext({U}) as x:\n    c = 1",
        "match {U}:\n    case outside.Thing(prop=1):\n        c = 1", "match {U}:\n    case 1:\n        c = 1",
        "match {U}:\n    case outside.Thing(1):\n        c = 1", "match {U}:\n    case [a, b]:\n        c = 1",
        "match {U}:\n    case {'k': v}:\n        c = 1", "match ({U}, 1):\n    case (1, 1):\n        c = 1",
        "match [{U}]:\n    case [outside.Thing(desc=1)]:\n        c = 1", "match {'a': {U}}:\n    case {'a': 1}:\n        c = 1",
        "match {U}:\n    case int() | str():\n        c = 1\n    case x if x:\n        c = 2",
        "async def f():\n    await {U}\n    c = 1\ndrive(f())", "async def f():\n    async with {U}:\n        c = 1\n    c = 2\ndrive(f())",
        "async def f():\n    async for k in {U}:\n        c = 1\n    c = 2\ndrive(f())",
        "def g():\n    yield from {U}\n    c = 1\nx = list(g())", "x = (lambda: {U}.prop)()", "x = [{U}.prop for _ in ls]",
        "x = [k + 1 for k in [{U}]]", "x = list(k.prop for k in [{U}])", "def g(k={U}.prop):\n    return k\nc = 1",
    ],
}

# Statements that need no object, or another one.
OTHERS = {
    "ending": [
        "z = outside.Ending(log)\nz = None\nc = 1", "z = outside.Ending(log)\ndel z\nc = 1",
        "zs = [outside.Ending(log)]\nzs.pop()\nc = 1", "zs = [outside.Ending(log)]\nzs.clear()\nc = 1",
        "zs = [outside.Ending(log)]\nzs[0] = None\nc = 1", "h.z = outside.Ending(log)\nh.z = None\nc = 1",
        "h.z = outside.Ending(log)\ndel h.z\nc = 1", "z = {'a': outside.Ending(log)}\ndel z['a']\nc = 1",
        "z = {'a': outside.Ending(log)}\nz['a'] = 1\nc = 1", "zs = [[outside.Ending(log)]]\nzs = None\nc = 1",
        "z = outside.Ending(log)\nfor z in ls:\n    c = z", "z = outside.Ending(log)\nz, y = 1, 2\nc = 1",
        "z = {'a': outside.Ending(log)}\nz.pop('a')\nc = 1", "zs = [outside.Ending(log)]\ndel zs[:]\nc = 1",
        "def f():\n    z = outside.Ending(log)\n    return 1\nx = f()\nc = 1", "h.z = outside.Ending(log)\nh = None\nc = 1",
        "zs = [outside.Ending(log)]\nx = drop(zs.pop())\nc = 1", "z = outside.Ending(log)\nwith contextlib.nullcontext() as z:\n    c = 1",
        "z = (outside.Ending(log), 1)\nz = 2\nc = 1", "zs = {1: [outside.Ending(log)]}\nzs.popitem()\nc = 1",
        "zs = [outside.Ending(log)]\nzs += []\nzs[:] = ls\nc = 1", "zs = [outside.Ending(log)]\nx = [1 for k in zs]\nzs = ls\nc = 1",
    ],
    "classes": [
        "x = isinstance(1, C)", "x = issubclass(int, C)", "x = isinstance(1, (str, C))", "x = 1 in C", "x = C.attr",
        "x = C.prop", "x = C[1]", "x = C + 1", "x = len(C)", "for k in C:\n    c = k", "C.x = 1", "x = C == int", "x = hash(C)",
        "x = {C: 1}", "if C:\n    c = 1", "match 1:\n    case C():\n        c = 1", "class D(C):\n    pass",
        "class D(S):\n    pass", "S.make()", "S.plain()", "x = list(map(S.__class_getitem__, [1]))",
        "x = list(C)", "a, = C", "x = hasattr(C, 'attr')", "x = getattr(C, 'attr')", "setattr(C, 'x', 1)",
        "x = isinstance(1, list[0])", "x = [k for k in ls if isinstance(k, C)]", "x = list(filter(C.__instancecheck__, ls))",
        "try:\n    raise outside.Err\nexcept outside.Err:\n    c = 1", "try:\n    raise outside.Err(1)\nexcept outside.Err as e:\n    c = 1",
        "try:\n    raise outside.Err from outside.Err()\nexcept outside.Err as e:\n    c = 1", "x = outside.Err(2)",
    ],
    "library": [
        "x = 55 in outside.gen(log)", "x = 55 in g", "a, b, k = g", "x = [*g]", "x = next(g)", "x = list(g)", "x = pair(*g)",
        "for k in g:\n    c = k", "x = max(g)", "x = sum(g)", "ls.extend(g)", "ls += g", "x = dict.fromkeys(g)", "x = 55 in same(g)",
        "x = list(map(same, g))", "x = list(zip(ls, g))", "x = any(k > 1 for k in g)", "x = {*g}", "x = tuple(enumerate(g))",
        "with outside.manager(log):\n    c = 1", "with m:\n    c = 1", "with m as x:\n    c = 1", "with same(m):\n    c = 1", "get()",
        "x = same(get)()", "x = [get][0]()", "x = h.get2()", "x = {'f': get}['f']()", "x = list(map(get, [])), get()",
        "v = dq.a\nc = 1", "x = operator.getitem(q, 'n')", "x = operator.itemgetter('n')(q)", "x = list(map(q.__getitem__, 'ab'))",
        "x = '%(n)s' % q", "x = same(q)['n']", "x = {'q': q}['q']['n']", "x = [q][0]['m']", "x = q['n'] + q['o'] if 0 else q['p']",
        "table['add'](1)", "table.get('add')(1)", "adds[0](1)", "same(log.append)(1)", "x = list(map(table['add'], ls))",
        "x = list(map(same(log).append, ls))", "x = list(map(h.log().append, ls))", "h.__setattr__('v', 1)",
        "same(h).__setattr__('v', 1)", "object.__setattr__(h, 'v', 2)", "same(h).__dict__['v'] = 1", "h.log().append(1)",
        "ud['b'] = 1", "same(ud)['b'] = 1", "x = same(ud)['a']", "del same(ud)['a']", "same(ud).update(b=1)", "x = ud | {'c': 1}",
        "ud |= {'c': 1}", "same(ud).data['x'] = 1", "x = same(u).method().real", "same(same)(log).append(1)", "same(st).x = 1",
        "st.x = 1", "del st.x", "x = st.x", "h.st.x = 1", "same(u)()", "x = same(same(u)).prop", "x = same(u).prop, same(u).prop",
        "for k in same(u).log:\n    c = k\n    break", "for k in [same(u).prop]:\n    c = k", "x = same(h).u.prop", "x = same(h).u[0]",
        "same(h).u.prop = 1", "x = same(h).get().prop", "x = same(d)['u'].prop", "x = same(d)['u'] + 1", "x = (u or h).prop",
        "x = same(xs)[1].prop", "for k in same(h).u:\n    c = k", "x = xs.pop().prop", "x = max(xs[1:], key=id).prop", "x = d.pop('u').prop",
        "if same(u):\n    c = 1", "x = not same(s)", "if s:\n    c = 1", "x = s and 1", "x = 1 if s else 2", "x = list(s)", "a, b = s",
        "x = 1 in s", "x = list(reversed(s))", "for k in s:\n    c = k", "x = [*s]", "x = bool(same(s))", "x = len(same(s))",
        "x = getattr(h, 'u').prop", "x = getattr(h, 'u') + 1", "x = next(iter(xs[1:])).prop", "x = vars(h)['u'].prop",
    ],
}

OTHER_SETUP = '''
C = outside.checked(log)
S = outside.subscripted(log)
g = outside.gen(log)
m = outside.manager(log)
get = h.get2 = outside.getter(log)
q = collections.defaultdict(int)
table = {"add": log.append}
adds = [log.append]
h.log = lambda: log
ud = collections.UserDict(a=1)
st = h.st = outside.Setting(log)
s = outside.Sized(log)
dq = h
h.a = 1
outside.Err.log = log'''

REBINDING_HEAD = '''import collections, operator


class Box:
    def __init__(self):
        self.items, self.d, self.s, self.a, self.n = [1], {1: [1]}, {1}, None, 0
        self.q = collections.defaultdict(int)
        self.rows = [[1], [2]]

    def flush(self, *args):
        self.items, self.d, self.s, self.rows = [0], {1: [0]}, {0}, [[0], [0]]
        self.q = collections.defaultdict(int)
        if self.a is not None:
            self.a = Box()
        return 1

    def back(self):
        self.items, self.kept = self.kept, self.items
        return 1

    def rows_of(self):
        self.flush()
        yield 1
        yield 2

    @property
    def prop(self):
        return self.flush()

    def __add__(self, other):
        return self.flush()

    def __getitem__(self, key):
        return self.flush()

    def __iter__(self):
        self.flush()
        yield 1

    def __str__(self):
        self.flush()
        return "box"

    __format__ = None


def renew():
    global ITEMS, TABLE, BOX
    ITEMS, TABLE, BOX = [0], {1: [0]}, Box()
    return 1


def same(x, *args):
    return x


def nothing(*args):
    return 1


def raising(b):
    b.flush()
    raise ValueError


def drive(generator):
    for _ in generator:
        pass


class Waiting:
    def __await__(self):
        yield 1


async def waiting(b):
    await Waiting()
    b.flush()
    return 1


def run(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        pass


ITEMS, TABLE, BOX = [1], {1: [1]}, Box()
'''

REBINDING_SETUP = '''global ITEMS, TABLE, BOX
ITEMS, TABLE, BOX = [1], {1: [1]}, Box()
b = Box()
b.a = Box()
x = {"b": b, "items": b.items}
old = [b.items, b.d, b.s, b.q, b.rows, b.rows[0], b.a, b.a.items, ITEMS, TABLE, BOX, BOX.items]
b.kept = [9]'''

REBINDING = [
    "b.items.append(b.flush())", "b.items.append(b.prop)", "b.items.append(b + 1)", "b.items.append(b[0])",
    "b.items.append(str(b))", "b.items.append([*b])", "b.items.extend(b)", "b.items.extend(b.rows_of())",
    "b.items.extend([b.flush() for _ in 'ab'])", "b.items += [b.flush()]", "b.items += b.rows_of()",
    "b.items[b.flush() - 1] = 5", "b.items[0] = b.flush()", "b.items[:] = [b.flush()]", "b.items[b.flush():] = [1, 2]",
    "del b.items[b.flush() - 1]", "b.items.insert(0, b.flush())", "b.items.sort(key=b.flush)",
    "b.d[b.flush()] = 2", "b.d[2] = b.flush()", "b.d[b.flush()].append(3)", "b.d.update({2: b.flush()})",
    "b.d.update(a=b.flush())", "b.d.setdefault(3, b.flush())", "b.d.pop(b.flush())", "b.d[1].append(b.flush())",
    "b.d[1] += [b.flush()]", "b.d[b.flush()] += [2]", "b.s.add(b.flush() + 6)", "b.s |= {b.flush() + 6}", "del b.d[b.flush()]",
    "b.rows[0].append(b.flush())", "b.rows[b.flush() - 1][0] = 3", "b.rows[0][0] = b.flush() + 5", "b.rows[0][b.flush() - 1] = 4",
    "b.rows[0] += [b.flush()]", "b.rows[b.flush() - 1] += [4]", "y = b.q[b.flush()]", "b.q[b.flush()] += 1", "b.q[5] += b.flush()",
    "b.a.items.append(b.flush())", "b.a.items.append(b.a.flush())", "b.a.n = b.flush()", "b.a.n += b.flush()",
    "b.a.d[b.flush()] = 3", "b.a.items[0] += b.flush()", "same(b.items).append(b.flush())", "same(b).items.append(b.flush())",
    "same(b).a.n += b.flush()", "b.a.n, y = b.flush(), 2", "b.a.m = y = b.flush()", "setattr(b.a, 'n', b.flush())",
    "ITEMS.append(renew())", "ITEMS += [renew()]", "ITEMS[renew() - 1] = 5", "ITEMS[0] = renew() + 5", "TABLE[1].append(renew())",
    "TABLE[renew()] = 3", "TABLE[1] += [renew()]", "BOX.items.append(renew())", "BOX.n = renew()", "BOX.n += renew()",
    "BOX.items[renew() - 1] = 7", "BOX.a = BOX.n = renew()", "b.items.append(renew())", "del ITEMS[renew() - 1]",
    "b.items.append(b.flush()); b.items.append(2)", "b.items.append(b.flush()), b.items.append(b.flush())",
    "b.items.append(nothing(b.flush()))", "b.items.append(b.flush()) or nothing()", "b.items.append(b.back()), b.back()",
    "y = b.items.append(b.back()) or b.back()", "b.items.append(b.back() + nothing())", "x['items'].append(x.pop('items') and b.flush())",
    "x['b'].items.append(b.flush())", "x['b'].a.n = x['b'].flush()", "y = [b.items.append(b.flush()) for _ in 'abc']",
    "y = [b.items.append(b.flush()) or nothing() for _ in 'abc']", "y = list(map(b.items.append, b.rows_of()))",
    "b.items.append(\n    b.flush()\n)", "b.items.append(\n    b.flush(),\n)", "b.items.append(nothing(\n    b.flush(),\n    2\n    ),\n)",
    "b.items[\n    b.flush() - 1\n] = 5", "b.items.insert(\n    b.flush(),\n    2,\n)", "b.items.insert(b.flush(),\n    2)",
    "ITEMS.append(\n    renew()\n)", "b.d[1].append(\n    b.flush()\n    +\n    1)", "b.a.n += (\n    b.flush()\n)",
    "b.d[1] += [\n    1,\n    b.flush(),\n    2,\n]", "y = [\n    b.items.append(\n        k\n    )\n    for k in b.rows_of()\n]",
    "try:\n    b.items.append(b.flush() / 0)\nexcept ZeroDivisionError:\n    c = 1",
    "try:\n    b.items.append(b.items.append(raising(b)))\nexcept ValueError:\n    c = 1",
    "try:\n    b.items[b.flush() + 100] = 1\nexcept IndexError:\n    c = 1",
    "def g():\n    b.items.append((yield))\n    c = 1\nk = g()\nnext(k)\nb.flush()\ny = next(k, 0)",
    "def g():\n    b.items.append((yield b.flush()))\n    c = 1\nk = g()\ny = list(k)",
    "def g():\n    b.d[1][(yield) or 0] = 5\n    c = 1\nk = g()\nnext(k)\nb.flush()\ny = next(k, 0)",
    "async def f():\n    b.items.append(await waiting(b))\n    c = 1\nrun(f())",
    "async def f():\n    b.d[1] += [await waiting(b)]\n    c = 1\nrun(f())",
    "cell = b.items\ndef f():\n    nonlocal cell\n    cell = [7]\n    return 1\ncell.append(f())",
    "cell = b.items\ndef f():\n    nonlocal cell\n    cell = [7]\n    return 1\ncell += [f()]",
    "cell = b.items\ndef f():\n    nonlocal cell\n    cell = [7]\n    return 1\ncell[f() - 1] = 2",
    "cell = b\ndef f():\n    nonlocal cell\n    cell = Box()\n    return 1\ncell.items.append(f())",
    "cell = b\ndef f():\n    nonlocal cell\n    cell = Box()\n    return 1\ncell.n = f()",
    "cell = b\ndef f():\n    nonlocal cell\n    cell = Box()\n    return 1\ncell.n += f()",
    "cell = b.items\ndef f():\n    nonlocal cell\n    cell = [7]\n    def k():\n        cell.append(f2())\n        c = 1\n    k()\n"
    + "def f2():\n    nonlocal cell\n    cell = [8]\n    return 1\nf()",
    "cell = b\ndef f():\n    nonlocal cell\n    cell = Box()\n    return 1\ny = {}\ny[1] = cell.items.append(f())",
]


def body(setup, statement):
    """Lines that run a statement once."""
    lines = ["; ".join(setup.strip("\n").split("\n")), "try:"]
    lines += ["    " + line for line in [*statement.split("\n"), "c = 0"]]
    return [*lines, "except Exception as error:", "    c = error.args", "c = 2"]


def write(folder, name, head, bodies):
    """A script with a function for each body."""
    out, names = [head], []
    for setup, statement in bodies:
        names.append(f"t{len(names)}")
        out += [f"def {names[-1]}():", *("    " + line for line in body(setup, statement))]
    out += ["def go():", "    for f in (" + ", ".join(names) + "):", "        f()", "go()"]
    with open(os.path.join(folder, name + ".py"), "w") as file:
        file.write("\n".join(out) + "\n")


def write_module(folder, name, head, bodies):
    """A script whose module runs the bodies."""
    out = [head]
    for setup, statement in bodies:
        out += body(setup.replace("global U\n", ""), statement)
    with open(os.path.join(folder, name + ".py"), "w") as file:
        file.write("\n".join(out) + "\n")


def narrow(library):
    """Bodies by method: with a class that has no other method, so that nothing else tells what may run."""
    space = {"__file__": os.path.join(library, "..", "project", "x.py")}
    exec(HEAD, space)
    outside = space["outside"]
    found = {}
    for statement in (statement for statements in STATEMENTS.values() for statement in statements):
        text = "\n".join(body(SETUP.replace("{class}", "outside.Thing"), statement.replace("{U}", "u")))
        try:
            exec(text, space)
        except BaseException:
            continue
        methods = {outside.METHODS[name] for name in space["log"]}
        for method in methods:
            for way in WAYS.values():
                setting = SETUP.replace("{class}", "outside.narrow(%r)" % method)
                found.setdefault(method, []).append((setting, statement.replace("{U}", way)))
    return found


def main(folder, turn=None):
    project, library = os.path.join(folder, "project"), os.path.join(folder, "library")
    os.makedirs(project)
    os.makedirs(library)
    with open(os.path.join(library, "outside.py"), "w") as file:
        file.write(LIBRARY)
    shapes = [("outside.Thing", way) for way in WAYS.values()] + [("Sub", "u"), ("Sub", "same(u)")]
    whole, everything = turn is None, []
    for kind, statements in STATEMENTS.items():
        bodies = [
            (SETUP.replace("{class}", made), statement.replace("{U}", way))
            for n, statement in enumerate(statements)
            for made, way in (shapes if whole else [shapes[(n + int(turn)) % len(shapes)]])
        ]
        everything += bodies
        if whole:
            write(project, "unrecorded_" + kind, HEAD, bodies)
    if not whole:
        write(project, "unrecorded", HEAD, everything)
    setting = SETUP.replace("{class}", "outside.Thing") + OTHER_SETUP
    others = [(setting, statement) for statements in OTHERS.values() for statement in statements]
    write(project, "unrecorded_others", HEAD, others)
    write(project, "handed", handed.HEAD, handed.bodies(turn))
    write(project, "rebinding", REBINDING_HEAD, [(REBINDING_SETUP, statement) for statement in REBINDING])
    if whole:
        for name, bodies in narrow(library).items():
            write(project, "narrow_" + name.strip("_"), HEAD, bodies)
    # Variables of a module are in a dict. (With comprehensions, 3.12.1 shows outdated variables to the oracle.)
    in_module = everything[::7] if whole else everything[int(turn) % 3 :: 3]
    in_module = [(setup, text) for setup, text in in_module + others if text.startswith("for ") or " for " not in text]
    write_module(project, "unrecorded_module", HEAD, in_module)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Writes programs that make new objects at the addresses of dead ones: statements x expressions x kinds.

usage: reuse.py FOLDER; writes a script for each statement. It uses each expression in a loop in which the object dies.
"""

import os
import sys

EXPRESSIONS = {
    "lit": "[[k, 1]]",
    "comp": "[[k] for _ in range(2)]",
    "dict": "{'a': [k]}",
    "set": "{k, k + 1}",
    "listset": "[{k, k + 1}]",
    "tup": "([k],)",
    "mul": "[[k]] * 2",
    "slice": "[[k], [0]][:1]",
    "zip": "list(zip([k], [[k]]))",
    "listcall": "list([[k]])",
    "call": "mk2(k)",
    "inst2": "Box(Box(k))",
    "setor": "{k} | {k + 1}",
    "dictor": "{'a': [k]} | {'b': k}",
    "ddict": "collections.defaultdict(list, a=[k])",
    "nt": "NT(k, [k])",
    "gen": "[*gen(k)]",
    "dstar": "{**{'a': [k]}}",
    "float": "[[k / 3]]",
    "big": "[[k + 10**20]]",
    "enumer": "dict(enumerate([[k]]))",
    "json": "json.loads('[[%d]]' % k)",
    # Kinds that free lists, counters and inner addresses once made indistinguishable.
    "word": "set('abcdefgh'[2 * k:2 * k + 2])",
    "frozen": "frozenset((k, k + 7))",
    "deque": "collections.deque([k, [k]], 5)",
    "deques": "collections.deque([[[k]]])",
    "odict": "collections.OrderedDict(a=[k], b=k)",
    "counter": "collections.Counter({'a': k})",
    "error": "KeyError(k)",
    "errors": "ValueError([k], {k})",
    "sorted": "sorted([[k], [0]])",
    "barray": "bytearray([k, k + 1])",
    "array": "array.array('i', [k, k])",
    "slots": "Slotted([k])",
    "slotpair": "[Slotted(k), Slotted([k])]",
    "listsub": "Lst([k, [k]])",
    "dictsub": "Dct(a=[k])",
    "tupsub": "Tup(([k],))",
    "partial": "functools.partial(mk, [k])",
    "method": "Box([k]).get",
    "lambda": "[named(k)]",
    "klass": "[kind(k)]",
    "cycle": "ring([k])",
    "deep": "[[[[k]]]]",
    "copied": "copy.deepcopy([[k], {'a': [k]}])",
    "values": "list({'a': [k], 'b': [k + 1]}.values())",
    "items": "list({'a': [k]}.items())",
    "text": "['n' * (k + 1)]",
    "texts": "{'a': 'n' * 70 + str(k)}",
    "mapped": "list(map(mk, [k, k + 1]))",
    "wide": "[[n, [k]] for n in range(30)]",
    "dc": "Data([k], k)",
    "ns": "types.SimpleNamespace(a=[k])",
    "chain": "collections.ChainMap({'a': [k]})",
    "dec": "[decimal.Decimal(k)]",
    "complex": "[complex(k, 1)]",
}

STATEMENTS = {
    "assign": "a = {E}\na2 = 0",
    "attr": "o.x = {E}\nc = 0",
    "attrslot": "sl.x = {E}\nc = 0",
    "key": "d['k'] = {E}\nc = 0",
    "call": "callee({E})",
    "callret": "a = same({E})\nc = 0",
    "ctor2": "h = Holder({E})\nc = 0\nh = None",
    "ctord": "h = Derived({E})\nc = 0",
    "method": "o.m({E})",
    "partial": "part({E})",
    "cm": "with cm({E}) as a:\n    c = 0",
    "tuple": "a, b = {E}, {E}\nc = 0",
    "inlist": "a = [{E}]\nc = 0",
    "append": "l.append({E})\nl.pop()\nc = 0",
    "ret": "a = maker(k)\nc = 0",
    "yield": "for a in gmaker(k):\n    c = 0",
    "raise": "try:\n    raise KeyError({E})\nexcept KeyError as e:\n    a = e.args[0]",
    "default": "a = d.setdefault('s', {E})\nd.clear()",
    "prop": "o.prop = {E}\nc = 0",
    "starargs": "callee2(*({E}, 1))",
    "del": "a = {E}\ndel a\nb = {E}\nc = 0",
    "aug": "t = ()\nt += ({E},)\nc = 0",
    "super": "Sup2({E})",
    "nt2": "a = NT({E}, 0)\nc = 0",
    "getitem": "o[0, {E}]",
    # Places whose pointer stays the same while the object there is replaced.
    "item": "l[0] = {E}\nc = 0",
    "item0": "l[0] = None\nl[0] = {E}\nc = 0",
    "attr0": "o.x = None\no.x = {E}\nc = 0",
    "key0": "d.pop('k', None)\nd['k'] = {E}\nc = 0",
    "twice": "a = b = {E}\nc = 0\na = b = None",
    "twiceattr": "o.x = o.y = {E}\nc = 0",
    "inner": "l = [[0]]\nl[0][0] = {E}\nc = 0",
    "holder": "h = Holder(None)\nfor _ in 1, 2:\n    h.p = {E}\n    c = 0",
    "operator": "o + ({E})\nc = 0",
    "called": "o({E})",
    "setitem": "o[k] = {E}\nc = 0",
    "wrapped": "a = wrapped({E})\nc = 0",
    "cell": "cellvar = {E}\nreader()\nc = 0",
    "cell2": "setter({E})\nc = 0\nreader()",
    "walrus": "if (a := {E}):\n    c = 0\nc = 1",
    "kwargs": "callee2(p={E}, q=[{E}])",
    "send": "sinker.send({E})\nc = 0",
    "extend": "l.extend([{E}, {E}])\ndel l[1:]\nc = 0",
    "swap": "a, b = {E}, [k]\na, b = b, a\nc = 0",
    "nested": "d['k'] = [{'n': {E}}]\nc = 0",
    "deq": "q.append({E})\nq[0] = {E}\nc = 0",
    "setdel": "o.x = {E}\ndel o.x\nc = 0",
    "global": "glob = {E}\nglobread()\nc = 0",
    "again": "for _ in range(2):\n    a = {E}\n    c = callee(a)",
    "threaded": "l[0] = {E}\nl.append(l.pop(0))\nc = 0",
}

HEAD = '''import array, collections, contextlib, copy, dataclasses, decimal, functools, json, types
NT = collections.namedtuple("NT", "p q")
def mk(x): return [x]
def mk2(k): return [[k]]
def gen(k):
    yield [k]
class Box:
    def __init__(self, v): self.v = v
    def get(self): return self.v
class Slotted:
    __slots__ = ("v", "w")
    def __init__(self, v):
        self.v = v
        self.w = [v]
class Lst(list): pass
class Dct(dict): pass
class Tup(tuple): pass
def named(k):
    def f(): return k
    f.__qualname__ = f.__name__ = "f%d" % k
    return f
def kind(k): return type("Kind%d" % k, (), {})
def ring(v):
    v.append([v])
    return v
@dataclasses.dataclass
class Data:
    a: list
    b: int
class Holder:
    def __init__(self, p):
        self.p = p
        self.n = 0
class Derived(Holder):
    def __init__(self, p):
        super().__init__(p)
        self.m = 1
class Sup2(Derived):
    w = 0
class Slot:
    __slots__ = ("x",)
def callee(p):
    n = 0
    return n
def callee2(p, q):
    n = 0
    return n
def same(p): return p
class Obj:
    def m(self, p):
        n = 0
    def __call__(self, p):
        n = 0
    @property
    def prop(self): return 1
    @prop.setter
    def prop(self, p):
        self.pp = p
    def __add__(self, p):
        n = 0
        return n
    def __getitem__(self, p):
        n = 0
        return n
    def __setitem__(self, k, p):
        n = 0
part = functools.partial(callee)
def wrap(f):
    @functools.wraps(f)
    def inner(*args, **kw):
        n = 0
        return f(*args, **kw)
    return inner
@wrap
def wrapped(p):
    n = 0
    return n
@contextlib.contextmanager
def cm(p):
    yield p
def sink():
    while True:
        p = yield
glob = None
def globread():
    n = glob
    return 0
'''


def function(name, expression, statement):
    """A function that runs a statement four times."""
    inner = []
    if "maker(k)" in statement and "gmaker" not in statement:
        inner = [f"def maker(k): return {expression}"]
    if "gmaker" in statement:
        inner = ["def gmaker(k):", f"    yield {expression}", f"    yield {expression}"]
    if "reader()" in statement:
        inner = [
            "cellvar = None", "def reader():", "    n = cellvar", "    return 0",
            "def setter(p):", "    nonlocal cellvar", "    cellvar = p",
        ]
    begin = ["global glob"] if "glob =" in statement else []
    setup = "o = Obj(); l = [0]; d = {}; sl = Slot(); q = collections.deque([0], 3); sinker = sink(); next(sinker)"
    body = statement.replace("{E}", expression).split("\n")
    lines = [*begin, *inner, setup, "for k in range(4):", *("    " + line for line in body)]
    return [f"def t_{name}():", *("    " + line for line in lines)]


def main(folder):
    for kind, statement in STATEMENTS.items():
        out = [HEAD]
        for name, expression in EXPRESSIONS.items():
            out += function(name, expression, statement)
        out += ["def go():", "    for f in (" + ", ".join(f"t_{name}" for name in EXPRESSIONS) + "):", "        f()", "go()"]
        with open(os.path.join(folder, f"reuse_{kind}.py"), "w") as file:
            file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])

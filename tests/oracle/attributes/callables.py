"""Attributes of callables of all kinds, and of classes and modules by other ways than a statement."""

import functools, sys, types, dataclasses, json, abc
import settings

class Service:
    @staticmethod
    def st(x):
        return x
    @classmethod
    def cm(cls):
        return cls
    def meth(self):
        return 1
    meth.flag = 1
    @property
    def prop(self):
        return 2

def deco(f):
    @functools.wraps(f)
    def inner(*a):
        inner.calls += 1
        return f(*a)
    inner.calls = 0
    return inner

@deco
def work(x):
    return x * 2

@functools.lru_cache
def cached(x):
    return x + 1

part = functools.partial(work, 3)

class Counted:
    def __init__(self, f):
        functools.update_wrapper(self, f)
        self.f = f
        self.n = 0
    def __call__(self, *a):
        self.n += 1
        return self.f(*a)

@Counted
def counted(x):
    return x

s = Service()
bound = s.meth
st = Service.st
cm = Service.cm
work(1)
work(2)
work.note = [1]
work.note.append(2)
Service.meth.flag = 2
Service.meth.list = []
Service.meth.list.append(1)
s.meth.list.append(3)
s.meth.__func__.flag = 5
Service.st.tag = 1
Service.st.tag = 2
Service.__dict__["st"].mark = 1
Service.cm.__func__.flag = [1]
Service.cm.__func__.flag.append(2)
cached.limit = 5
cached.names = []
cached.names.append(1)
cached(1)
part.label = "p"
part.data = [1]
part.data.append(2)
counted(1)
counted(2)
counted.note = 1
json.JSONEncoder.registry = {}
json.JSONEncoder.registry["k"] = 1
enc = json.JSONEncoder
enc.registry["m"] = 2
settings.Options.registry = {}
settings.Options.registry["k"] = s
sys.modules[__name__].direct = 1
sys.modules[__name__].direct = 2
globals()["made"] = 1
globals()["made"] = [2]
globals().update(made=3)
setattr(Service, "set_later", 1)
type.__setattr__(Service, "set_later", 2)
view = Service.__dict__
Service.viewed = 1
del Service.viewed
delattr(Service, "set_later")
def plus(cls):
    cls.added = [1]
    cls.added.append(2)
    return cls
@plus
class Decorated:
    pass
class Registry:
    all = {}
    def __init_subclass__(cls, **kw):
        super().__init_subclass__(**kw)
        Registry.all[cls.__name__] = cls
        cls.index = len(Registry.all)
class R1(Registry):
    pass
class R2(Registry):
    pass
class Field:
    def __set_name__(self, owner, name):
        self.name = name
        owner.fields = getattr(owner, "fields", []) + [name]
class Model:
    a = Field()
    b = Field()
class Item:
    got = []
    def __class_getitem__(cls, k):
        cls.got.append(k)
        return cls
Item[int]
Item["x"]
@dataclasses.dataclass
class D:
    x: int = 1
    y: list = dataclasses.field(default_factory=list)
    z: str = "z"
D.x = 5
d = D()
D.extra = 1
class Outer:
    level = 1
    class Inner:
        level = 2
        class Deep:
            level = [3]
Outer.Inner.level = 4
Outer.Inner.Deep.level.append(5)
o = Outer()
o.Inner.Deep.level.append(6)
T = type("T", (Outer,), {"n": [1]})
T.n.append(2)
t = T()
t.level
class A: v = "a"
class B(A): pass
class C(A): v = "c"
class M(B, C): pass
m = M()
C.v = "c2"
B.v = "b"
del B.v
del C.v
M.__bases__ = (C, B)
A.v = "a2"
class Slots:
    __slots__ = ("p", "q")
    r = [1]
sl = Slots()
sl.p = 1
sl.r.append(2)
Slots.r = sl
class Abstract(abc.ABC):
    known = []
    @abc.abstractmethod
    def f(self): ...
@Abstract.register
class Virtual: pass
Abstract.known.append(1)
def outer():
    def inner():
        inner.n += 1
        return inner
    inner.n = 0
    inner()
    g = inner
    g.m = [1]
    g.m.append(inner.n)
    return inner
kept = outer()
kept()
lam = lambda: 1
lam.note = 1
def gen():
    gen.started = True
    yield 1
    gen.started = False
for x in gen():
    pass
class Holder:
    def run(self):
        self.run.__func__.times = getattr(self.run, "times", 0) + 1
h = Holder()
h.run()
h.run()
run = h.run
run.__func__.times = 9


class Fields:
    pass


first = Fields()
second = Fields()
first.a = 1
second.__dict__ = first.__dict__
first.b = 2
second.c = [3]
first.c.append(4)
values = vars(first)
values["d"] = 5
del second.a
third = [second]


def through(one, others):
    one.e = 6
    others[0].f = 7
    return one


through(first, third)
table = vars(outer)
outer.n = 1
table["m"] = 2
done = 1

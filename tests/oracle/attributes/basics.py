class Meta(type):
    registry = {}
    def __new__(m, name, bases, ns, **kw):
        c = super().__new__(m, name, bases, ns)
        m.registry[name] = c
        return c
class Base(metaclass=Meta):
    __slots__ = ("x",)
    count = 0
    def __init__(self):
        self.x = 1
        type(self).count += 1
class Sub(Base):
    instances = {}
    def __init__(self, k):
        super().__init__()
        cls = type(self)
        cls.instances[k] = self
s = Sub("a")
t = Sub("b")
def counter():
    counter.calls += 1
    return counter.calls
counter.calls = 0
counter()
counter()
setattr(Sub, "later", [1])
s.later.append(2)
del Sub.later
Sub.__init_subclass__
Sub.count = 7
T = type("T", (), {"n": 1})
T.n = 2
q = T()
q.n
import enum, dataclasses
class Color(enum.Enum):
    RED = 1
    BLUE = 2
@dataclasses.dataclass
class P:
    x: int = 3
    y: list = dataclasses.field(default_factory=list)
P.x = 4
p = P()
def make(k):
    class Local:
        v = [k]
    Local.v.append(k + 1)
    return Local.v[0]
for i in range(4):
    make(i)
import logging
logging.MINE = 3
done = 1

class Base:
    def __init__(self, n):
        super().__init__()
        self.n = n
    def add(self, x):
        self.n += x
        return self.n
class Bag(Base, list):
    def __init__(self, items):
        super().__init__(3)
        self.extend(items)
    def add(self, x):
        super().add(x)
        super().append(x)
        super(Bag, self).insert(0, x)
        return len(self)
class D(dict):
    def __init__(self, **kw):
        super().__init__(**kw)
        self.log = []
    def __setitem__(self, k, v):
        super().__setitem__(k, v)
        self.log.append(k)
class E(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)
        self.a = a
class M(type):
    def __new__(m, name, bases, ns):
        c = super().__new__(m, name, bases, ns)
        c.tag = name.lower()
        return c
class C(metaclass=M):
    @classmethod
    def make(cls):
        o = super().__new__(cls)
        o.x = 1
        return o
def gen(xs):
    for x in xs:
        xs2.append(x)
        yield x
def outer():
    b = Bag([1, 2])
    b.add(4)
    alias = b
    b.add(5)
    d = D(a=1)
    d['z'] = 2
    try:
        raise E(1, [2])
    except E as e:
        k = e.args
    c = C.make()
    for i in gen([1, 2, 3]):
        t = len(xs2)
    g = gen([7, 8])
    u = next(g)
    for i in g:
        t = list(xs2)
    return alias, d, k, c
xs2 = []
r = outer()
print(r[0].n, list(r[0]))

# If several expressions of a line may have given a value, only a proven one is reported.


class Node:
    def __init__(self, value, more=None):
        self.value = value; self.more = more  #@ node


class Kept:
    def __init__(self, n=0):
        self.n = n

    def total(self, extra=7):
        return Out(self.n, extra)


class Out:
    def __init__(self, n, extra):
        self.n = n
        self.extra = extra


class Base:
    def __init__(self, size=0, **rest):
        self.size = size
        self.rest = rest


class Sub(Base):
    def __init__(self):
        Base.__init__(self, 42)  #@ base


class Super(Base):
    def __init__(self, **kw):
        super().__init__(**kw)


class Box:
    def __init__(self, w, h):
        self.w = w; self.h = h

    def swap(self, other, w, h):
        self.w, other.w = w, h


def pair(this, a, b):
    return Node(this, Node(a, b))


def rest(a, *rest, k=1):  #@ rest
    return k, rest


def wrap(*a, **k):
    return default(*a, **k)


def default(a, b=11):  #@ b
    kept = Node(a, b)
    return kept


def unknown(make):
    return default(1, **make())


def echo():
    while True:
        item = 5
        box.got = yield item


def gen(v):
    keep.append(v)
    yield


def add(a, b):
    sums.append(Node(a, b))
    return a + b


class Method:
    pass


Method.pair = pair
box = Method()
keep = []
sums = []


def run():
    n = Node(1, Node(2))  #@ nodes
    n2 = Node(Node(7, 7).value, Node(7))  #@ sevens
    k1, k2 = Kept(), Kept(3)
    outs = [k1.total(), k2.total(20)]  #@ totals
    defaults = [Kept(), Kept(5)]  #@ kepts
    x = 4  #@ x
    y = 4  #@ y
    add(x, add(y, 3))  #@ adds
    add(x, y) + add(y, x)  #@ same
    sub = Sub()
    sup = Super()
    sup2 = Super(size=6)  #@ size
    k, others = rest(5, 6, 7)
    m = box.pair(8, 9)  #@ pair
    w1 = wrap(1)
    u1 = unknown(dict)
    w2 = wrap(1, 2)  #@ two
    ch = Box(x, y)
    cb, cc = Box(1, 2), Box(1, 2)
    cb.swap(cc, x, y)
    groups = {}
    groups.setdefault("k", []).append("item")  #@ item
    box.x = [0]; box.x[0] += 5  #@ augmented
    zero = 0  #@ zero
    nul = 0  #@ nul
    c = False
    o1 = zero or nul
    n0 = 0  #@ n0
    m0 = 0
    o2 = n0 and m0
    o3 = x if c else y
    o4 = (x and y)
    o5 = x or y
    o6 = abs(4) or x  #@ abs
    w3 = [(q := x), (q := y)]  #@ walrus
    numbers = []
    at = 0
    numbers.insert(at, zero)
    g = echo()
    next(g)
    five = 5  #@ five
    g.send(five)
    g1, g2 = gen(x), gen(y)
    next(g2)
    one, another = 8, 8
    both = [one]; both.insert(0, another)  #@ both
    1 / 0


run()
#? origin both[0]: both run ~ wrote it
#? origin n.value: ~ passed it: 1
#? origin n.more.value: ~ passed it: 2
#? origin n.more.more: ~ the default of more
#? origin n2.more.value: ~ in one of several calls
#? origin outs[0].extra: ~ the default of extra
#? origin outs[1].extra: ~ passed it: 20
#? origin outs[1].n: ~ passed it: 3
#? origin defaults[0].n: ~ the default of n
#? origin defaults[1].n: ~ passed it: 5
#? origin sums[0].value: ~ in one of several calls
#? origin sums[1].value: x run ~ has it: 4
#? origin sums[0].more: ~ in one of several calls
#? origin sums[2].value: ~ in one of several calls
#? origin sub.size: ~ passed it: 42
#? origin sup.size: ~ the default of size
#? origin sup2.size: size run ~ passed it: 6
#? origin k: ~ the default of k
#? origin m.more.value: ~ passed it: 8
#? origin m.more.more: ~ passed it: 9
#? origin m.value: ~ got it from Method()
#? origin w1.more: ~ the default of b
#? origin w2.more: ~ passed it: 2
#? origin ch.w: x run ~ has it: 4
#? origin ch.h: y run ~ has it: 4
#? origin cb.w: ~ wrote it
#? origin cc.w: ~ wrote it
#? origin u1.more: ~ passed it, or it is the default
#? origin groups["k"]: ~ wrote it
#? origin groups["k"][0]: item run ~ has it: "item"
#? origin box.x[0]: augmented run ~ wrote it
#? origin o1: nul run ~ has it: 0
#? origin o2: n0 run ~ has it: 0
#? origin o3: y run ~ has it: 4
#? origin o4: y run ~ has it: 4
#? origin o5: x run ~ has it: 4
#? origin o6: abs run ~ got it from abs(4)
#? origin q: walrus run ~ wrote it
#? origin numbers[0]: zero run ~ has it: 0
#? origin box.got: five run ~ has it: 5
#? origin keep[0]: ~ where the generator or coroutine was made

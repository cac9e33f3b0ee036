"""Changes by code that is not recorded: seen at once if visible, else marked."""

ns = {}
exec(
    compile(
        """
def poke(c, name, value):
    setattr(c, name, value)
def grow(xs, x):
    xs.append(x)
def both(c):
    c.items.append("b")
    c.count += 1
def later(c):
    keep.append(c)
def all_kept():
    for c in keep:
        c.count = 1000
        c.items.append("kept")
def call(f, *args):
    return f(*args)
keep = []
""",
        "<unrecorded>",
        "exec",
    ),
    ns,
)
poke, grow, both, later, all_kept, call = (ns[n] for n in ("poke", "grow", "both", "later", "all_kept", "call"))


class K:
    items = []
    count = 0


class Sub(K):
    pass


class Meta(type):
    table = {}


class Made(metaclass=Meta):
    rows = [1]


def f(x):
    return x


f.seen = []


def by_instance(k):
    both(type(k))
    n = k.count
    grow(k.items, n)
    return k.items


def by_name():
    poke(K, "extra", [1])
    grow(K.extra, 2)
    poke(f, "extra", 1)
    grow(f.seen, 3)
    return K.extra


def nothing_named():
    all_kept()
    x = 1
    return x


def callback(k):
    k.items.append("cb")
    K.count += 1
    return K.count


k = K()
s = Sub()
m = Made()
both(K)
poke(K, "count", 5)
poke(Sub, "count", 6)
grow(s.items, 1)
by_instance(k)
by_instance(s)
by_name()
later(K)
nothing_named()
call(callback, k)
call(setattr, K, "count", 1)
poke(Meta, "table", {"x": 1})
grow(Made.rows, 2)
m.rows.append(3)
list(map(f.seen.append, [4, 5]))
list(filter(K.items.append, [3, 1]))
poke(f, "again", [])
grow(f.again, 1)
delattr(K, "extra")
xs = [k, s, {"m": m}]
both(xs[0])
both(K)
type.__setattr__(K, "count", 77)
done = 1

//! The head of the generated programs, and their statements.

/// What the statements use.
pub const HEAD: &str = "\
import collections, contextlib, copy, dataclasses, functools, itertools, operator
class Obj:
    def put_a(self, v): self.a = v
class Ctx:
    def __init__(self, v): self.v = v
    def __enter__(self): return self.v
    def __exit__(self, *e): return False
class Box:
    shared = None
    def __init__(self, v): self.v = v
    def open(self): return self.v
    @property
    def made(self): return self.v
    @made.setter
    def made(self, v): self.v = v
class Sub(Box):
    def __init__(self, v): super().__init__(v)
class Ops:
    def __init__(self, v): self.v = v
    def __add__(self, other): return other
    def __radd__(self, other): return other
    def __neg__(self): return self.v
    def __iadd__(self, other): return other
    def __lt__(self, other): return other
    def __getitem__(self, key): return key
    def __setitem__(self, key, v): self.v = v
    def __call__(self): return self.v
    def __getattr__(self, name): return self.v
class Each:
    def __init__(self, v): self.v = v
    def __iter__(self): return self
    def __next__(self):
        if self.v is None: raise StopIteration
        v, self.v = self.v, None
        return v
class Err(Exception):
    def __init__(self, v): self.v = v
@dataclasses.dataclass
class Point:
    p: object
    q: object = None
Named = collections.namedtuple('Named', 'v w')
def f(v):
    w = v
    return w
def g(v, *more, key=0):
    return f(v)
def named(*, v):
    return v
def two(v, w):
    return w, v
def gen(v):
    while True:
        v = yield v
def every(*vs):
    yield from vs
def last(*vs):
    return vs[-1]
def by_name(**ks):
    return ks['v']
def spread(*vs, **ks):
    return last(*vs, ks['v'])
def rec(v, n):
    return v if not n else rec(v, n - 1)
def fin(v):
    try:
        return v
    finally:
        f(1)
def deco(fn):
    def wrap(*a, **k):
        return fn(*a, **k)
    return wrap
h = deco(f)
@functools.wraps(f)
def wrapped(*a, **k):
    got = f(*a, **k)
    return got
def part(v):
    yield 1
    return v
def whole(v):
    got = yield from part(v)
    yield got
async def co(v):
    return v
async def both(v):
    got = await co(v)
    return got
def drive(c):
    try:
        c.send(None)
    except StopIteration as e:
        return e.value
@contextlib.contextmanager
def given(v):
    yield v
def keep(v):
    global kept
    kept = v
";

/// The places to ask about.
pub const PLACES: [&str; 7] = ["x", "y", "z", "o.a", "o.b", "d['k']", "xs[-1]"];

/// Statements, and what each does at once: (place, what it gets: a place, or `@`, a new list). `#1` ends the line that
/// gives the place its value, `#2` the one that had it before, and so on. `x>y`: it gets the one, then the other. `=x`: a
/// helper gives it, no line of the function itself.
pub const STATEMENTS: &[(&str, &[(&str, &str)])] = &[
    ("x = [@]", &[("x", "@")]),
    ("o.a = [@]", &[("o.a", "@")]),
    ("y = f([@])", &[("y", "@")]),
    ("x = y", &[("x", "y")]),
    ("z = x", &[("z", "x")]),
    ("x, y = y, x", &[("x", "y"), ("y", "x")]),
    ("x, (y, z) = z, (x, y)", &[("x", "z"), ("y", "x"), ("z", "y")]),
    ("o.a = f(x)", &[("o.a", "x")]),
    ("o.b = o.a", &[("o.b", "o.a")]),
    ("d['k'] = y", &[("d['k']", "y")]),
    ("x = d['k']", &[("x", "d['k']")]),
    ("z = d.get('k')", &[("z", "d['k']")]),
    ("d.update(k=o.a)", &[("d['k']", "o.a")]),
    ("d.update({'k': z})", &[("d['k']", "z")]),
    ("y = o.b", &[("y", "o.b")]),
    ("setattr(o, 'b', y)", &[("o.b", "y")]),
    ("x = getattr(o, 'b')", &[("x", "o.b")]),
    ("for x in [y]: pass", &[("x", "y")]),
    ("for n, x in enumerate([y, z]): pass", &[("x", "y>z")]),
    ("for y, _ in zip([x], [1]): pass", &[("y", "x")]),
    ("for z in every(x, y): pass", &[("z", "x>y")]),
    ("x = next(gen(y))", &[("x", "y")]),
    ("i = gen(x); next(i); y = i.send(z)", &[("y", "z")]),
    ("with Ctx(x) as y: pass", &[("y", "x")]),
    ("with Ctx(z) as o.b: f(1)", &[("o.b", "z")]),
    ("(z := x)", &[("z", "x")]),
    ("x = y = [@]", &[("x", "@"), ("y", "@")]),
    ("y = f(x := z)", &[("x", "z"), ("y", "z")]),
    ("x = [n for n in (y,)][0]", &[("x", "y")]),
    ("xs = [x, y]", &[("xs[-1]", "y")]),
    ("xs.append(x)", &[("xs[-1]", "x")]),
    ("xs.extend([x, z])", &[("xs[-1]", "z")]),
    ("xs[-1] = o.a", &[("xs[-1]", "o.a")]),
    ("z = xs[-1]", &[("z", "xs[-1]")]),
    ("*_, y = [x, z]", &[("y", "z")]),
    ("x = h(y)", &[("x", "y")]),
    ("o.a = h(v=z)", &[("o.a", "z")]),
    ("z = g(*[y], key=x)", &[("z", "y")]),
    ("z = named(**{'v': x})", &[("z", "x")]),
    ("y, x = two(z, y)", &[("y", "y"), ("x", "z")]),
    ("x = (lambda v: v)(y)", &[("x", "y")]),
    ("x = functools.partial(f, z)()", &[("x", "z")]),
    ("y = {'q': z}['q']", &[("y", "z")]),
    ("z = (x, y)[1]", &[("z", "y")]),
    ("z = Box(y).v", &[("z", "y")]),
    ("y = Box(x).open()", &[("y", "x")]),
    ("x = y if o else z", &[("x", "y")]),
    ("x = d.setdefault('k', [0])", &[("x", "d['k']")]),
    ("o.a, d['k'] = d['k'], o.a", &[("o.a", "d['k']"), ("d['k']", "o.a")]),
    ("put()", &[("z", "@put")]),
    // Targets.
    ("(x, *_), y = (z, 1), x", &[("x", "z"), ("y", "x")]),
    ("[x, (y, *_)] = [y, [z, x]]", &[("x", "y"), ("y", "z")]),
    ("x, *_ = z, y, 1", &[("x", "z")]),
    ("*o.rest, z = two(x, y)", &[("z", "x")]),
    ("x, o.a = o.a, x", &[("x", "o.a"), ("o.a", "x")]),
    ("xs[-1], x = x, xs[-1]", &[("xs[-1]", "x"), ("x", "xs[-1]")]),
    ("(x, y), z = two(z, (y, x))", &[("x", "y"), ("y", "x")]),
    ("y: list = z", &[("y", "z")]),
    ("if (x := y): pass", &[("x", "y")]),
    ("while (z := x) is None: pass", &[("z", "x")]),
    ("[y := n for n in [x]]", &[("y", "x")]),
    ("x = (y := z)", &[("x", "z"), ("y", "z")]),
    // Loops.
    ("for x, (y, _) in [(z, (x, 1))]: pass", &[("x", "z"), ("y", "x")]),
    ("for _, x in {'q': y}.items(): pass", &[("x", "y")]),
    ("for x in {'q': z}.values(): pass", &[("x", "z")]),
    ("for x in d.values(): pass", &[("x", "d['k']")]),
    ("for _, y in d.items(): pass", &[("y", "d['k']")]),
    ("for x in sorted([y]): pass", &[("x", "y")]),
    ("for y in reversed([z, x]): pass", &[("y", "x>z")]),
    ("for z in itertools.chain([x], [y]): pass", &[("z", "x>y")]),
    ("for z in Each(x): pass", &[("z", "x")]),
    ("for n in range(2): x = [y, z][n]", &[("x", "y>z")]),
    ("for n in [x]: #2\n    y = n #1", &[("y", "x")]),
    ("for o.b in (z,): pass", &[("o.b", "z")]),
    ("for n, (x, _) in enumerate(zip([y], 'a')): pass", &[("x", "y")]),
    // Comprehensions.
    ("y = [n for n in [x, z]][-1]", &[("y", "z")]),
    ("x = {n: y for n in 'k'}['k']", &[("x", "y")]),
    ("z = [f(n) for n in [x]][0]", &[("z", "x")]),
    ("x = next(n for n in [y])", &[("x", "y")]),
    ("z = [n for n in (x, y) if n is y][0]", &[("z", "y")]),
    ("y = list(map(f, [x]))[0]", &[("y", "x")]),
    ("x = list(n for n in [z])[0]", &[("x", "z")]),
    ("y, = [n for n in [z]]", &[("y", "z")]),
    // Patterns.
    ("match [x, 1]:\n    case [y, _]: pass #1", &[("y", "x")]),
    ("match {'q': z}:\n    case {'q': x}: pass #1", &[("x", "z")]),
    ("match Box(y):\n    case Box(v=z): pass #1", &[("z", "y")]),
    ("match (x, y):\n    case (z, *_): pass #1", &[("z", "x")]),
    ("match o:\n    case Obj(a=x): pass #1", &[("x", "o.a")]),
    ("match d:\n    case {'k': z, **_r}: pass #1", &[("z", "d['k']")]),
    ("match x:\n    case [int()] as y: pass #1", &[("y", "x")]),
    ("match Point(y, 1):\n    case Point(x, _): pass #1", &[("x", "y")]),
    ("match (1, [z]):\n    case (int(), [x]) | (str(), x): pass #1", &[("x", "z")]),
    // Objects.
    ("x = Point(y).p", &[("x", "y")]),
    ("x = Point(p=z).p", &[("x", "z")]),
    ("o.b = dataclasses.replace(Point(x), q=1).p", &[("o.b", "x")]),
    ("x = Named(y, z).w", &[("x", "z")]),
    ("_, x = Named(y, z)", &[("x", "z")]),
    ("x = getattr(o, 'none', y)", &[("x", "y")]),
    ("x = vars(o)['a']", &[("x", "o.a")]),
    ("o.__dict__['b'] = z", &[("o.b", "z")]),
    ("object.__setattr__(o, 'a', y)", &[("o.a", "y")]),
    ("o.put_a(x)", &[("o.a", "=x")]),
    ("x = Sub(y).v", &[("x", "y")]),
    ("b = Box(1); b.made = x; y = b.made", &[("y", "x")]),
    ("Box.shared = z; y = Box(x).shared", &[("y", "z")]),
    ("class K:\n    v = x #2\ny = K.v #1", &[("y", "x")]),
    ("class K:\n    nonlocal z\n    z = y #1", &[("z", "y")]),
    ("x = copy.copy(Box(y)).v", &[("x", "y")]),
    ("x = operator.attrgetter('b')(o)", &[("x", "o.b")]),
    // Operators.
    ("x = Ops(y) + z", &[("x", "z")]),
    ("x = y + Ops(z)", &[("x", "y")]),
    ("y = -Ops(x)", &[("y", "x")]),
    ("z = Ops(x) < y", &[("z", "y")]),
    ("x = Ops(1)[z]", &[("x", "z")]),
    ("y = Ops(z)()", &[("y", "z")]),
    ("z = Ops(y).none", &[("z", "y")]),
    ("w = Ops(1); w[0] = x; y = w.v", &[("y", "x")]),
    ("w = Ops(1); w += z; y = w", &[("y", "z")]),
    // Calls.
    ("x = last(y, z)", &[("x", "z")]),
    ("x = last(*[z], y)", &[("x", "y")]),
    ("y = by_name(v=x)", &[("y", "x")]),
    ("x = spread(z, v=y)", &[("x", "y")]),
    ("z = wrapped(v=x)", &[("z", "x")]),
    ("x = rec(y, 3)", &[("x", "y")]),
    ("x = fin(z)", &[("x", "z")]),
    ("z = f(f(x))", &[("z", "x")]),
    ("x = functools.partial(named, v=y)()", &[("x", "y")]),
    ("y = functools.partial(g, x)(key=z)", &[("y", "x")]),
    ("x = functools.reduce(lambda a, b: b, [y, z])", &[("x", "z")]),
    ("x = (lambda v=y: v)()", &[("x", "y")]),
    ("x = (lambda: y)()", &[("x", "y")]),
    ("def ask(v=x): return v #2\ny = ask() #1", &[("y", "x")]),
    ("def ask():\n    return z #2\nx = ask() #1", &[("x", "z")]),
    ("def give(v): #2\n    nonlocal z\n    z = v #1\ngive(x)", &[("z", "x")]),
    ("keep(x); y = kept", &[("y", "x")]),
    // Generators and coroutines.
    ("y = [*every(x, z)][-1]", &[("y", "z")]),
    ("x, y = every(y, z)", &[("x", "y"), ("y", "z")]),
    ("x = list(every(y))[0]", &[("x", "y")]),
    ("*_, z = every(x, y)", &[("z", "y")]),
    ("i = gen(z); next(i); i.send(x); y = i.send(y)", &[("y", "y")]),
    ("x = list(whole(y))[-1]", &[("x", "y")]),
    ("i = gen(x)\nnext(i)\ny = i.send(z) #1", &[("y", "z")]),
    ("i = gen(x) #2\ny = next(i) #1", &[("y", "x")]),
    ("x = drive(co(y))", &[("x", "y")]),
    ("x = drive(both(z))", &[("x", "z")]),
    // Choices.
    ("x = y if not o else z", &[("x", "z")]),
    ("y = x if x is z else z", &[("y", "z")]),
    ("x = None or y", &[("x", "y")]),
    ("y = x and z", &[("y", "z")]),
    ("z = (o.b or y)", &[("z", "o.b")]),
    // Containers.
    ("x = [y, z][-1:][0]", &[("x", "z")]),
    ("y = xs[:][-1]", &[("y", "xs[-1]")]),
    ("x = (y, z)[:1][0]", &[("x", "y")]),
    ("x = [*[y]][0]", &[("x", "y")]),
    ("x = {'a': {'b': y}}['a']['b']", &[("x", "y")]),
    ("x = d.pop('k'); d['k'] = x", &[("x", "d['k']")]),
    ("x = {'q': y}.pop('q')", &[("x", "y")]),
    ("x = d.get('none', z)", &[("x", "z")]),
    ("x = {}.setdefault('q', y)", &[("x", "y")]),
    ("z = {**d}['k']", &[("z", "d['k']")]),
    ("z = dict(q=y)['q']", &[("z", "y")]),
    ("z = (d | {'k': x})['k']", &[("z", "x")]),
    ("d |= {'k': z}", &[("d['k']", "z")]),
    ("xs.append(y); x = xs.pop()", &[("x", "y")]),
    ("xs += [y]", &[("xs[-1]", "y")]),
    ("xs[-1:] = [z]", &[("xs[-1]", "z")]),
    ("y = [x, z].pop(0)", &[("y", "x")]),
    ("x = sorted([y])[0]", &[("x", "y")]),
    ("x = list(reversed([y, z]))[0]", &[("x", "z")]),
    ("x = min([y, y])", &[("x", "y")]),
    ("y = max([x], key=len)", &[("y", "x")]),
    ("x = next(iter([z]))", &[("x", "z")]),
    ("x = collections.deque([x, y]).pop()", &[("x", "y")]),
    ("y = operator.itemgetter(0)([x])", &[("y", "x")]),
    // With and try.
    ("with Ctx((x, y)) as (y, z): pass", &[("y", "x"), ("z", "y")]),
    ("with given(x) as y: pass", &[("y", "x")]),
    ("with contextlib.nullcontext(z) as y: pass", &[("y", "z")]),
    ("with Ctx(x) as y, Ctx(y) as z: pass", &[("y", "x"), ("z", "x")]),
    ("with Ctx(x) as w: y = w", &[("y", "x")]),
    ("try:\n    x = f(y) #1\nfinally:\n    pass", &[("x", "y")]),
    ("try:\n    raise Err(x)\nexcept Err as e:\n    y = e.v #1", &[("y", "x")]),
    ("try:\n    1 / 0\nexcept ZeroDivisionError: z = y #1", &[("z", "y")]),
];

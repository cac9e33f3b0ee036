"""Attributes read through instances of subclasses of builtin classes: the instance's own first, then the class's."""

import collections
import enum
import typing


class Rows(list):
    count_of = 0
    names = []
    kind = "rows"

    def add(self, x):
        self.append(x)
        self.count_of += 1
        self.names.append(x)
        Rows.kind = "rows %d" % self.count_of
        return self


class More(Rows):
    kind = "more"

    def __init__(self, *xs):
        super().__init__(xs)
        self.extra = {}
        self.extra["n"] = len(xs)


class Table(dict):
    limit = 3
    log = []

    def __missing__(self, key):
        self.log.append(key)
        self.last = key
        return None


class Name(str):
    seen = 0

    def __new__(cls, text):
        self = super().__new__(cls, text)
        cls.seen += 1
        self.number = cls.seen
        return self


class Number(int):
    unit = "m"
    scale = [1]


class Real(float):
    unit = "s"


class Data(bytes):
    tag = 1


class Pair(tuple):
    __slots__ = ()
    kind = "pair"


class Loose(tuple):
    kind = "loose"


class Point(collections.namedtuple("Point", "x y")):
    origin = (0, 0)
    all = []


class Typed(typing.NamedTuple):
    a: int
    b: int = 2
    level = 5


class Bag(set):
    owner = None


class Frozen(frozenset):
    owner = "f"


class Wrong(Exception):
    code = 1
    raised = []

    def __init__(self, message, code=None):
        super().__init__(message)
        if code is not None:
            self.code = code
        type(self).raised.append(message)


class Worse(Wrong):
    code = 2


class NoFile(OSError):
    hint = "look"
    errno_of = 5


class Line(collections.deque):
    size = 2


class Ordered(collections.OrderedDict):
    by = "key"


class Default(collections.defaultdict):
    made = 0


class User(collections.UserDict):
    shared = []


class Slotted(list):
    __slots__ = ("top", "next")
    level = 0


class Mixin:
    mixed = 1
    pop = "hidden by list"
    later = []


class Mixed(list, Mixin):
    own = 2


class Planet(enum.Enum):
    EARTH = (5.97, 6.37)
    MARS = (0.64, 3.39)

    def __init__(self, mass, radius):
        self.mass = mass
        self.radius = radius


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Access(enum.Flag):
    READ = 1
    WRITE = 2


class Meta(type):
    table = {}


class Made(list, metaclass=Meta):
    made = 1


class Loud:
    def __get__(self, instance, owner):
        return 7

    def __set__(self, instance, value):
        pass


class Guarded(dict):
    loud = Loud()
    plain = 1

    @property
    def size(self):
        return len(self)


def use(rows):
    rows.add(1)
    rows.kind = "own"
    rows.kind
    del rows.kind
    return rows.kind


rows = Rows()
rows.add(1)
rows.add(2)
rows.count_of = 10
del rows.count_of
use(rows)
more = More(1, 2, 3)
more.add(4)
more.extra["m"] = more
use(more)
More.kind = "changed"
del More.kind
table = Table(a=1)
table["b"]
table.limit = 4
table.limit
Table.limit = 9
vars(table)["late"] = 1
table.__dict__.update(limit=6)
name = Name("n")
other = Name("o")
name.seen = -1
number = Number(5)
number.unit = "km"
number.scale.append(2)
Number.unit = "mm"
real = Real(1.5)
Real.unit = "h"
data = Data(b"abc")
data.tag += 1
pair = Pair((1, 2))
Pair.kind = "pairs"
loose = Loose((1, [2]))
loose.kind = "own"
loose.more = [3]
loose.more.append(loose)
point = Point(1, 2)
point.all.append(point)
point.origin = (1, 1)
Point.origin = None
typed = Typed(1)
Typed.level = 6
bag = Bag([1])
bag.owner = rows
bag.add(2)
frozen = Frozen([1])
Frozen.owner = "g"
line = Line([1], 3)
line.size += 1
ordered = Ordered(a=1)
ordered.by = "value"
Ordered.by = "both"
default = Default(list)
default.made += 1
default["k"].append(default.made)
user = User(a=1)
user.shared.append(user)
user.data["b"] = 2
slotted = Slotted([1])
slotted.top = slotted
slotted.level
slotted.next = [1]
slotted.next.append(2)
Slotted.level = 3
del slotted.top
mixed = Mixed([1])
mixed.mixed += 1
Mixin.mixed = 10
mixed.later.append(1)
del mixed.mixed
earth = Planet.EARTH
earth.mass
mars = Planet.MARS
mars.moons = ["Phobos"]
mars.moons.append("Deimos")
low = Level.LOW
Level.extra = [low]
Level.extra.append(2)
read = Access.READ
both = Access.READ | Access.WRITE
both.label = "rw"
made = Made([1])
made.made = 2
Meta.table["m"] = made
Made.made = 3
guarded = Guarded(a=1)
guarded.loud = 3
guarded.plain = 2
Guarded.plain = 4
try:
    raise Wrong("first", 7)
except Wrong as error:
    caught = error
    error.code += 1
    error.note = [1]
    error.note.append(2)
try:
    try:
        raise Worse("second")
    except Wrong as error:
        kept = error
        Worse.code = 5
        raise NoFile(2, "none") from error
except OSError as error:
    lost = error
    lost.hint = "here"
    NoFile.errno_of += 1
caught.raised.append("more")
setattr(caught, "code", 0)
delattr(caught, "code")
copies = list(map(Rows, [[0], [1], [2]]))
for copy in copies:
    copy.add(copy)
    copy.mark = {"n": len(copy)}
    copy.mark["again"] = copy.names
for n in range(20):
    fresh = Rows()
    fresh.n = [n]
    fresh.n.append(n)
    fresh.add(n)


class Deep(list):
    pass


class Plain(list):
    def push(self, x):
        self.append(x)
        self.count = len(self)


plain = Plain([1])
plain.push(2)
plain.index = 5
del plain.index
plain.sort = [1]
nested = Deep([Deep([Deep()])])
nested[0].at = 1
nested.below = nested[0][0]
nested.below.at = [nested]
done = 1

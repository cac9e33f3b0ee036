"""Classes made by other code: enums, dataclasses, named tuples, decorators, `type` with three arguments."""

import abc
import collections
import dataclasses
import enum
import typing


class Color(enum.Enum):
    RED = 1
    BLUE = 2


class Flag(enum.IntFlag):
    A = 1
    B = 2


@dataclasses.dataclass
class Point:
    x: int = 3
    y: list = dataclasses.field(default_factory=list)
    made: typing.ClassVar[int] = 0

    def __post_init__(self):
        Point.made += 1
        self.y.append(Point.made)


@dataclasses.dataclass(frozen=True)
class Cold:
    z: int = 1


@dataclasses.dataclass
class Slim:
    __slots__ = ("w",)
    w: int


class Pair(typing.NamedTuple):
    left: int = 0
    right: str = ""


Old = collections.namedtuple("Old", "a b")


def register(cls):
    cls.registered = True
    register.known.append(cls.__name__)
    cls.base = cls.base + ["decorated"]
    return cls


register.known = []


@register
class Decorated:
    base = ["own"]


def replace(cls):
    return type(cls.__name__, (cls,), {"replaced": [1]})


@replace
class Replaced:
    before = 1


class Shape(abc.ABC):
    sides = 0
    kinds = []

    @abc.abstractmethod
    def area(self): ...


class Square(Shape):
    sides = 4

    def area(self):
        self.kinds.append("square")
        return self.sides


p = Point()
q = Point(5)
Point.x = 9
Point.made = 50
cold = Cold()
Cold.extra = [cold.z]
slim = Slim(2)
Slim.about = "w"
pair = Pair(1, "r")
Pair.shared = []
pair.shared.append(1)
old = Old(1, 2)
Decorated.base.append("later")
d = Decorated()
d.base.append("more")
r = Replaced()
r.replaced.append(2)
Replaced.before = 2
square = Square()
square.area()
Square.sides = 5
Shape.kinds.append("shape")
Point = type("Point", (), {"n": [1]})
Point.n.append(2)
Color.RED
Flag.A
done = 1

"""Enum members, named tuples and classes that derive from list and tuple, and which code their operators run."""

import enum
import types
from collections import namedtuple
from typing import NamedTuple

SEEN = []


class Color(enum.Enum):
    RED = 1
    BLUE = 2

    @classmethod
    def _missing_(cls, value):
        SEEN.append(value)
        return cls.BLUE


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Flags(enum.Flag):
    A = 1
    B = 2


class Odd(enum.Enum):
    ONE = 1

    @types.DynamicClassAttribute
    def label(self):
        SEEN.append("label")
        return f"<{self._name_}>"

    def __eq__(self, other):
        SEEN.append("eq")
        return self is other

    def __hash__(self):
        SEEN.append("hash")
        return 7


class Point(NamedTuple):
    x: int
    y: list

    @property
    def far(self):
        SEEN.append("far")
        return self.x > 10


Pair = namedtuple("Pair", "left right")


class Loud(Pair):
    def __getitem__(self, key):
        SEEN.append(key)
        return super().__getitem__(key)


class Stack(list):
    pass


class Counting(list):
    def __getitem__(self, key):
        SEEN.append(("get", key))
        return super().__getitem__(key)


class Node:
    def __init__(self):
        self.nodes = []


def enums():
    held = [1, [2, 3]]
    red = Color.RED
    same = red == Color.RED
    value = red.value + Color(2).value
    name = red.name
    missing = Color(99)
    low = Level.LOW < Level.HIGH
    both = Flags.A | Flags.B
    inside = Flags.A in both
    table = {Color.RED: held, Color.BLUE: []}
    table[red].append(4)
    held[1].append(same)
    return value, name, missing, low, both, inside, table


def odd():
    seen = SEEN
    one = Odd.ONE
    label = one.label
    same = one == Odd.ONE
    table = {one: [1]}
    table[one].append(len(seen))
    again = Odd(1)
    return label, same, again


def tuples():
    seen = SEEN
    point = Point(1, [2])
    x, y = point
    y.append(point[0])
    far = point.far
    moved = point._replace(x=20)
    moved.y.append("shared")
    items = point._asdict()
    items["y"].append("too")
    pair = Pair(point, moved)
    pair[0].y.append(pair.right.x)
    pair.left[1].append(far)
    loud = Loud(1, [2])
    first = loud[0]
    loud[1].append(first)
    return len(seen), x, pair, loud


def stacks():
    seen = SEEN
    stack = Stack()
    stack.append(Node())
    stack[-1].nodes.append(1)
    stack[-1].nodes.append(stack.pop())
    stack.append(Node())
    stack.append(Node())
    stack[-1].nodes.append(stack[0])
    stack[0].nodes.append([stack[1].nodes])
    counting = Counting([Node(), [1, 2]])
    counting[0].nodes.append(1)
    counting[1].append(counting[0])
    counting[-1][0] = 5
    return len(seen), stack, counting


class Made:
    def __init__(self, children):
        self.children = children
        children.append("made")


def tables():
    makers = {"a": Made, "b": Node, "c": SEEN.append}
    children = [1]
    made = makers["a"](children)
    node = makers["b"]()
    makers["c"](node)
    other = [list, Made][1](children)
    by_member = {Color.RED: Made, Color.BLUE: SEEN.append}
    again = by_member.get(Color.RED, Node)(children)
    nothing = by_member.get(Color.BLUE, Node)(again)
    return made, other, nothing, children


enums()
odd()
tuples()
stacks()
tables()
print(len(SEEN), SEEN[:12])

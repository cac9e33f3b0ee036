"""The order in which attributes are found; slots; bases that change."""


class A:
    who = "a"
    items = []


class B(A):
    items = [1]


class C(A):
    who = "c"
    only = {"c": 1}


class D(B, C):
    pass


class Slotted:
    __slots__ = ("x", "items")
    shared = []
    limit = 3

    def __init__(self):
        self.x = 1

    def grow(self):
        self.shared.append(self.x)
        Slotted.limit -= 1


class Child(Slotted):
    __slots__ = ()
    shared = ["child"]


class Loose(Slotted):
    more = 0


class Other:
    who = "other"


d = D()
d.who
d.items.append(2)
C.who = "cc"
B.who = "b"
A.items.append(3)
del B.items
d.items.append(4)
d.items = ["own"]
D.items = ("d",)
del d.items
s = Slotted()
s.grow()
s.grow()
k = Child()
k.grow()
loose = Loose()
loose.grow()
loose.extra = 1
Loose.more = [loose.extra]
loose.more.append(2)
D.__bases__ = (C, B)
D.__bases__ = (B, C, Other)
d.__class__ = Other
d.who


class Private:
    __hidden = 1
    password = "secret"
    api_key = None

    def touch(self):
        self.__hidden
        Private.__hidden += 1
        Private.password = "other"
        type(self).api_key = "k"


p = Private()
p.touch()
p.touch()


class Text(str):
    seen = []


class Table(dict):
    kinds = {}

    def __setitem__(self, key, value):
        self.kinds[key] = type(value).__name__
        super().__setitem__(key, value)


t = Text("t")
t.seen.append(1)
Text.seen.append(2)
table = Table()
table["a"] = 1
Table.kinds["b"] = 2
done = 1

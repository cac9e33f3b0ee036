"""Class bodies, slots, properties, metaclasses, inheritance, dunder traps."""


class Meta(type):
    made = []

    def __new__(mcls, name, bases, namespace, **kwargs):
        namespace["tag"] = kwargs.get("tag", name.lower())
        cls = super().__new__(mcls, name, bases, namespace)
        mcls.made.append(name)
        return cls

    def __init__(cls, name, bases, namespace, **kwargs):
        super().__init__(name, bases, namespace)

    def __call__(cls, *args):
        self = super().__call__(*args)
        return self


class Base(metaclass=Meta, tag="root"):
    limit = 10
    items = []
    for letter in "ab":
        items.append(letter)
    del letter

    def __init__(self, x):
        self.x = x
        self._cache = None

    @property
    def double(self):
        self._cache = self.x * 2
        return self._cache

    @double.setter
    def double(self, value):
        self.x = value // 2

    @staticmethod
    def helper(n):
        return n + 1

    @classmethod
    def build(cls, n):
        return cls(cls.helper(n))


class Slotted:
    __slots__ = ("b", "a", "__hidden")

    def __init__(self):
        self.a = 1
        self.__hidden = [1]

    def touch(self):
        self.__hidden.append(self.a)
        self.b = self.__hidden


class More(Slotted):
    __slots__ = ["c", "__dict__"]

    def __init__(self):
        super().__init__()
        self.c = "c"
        self.extra = {"free": True}


class Trap:
    def __init__(self):
        object.__setattr__(self, "real", 1)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return name.upper()

    def __setattr__(self, name, value):
        object.__setattr__(self, name, (value, value))

    def __repr__(self):
        raise RuntimeError("do not print me")

    __str__ = __repr__

    def __eq__(self, other):
        raise RuntimeError("do not compare me")

    def __hash__(self):
        return 7

    def __len__(self):
        raise RuntimeError("do not measure me")

    def __bool__(self):
        return True

    def __iter__(self):
        raise RuntimeError("do not iterate me")


class Vector:
    def __init__(self, *xs):
        self.xs = list(xs)

    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self.xs, other.xs)))

    def __iadd__(self, other):
        for i, x in enumerate(other.xs):
            self.xs[i] += x
        return self

    def __getitem__(self, i):
        return self.xs[i]

    def __setitem__(self, i, value):
        self.xs[i] = value

    def __contains__(self, x):
        return x in self.xs

    def __call__(self, k):
        self.xs = [k * x for x in self.xs]
        return self


class MyList(list):
    def push(self, x):
        self.append(x)
        self.count = len(self)


class MyDict(dict):
    def __missing__(self, key):
        self[key] = value = key * 2
        return value


class MyInt(int):
    pass


class MyStr(str):
    pass


def main():
    b = Base.build(4)
    d = b.double
    b.double = 20
    b.limit += 1
    s = Slotted()
    s.touch()
    m = More()
    m.extra["free"] = m.c
    m.touch()
    t = Trap()
    t.shown = t.anything
    ts = {t: 1}
    v = Vector(1, 2) + Vector(3, 4)
    v += Vector(1, 1)
    v[0] = -1
    found = 5 in v
    v(2)(3)
    ml = MyList([1])
    ml.push(2)
    md = MyDict()
    got = md["ab"]
    n, st = MyInt(5), MyStr("text")
    del b.x
    setattr(b, "y", [1])
    b.y.append(2)
    b.__dict__["z"] = 3
    Base.items.append("late")
    return locals()


main()

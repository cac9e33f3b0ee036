"""Classes with the names of types that are read from memory."""


class range:
    pass


class slice:
    def __init__(self):
        self.start = 1


class bytearray(bytes):
    pass


class function:
    pass


class method:
    __slots__ = ("a",)


class Parameter:
    __module__ = 5


def dotted():
    names = ["array.array", "datetime.datetime", "datetime.timedelta", "decimal.Decimal", "re.Pattern", "re.Match", "zoneinfo.ZoneInfo"]
    names += ["numpy.ndarray", "numpy.float64", "numpy.dtype", "collections.deque", "collections.defaultdict"]
    made = [type(name, (), {})() for name in names]
    for one in made:
        one.x = 1
    return made


def plain():
    kept = [range(), slice(), bytearray(b"ab"), function(), method(), Parameter()]
    for one in kept:
        one
    kept[1].start += 1
    kept[4].a = 2
    kept[5].x = 1
    return kept


dotted()
plain()

"""Values of the standard library."""
import array
import collections
import datetime
import decimal
import enum
import fractions
import pathlib
import re
import uuid
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from dataclasses import dataclass, field


class Color(enum.Enum):
    RED = 1
    GREEN = "g"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Perm(enum.Flag):
    R = 4
    W = 2


Point = namedtuple("Point", "x y", defaults=[0])


@dataclass
class Item:
    name: str
    tags: list = field(default_factory=list)
    price: float = 1.5


@dataclass(frozen=True, order=True)
class Key:
    a: int
    b: str = "b"


def containers():
    q = deque([1, 2, 3], maxlen=3)
    q.append(4)
    q.appendleft(0)
    q.rotate(1)
    plain = deque()
    for i in range(70):
        plain.append(i)
    while len(plain) > 67:
        plain.popleft()
    dd = defaultdict(list)
    dd["a"].append(1)
    dd["b"]
    od = OrderedDict(a=1, b=2)
    od.move_to_end("a")
    od["c"] = od.pop("b")
    c = Counter("abracadabra")
    c["z"] -= 1
    c.update("zzz")
    a = array.array("i", [1, 2])
    a.append(3)
    a[0] = -1
    ba = bytearray(b"abc")
    ba[0] = 120
    ba.extend(b"!")
    fs = frozenset([1, 2])
    s = {3, 1}
    s.add(2)
    s.discard(3)
    s |= {10}
    p = Point(1)
    p2 = p._replace(y=[5])
    p2.y.append(6)
    cm = collections.ChainMap({"a": 1}, {"b": 2})
    cm["c"] = 3
    return q, dd, od, c, a, ba, fs, s, p2


def values():
    d = datetime.date(2020, 2, 29)
    dt = datetime.datetime(2021, 3, 4, 5, 6, 7, 89)
    utc = dt.replace(tzinfo=datetime.timezone.utc, microsecond=0)
    east = datetime.timezone(datetime.timedelta(hours=2), "EET")
    t = datetime.time(1, 2, tzinfo=east)
    delta = datetime.timedelta(days=-1, seconds=5)
    for i in range(3):
        d += datetime.timedelta(days=1)
    dec = decimal.Decimal("1.10")
    for i in range(3):
        dec *= decimal.Decimal("1.5")
    tiny = decimal.Decimal("1E-10")
    odd = [decimal.Decimal(x) for x in ("NaN", "-Infinity", "0", "-0.00", "12300", "1E+5", "123456789012345678901234567890")]
    fr = fractions.Fraction(3, 6)
    fr += fractions.Fraction(1, 3)
    u = uuid.UUID("12345678-1234-5678-1234-567812345678")
    path = pathlib.PurePosixPath("/usr") / "lib" / ".." / "x.txt"
    rel = pathlib.PurePosixPath("a/./b//c")
    name = path.name
    pattern = re.compile(r"(\w+)-(\d+)", re.I | re.M)
    found = pattern.search("see ab-12 there")
    group = found.group(1)
    missing = pattern.match("!")
    r = range(0, 10, 3)
    sl = slice(1, None, 2)
    err = ValueError("bad", 3)
    os_err = FileNotFoundError(2, "No such file", "f.txt")
    return d, dt, utc, t, delta, dec, tiny, odd, fr, u, path, rel, name, group, missing, r, sl, err, os_err


def enums():
    c = Color.RED
    other = Color("g")
    levels = [Level.LOW, Level.HIGH]
    best = max(levels)
    both = Perm.R
    mapping = {Color.RED: [1], Level.HIGH: 2}
    mapping[Color.RED].append(2)
    return c, other, best, both, mapping


def dataclasses():
    i = Item("pen")
    i.tags.append("blue")
    i.price *= 2
    j = Item("ink", ["x"], 3)
    same = i == j
    k = Key(1)
    ks = sorted([Key(2), k])
    return i, j, same, ks


def functions():
    f = len
    g = [].append
    h = str.upper
    i = "x".join
    j = dict.fromkeys
    k = Item
    m = Item("m").__init__
    n = print
    o = type
    p = list.__len__
    return f, g, h, i, j, k, m, n, o, p


containers()
values()
enums()
dataclasses()
functions()
api_key = "sekrit"
config = {"password": "p", "user": "u", "author": "a", "auth_token": [1], "nested": {"private_key": 5}}
config["password"] = "changed"


class Account:
    def __init__(self, name, password):
        self.name = name
        self.password = password
        self.token = "shown"


account = Account("n", "hunter2")
account.password = "hunter3"

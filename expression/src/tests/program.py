a = 7
b = -3
x = 2.5
zero = 0
name = 'connie'
empty = ''
xs = [1, 2, 3, [4, 5]]
ns = [3, 1, 2]
fs = [0.1] * 10
words = ['pear', 'fig', 'Apple', 'kiwi']
pair = (1, 'two')
table = {'k': 1, 2: 'v', None: xs}
counts = {'a': 3, 'b': 1, 'c': 2}
flag = True
nothing = None
big = 2 ** 70 + 3
text = 'Two words, \tthree  '
raw = b'by tes\xff'
bag = {1, 40, 2.5}
few = {1, 3}
one = {5}
nested = {'a': {'b': [1, {'c': 2}]}}
rows = [('x', 2), ('y', 1), ('z', 3)]
import array as arrays
import collections
import contextvars
import datetime
import decimal
import enum
import http.cookies
import math
import operator
import os.path
import sqlite3

import numpy as np
import pandas as pd
import polars as pl

circle = math.pi * 2 + math.inf
parts = os.path.sep.join([math.__name__, os.path.pardir])
od = collections.OrderedDict(a=1, b=2)
dd = collections.defaultdict(list, k=[1])
ct = collections.Counter('abracadabra')
dq = collections.deque([1, 2, 3])
Point = collections.namedtuple('Point', 'x y')
pt = Point(1, 2)
long = 'abcdefghij' * 1000
class P:
    kind = 'p'

    def __init__(self):
        self.x = 10
        self.items = ns

    def method(self):
        return 1

    @property
    def prop(self):
        return 5
class Q(P):
    __slots__ = ('q',)
    extra = 1
class S:
    __slots__ = ('u', 'v')
class D(dict):
    def __getitem__(self, k):
        return 42


class M(dict):
    def __missing__(self, k):
        return 43


class Sized(list):
    def __len__(self):
        return 99

    def __iter__(self):
        return iter('zz')

    def __contains__(self, item):
        return True

    def __eq__(self, other):
        return True


err = ValueError('c', 'd')
nan = float('nan')
nans = [nan]
p = P()
q = Q()
q.q = 3
s = S()
s.u = 1
sized = Sized([1])
d = D(k=1)
m = M(k=1)
rng = range(3)
def f(n):
    return n
many = list(range(1500))
many_bytes = bytes(range(250)) * 20
many_words = {str(n): n for n in range(700)}
small = frozenset({4})
accents = 'äöß'
array = bytearray(b'ab')
password = 'hidden'
empty_dict = {}
empty_list = []
minus = -0.0
infinite = float('inf')
bigs = [2 ** 70, -2 ** 70]
mixed = [1, 'a', None, 2.5, (1, 2), {'k': [1]}]
deep = [[[[[[[1]]]]]]]
halved = 'a\udc80'
variable = contextvars.ContextVar('variable', default=5)


class OwnDate(datetime.date):
    pass


class OwnDecimal(decimal.Decimal):
    pass


class OwnDeque(collections.deque):
    pass


class OwnSet(set):
    pass


own_date, own_decimal, own_deque, own_set = OwnDate(2024, 1, 2), OwnDecimal('1.5'), OwnDeque([1]), OwnSet([1])
own_date.note = own_decimal.note = own_deque.note = own_set.note = 'n'
cookies = http.cookies.SimpleCookie('a=1')


class Odd(dict):
    def __eq__(self, other):
        return True


class Crowd:
    pass


odd = Odd(k=1)
crowd = Crowd()
for n in range(1500):
    setattr(crowd, f'a{n}', n)
long_bytes = b'abcdefghij' * 1000
long_accents = 'äb' * 5000


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 3

    def __str__(self):
        return self.name


class Word(str, enum.Enum):
    YES = 'y'
    NO = 'n'


class Weight(float, enum.Enum):
    LIGHT = 1.5
    HEAVY = 2.5


class Pair(tuple, enum.Enum):
    ONE = (1, 2)


class Backwards(int, enum.Enum):
    FIRST = 1
    LAST = 2

    def __lt__(self, other):
        return int(self) > int(other)


class Twice(int, enum.Enum):
    A = 1

    def __new__(cls, n):
        made = int.__new__(cls, n * 2)
        made._value_ = n
        return made


class Unhashed(enum.Enum):
    A = 1

    def __eq__(self, other):
        return True

    __hash__ = None


class Hashed(enum.Enum):
    A = 1

    def __hash__(self):
        return 5


red, low, yes, first, twice, unhashed, hashed = (
    Color.RED,
    Level.LOW,
    Word.YES,
    Backwards.FIRST,
    Twice.A,
    Unhashed.A,
    Hashed.A,
)
light, one_pair = Weight.LIGHT, Pair.ONE
prices = {Color.RED: 5, Color.GREEN: 7}
by_hash = {Hashed.A: 1}
base = sqlite3.connect(':memory:')
base.row_factory = sqlite3.Row
row = base.execute("select 3 as id, 'kiwi' as Name").fetchone()


class Checks(type):
    def __instancecheck__(cls, value):
        return True

    def __subclasscheck__(cls, other):
        return True


class Lists(type):
    def __dir__(cls):
        return ['listed']


class Checked(metaclass=Checks):
    pass


class CheckedChild(Checked):
    pass


class Listed(metaclass=Lists):
    own = 1


class Listing:
    def __dir__(self):
        return ['listed']


class Whole(int):
    unit = 'm'


class Items(list):
    pass


class Words(str):
    pass


class Late(ValueError):
    pass


class WithDict:
    __slots__ = ('z', '__dict__')


class OneSlot:
    __slots__ = 'only'


class TextDict:
    __slots__ = '__dict__'


class ListedSlots:
    __slots__ = ['w']


class Below(ListedSlots):
    pass


checked, listed, listing, late = Checked(), Listed(), Listing(), Late('slow')
checked_child = CheckedChild()
whole, items, chars = Whole(5), Items([1]), Words('ab')
items.note = 'n'
with_dict, one_slot, text_dict, listed_slots, below = WithDict(), OneSlot(), TextDict(), ListedSlots(), Below()
with_dict.z = 1
with_dict.more = 2
one_slot.only = 1
text_dict.more = 3
listed_slots.w = 1
below.w = 2
below.more = 3

bytes_array = arrays.array('b', [1, -2, 3])
floats_array = arrays.array('d', [0.5, 1.5])
line = np.array([10, 20, 30, 40])
grid = np.arange(6).reshape(2, 3)
turned = np.arange(6.0).reshape(2, 3).T
cube = np.arange(24).reshape(2, 3, 4)
wide = np.arange(3000).reshape(1000, 3)
small_ints = np.array([1, 2, 3], dtype=np.int16)
halves = np.array([0.5, 1.5], dtype=np.float32)
mask = np.array([True, False])
things = np.array([1, 'x', [2]], dtype=object)
no_cells = np.zeros((0, 3))
five = np.int64(5)
byte = np.uint8(200)
half = np.float64(2.5)
tenth = np.float32(0.1)
yep = np.True_
nope = np.False_
great = np.int64(2**53 + 1)
frame = pd.DataFrame({'n': [1, 2, 3], 'price': [0.5, 1.5, 2.5], 'word': ['x', 'y', 'z']}, dtype=object)
numbers = pd.DataFrame({'n': [1, 2, 3], 'price': [0.5, 1.5, 2.5]})
doubled = pd.DataFrame([[1, 2]], columns=['same', 'same'])
series = numbers['n'] * 2
bears = pl.DataFrame({'n': [1, 2], 's': ['x', None]})
column = bears['s']


class Grid(np.ndarray):
    pass


class Sheet(pd.DataFrame):
    pass


own_grid = np.arange(3).view(Grid)
own_grid.note = 'n'
own_sheet = Sheet({'n': [1]})
lasting = np.timedelta64(5, 's')
day = np.datetime64('2024-01-02')
here = 1

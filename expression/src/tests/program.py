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
import collections
import math
import operator
import os.path

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
here = 1

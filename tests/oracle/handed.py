"""Statements in which C code calls a bound method that no variable names: ways to reach the method, or an iterator that
calls it, x what calls or iterates."""

HEAD = """import collections, functools, itertools, operator, types


class Holder:
    pass


def same(value):
    return value


def of(log):
    made = Holder()
    made.f = log.append
    return made
"""

SETUP = """
log = []
key, first, numbers, queue = 'add', 0, [1], []
table, table2, adds, pair = {'add': log.append}, {1: log.append}, [log.append], (log.append,)
nested = {'x': table, 1: adds}
h = Holder()
h.f, h.table = log.append, table
ud, od, dd = collections.UserDict(table), collections.OrderedDict(table), collections.defaultdict(int, table)
proxy, chain = types.MappingProxyType(table), collections.ChainMap(table)"""

# Expressions that give `log.append`.
WAYS = [
    "log.append", "table['add']", "table2[1]", "table[key]", "table.get('add')", "getattr(log, 'append')",
    "(log.append if key else 0)", "[log.append][0]", "{'a': log.append}['a']", "functools.partial(log.append)",
    "(lambda v: v)(log.append)", "same(log.append)", "adds[0]", "adds[-1]", "adds.pop()", "pair[0]",
    "nested['x']['add']", "nested[1][0]", "h.f", "h.table['add']", "vars(h)['f']", "next(iter(adds))",
    "max(adds, key=id)", "ud['add']", "od['add']", "dd['add']", "of(log).f", "operator.attrgetter('append')(log)",
    "operator.itemgetter('add')(table)", "table.setdefault('add', 0)", "next(iter(table.values()))",
    "(key and log.append)", "(first or log.append)", "dict(table)['add']", "list(adds)[0]",
    "types.MethodType(list.append, log)", "log.__class__.append.__get__(log)", "[*adds][0]", "{**table}['add']",
    "adds[first]", "adds[:][0]", "proxy['add']", "chain.maps[0]['add']", "chain['add']",
]  # fmt: skip

USES = [
    "x = list(map({}, numbers))", "x = sorted(numbers, key={})", "x = [*map({}, numbers)]",
    "x = list(filter({}, numbers))", "for z in map({}, numbers):\n    c = z", "x = {}(5)", "x = max(numbers, key={})",
    "ls = [3]\nls.sort(key={})\nc = 1", "x = functools.reduce(lambda a, b: b, map({}, numbers))",
    "m = map({}, numbers)\nx = list(m)\nc = 1", "x = list(itertools.starmap({}, [(1,)]))",
    "queue.extend(map({}, numbers))", "a, = map({}, numbers)", "x = sum(1 for z in map({}, numbers))",
    "x = tuple(map({}, numbers))", "x = dict.fromkeys(map({}, numbers))", "x = next(map({}, numbers))",
    "x = list(itertools.takewhile({}, numbers))", "x = list(itertools.accumulate(numbers, {}, initial=2))",
    "x = [k for k, g in itertools.groupby(numbers, {})]", "x = min(numbers, default=1, key={})",
    "x = list(itertools.islice(map({}, numbers), 1))", "x = list(zip(map({}, numbers), numbers))",
    "x = {{z: z for z in map({}, numbers)}}", "x = list(enumerate(map({}, numbers)))",
]  # fmt: skip


LAZY_SETUP = """
log = []
key, numbers, queue = 1, [1, 2], []
lazy = map(log.append, numbers)
h = Holder()
h.lazy = lazy
table, large, pair = {1: lazy}, dict.fromkeys(range(50)), [lazy]
od = collections.OrderedDict(table)
large[40] = lazy"""

# Expressions that give an iterator which appends to `log`.
LAZY = [
    "lazy", "table[1]", "large[40]", "getattr(h, 'lazy')", "h.lazy", "table.get(1)", "same(lazy)",
    "(lazy if key else 0)", "[lazy][0]", "next(iter(pair))", "pair.pop()", "vars(h)['lazy']", "(key and lazy)",
    "iter(lazy)", "max(pair, key=id)", "itertools.tee(lazy)[0]", "od[1]", "itertools.islice(lazy, 5)",
    "itertools.chain(lazy)", "itertools.chain.from_iterable(pair)", "zip(lazy)", "enumerate(lazy)",
    "filter(None, lazy)", "map(str, lazy)", "operator.itemgetter(1)(table)",
]  # fmt: skip

ITERATING = [
    "x = list({})", "for z in {}:\n    break", "x = next({})", "x = sum(1 for z in {})", "a, *b = {}", "x = tuple({})",
    "queue.extend({})", "x = [*{}]", "x = 7 in {}", "x = sorted(map(bool, {}))", "x = dict.fromkeys({})",
    "x = ','.join(map(str, {}))", "queue += {}", "queue[:] = {}", "x = set({})", "x = any({})",
    "x = list(zip(numbers, {}))", "x = str([*{}])", "x = collections.deque({})", "x = [z for z in {}]",
]  # fmt: skip

# One of two values is taken for a tuple where it is unpacked: loops mostly unpack tuples.
UNPACKING = ["a, *b = {}", "x = 7 in {}", "queue += {}"]


def bodies(turn=None):
    """A setup and a statement each: all of them, or a fifth, which depends on the turn."""
    for setup, ways, uses in ((SETUP, WAYS, USES), (LAZY_SETUP, LAZY, ITERATING)):
        for n, way in enumerate(ways):
            for k, use in enumerate(uses):
                is_seen = not (use in UNPACKING and way[0] == "(")
                if is_seen and (turn is None or (n + k + int(turn)) % 5 == 0):
                    yield setup, use.format(way)

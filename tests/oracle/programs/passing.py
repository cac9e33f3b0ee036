"""Lines that only read, with control flow from and to all kinds of places."""

import collections
import fractions
import functools
import operator


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    @property
    def sum(self):
        total = self.x + self.y
        return total

    def __bool__(self):
        positive = self.x > 0
        return positive

    def __eq__(self, other):
        if not isinstance(other, Point):
            return NotImplemented
        same = self.x == other.x
        return same

    def __contains__(self, item):
        self.y = item
        if item == self.x:
            return True
        return False


class Lazy:
    """Its attribute is made by code of the standard library when it is first read."""

    def __init__(self):
        self.n = 0

    @functools.cached_property
    def value(self):
        return [self.n]


class Foreign:
    """The same without any Python code of the class."""

    given = [0]
    value = functools.cached_property(operator.attrgetter("given"))
    grown = functools.cached_property(operator.methodcaller("grow"))

    def __init__(self):
        self.n = 0
        self.kept = [self.n]
        self.grow = functools.partial(self.kept.append, 1)


class Eager:
    value = [1]
    grown = None
    kept = [2]

    def __init__(self):
        self.n = 0
        self.value = [0]


def chain(n):
    kind = None
    if n < 0:
        kind = "negative"
    elif n == 0:
        kind = "zero"
    elif n < 10:
        if n % 2:
            kind = "odd"
        elif n == 4:
            pass
        else:
            kind = "even"
    else:
        return "many"
    if kind is None:
        return kind
    if kind == "odd":
        if n > 5:
            return "odd, large"
        return "odd, small"
    return kind


def loops(limit):
    n = 0
    found = []
    while n < limit:
        n += 1
        if n == 3:
            continue
        if n == 5:
            break
        if n % 2:
            found.append(n)
    else:
        n = -n
    while True:
        n += 1
        if n > limit:
            break
    for i in range(3):
        if i == 1:
            continue
        for j in range(2):
            if j:
                break
        else:
            n += 100
    else:
        if n:
            n -= 1
    while n > limit:
        n -= 40
    return n, found


def finals(what):
    log = []
    try:
        log.append("try")
        if what == "return":
            return log
        if what == "raise":
            raise ValueError(what)
        if what == "divide":
            return 1 // 0
        if what == "name":
            return nowhere  # noqa: F821
    except ZeroDivisionError:
        if len(log) > 1:
            return None
        log.append("divided")
    except (KeyError, ValueError) as error:
        if what == "raise":
            log.append(str(error))
        else:
            return error
    else:
        if what:
            log.append("else")
    finally:
        if what == "finally":
            log.append("finally")
        log.append("end")
    if what:
        return log
    return None


def swallowed(what):
    """The end of `finally` is one line with several jumps from it."""
    for turn in range(2):
        try:
            if what == turn:
                raise KeyError(turn)
            if what < 0:
                continue
        except LookupError:
            if what:
                break
            pass
        finally:
            if what == 7:
                return turn
    return what


def reraised(what):
    """A handler that does not match continues where its lines do as well."""
    log = []
    try:
        try:
            log.append({"k": 1}[what])
        except ValueError:
            if what:
                log.append("caught")
        finally:
            what = 5
    except KeyError:
        return log
    return what


def handled(what):
    log = []
    try:
        try:
            return [1][what]
        except KeyError:
            if what:
                log = None
        except IndexError:
            if what > 3:
                return log
            pass
    finally:
        log = [what]
    return log


class Manager:
    def __init__(self, swallow):
        self.swallow = swallow
        self.log = []

    def __enter__(self):
        self.log.append("enter")
        return self

    def __exit__(self, kind, value, traceback):
        self.log.append(kind)
        return self.swallow


def managed(swallow, fails):
    with Manager(swallow) as manager:
        if fails:
            if fails > 1:
                return manager.log[fails]
            raise ValueError(fails)
        if swallow:
            return "returned"
    if manager.log:
        return manager.log
    return None


def implicit(points):
    """Recorded code that runs on lines without a call."""
    seen = 0
    for point in points:
        point.x += 1
        if point:
            seen += 1
        point.y = seen
        if point.sum > 3:
            seen += 10
        if point == points[0]:
            seen += 100
        if seen in point:
            return point.sum
    return seen


def generated(n):
    numbers = (number * 2 for number in range(n))
    n += 1
    if n in numbers:
        n = -1
    if 4 in numbers:
        return n
    rest = list(numbers)
    if rest:
        return rest
    return None


def foreign(things):
    """The first items run no code; the last ones run code of the standard library."""
    out = []
    for thing in things:
        thing.n += 1
        if thing.value:
            out.append(thing.n)
        thing.n += 1
        if thing.value is out:
            return out
    return out


def forgotten(things):
    """An attribute that one line deletes is made again on the next, by code of the standard library."""
    n = 0
    for thing in things:
        del thing.value
        if thing.value:
            n += 1
    return n


def brought_back(things, limit):
    """The same with some lines in between."""
    n = 0
    for thing in things:
        del thing.value
        if n > limit:
            return n
        if thing.value:
            n += 1
        listed = thing.kept
        if n > limit:
            return n
        if thing.grown:
            listed = None
    return listed


def compared(numbers):
    total = 0
    for number in numbers:
        total = total + 1
        if number > 2:
            total = total + number
        if number == 2:
            return total
    return total


def defaults(table, keys):
    count = 0
    for key in keys:
        count += 1
        if table[key]:
            count += 10
        if count > 50:
            return table
    return count


def userdict(table, keys):
    hits = 0
    for key in keys:
        hits += 1
        if key in table:
            hits += 10
    return hits


def long_lines(a, b, c):
    value = a + b
    if (
        a > 1
        and b > 1
        or c
    ):
        value += 1
    return (
        value
        if a
        else
        (b,
         c)
    )


def errors(items):
    got = []
    for item in items:
        try:
            last = item
            if item.x > 3:
                got.append(item.x)
            last = None
        except AttributeError:
            if last:
                got.append(last)
        except TypeError:
            got.append("type")
            continue
        if got:
            size = len(got)
            if size > 3:
                return got
    return got


def closes(n):
    def up():
        nonlocal n
        n += 1
        if n > 2:
            return n
        return -n

    def peek():
        if n:
            return n
        return None

    n = 0
    if peek():
        return None
    up()
    if n:
        up()
    n += 1
    if n > 2:
        return up(), peek()
    return peek()


def deleted(flag):
    x = 1
    if flag:
        del x
    try:
        if x:
            return x
    except UnboundLocalError:
        if flag:
            return "gone"
    return None


def matched(value):
    found = None
    match value:
        case 0:
            found = "zero"
        case [a, b] if a == b:
            found = a
        case {"k": k}:
            if k:
                found = k
        case Point(x=1):
            return "point"
        case _:
            if found is None:
                return "other"
    if found:
        return found
    return "nothing"


def asks(n):
    """A generator whose lines between yields only read."""
    got = None
    while n:
        n -= 1
        if got:
            if got == "stop":
                return n
            got = yield got
        else:
            got = yield n
        if n == 1:
            continue


async def waits(n):
    if n:
        if n > 1:
            return n
        return await waits(n + 1)
    return None


def run(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value


def recursive(n, seen):
    if n in seen:
        return 0
    seen.add(n)
    if n < 2:
        return n
    return recursive(n - 1, seen) + recursive(n - 2, seen)


def signs(xs):
    return [
        x
        for x in xs
        if x
        if x > 1
    ]


for turn in range(3):
    for n in (-1, 0, 3, 4, 7, 8, 12):
        chain(n)
    loops(turn * 4)
    for what in ("return", "raise", "divide", "finally", ""):
        finals(what)
    try:
        finals("name")
    except NameError as error:
        print(error)
    for what in (-1, 0, 1, 5, 7):
        swallowed(what)
    for swallow in (False, True):
        for fails in (0, 1, 2):
            try:
                managed(swallow, fails)
            except (ValueError, IndexError) as error:
                print(error)
    implicit([Point(0, 1), Point(-5, 2), Point(2, 2), Point(1, 1)])
    generated(turn + 3)
    foreign([Eager(), Eager()] + [Lazy()] * turn)
    things = [Eager(), Eager()] + [Foreign() for _ in range(turn)]
    print([thing.value for thing in things])
    forgotten(things)
    print([thing.value for thing in things if isinstance(thing, Foreign)])
    brought_back([Eager(), Eager()] + things[2:], 100)
    for what in ("k", "n"):
        reraised(what)
    for what in (0, 1, 7, "s"):
        try:
            handled(what)
        except TypeError as error:
            print(error)
    compared([1, 2.5, 3, 4] + [fractions.Fraction(5, 2)] * turn + [2])
    defaults({"a": 0, "b": 1}, "abab")
    defaults(collections.Counter("aab"), "abcd")
    if turn:
        table = collections.defaultdict(list)
        defaults(table, "xyz")
        print(len(table))
    userdict({"a": 1}, "abc")
    userdict(collections.UserDict({"a": 1}), "abc")
    long_lines(turn, 2, 0)
    long_lines(2, turn, 1)
    errors([Point(4, 4), None, 3, Point("a", 1), "s", Point(9, 9)])
    closes(turn)
    deleted(turn)
    for value in (0, [1, 1], [1, 2], {"k": turn}, Point(1, 2), "else"):
        matched(value)
    questions = asks(5)
    next(questions)
    try:
        for answer in (None, "again", None, "stop"):
            questions.send(answer)
    except StopIteration as stop:
        print(stop.value)
    questions = asks(3)
    next(questions)
    try:
        questions.throw(KeyError(turn))
    except KeyError:
        pass
    run(waits(turn))
    recursive(5, set())
    signs([0, 1, 2, turn])

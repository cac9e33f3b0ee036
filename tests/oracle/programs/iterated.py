"""Loops over results of recorded functions, where any code may run for each item."""

import csv
import itertools


def drained(q):
    return iter(q.pop, None)


def inner(xs):
    for x in xs:
        yield x


def made(xs):
    return inner(xs)


def plain(xs):
    return xs


class Cursor:
    def __init__(self):
        self.seen = []

    def rows(self, log):
        return map(log.append, [1, 2])

    def __iter__(self):
        return map(self.seen.append, "ab")


class Lines:
    def __init__(self, lines):
        self.lines = lines

    def __iter__(self):
        return self

    def __next__(self):
        if not self.lines:
            raise StopIteration
        return self.lines.pop(0)


def reader(lines):
    return csv.reader(Lines(lines))


def either(q, foreign):
    return drained(q) if foreign else list(q)


def delegating(q, parts):
    yield from drained(q)
    yield from parts
    yield from [len(q), len(parts)]
    waiting = made(parts)
    yield from waiting
    n = len(q)
    waiting = drained(parts)
    yield from waiting
    n = len(parts)


def main():
    q = [None, 1, 2, 3]
    for x in drained(q):
        n = x
    log = []
    for row in Cursor().rows(log):
        n = row
    total = 0
    for x in made([1, 2]):
        total += x
    for x in plain([3, 4]):
        total += x
    q = [None, 4, 5]
    for x in itertools.chain(drained(q), drained([None, 1])):
        n = x
    for foreign in [False, True, False]:
        q = [None, 6, 7]
        for x in either(q, foreign):
            n = x
    lines = ["a,b", "c,d"]
    for row in reader(lines):
        total += len(row)
    cursor = Cursor()
    for x in plain(cursor):
        n = x
    for x in plain(plain(cursor)): n = x
    q = [None, 1, 2]
    pairs = [(x, len(q)) for x in drained(q)]
    q, parts = [None, 1, 2], [None, 5, 6]
    for x in delegating(q, parts):
        n = x
    return total, pairs


main()

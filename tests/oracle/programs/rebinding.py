"""Lines that assign the keys, names and objects that they use to change others."""

import collections


def rev(a):
    i, j = 0, len(a) - 1
    while i < j:
        a[i], a[j], i, j = a[j], a[i], i + 1, j - 1
    return a


def sieve(n):
    s = [True] * n
    j = 0
    while j < n: s[j] = False; j += 3
    return s


def squares(n):
    a, i = [0] * n, 0
    while i < n: a[i] = i * i; i += 1
    return a


def grid():
    g, r, c = [[0, 0], [0, 0]], 0, 0
    g[r][c] = 1; r += 1
    g[r][c], c = 2, c + 1
    g[r][c] = 3; g = None
    return r, c


class Thing:
    def __init__(self):
        self.v = 0
        self.i = 0
        self.items = []

    def advance(self):
        self.i += 1
        return 1


def things():
    t, i = [Thing(), Thing()], 0
    t[i].v = 1; i = 1
    t[i].items.append(1); i = 0
    t[i].items.append(2); i = 1
    d = {n: 0 for n in range(20)}
    x = 3
    d[x] = 1; x = 4
    l = [0, 0]
    l[i], i, l[i] = 1, 0, 2
    return t, d, l, i


def shared():
    n, l = 0, [0, 0, 0, 0, 0, 0]

    def step():
        nonlocal n
        n += 1
        return n

    l[n], n = 5, n + 1
    l[n] += step()
    l[n] = step()
    s = Thing()
    s.items = [0, 0, 0]
    s.items[s.i] += s.advance()
    return l, s


def left():
    out, buf = [], []
    for i in range(3): buf += [i]; out.append(buf); buf = []
    a = k = [1]
    a += [2]; a = 5
    o = Thing()
    kept = o.items
    o.items += [2]; o.items = []
    rows = [[1], [2]]
    first = rows[0]
    rows[0] += [3]; rows[0] = None
    return out, k, kept, first


def decorated():
    hooks = collections.UserList()
    data = hooks.data
    plain = []
    for k in range(3):
        @hooks.append
        def g(): pass
        @plain.append
        def h(): pass
        c = k
    return data, plain, c


rev([1, 2, 3, 4, 5])
sieve(10)
squares(4)
grid()
things()
shared()
left()
decorated()
i = 0
l = [0, 0, 0]
l[i] = 1; i += 1
l[i], i = 2, i + 1
l[i] = 3
m = kept = [1]
m += [2]; m = 5

"""Arrays that share memory: a change through one is seen in all."""

import numpy as np


class Grid:
    def __init__(self, n):
        self.cells = np.zeros((n, n), dtype=int)
        self.inner = self.cells[1:-1, 1:-1]
        self.rows = [self.cells[i] for i in range(n)]

    def step(self, k):
        self.inner[0, 0] = k
        self.inner += 1
        self.rows[0][1] = -k
        return self.cells.shape


def local():
    a = np.arange(6)
    b = a[2:]
    b[0] = 99
    x = 1
    b += 1
    x = 2
    m = a.reshape(2, 3)
    m[0, 0] = -7
    x = 3
    row = m[1]
    row[:] = 0
    x = 4
    back = a[::-1]
    back[0] = 8
    x = 5
    holders = {"a": [a]}
    del a
    m[0, 1] = 55
    x = 6
    for r in m:
        r[0] = 5
    m.sort()
    x = 7
    col = m.T[1]
    col[...] = 3
    x = 8
    scalar = m[0, 0:1].reshape(())
    scalar[()] = 77
    x = 9
    m.fill(1)
    x = 10
    np.copyto(m, [[9, 9, 9], [8, 8, 8]])
    x = 11
    np.add(m, 1, out=m[:])
    x = 12
    m.flat[0] = 100
    x = 13
    f = np.asfortranarray(m)
    f[0] = 0
    x = 14
    mask = m > 8
    m[mask] = 4
    x = 15
    m[[0, 1], [1, 2]] = 11
    x = 16
    m[0] *= 3
    x = 17
    m[0][1] -= 3
    x = 18
    return holders, x


class Signal(np.ndarray):
    pass


def kinds():
    base = np.arange(6.0)
    signal = base[1:].view(Signal)
    signal[0] = 7
    x = 1
    masked = np.ma.masked_array(base, mask=[1, 0, 0, 0, 0, 0])
    masked[2] = -2
    x = 2
    flags = base > 2
    small = flags[1:4]
    small[:] = False
    x = 3
    objects = np.array([[1], "two", None], dtype=object)
    some = objects[:2]
    some[1] = "drei"
    objects[0].append(3)
    x = 4
    buffer = bytearray(8)
    view = memoryview(buffer)
    numbers = np.frombuffer(view[4:], dtype=np.int16)
    numbers[1] = 258
    x = 5
    view[0] = 1
    buffer[7] = 0
    x = 6
    return x


def give(view, n):
    view[n] = -1
    return n


grid = Grid(4)
for k in range(1, 4):
    grid.step(k)
local()
kinds()
top = np.arange(4)
low = top[1:3]
low[0] = 40
give(low, 1)
x = 1
np.asarray(top)[3] = 12
x = 2
print(top)

"""match, walrus, star unpacking, comprehension scopes, exec and eval, lambdas, del, global forms."""
import sys


def describe(thing):
    match thing:
        case 0:
            kind = "zero"
        case [x, y]:
            kind = f"pair {x} {y}"
        case [first, *rest]:
            kind = ("many", first, rest)
        case {"name": str(name), **others}:
            kind = name, others
        case int(n) | float(n) if n > 10:
            kind = n
        case _:
            kind = None
    return kind


def unpack():
    a, (b, *c), d = 1, (2, 3, 4), 5
    *e, f = "xyz"
    g = [*c, *e, a]
    h = {**{"k": 1}, "l": g}
    (i, j), k = (b, d), f
    a, b = b, a
    for n, (o, p) in enumerate([(1, 2), (3, 4)]):
        a += o * p
    return a, b, g, h, i, j, k


def walrus(data):
    found = []
    while (chunk := data[:2]) and len(found) < 3:
        found.append(chunk)
        data = data[2:]
    if any((big := n) > 3 for n in [1, 5, 9]):
        found.append(big)
    squares = [last := n * n for n in range(3)]
    return found, squares, last


def loops():
    total = 0
    for i in range(3):
        for j in range(i):
            total += i * j
        else:
            total += 100
    n = 5
    while n: n -= 1
    while True:
        n += 1
        if n > 3: break
    x = [i for i in range(3) if i % 2 == 0]
    y = {i: [j for j in range(i)] for i in x}
    z = {c for c in "hello"} & {"h"}
    w = [[k for k in range(i)] for i in range(3)]
    return total, n, x, y, z, w


def strings():
    s = ""
    for c in "abcdef":
        s += c
    for i in range(3):
        s += str(i) * 2
    t = f"{s!r:>20} {len(s)}"
    b = b""
    for i in range(3):
        b += bytes([i])
    u = "é\u20ac\U0001f600\ud800\n'"
    long = "x" * 5000
    return s, t, b, u, len(long)


def numbers():
    big = 2**70
    neg = -(2**64)
    f = 0.1
    for _ in range(3):
        f += 0.1
        big *= 3
    parts = [1e16, 1e-5, 1e22, float("inf"), -0.0, 1.5e300, 3.0]
    c = 1 + 2j
    c *= 1j
    nan = float("nan")
    m = 1 << 62
    m += m - 1
    m += 1
    return big, neg, f, parts, c, nan, m


for thing in [0, [1, 2], [1, 2, 3], {"name": "n", "x": 1}, 11, "none"]:
    describe(thing)
unpack()
walrus("abcdefgh")
loops()
strings()
numbers()
exec("made = [1, 2]\nmade.append(3)")
value = eval("made[0] + 1")
made.append(value)
compact = lambda a, *, b=2: a if b else None
compact(1)
size = sys.maxsize
del made, size
if (n := 10) > 5: m = n; n = m + 1
big_list = list(range(1500))
big_list[3] = "changed"
big_list[1200] = "not shown"
big_list.append("not shown either")
deep = [[[[[[[1]]]]]]]
deep[0][0].append("x")
cut = {i: i for i in range(1200)}
cut[5] = "five"

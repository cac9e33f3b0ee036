"""Classes and functions that die, and new ones at their addresses."""

import gc


def make(n):
    class Local:
        value = [n]
        count = n

    Local.value.append(n)
    Local.count += 1
    one = Local()
    one.value.append("i")
    return len(one.value)


def build(n):
    made = type("Made%d" % n, (), {"n": n, "items": [n]})
    made.items.append(made.n)
    made.n = -n
    return made


def define(n):
    def inner():
        return n

    inner.n = n
    inner.seen = [n]
    inner.seen.append(inner())
    return inner.seen


for i in range(5):
    make(i)
    gc.collect()
for i in range(6):
    held = build(i)
    first = held()
    held.items = (i, i)
    del held, first
    gc.collect()
for i in range(5):
    define(i)
for i in range(4):
    kept = build(i)
    kept.more = {"i": i}
    kept.more["j"] = i + 1
all_of_them = [build(n) for n in range(3)]
for c in all_of_them:
    c.n = 100
    c.items.append("all")
done = 1

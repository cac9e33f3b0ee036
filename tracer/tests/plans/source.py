import os.path
from math import pi


def plain(a, b, c, key):
    x = y = 1
    a.name = b
    a[key] = b
    a.name[0].other = c
    a.append(b)
    a.name.update(c, k=b)
    a.get(key)
    del b.name, b[key], x
    c += [1]
    c.total += key
    c[0] -= 1
    a.items[key] *= 2
    a[1:2] = b
    d = a[1:b]
    del a[b:]
    x, y = b, c
    x, *y = c
    (a.left, a[0]), z = b, c
    a = a.next
    a.next.prev = a
    a[a.key] = a.value
    return -a, not b, ~c, +key


def reads(a, b):
    if a.flag:
        pass
    b.one
    b.two
    b[0]
    a + b
    a.x.y.z
    return b


def elided(a, n):
    if n:
        if a:
            if n:
                return 1
        else:
            return 2
    elif a:
        return 3
    return 4


def loops(items, other):
    total = 0
    for item in items:
        if item:
            continue
        total += item
        for key, (value, *rest) in other.items():
            total -= value
            if total:
                break
        else:
            total = 0
    while total:
        total -= 1
        if total is None:
            break
        if other is not None:
            return
    for n in range(3): total += n
    return [i + total for i in items if i], {k: v for k, v in other.items()}, {i for i in items}


def calls(f, g, *args, **named):
    f(g(1), key=g)
    f(*args)
    f(*args, **named)
    f(g)(args).method(named)
    f(g(args).items)[0] = 1
    f().attribute = g
    x = f(lambda: x)
    map(f, args)
    sorted(args, key=f)
    list(map(f, g(args)))
    str(args), len(args), print(f"{args!r:>{named}} {f}")
    "%s" % args, args % named, "a" + "b" * 2
    [f, g][0], {f: g}, {f, g}, (f, g), [*args, f], {**named, f: g}
    f if g else args
    f and g or args
    f == g, f < g <= args, f in args, f not in args, f is g
    @f
    @g(1)
    def inner():
        return f, x
    return inner


def shared():
    cell = 1
    box = other = []
    def change():
        nonlocal cell, box
        cell += 1
        box = []
        del cell
    box.append(change())
    box[cell] = change()
    box.items.append(box.flush())
    other.append(change())
    return cell, box


def globals_():
    global shared_name, other_name
    shared_name = 1
    shared_name += other_name
    shared_name.attribute = other_name()
    shared_name[0] = 2
    del other_name


def over_lines(a, b):
    a.method(
        b.one,
        b.two(),
        key=a.three,
    )
    x = [
        a,
        b,
        1,
    ]
    a.name = b(
        x
    )
    assert (
        a
    ), b
    return (
        x +
        a
    )


def handles(a, b):
    try:
        a.risky()
        x = 1
    except ValueError as error:
        a.error = error
        raise
    except (KeyError, b) as error:
        raise RuntimeError(b) from error
    except:
        x = 2
    else:
        x = 3
    finally:
        b.done = x
    with a as opened, b:
        opened.write(x)
    try:
        return a
    finally:
        a.close()


def generates(n):
    got = yield n
    n.name = yield
    yield from n
    x = yield from got(n)
    return x


async def awaits(a):
    x = await a
    await a.method()
    async for item in a:
        x += item
    async with a as opened:
        x = opened
    yield x
    return


async def gathers(a):
    return [x async for x in a], [await y for y in a], (z for z in a)


def matches(a):
    match a:
        case [x, y, *rest]:
            return x
        case {"k": x, **rest}:
            return rest
        case int(x) | str(x):
            return x
        case Named(name=x, other=1) if x:
            return x
        case _:
            a.none = 1


class Base:
    label = 1
    label += 1
    names = [label for label in (1, 2)]
    typed: int = 3

    def __init__(self, value):
        super().__init__(value)
        super().update(value)
        self.value = value
        self.__dict__.update(value)
        self.__class__ = Base
        self.items, self.other = [], {}
        self.items.append(value)
        self.items = self.items + [value]
        self.count += self.items[self.count]

    def method(self):
        return super().method, self.value.real

    @property
    def computed(self):
        if self.value:
            return self.value
        return self.other


def many(a):
    a.a1 = a.a2 = a.a3
    if a.b1: a.b2
    elif a.b3:
        a.b4
    else:
        a.b5()
    while True:
        a.c1
        if a.c2:
            break
    del a
    lambda: a
    import sys
    from os import path as where
    return sys, where


def reads_long(a):
    a.before()
    a.r1
    a.r2
    a.r3
    a.r4
    a.r5
    a.r6
    a.r7
    a.r8
    a.after()


def keys(box, key, other):
    cell = 0
    def change():
        nonlocal cell
        cell = box
    box[cell] = 1
    box[key] = change()
    box[cell] = change()
    box[other.name] = 1
    box[other.name] = change()
    box[change()] = 1
    key = box[key] = 1
    box[-1] = box[0] = key


def ways(a, n):
    if n == 0: a.w0
    elif n == 1: a.w1
    elif n == 2: a.w2
    elif n == 3: a.w3
    while n:
        if a:
            continue
        elif n:
            break
        a.w4
    else:
        a.w5
    with a:
        for x in a:
            if x:
                continue
            a.w6
    try:
        if a: a.w7
        else: a.w8
    except a.error:
        pass
    return [
        x
        for x in a
        if x
    ]


def in_pieces(a, b):
    a(
        b.one if b else
        a.two,
        a.three and
        b.four,
    )
    x = (a.five
         if a else
         b.six)
    for y in (a
              .seven()):
        x = (y
             + x)
    while (a
           .eight):
        if (x and
                b): continue
        x = y
    return (x if
            y else a)


def left_behind(a, key):
    global shared_name
    a.x += 1; a.x = key
    a[key] += 1; a[key] = 2
    key += 1; key = 2
    shared_name += 1; shared_name = key
    a.y += 1; a.x = key
    a[key] += 1; a[a] = 2
    key += 1; a = 2


def calm(a, n):
    a.before()
    a is n
    n is a
    a is None
    n is None
    a is not n
    n is not a
    a is not None
    n is not None
    a.after()


def unpacks(a, *rest):
    a, b, *c, d, e = rest
    return (*rest, a), [*rest, b], {*rest, c}, (d, *rest, e)


def displays(a, b, key):
    x = {"one": a, "two": b}
    x = {a, b}
    x = {a: key}
    x = {*a}
    x = {**a, **b}
    x = [*a]
    a(**b, **key)
    x = {n for n in a}
    x = {n: key for n in b}
    x = a(one=b, two=key)
    x, *y, z = a
    key, (*x, y.z) = b
    return x


def leaves(a, b):
    try:
        a.risky()
    finally:
        b.done = a
    b.after = a
    for x in (yield from a
              .items): b.x = x
    b.got = (yield from
             a)
    while b: a = (
        yield b)
    try:
        yield from a
    except b.error: return (
        a)
    a.end(b)


def waits(box):
    def change():
        nonlocal box
        box = []
    x = yield from box
    box.append((yield from box))
    x = yield from change()
    yield from [box]
    yield from box.items


async def waits_too(box, other):
    async def change():
        nonlocal box
        box = []
    x = await box
    box.append(await box)
    x = await change()
    box.items.append(await other)
    async with box, other: box.x = await other
    async for x in box: box.x = x
    return [await y async for y in box if await y]


def comprehends(a, b):
    x = [y for z, *y in a]
    b.items = {z: y for (z, *y), *_ in a}
    x = [b.call(y) for
         y in
         a]
    b.x = [y for
           y in
           a]; b.y = {y for
                      y in
                      b}
    return x


def edge(a, b):
    # EDGE
    return a.one + b.two + a.three + b.four + a.five + b.six + a.seven + b.eight + a.nine + b.ten + a.eleven + b.twelve


class Far:
    # LINES
    def method(self, items):
        # LINES
        for item in items:
            if item: continue
            self.x = (
                item
            )
        else:
            self.y = 1
        try:
            yield from items
            with items:
                self.z = [
                    item
                    for item in items
                ]
        except ValueError: return
        while items: items = (
            yield items)
        return (
            self
        )


from os.path import *

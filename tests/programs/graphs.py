"""Random graphs of objects of every kind that can hold others, full of circles: usage: graphs.py SEED GRAPHS

Each graph is built, changed, passed around, copied and let go. The program must come to its end, recorded or not."""

import array
import collections
import functools
import random
import sys
import types
import weakref

try:
    import numpy
except ImportError:
    numpy = None


class Plain:
    def method(self, *rest):
        return self

    def __repr__(self):
        return "Plain"


class Slotted:
    __slots__ = ("a", "b", "__weakref__")


class Listy(list):
    pass


class Dicty(dict):
    pass


class Error(Exception):
    pass


Pair = collections.namedtuple("Pair", "left right")


def closure(value):
    def inner():
        return value

    return inner


def suspended(value):
    def generator():
        yield value

    running = generator()
    next(running)
    return running


def makers():
    """Functions that make an object which holds two others, without calling their code."""
    found = [
        lambda a, b: [a, b],
        lambda a, b: (a, b),
        lambda a, b: {"a": a, 1: b},
        lambda a, b: collections.deque([a, b], 4),
        lambda a, b: collections.OrderedDict(a=a, b=b),
        lambda a, b: collections.defaultdict(closure(a), b=b),
        lambda a, b: collections.ChainMap({"a": a}, {"b": b}),
        lambda a, b: collections.UserList([a, b]),
        lambda a, b: Pair(a, b),
        lambda a, b: slice(a, b, a),
        lambda a, b: functools.partial(print, a, key=b),
        lambda a, b: functools.partial(functools.partial(print, b), a),
        lambda a, b: Listy([a, b]),
        lambda a, b: Dicty(a=a, b=b),
        lambda a, b: types.SimpleNamespace(a=a, b=b),
        lambda a, b: types.MappingProxyType({"a": a, "b": b}),
        lambda a, b: Error(a, b),
        lambda a, b: closure([a, b]),
        lambda a, b: suspended([a, b]),
        lambda a, b: iter([a, b]),
        lambda a, b: enumerate([a, b]),
        lambda a, b: zip([a], [b]),
        lambda a, b: {"a": a, "b": b}.values(),
        lambda a, b: {"a": a, "b": b}.items(),
        lambda a, b: types.CellType([a, b]),
        lambda a, b: property(closure(a), closure(b)),
        lambda a, b: staticmethod(closure([a, b])),
    ]
    if numpy is not None:
        found.append(objects)
    return found


def objects(a, b):
    held = numpy.empty(2, dtype=object)
    held[0] = a
    held[1] = b
    return held


def graph(rng, size):
    nodes = [[], {}, Plain(), Slotted(), array.array("i", [1]), bytearray(b"x")]
    kinds = makers()
    for _ in range(size):
        a, b = rng.choice(nodes), rng.choice(nodes)
        made = rng.choice(kinds)(a, b)
        nodes.append(made)
        link(rng, nodes)
    return nodes


def link(rng, nodes):
    """Makes a circle: an older object gets a reference to a newer one."""
    holder, held = rng.choice(nodes), rng.choice(nodes)
    kind = type(holder)
    if kind in (list, Listy):
        holder.append(held)
    elif kind in (dict, Dicty, collections.OrderedDict, collections.defaultdict):
        holder[len(holder)] = held
    elif kind is collections.deque:
        holder.append(held)
    elif kind is Plain:
        choice = rng.randrange(6)
        if choice == 0:
            holder.held = held
        elif choice == 1:
            holder.call = holder.method
        elif choice == 2:
            holder.own = vars(holder)
        elif choice == 3:
            holder.done = functools.partial(print, holder, held)
        elif choice == 4:
            holder.weak = weakref.ref(holder)
        else:
            holder.many = [held, holder, functools.partial(print, held)]
    elif kind is Slotted:
        holder.a = held
        holder.b = [holder, held]
    elif kind is types.SimpleNamespace:
        holder.held = held
    elif kind is Error:
        holder.args = (held, holder)
        holder.__cause__ = holder if rng.random() < 0.5 else None
    elif numpy is not None and kind is numpy.ndarray:
        holder[0] = held
    if len(nodes) < 200 and rng.random() < 0.2:
        fresh = Plain()
        fresh.held = [fresh, held]
        nodes.append(fresh)


def pass_on(thing, depth):
    kept = [thing]
    names = {"a": thing, "b": kept}
    if depth:
        return pass_on(names if depth % 2 else kept, depth - 1)
    return names


def main(seed, graphs):
    rng = random.Random(seed)
    for number in range(graphs):
        nodes = graph(rng, 25)
        for node in nodes[-6:]:
            result = pass_on(node, 3)
        tail = nodes[-1]
        for _ in range(5):
            link(rng, nodes)
            unknown = sorted([3, 1], key=lambda n: -n)
        result = tail = node = None
        nodes.clear()
    print("end", number + 1)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))

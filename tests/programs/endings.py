"""How objects end: those that come back, circles, chains deeper than the C stack, other threads. It checks itself: what
`check` is given, it prints as Python shows it, for a comparison with what was recorded of its call."""

import gc
import sys
import threading
import weakref


def check(value):
    print(repr(value), flush=True)


class Phoenix:
    """Is resurrected once."""

    saved = []

    def __init__(self, n):
        self.n = n
        self.items = [n]

    def __del__(self):
        if self.n < 10:
            self.n += 10
            self.items.append("again")
            Phoenix.saved.append(self)


def resurrected():
    for n in range(4):
        bird = Phoenix(n)
        check(bird.items)
        bird = None
        back = Phoenix.saved.pop()
        check(back.items)
        back.items = [n, n]
        check(back.items)
        back = None
        other = [[n]]
        check(other)


def cycles():
    for n in range(4):
        ring = [n]
        ring.append(ring)
        node = Phoenix(20 + n)
        node.self = node
        del node, ring
        gc.collect()
        fresh = [n * 2]
        fresh.append([n])
        check(fresh)


def chain(kind, n):
    link = None
    for _ in range(n):
        link = kind(link)
    return link


KINDS = [lambda x: [x], lambda x: (x, 0), lambda x: {"a": x}, lambda x: [(x, {"b": x})], lambda x: Holder(x)]


class Holder:
    def __init__(self, x):
        self.x = [x]


def deep(n):
    """Chains that are deeper than the C stack must be freed with bounded recursion."""
    for kind in KINDS:
        link = chain(kind, n)
        link = None
        after = [[n]]
        check(after)


def weakly():
    gone = []
    for n in range(4):
        thing = Phoenix(30 + n)
        ref = weakref.ref(thing, gone.append)
        thing = None
        check(ref() is None)
        check(len(gone))
        gone.clear()


def in_threads():
    found = []

    def work(n):
        for k in range(20):
            found.append([n, [k]])
            found[-1][1] = [k, k]
            value = [{"n": n}, {n, k}]
            del found[-1]
        chain(KINDS[0], 3_000)
        check_later.append(value)

    check_later = []
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for value in sorted(check_later, key=lambda value: value[0]["n"]):
        check(value[0])


resurrected()
cycles()
weakly()
deep(int(sys.argv[1]))
in_threads()

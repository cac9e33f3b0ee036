"""Objects whose methods raise or have side effects, and calls with unexpected changes."""
import weakref


class Everything:
    """Every dunder raises."""

    armed = False

    def _no(self, *a, **k):
        raise RuntimeError("you called me")

    __repr__ = __str__ = __eq__ = __ne__ = __lt__ = __hash__ = __len__ = __iter__ = __contains__ = __bool__ = _no
    __getitem__ = __call__ = __format__ = __sizeof__ = __dir__ = __reduce__ = __int__ = __float__ = __index__ = _no


class Attr:
    def __getattribute__(self, name):
        if name == "ok":
            return object.__getattribute__(self, "value")
        raise RuntimeError(name)


class Liar:
    @property
    def __class__(self):
        return int

    @property
    def __dict__(self):
        return {"fake": 1}


class Recursive:
    def __init__(self):
        self.me = self
        self.friends = [self, {"me": self}]

    def __repr__(self):
        return repr(self.friends)


class Dies:
    log = []

    def __init__(self, name):
        self.name = name

    def __del__(self):
        Dies.log.append(self.name)


class EqDict(dict):
    def __eq__(self, other):
        raise RuntimeError

    def __getitem__(self, key):
        return "lie"

    def items(self):
        raise RuntimeError

    __hash__ = None


class Key:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return self is other


def lives():
    # sys.settrace itself keeps the values of locals alive. A container releases its item at once.
    held = [Dies("first")]
    ref = weakref.ref(held[0])
    held[0] = Dies("second")
    dead = ref() is None
    held.clear()
    return dead, list(Dies.log)


def main():
    e = Everything()
    held = [e, (e,), {"e": e}]
    a = Attr()
    object.__setattr__(a, "value", 5)
    v = a.ok
    liar = Liar()
    r = Recursive()
    r.friends.append(r.friends)
    names = lives()
    q = EqDict(x=1)
    q["y"] = 2
    keys = {Key(1): "a", Key(2): "b"}
    keys[Key(3)] = "c"
    proxy = weakref.proxy(r)
    s = set()
    s.add(Key(4))
    loop = []
    loop.append((loop, loop))
    f = open("/dev/null")
    f.close()
    it = iter([1, 2, 3])
    next(it)
    view = {1: 2}.keys()
    obj = object()
    m = memoryview(b"abc")
    c = complex
    gen = (x for x in [1])
    return held, v, names


main()


class Made(type):
    def mro(cls):
        order = super().mro()
        return order


class Thing(metaclass=Made):
    size = 1


for kind in (set, dict, list, object, set):
    class Reborn(kind):
        pass

    thing = Reborn()
    del thing, Reborn

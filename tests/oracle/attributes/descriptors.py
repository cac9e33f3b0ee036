"""Descriptors, metaclasses and modules that notice who reads them. Only the program may read them."""

calls = []


class Loud:
    def __init__(self, value):
        self.value = value

    def __get__(self, instance, owner):
        calls.append("get")
        return self.value

    def __set__(self, instance, value):
        calls.append("set")
        self.value = value

    def __delete__(self, instance):
        calls.append("delete")


class Quiet:
    def __get__(self, instance, owner):
        calls.append("quiet")
        return 1


class Meta(type):
    def __getattribute__(cls, name):
        calls.append("meta " + name)
        return super().__getattribute__(name)

    def __setattr__(cls, name, value):
        calls.append("set " + name)
        super().__setattr__(name, value)


class Watched(metaclass=Meta):
    n = 1
    items = []


class Owner:
    loud = Loud([1])
    quiet = Quiet()
    plain = [0]

    def __getattr__(self, name):
        calls.append("getattr " + name)
        if name == "virtual":
            return 5
        raise AttributeError(name)

    @property
    def prop(self):
        calls.append("prop")
        return self.plain


class Own:
    value = 1

    def __getattribute__(self, name):
        calls.append("own " + name)
        return object.__getattribute__(self, name)


o = Owner()
o.plain.append(1)
o.loud = [2]
x = o.loud
x.append(3)
o.quiet
o.quiet = "own"
o.quiet
o.prop.append(4)
o.virtual
before = len(calls)
Watched.n = 2
Watched.n
Watched.items.append(1)
w = Watched()
w.items.append(2)
w.n = 3
own = Own()
own.value
Own.value = 2
Owner.plain.append(5)
Owner.loud
assert [c for c in calls if c in ("set", "prop", "getattr virtual", "delete")] == ["set", "prop", "getattr virtual"], calls
assert calls.count("get") == 2 and calls.count("quiet") == 1, calls
assert calls.count("meta n") == 1 and calls.count("set n") == 1, calls
assert calls.count("meta items") == 1 and calls.count("own value") == 1, calls
total = len(calls)
assert total == 10, (total, calls)
done = 1

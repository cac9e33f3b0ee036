"""Metaclasses, registries, `__init_subclass__`, `__set_name__`."""


class Registry(type):
    classes = {}
    count = 0

    def __new__(meta, name, bases, ns, **options):
        made = super().__new__(meta, name, bases, ns)
        meta.classes[name] = made
        meta.count += 1
        made.options = options
        return made

    def __init__(cls, name, bases, ns, **options):
        super().__init__(name, bases, ns)
        cls.tag = name.lower()

    def __call__(cls, *args):
        made = super().__call__(*args)
        cls.made = getattr(cls, "made", 0) + 1
        return made


class Animal(metaclass=Registry):
    legs = 4
    names = []

    def __init__(self, name):
        self.names.append(name)
        self.__class__.last = name


class Bird(Animal, wings=2):
    legs = 2


class Plugin:
    plugins = []

    def __init_subclass__(cls, /, rank=0, **rest):
        super().__init_subclass__(**rest)
        cls.rank = rank
        Plugin.plugins.append(cls.__name__)


class First(Plugin, rank=1):
    pass


class Second(First, rank=2):
    pass


class Named:
    def __set_name__(self, owner, name):
        owner.fields = getattr(owner, "fields", ()) + (name,)
        self.name = name


class Row:
    a = Named()
    b = Named()


cat = Animal("tom")
owl = Bird("ed")
owl2 = Bird("edda")
Registry.count = 10
Bird.legs += 1
Animal.legs = 8
Bird.names = ["own"]
owl.names.append("x")
del Bird.names
owl.names.append("y")
Animal.__bases__
Row.a.name = "renamed"
Row.fields = Row.fields + ("c",)
r = Row()
second = Second()
Plugin.rank = 5
del Second.rank
done = 1

"""Callers show the current state of objects whose class was assigned or renamed, and of a dict of two objects."""


class Cat:
    def __init__(self, name):
        self.name = name


class Dog:
    def bark(self):
        return self.name


class Rows(list):
    pass


class More(list):
    pass


class Odd(Exception):
    pass


class Even(Exception):
    pass


def become(one, rows, error):
    one.__class__ = Dog
    rows.__class__ = More
    error.__class__ = Even
    x = 1
    return x


def between(held):
    n = become(held[0], held[1], held[2])
    n += 1
    return n


def outer():
    cat = Cat("Tom")
    rows = Rows([1, Cat("in")])
    rows.mark = 1
    error = Odd("x")
    pair = (cat, [rows, {"k": error}])
    between((cat, rows, error))
    rename(Cat)
    rename(Rows)
    share(pair)
    return pair


def rename(cls):
    cls.__qualname__ = "New" + cls.__qualname__
    cls.__name__ = "Other"
    y = 2
    return y


class Fields:
    pass


def share(pair):
    a = Fields()
    b = Fields()
    b.__dict__ = a.__dict__
    write(a, 1)
    write(b, 2)
    return a


def write(one, n):
    one.n = n
    one.list = [n]
    one.list.append(n)
    return one


kept = outer()
again = outer()
for n in range(3):
    cat = Cat(n)
    cats = [cat]
    other = Rows([cats])
    become(cat, other, Odd(n))
    rename(Dog)
done = 1

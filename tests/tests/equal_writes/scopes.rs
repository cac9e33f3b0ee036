//! Which variable a statement stores into: of functions, modules, classes and enclosing functions.

use super::check;

#[test]
fn globals_imports_and_classes() {
    check(
        "\
import os
import os
n = 1
def f():
    global n
    n = 1
f(); f()
class K:
    a = 1
    a = 1
    1 / 0 if False else 2
from os import path as os
import os.path
class C: pass
class C: pass
n = 1
1 / 0
",
        &[("n", "16= 6= 6= 3"), ("os", "13 12 2= 1"), ("C", "15 14")],
    );
}

#[test]
fn closures() {
    check(
        "\
def once():
    n = 1
    def inc():
        nonlocal n
        n = 1
    def other():
        n = 1
    inc(); other(); inc()
    n = 1
    1 / 0
once()
",
        &[("n", "9= 5= 5= 2")],
    );
    check(
        "\
def maker(k):
    n = 1
    def inc():
        nonlocal n
        n = 1
    if k:
        k()
        1 / 0
    return inc
maker(maker(None))
",
        &[("n", "2")],
    );
}

#[test]
fn what_a_frame_does_not_know_is_not_told() {
    // Frames further down see a change of a shared variable when they resume. Until then no write is known to be equal.
    check(
        "\
def counter():
    count = 0
    def dig(depth):
        nonlocal count
        count += 1
        if depth:
            return dig(depth - 1)
        return count
    def same(depth):
        nonlocal count
        count += 0
        if depth:
            return same(depth - 1)
        return count
    dig(8)
    same(1)
    1 / 0
counter()
",
        &[("count", "11= 11= 5 5 5 5 5 5 5 5 5 2")],
    );
}

#[test]
fn names_are_those_of_their_scopes() {
    check(
        "\
x = 1
class Box:
    __v = 1
    def __init__(self):
        self.__v = 1
        self.__v = 1
        x = 1
    def other(self):
        global x
        x = 1
    x = 1
    x = 1
    [x for x in (1, 2)]
def f():
    x = 1
    def g():
        x = 1
        lambda x=1: x
    g()
    return [x for x in (1, 1)]
box = Box(); box.other(); f()
def deep(n):
    x = 1
    if n: deep(n - 1)
    x = 1
    if n == 2: 1 / 0
deep(2)
",
        &[("x", "25= 23"), ("box._Box__v", "6= 5")],
    );
}

#[test]
fn bodies_of_classes() {
    check(
        "\
class C:
    x = 1
    for x in [1, 1]: pass
    if (x := 1): y = 2
    x = 2
    x = 1
    try:
        1 / 0
    except ZeroDivisionError as e:
        y = 2
    import os
    import os
    z = x = 1
    x += 0
    (x, w) = (1, 3)
    xs = [1]
    xs[0] = 1
    def m(self): pass
    del z
C.x = 1
def stay(cls): cls.x = 1; return cls
C.x = 2
@stay
class D:
    x = 1
    x = 1
class E(C):
    y = 2
    class F: x = 1; y = 2
c = C()
def inst(self):
    self.y = 2
inst(c); inst(c)
setattr(C, 'y', 2)
C.y += 0
1 / 0
",
        &[
            ("C.x", "22 20= 15= 14= 13= 6"),
            ("C.y", "35= 10= 4"),
            ("C.os", "12= 11"),
            ("C.xs[0]", "17= 16"),
            ("D.x", "21= 26= 25"),
            ("E.y", "28"),
            ("c.y", "32= 32"),
        ],
    );
}

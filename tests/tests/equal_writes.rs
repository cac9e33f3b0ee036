//! Statements that store a value equal to the current one are found, but not statements that did not store.

#[path = "equal_writes/scopes.rs"]
mod scopes;
#[path = "equal_writes/threads.rs"]
mod threads;
#[path = "equal_writes/watches.rs"]
mod watches;

use connie_tests::console::Console;
use connie_tests::{Project, pythons, text};
use serde_json::json;

/// Checks the history of expressions at the end of a program: the lines, the latest write first. `=` after a line marks
/// a write of an equal value.
fn check(program: &str, wanted: &[(&str, &str)]) {
    for (minor, python) in pythons() {
        let project = Project::new(program);
        let output = project.record(&python, &["--output", "run.connie", "main.py"]);
        assert!(project.path("run.connie").exists(), "{}", text(&output.stderr));
        let mut console = Console::open(&project, "run.connie");
        console.start();
        for (expression, lines) in wanted {
            let found = console.request("connie/history", json!({"expression": expression}));
            let line = |write: &serde_json::Value| {
                format!("{}{}", write["line"], if write["equal"] == true { "=" } else { "" })
            };
            let found: Vec<String> = found["writes"].as_array().expect("writes").iter().map(line).collect();
            assert_eq!(found.join(" "), *lines, "3.{minor}: {expression}\n{program}");
        }
    }
}

#[test]
fn kinds_of_statements() {
    check(
        "\
import os.path as p
class O: pass
o = O(); d = {}; xs = [1, 2]
def run():
    x = 1
    x = 1
    x += 0
    y, (x, *z) = 2, (1, 3)
    for x in [1, 1]:
        y = 2
    if (x := 1): y = 3
    x: int = 1
    x = w = (
        1)
    x = sum([i for i in [1, 0]])
    o.n = 1
    o.n = 1
    o.n += 0
    d['k'] = o.n = 1
    d['k'] = 1
    xs[0] = 1
    xs[-2] = 1
    for xs[0] in (1, 1):
        pass
    f = 0
    def f(): pass
    def f(): pass
    x = yield_all()
    1 / 0
def yield_all():
    return 1
run()
",
        &[
            ("x", "28= 15= 13= 12= 11= 9= 9= 8= 7= 6= 5"),
            ("y", "11 10= 10= 8"),
            ("w", "13"),
            ("o.n", "19= 18= 17= 16"),
            ("d['k']", "20= 19"),
            ("xs[0]", "23= 23= 22= 21= 3"),
            ("f", "27 26 25"),
        ],
    );
}

#[test]
fn what_did_not_store_is_not_told() {
    check(
        "\
class O: pass
o = O(); o.x = 1; p = O(); p.x = 1
def fail(): raise ValueError
def run():
    v = 1
    try:
        v = fail()
    except ValueError:
        v = 1
    try:
        o.x = [][0]
    except IndexError as e:
        v = 1
    if v == 2: v = 1
    while v == 2: v = 1
    for v in ():
        pass
    for q in [1]: v = 1
    with open('/dev/null') as f:
        v = 1
    v == 2 and (v := 1)
    p.x = 1
    k = lambda: (v := 1)
    k()
    match [1, 2]:
        case [3, v]:
            pass
        case [1, q]:
            pass
    1 / 0
run()
",
        &[("v", "20= 18= 13= 9= 5"), ("o.x", "2"), ("p.x", "22= 2"), ("q", "28 18")],
    );
}

#[test]
fn the_same_object_is_meant() {
    check(
        "\
class Node:
    def __init__(self, v):
        self.v = v
        self.next = None
a = Node(1); b = Node(1)
def run(n):
    n.v = 1
    i, xs = 0, [5, 6]
    i, xs[i] = 1, 6
    xs[i], i = 6, 0
    n.next = n = b
    n.v = 1
    n, n.v = a, 1
    d = {1: 2}
    d[True] = 2
    1 / 0
run(a)
",
        &[
            ("a.v", "13= 7= 3"),
            ("b.v", "12= 3"),
            ("xs[1]", "10= 9= 8"),
            ("xs[0]", "8"),
            ("d[1]", "15= 14"),
            ("a.next", "11 4"),
        ],
    );
}

#[test]
fn setters_are_not_told_as_stores() {
    check(
        "\
class P:
    def __init__(self): self.__dict__['x'] = 1
    def __setattr__(self, name, value): pass
class Q:
    @property
    def x(self): return self.__dict__['x']
    @x.setter
    def x(self, value): pass
class D(dict):
    def __setitem__(self, key, value): pass
p = P(); q = Q(); q.__dict__['x'] = 1; d = D(k=1)
r = type('R', (), {})(); r.x = 1
def x(): return 1
p.x = 1
q.x = 1
d['k'] = 1
r.x = x()
1 / 0
",
        &[("p.x", "2"), ("r.x", "17= 12")],
    );
}

#[test]
fn statements_that_take_long() {
    check(
        "\
class O: pass
o = O(); o.x = 1; o.y = 1
def long(n):
    for i in range(20_000):
        n += 0
    return n
def run():
    o.x = long(1)
    v = 1
    v = long(1)
    o.y = (
        long(0) +
        1)
    v = o.x = 1
    gen = waits(); next(gen)
    long(1)
    gen.send(1)
    1 / 0
def waits():
    o.y = yield
    yield
run()
",
        &[("o.x", "14= 8= 2"), ("v", "14= 10= 9"), ("o.y", "20= 11= 2")],
    );
}

#[test]
fn indexes_that_calls_change() {
    check(
        "\
i = 0; xs = [7, 7]; ys = [7, 7]
def f(to):
    global i
    i = to
    return 7
xs[i] = f(1)
i = 0
ys[i] += f(1) - 7
xs[f(0)] = 7 if False else 7
1 / 0
",
        &[("xs[1]", "1"), ("ys[1]", "1"), ("i", "4 4 7 4 1")],
    );
}

#[test]
fn statements_on_the_line_of_their_head() {
    check(
        "\
import contextlib
k = n = 5; d = {'a': 1}; no = False
for k in [5, 5]: pass
if (n := 5): k = 5
if (n := 5) > 5: k = 5
if no: k = 5
if n > 4: k = 5
elif n: k = 5
else: k = 5
if n > 5: k = 5
elif n == 5: k = 5
while (n := n + 0) > 5: k = 5
with contextlib.nullcontext(5) as k: pass
with contextlib.nullcontext(1) as d['a']: k = 5
with contextlib.suppress(ZeroDivisionError): k = 1 / 0
for d['a'] in [1, 1, 1]: n = 5
for i in []: k = 5
for i in [1]: d['a'] = i
while not no: no = True
while no: no = False; k = 5
while d['a'] > 1: k = 5
try: 1 / 0
except ValueError: k = 5
except ZeroDivisionError as e: k = 5
except Exception: k = 5
try: 1 / 0
except: k = 5
match k:
    case 6: k = 5
    case 5 as n: k = 5
    case _: k = 5
match k:
    case 7: k = 5
    case n: k = 5
match k:
    case 8: k = 5
if len(d) == 1: d['a'] = 1
def f(): k = 1; return k
f()
1 / 0
",
        &[
            ("k", "34= 30= 27= 24= 20= 14= 13= 11= 7= 4= 3= 3= 2"),
            ("n", "34= 30= 16= 16= 16= 12= 5= 4= 2"),
            ("d['a']", "37= 18= 16= 16= 16= 14= 2"),
        ],
    );
}

#[test]
fn handlers_that_did_not_match_store_nothing() {
    check(
        "\
import contextlib
def run():
    v = 1
    with contextlib.suppress(ZeroDivisionError):
        try: 1 / 0
        except ValueError: v = 1
    for i in (1, 2):
        try:
            try: 1 / 0
            except ValueError: v = 1
        except ZeroDivisionError: i = i
    try:
        try: 1 / 0
        except ValueError: v = 1
        finally: i = 2
    except ZeroDivisionError: v = 1
    try: int('x')
    except ValueError as error: v = 1
    1 / 0
run()
",
        &[("v", "18= 16= 3"), ("i", "15= 11= 7 11= 7")],
    );
}

//! Statements that store a value equal to the current one are found, but not statements that did not store.

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
fn generators_tasks_and_threads() {
    check(
        "\
import asyncio
class O: pass
o = O(); o.x = 1
def gen():
    while True:
        o.x = yield 1
        o.x = [i for i in range(3)][1]
        o.x = (
            1)
g = gen(); next(g)
g.send(1); g.close()
async def one():
    await asyncio.sleep(0)
    return 1
async def task():
    o.x = await one()
async def main():
    await asyncio.gather(task(), task())
asyncio.run(main())
1 / 0
",
        &[("o.x", "16= 16= 8= 7= 6= 3")],
    );
}

const LOST_UPDATE: &str = "\
import threading
class Account: balance = None
acc = Account(); acc.balance = 100; both = threading.Barrier(2)
def draw(n):
    b = acc.balance
    both.wait()
    acc.balance = b - n
ts = [threading.Thread(target=draw, args=(10,), name=f'teller{i}') for i in range(2)]
for t in ts: t.start()
for t in ts: t.join()
assert acc.balance == 80, acc.balance
";

#[test]
fn a_lost_update_is_seen() {
    for (_, python) in pythons() {
        let project = Project::new(LOST_UPDATE);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let mut console = Console::open(&project, "run.connie");
        console.start();
        let history = console.say(":history acc.balance");
        let lines: Vec<&str> = history.lines().collect();
        assert_eq!(lines.len(), 3, "{history}");
        assert!(
            lines[0].contains(" 90  (an equal value)  by teller") && lines[1].contains(" 90  by teller"),
            "{history}"
        );
        assert_ne!(lines[0].split("teller").last(), lines[1].split("teller").last());
        let why = console.say(":why acc.balance");
        assert!(why.starts_with("line 7, step ") && why.contains("\nline 7, step "), "{why}");

        // A watch stops at changes only; with `--every` also at writes of an equal value.
        for (word, stops) in [(":watch acc.balance", 1), (":watch --every acc.balance", 2)] {
            console.say(":watch");
            console.say(":end");
            console.say(word);
            for (command, limit) in [("reverseContinue", "entry"), ("continue", "exception")] {
                let mut found = 0;
                while found <= stops {
                    let stop = console.go(command);
                    if stop["reason"] != "data breakpoint" || console.say(":where").contains("line 3 in") {
                        break;
                    }
                    assert!(console.say(":where").contains("line 7 in draw"), "{stop}");
                    found += 1;
                }
                assert_eq!(found, stops, "{word} {command} {limit}");
            }
        }
    }
}

#[test]
fn a_write_while_another_writes_is_not_sure() {
    let program = "\
import threading
class O: pass
o = O(); o.x = 0
ready, go = threading.Event(), threading.Event()
def slow():
    o.x = (ready.set(), go.wait(), 1)[2]
t = threading.Thread(target=slow); t.start()
ready.wait()
o.x = 1
go.set()
t.join()
1 / 0
";
    for (_, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let mut console = Console::open(&project, "run.connie");
        console.start();
        let history = console.say(":history o.x");
        let lines: Vec<&str> = history.lines().collect();
        assert!(lines[0].contains("line     6  1?  (an equal value)"), "{history}");
        assert!(lines[1].contains("line     9  1"), "{history}");
    }
}

#[test]
fn writes_belong_to_the_frame_that_stored() {
    let program = "\
def f(x):
    y = x + 1
    return y
def gen():
    got = yield 1
    yield got
class M:
    def __enter__(self):
        return 7
    def __exit__(self, *all):
        pass
a = f(1); b = f(a); c = f(b)
d = {}; d['a'] = f(1); d['b'] = f(2)
i = gen(); n = next(i); m = i.send(10); f(1)
with M() as w: f(1)
def nested():
    t = f(1); u = f(t); f(u)
    1 / 0
nested()
";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let mut console = Console::open(&project, "run.connie");
        console.start();
        for (expression, line) in [
            ("a", 12),
            ("b", 12),
            ("c", 12),
            ("d['a']", 13),
            ("d['b']", 13),
            ("n", 14),
            ("m", 14),
            ("w", 15),
            ("t", 17),
            ("u", 17),
        ] {
            let why = console.say(&format!(":why {expression}"));
            assert!(why.starts_with(&format!("line {line}, ")), "3.{minor}: {expression}: {why}");
        }
        let origin = console.say(":origin t");
        assert!(origin.contains("returned f() = 2   line 3 in f"), "{origin}");
        console.say(":start");
        console.say(":watch a");
        console.go("continue");
        assert!(console.say(":where").contains("line 12 in <module>"));
    }
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

#[test]
fn a_watch_stops_in_bodies_of_classes_and_on_lines_of_heads() {
    let program = "class C:\n    x = 1\n    for x in [1, 1]: pass\nk = 5\nif k: k = 5\n1 / 0\n";
    for (minor, python) in pythons() {
        let project = Project::new(program);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let mut console = Console::open(&project, "run.connie");
        console.start();
        for (word, wanted) in [
            (":watch --every C.x", [3, 3, 2].as_slice()),
            (":watch C.x", &[2]),
            (":watch --every k", &[5, 4]),
            (":watch k", &[4]),
        ] {
            console.say(":watch");
            console.say(":end");
            console.say(word);
            let mut found = Vec::new();
            while console.go("reverseContinue")["reason"] == "data breakpoint" && found.len() < 9 {
                let place = console.say(":where");
                let line = place.split("line ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok());
                found.push(line.unwrap_or(0));
            }
            assert_eq!(found, wanted, "3.{minor}: {word}");
        }
    }
}

/// Writes of equal values are looked for only as far as the versions that are asked for go back.
#[test]
fn a_few_versions_need_few_chunks() {
    use connie_history::answers::Asked;
    use connie_history::moment::{Modules, Moment};
    use connie_history::timeline::{Direction, Timeline};
    use connie_recording::Recording;

    let program = "class Count:\n    pass\n\n\ndef work(count):\n    count.same = 0\n    for n in range(90_000):\n        \
                   count.number = n\n        count.same = 0\n    return count\n\n\nwork(Count())\n";
    let (_, python) = connie_tests::usual_python();
    let project = Project::new(program);
    project.record(&python, &["--output", "run.connie", "main.py"]);
    let recording = Recording::open(&project.path("run.connie")).expect("a recording");
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = connie_history::History { recording: &recording, timeline: &timeline, modules: &modules };
    let chunks = recording.chunks.len();
    assert!(chunks >= 12, "{chunks}");
    let step = (1..=recording.last_step()).rev().find(|step| {
        let moment = Moment::at(&recording, *step).expect("a step");
        moment.step.frame.is_some_and(|frame| frame.line == 10)
    });
    let step = step.expect("the last line");
    let frame = Moment::at(&recording, step).expect("a step").step.frame.expect("a frame").frame;
    let before = recording.decoded();
    let of = Asked { text: "count.number".to_owned(), step, frame };
    let found = history.versions(&of, step, Direction::Backward, 3).expect("versions");
    assert_eq!(found.len(), 3);
    let decoded = recording.decoded() - before;
    assert!(decoded <= 6, "{decoded} of {chunks}");
}

//! Writes of equal values by several frames at the same time: generators, tasks and threads.

use connie_tests::console::Console;
use connie_tests::{Project, pythons};

use super::check;

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

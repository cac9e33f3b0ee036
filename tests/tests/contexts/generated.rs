//! Generated programs of tasks, generators, contexts and threads that set and read context variables. Under
//! `sys.settrace`, a function notes what `get` returns at each line; the recording must say the same.

use std::fmt::Write;
use std::path::Path;

use connie_expression::{Expression, Got};
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::Timeline;
use connie_recording::player::Event;
use connie_wire::Value;

use super::recorded;

const HEAD: &str = "\
import asyncio, contextvars, threading
from contextvars import ContextVar
a = ContextVar('a')
b = ContextVar('b', default=-2)
class Own:
    var = ContextVar('c')
own = Own()
def setter(n):
    a.set(n)
    b.get()
def via(n):
    own.var.set(n)
    setter(n + 1)
    return n
def gen(n):
    a.set(n)
    while True:
        yield a.get(0)
        n += 1
async def nap(n):
    await asyncio.sleep(0)
    own.var.set(n)
    await asyncio.sleep(0)
def in_thread(f, *args):
    t = threading.Thread(target=f, args=args)
    t.start()
    t.join()
";

/// Statements of functions. `@` is replaced by a number of their own.
const PLAIN: [&str; 12] = [
    "a.set(@)",
    "b.set(@); a.set(@ + 1)",
    "token = b.set(@)",
    "token.var.reset(token) if token else None; token = None",
    "setter(@)",
    "via(@)",
    "contextvars.copy_context().run(via, @)",
    "kept = contextvars.copy_context()",
    "kept.run(a.set, @)",
    "kept.run(next, it)",
    "next(it)",
    "in_thread(via, @)",
];

/// Statements of coroutines.
const ASYNC: [&str; 4] = [
    "await asyncio.sleep(0)",
    "await nap(@)",
    "x = asyncio.ensure_future(nap(@))",
    "await asyncio.gather(nap(@), nap(@ + 1))",
];

/// The oracle: notes the line and the values of the variables at each line of the program.
const ORACLE: &str = "\
import sys, threading
seen = []
def trace(frame, event, _):
    if not frame.f_code.co_filename.endswith('main.py'):
        return None
    names = frame.f_globals
    if event == 'line' and 'own' in names:
        seen.append((frame.f_lineno, names['a'].get(-1), names['b'].get(), names['own'].var.get(-1)))
    return trace
text = open('main.py').read()
code = compile(text, 'main.py', 'exec')
threading.settrace(trace)
sys.settrace(trace)
exec(code, {'__name__': '__main__'})
sys.settrace(None)
for row in seen:
    print(*row)
";

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// A program of functions and tasks with statements in a random order.
pub fn program(seed: u64) -> String {
    let mut random = Random(seed);
    let mut text = HEAD.to_owned();
    let mut number = 10;
    let mut body = |text: &mut String, is_async: bool| {
        text.push_str("    token = None; kept = contextvars.copy_context(); it = gen(0)\n");
        for _ in 0..8 {
            let n = random.below(PLAIN.len() + if is_async { ASYNC.len() } else { 0 });
            let statement = PLAIN.get(n).or_else(|| ASYNC.get(n - PLAIN.len())).copied().unwrap_or_default();
            number += 10;
            let _ = writeln!(text, "    {}", statement.replace('@', &number.to_string()));
        }
        text.push_str("    return a.get(0)\n");
    };
    for n in 0..2 {
        let _ = writeln!(text, "def f{n}():");
        body(&mut text, false);
        let _ = writeln!(text, "async def t{n}():");
        body(&mut text, true);
    }
    text + "async def main():\n    a.set(1)\n    await asyncio.gather(t0(), t1(), t0())\n    own.var.set(2)\n\
            a.set(3)\nf0()\nasyncio.run(main())\ncontextvars.copy_context().run(f1)\nx = a.get()\n"
}

/// Compares a recording of a program with the oracle: the number of values, and what is wrong.
pub fn judge(python: &Path, program: &str) -> (usize, Vec<String>) {
    let (project, recording) = recorded(python, program, "");
    project.write("oracle.py", ORACLE);
    let output = project.command(python, &["oracle.py"]).output().expect("the oracle");
    let rows: Vec<Vec<i64>> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|row| row.split(' ').map(|n| n.parse().expect("a number")).collect())
        .collect();
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let expressions =
        ["a.get(-1)", "b.get()", "own.var.get(-1)"].map(|text| Expression::parse(text).expect("it parses"));
    let (mut asked, mut wrong, mut row) = (0, Vec::new(), 0);
    let first = HEAD.lines().position(|line| line == "def setter(n):").expect("a line") as u32 + 1;
    let mut begun = false;
    for step in 1..=recording.last_step() {
        let moment = Moment::at(&recording, step).expect("a step");
        let Some(frame) = moment.step.frame.filter(|_| moment.step.event == Event::Line) else { continue };
        begun |= frame.line >= first;
        if !begun {
            continue;
        }
        let Some(wanted) = rows.get(row) else { return (asked, vec!["more lines than the oracle has".into()]) };
        row += 1;
        if wanted[0] != i64::from(frame.line) {
            return (asked, vec![format!("step {step}: line {} and not {}", frame.line, wanted[0])]);
        }
        let source = recording.function(frame.code).map_or(0, |function| function.source);
        let scope = moment.scope(frame, modules.namespace(&recording, &timeline, source, frame.frame));
        for (expression, wanted) in expressions.iter().zip(&wanted[1..]) {
            asked += 1;
            match expression.eval(&scope) {
                Ok(Got::Value(Value::Int(found))) if found == *wanted => {}
                // Not known is not wrong, but a variable that the program has set is known.
                Err(_) if *wanted < 0 => {}
                found => wrong.push(format!("step {step}, line {}: {found:?}, not {wanted}\n{program}", frame.line)),
            }
        }
    }
    (asked, wrong)
}

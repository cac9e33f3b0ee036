//! Generated programs: every stored value names its line, so that a value tells who wrote it.

use std::fmt::Write;

use connie_expression::{Expression, Got};
use connie_history::History;
use connie_history::answers::{Answer, Asked, Question};
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::{At, Direction, Timeline};
use connie_wire::Value;

const HEAD: &str = "\
class Obj:
    def put(self):
        self.a = {line}
class Ctx:
    def __init__(self, v): self.v = v
    def __enter__(self): return self.v
    def __exit__(self, *e): return False
def f(v):
    w = v
    return w
def g(v, *more, key=0):
    return f(v)
def gen(v):
    while True:
        v = yield v
def deco(fn):
    def wrap(*a, **k):
        return fn(*a, **k)
    return wrap
h = deco(f)
";

/// The places to ask about.
const PLACES: [&str; 8] = ["x", "y", "z", "o.a", "o.b", "d['k']", "d['n']", "xs[-1]"];

/// Statements. `@` is replaced by the value that names the line, `@1` by one more.
const STATEMENTS: [&str; 34] = [
    "x = @",
    "x = f(@); y = f(@1)",
    "x, y = @, @1",
    "y, o.a = f(@), h(@1)",
    "o.a = f(@)",
    "o.b = h(@)",
    "o.put()",
    "d['k'] = f(@)",
    "d['n'] = @; d['k'] = f(@1)",
    "d.update(k=@)",
    "d.update({'n': f(@)})",
    "setattr(o, 'b', f(@))",
    "for x in [f(@)]: pass",
    "for z, y in [(@, @1)]: f(0)",
    "for n, z in enumerate([@]): pass",
    "for y in gen(@): break",
    "with Ctx(f(@)) as x: pass",
    "with Ctx(@) as o.b: f(1)",
    "(x := f(@))",
    "y = f(x := @1)",
    "x = [n for n in (@,)][0]",
    "y = [f(x) for x in (@,)][0]",
    "z = {n: f(n) for n in (@,)}[@]",
    "i = gen(@); x = next(i); y = i.send(@1)",
    "y = next(gen(f(@)))",
    "xs.append(f(@))",
    "xs.extend([1, @])",
    "xs[-1:] = [f(@)]",
    "xs += [0, @]",
    "x = y = f(@)",
    "z = (lambda v: f(v))(@)",
    "x = max(f(@), 0)",
    "z = g(*[@], key=f(2))",
    "put()",
];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// A program of functions with statements in a random order.
pub fn program(seed: u64, functions: usize, statements: usize) -> String {
    let mut random = Random(seed);
    let mut text = String::new();
    for (n, line) in HEAD.lines().enumerate() {
        let _ = writeln!(text, "{}", line.replace("{line}", &((n + 1) * 1000).to_string()));
    }
    let mut line = HEAD.lines().count();
    let mut add = |text: &mut String, statement: &str| {
        line += 1;
        let value = (line * 1000).to_string();
        let one = (line * 1000 + 1).to_string();
        let _ = writeln!(text, "{}", statement.replace("@1", &one).replace('@', &value));
    };
    for n in 0..functions {
        add(&mut text, &format!("def t{n}():"));
        add(&mut text, "    x = y = z = @; o = Obj(); d = {}; xs = [@]");
        add(&mut text, "    o.a = o.b = d['k'] = d['n'] = @");
        add(&mut text, "    def put():");
        add(&mut text, "        nonlocal z");
        add(&mut text, "        z = @");
        for _ in 0..statements {
            add(&mut text, &format!("    {}", STATEMENTS[random.below(STATEMENTS.len())]));
        }
        add(&mut text, "    return None");
        add(&mut text, &format!("t{n}()"));
    }
    text
}

/// Asks who wrote the value of each place where each function returns. Returns the numbers of questions and of unknown
/// answers, and descriptions of the wrong ones.
pub fn judge(recording: &connie_recording::Recording) -> (usize, usize, Vec<String>) {
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording, timeline: &timeline, modules: &modules };
    let is_it = |code: u32| {
        let name = recording.function(code).map_or("", |function| function.name.as_str());
        name.strip_prefix('t').is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (mut step, mut asked, mut unknown, mut wrong) = (0, 0, 0, Vec::new());
    let returns = |p: &connie_history::timeline::Position| p.at == At::Return && is_it(p.code);
    while let Some(at) = timeline.find(recording, step, Direction::Forward, |_| true, returns).expect("it reads") {
        step = at.step;
        let moment = Moment::at(recording, step).expect("a step");
        let frame = *moment.player.stack().last().expect("a frame");
        let scope = moment.scope(frame, history.globals_of(frame));
        for place in PLACES {
            let parsed = Expression::parse(place).expect("an expression");
            let Ok(Got::Value(Value::Int(value))) = parsed.eval(&scope) else { continue };
            asked += 1;
            let of = Asked { text: place.to_owned(), step, frame: frame.frame };
            let found = match history.ask(&Question::Why(of)) {
                Ok(Answer::Why { writes }) => writes.into_iter().next(),
                _ => None,
            };
            match found {
                None => unknown += 1,
                Some(write) if i64::from(write.at.line) == value / 1000 => {}
                Some(write) => wrong.push(format!("{place} = {value} at step {step}: said {}", write.at)),
            }
        }
    }
    (asked, unknown, wrong)
}

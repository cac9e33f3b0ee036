//! Generated programs that move lists between places. Each list names the line that made it. The generator follows each
//! list from place to place, so it knows the lines that the trail of a place must have.

use std::collections::HashSet;
use std::fmt::Write;

use connie_expression::{Expression, Got};
use connie_history::History;
use connie_history::answers::{Answer, Asked, Question};
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::{At, Direction, Timeline};
use connie_recording::render::World;
use connie_wire::Value;

const HEAD: &str = "\
import functools
class Obj: pass
class Ctx:
    def __init__(self, v): self.v = v
    def __enter__(self): return self.v
    def __exit__(self, *e): return False
class Box:
    def __init__(self, v): self.v = v
    def open(self): return self.v
    @property
    def made(self): return self.v
def f(v):
    w = v
    return w
def g(v, *more, key=0):
    return f(v)
def named(*, v):
    return v
def two(v, w):
    return w, v
def gen(v):
    while True:
        v = yield v
def every(*vs):
    yield from vs
def deco(fn):
    def wrap(*a, **k):
        return fn(*a, **k)
    return wrap
h = deco(f)
";

/// The places to ask about.
const PLACES: [&str; 7] = ["x", "y", "z", "o.a", "o.b", "d['k']", "xs[-1]"];

/// Statements, and what each does at once: (place, what it gets: a place, or `@`, a new list).
const STATEMENTS: [(&str, &[(&str, &str)]); 50] = [
    ("x = [@]", &[("x", "@")]),
    ("o.a = [@]", &[("o.a", "@")]),
    ("y = f([@])", &[("y", "@")]),
    ("x = y", &[("x", "y")]),
    ("z = x", &[("z", "x")]),
    ("x, y = y, x", &[("x", "y"), ("y", "x")]),
    ("x, (y, z) = z, (x, y)", &[("x", "z"), ("y", "x"), ("z", "y")]),
    ("o.a = f(x)", &[("o.a", "x")]),
    ("o.b = o.a", &[("o.b", "o.a")]),
    ("d['k'] = y", &[("d['k']", "y")]),
    ("x = d['k']", &[("x", "d['k']")]),
    ("z = d.get('k')", &[("z", "d['k']")]),
    ("d.update(k=o.a)", &[("d['k']", "o.a")]),
    ("d.update({'k': z})", &[("d['k']", "z")]),
    ("y = o.b", &[("y", "o.b")]),
    ("setattr(o, 'b', y)", &[("o.b", "y")]),
    ("x = getattr(o, 'b')", &[("x", "o.b")]),
    ("for x in [y]: pass", &[("x", "y")]),
    ("for n, x in enumerate([y, z]): pass", &[("x", "z")]),
    ("for y, _ in zip([x], [1]): pass", &[("y", "x")]),
    ("for z in every(x, y): pass", &[("z", "y")]),
    ("x = next(gen(y))", &[("x", "y")]),
    ("i = gen(x); next(i); y = i.send(z)", &[("y", "z")]),
    ("with Ctx(x) as y: pass", &[("y", "x")]),
    ("with Ctx(z) as o.b: f(1)", &[("o.b", "z")]),
    ("(z := x)", &[("z", "x")]),
    ("x = y = [@]", &[("x", "@"), ("y", "@")]),
    ("y = f(x := z)", &[("x", "z"), ("y", "z")]),
    ("x = [n for n in (y,)][0]", &[("x", "y")]),
    ("xs = [x, y]", &[("xs[-1]", "y")]),
    ("xs.append(x)", &[("xs[-1]", "x")]),
    ("xs.extend([x, z])", &[("xs[-1]", "z")]),
    ("xs[-1] = o.a", &[("xs[-1]", "o.a")]),
    ("z = xs[-1]", &[("z", "xs[-1]")]),
    ("*_, y = [x, z]", &[("y", "z")]),
    ("x = h(y)", &[("x", "y")]),
    ("o.a = h(v=z)", &[("o.a", "z")]),
    ("z = g(*[y], key=x)", &[("z", "y")]),
    ("z = named(**{'v': x})", &[("z", "x")]),
    ("y, x = two(z, y)", &[("y", "y"), ("x", "z")]),
    ("x = (lambda v: v)(y)", &[("x", "y")]),
    ("x = functools.partial(f, z)()", &[("x", "z")]),
    ("y = {'q': z}['q']", &[("y", "z")]),
    ("z = (x, y)[1]", &[("z", "y")]),
    ("z = Box(y).v", &[("z", "y")]),
    ("y = Box(x).open()", &[("y", "x")]),
    ("x = y if o else z", &[("x", "y")]),
    ("x = d.setdefault('k', [0])", &[("x", "d['k']")]),
    ("o.a, d['k'] = d['k'], o.a", &[("o.a", "d['k']"), ("d['k']", "o.a")]),
    ("put()", &[("z", "@put")]),
];

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// The lines that gave a place its list, the latest first.
type Lines = Vec<u32>;

/// Lists, by the line that made each, and the lines that moved it.
type Moved = HashSet<(u32, u32)>;

/// A program, and for each of its functions the lines of each place where it returns.
pub fn program(seed: u64, functions: usize, statements: usize) -> (String, Vec<[Lines; 7]>, Moved) {
    let mut moved = Moved::new();
    let mut random = Random(seed);
    let (mut text, mut all) = (HEAD.to_owned(), Vec::new());
    let mut line = HEAD.lines().count() as u32;
    let mut add = |text: &mut String, statement: &str| {
        line += 1;
        let _ = writeln!(text, "{}", statement.replace('@', &line.to_string()));
        line
    };
    for n in 0..functions {
        add(&mut text, &format!("def t{n}():"));
        add(&mut text, "    o = Obj(); d = {}");
        let mut lines: [Lines; 7] = Default::default();
        for (place, lines) in PLACES.iter().zip(&mut lines) {
            let first = if *place == "xs[-1]" { "    xs = [[@]]".to_owned() } else { format!("    {place} = [@]") };
            *lines = vec![add(&mut text, &first)];
        }
        add(&mut text, "    def put():");
        add(&mut text, "        nonlocal z");
        let put = add(&mut text, "        z = [@]");
        for _ in 0..statements {
            let (statement, moves) = STATEMENTS[random.below(STATEMENTS.len())];
            let here = add(&mut text, &format!("    {statement}"));
            let before = lines.clone();
            for (to, from) in moves {
                let index = |place: &str| PLACES.iter().position(|known| *known == place).expect("a place");
                let now = match *from {
                    "@" => vec![here],
                    "@put" => vec![put],
                    from => [&[here], &before[index(from)][..]].concat(),
                };
                moved.extend(now.last().map(|list| (*list, here)));
                // A place that gets what it has does not change; a list that gets another item does, and so does the
                // variable of a loop that had another value before.
                let is_item = *to == "xs[-1]" && !statement.starts_with("xs[-1]");
                let is_again = statement.contains("every(") || statement.contains("enumerate(");
                if is_item || is_again || now.last() != lines[index(to)].last() {
                    lines[index(to)] = now;
                }
            }
        }
        add(&mut text, "    return None");
        add(&mut text, &format!("t{n}()"));
        all.push(lines);
    }
    (text, all, moved)
}

/// Asks for the origin of each place where each function returns. Returns the numbers of hops that there should be and of
/// those that are missing, and descriptions of the wrong trails.
pub fn judge(
    recording: &connie_recording::Recording,
    all: &[[Lines; 7]],
    moved: &Moved,
) -> (usize, usize, Vec<String>) {
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording, timeline: &timeline, modules: &modules };
    let number = |code: u32| {
        let name = recording.function(code).map_or("", |function| function.name.as_str());
        name.strip_prefix('t').and_then(|rest| rest.parse::<usize>().ok())
    };
    let (mut step, mut asked, mut missing, mut other, mut wrong) = (0, 0, 0, 0, Vec::new());
    let returns = |p: &connie_history::timeline::Position| p.at == At::Return && number(p.code).is_some();
    while let Some(at) = timeline.find(recording, step, Direction::Forward, |_| true, returns).expect("it reads") {
        step = at.step;
        let moment = Moment::at(recording, step).expect("a step");
        let frame = *moment.player.stack().last().expect("a frame");
        let lines = &all[number(frame.code).expect("a function")];
        for (place, wanted) in PLACES.iter().zip(lines) {
            let of = Asked { text: (*place).to_owned(), step, frame: frame.frame };
            let scope = moment.scope(frame, history.globals_of(frame));
            let value = Expression::parse(place).expect("an expression").eval(&scope);
            let made = match &value {
                Ok(Got::Value(Value::Object(list))) => {
                    moment.player.entity(*list).and_then(|list| list.items.first().cloned())
                }
                _ => None,
            };
            assert_eq!(
                made,
                wanted.last().map(|line| Value::Int((*line).into())),
                "the generator is wrong: {place} {wanted:?}"
            );
            let Ok(Answer::Origin(trail)) = history.ask(&Question::Origin(of)) else {
                (asked, missing) = (asked + wanted.len(), missing + wanted.len());
                continue;
            };
            // A statement may have several hops, and helpers have hops of their own.
            let first = HEAD.lines().count() as u32;
            let mut found: Lines = trail.hops.iter().map(|hop| hop.spot.line).filter(|line| *line > first).collect();
            found.dedup();
            asked += wanted.len();
            missing += wanted.len().saturating_sub(found.len());
            let value = format!("[{}]", wanted.last().copied().unwrap_or_default());
            let is_other = trail.hops.iter().any(|hop| hop.value != value);
            // Where two places hold the same list, the trail may name the other one: each hop is still a place that held
            // this list, and each line moved it.
            let list = wanted.last().copied().unwrap_or_default();
            let has_moved = found.iter().all(|line| *line == list || moved.contains(&(list, *line)));
            if !wanted.starts_with(&found) && has_moved && !is_other {
                other += 1;
            } else if !wanted.starts_with(&found) || is_other {
                let hop = |hop: &connie_history::origin::Hop| {
                    format!("{} {} = {} {}", hop.how.word(), hop.text, hop.value, hop.spot)
                };
                let hops: Vec<_> = trail.hops.iter().map(hop).collect();
                wrong.push(format!(
                    "{place} = {value} at step {step}: {wanted:?}, said {found:?} {hops:#?} {}",
                    trail.end
                ));
            } else if found.len() < wanted.len() {
                let at = wanted[found.len().saturating_sub(1)];
                println!("ends at line {at}, before {}: {place}: {}", wanted[found.len()], trail.end);
            }
        }
    }
    if other * 20 > asked {
        wrong.push(format!("{other} of {asked} go through another place that held the same list"));
    }
    (asked, missing, wrong)
}

//! Programs that are made up: nested control flow, and which lines ran as `sys.settrace` has it.

use std::collections::BTreeMap;
use std::fmt::Write;

use connie_history::History;
use connie_history::moment::Modules;
use connie_history::timeline::Timeline;
use connie_history::whynot::{ReasonKind, Verdict, Wanted};
use connie_recording::Recording;
use connie_source::control::{Control, Point, Target};
use connie_tests::Project;

struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

const CONDITIONS: [&str; 10] = [
    "a > 2",
    "b and a",
    "not b",
    "len(xs) > a",
    "a == 1 or b > 3",
    "xs and xs[0] == b",
    "is_big(a)",
    "a in xs",
    "(c := a + b) > 4",
    "a % 2 == 0",
];

const SIMPLE: [&str; 8] =
    ["a = a + 1", "b = a", "xs = xs[1:]", "note(a)", "fails(b)", "a = 0", "xs.append(a)", "if a: b = 1"];

struct Writer {
    random: Random,
    lines: Vec<String>,
}

impl Writer {
    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(format!("{}{text}", "    ".repeat(depth)));
    }

    fn condition(&mut self) -> &'static str {
        CONDITIONS[self.random.below(CONDITIONS.len())]
    }

    fn block(&mut self, depth: usize, in_loop: bool) {
        for _ in 0..1 + self.random.below(3) {
            self.statement(depth, in_loop);
        }
    }

    fn statement(&mut self, depth: usize, in_loop: bool) {
        let choice = self.random.below(if depth > 4 { 5 } else { 12 });
        match choice {
            0..=2 => {
                let simple = SIMPLE[self.random.below(SIMPLE.len())];
                self.line(depth, simple);
            }
            3 if in_loop => {
                let jump = ["break", "continue"][self.random.below(2)];
                self.line(depth, jump);
            }
            3 | 4 => {
                let jump = ["return a", "raise KeyError(a)", "assert a > 1", "b = 2", "a = 3"][self.random.below(5)];
                self.line(depth, jump);
            }
            5..=7 => self.branch(depth, in_loop),
            8 => {
                let over = ["xs", "range(b)", "xs[:a]"][self.random.below(3)];
                self.line(depth, &format!("for a in {over}:"));
                self.block(depth + 1, true);
                if self.random.below(2) == 0 {
                    self.line(depth, "else:");
                    self.block(depth + 1, in_loop);
                }
            }
            9 => {
                self.line(depth, "while xs:");
                self.line(depth + 1, "xs = xs[1:]");
                self.block(depth + 1, true);
            }
            10 => self.attempt(depth, in_loop),
            _ => self.choose(depth, in_loop),
        }
    }

    fn branch(&mut self, depth: usize, in_loop: bool) {
        let condition = self.condition();
        self.line(depth, &format!("if {condition}:"));
        self.block(depth + 1, in_loop);
        if self.random.below(3) == 0 {
            let condition = self.condition();
            self.line(depth, &format!("elif {condition}:"));
            self.block(depth + 1, in_loop);
        }
        if self.random.below(2) == 0 {
            self.line(depth, "else:");
            self.block(depth + 1, in_loop);
        }
    }

    fn attempt(&mut self, depth: usize, in_loop: bool) {
        self.line(depth, "try:");
        self.block(depth + 1, in_loop);
        self.line(depth, "except KeyError:");
        self.block(depth + 1, in_loop);
        if self.random.below(2) == 0 {
            self.line(depth, "except (ValueError, AssertionError):");
            self.block(depth + 1, in_loop);
        }
        if self.random.below(3) == 0 {
            self.line(depth, "else:");
            self.block(depth + 1, in_loop);
        }
        if self.random.below(3) == 0 {
            self.line(depth, "finally:");
            self.line(depth + 1, "note(b)");
        }
    }

    fn choose(&mut self, depth: usize, in_loop: bool) {
        self.line(depth, "match a % 4:");
        self.line(depth + 1, "case 0:");
        self.block(depth + 2, in_loop);
        self.line(depth + 1, "case 1 if b:");
        self.block(depth + 2, in_loop);
        self.line(depth + 1, "case _:");
        self.block(depth + 2, in_loop);
    }
}

const HEAD: &str = "\
def is_big(n):
    return n > 3
def note(n):
    return None
def fails(n):
    if n > 3:
        raise ValueError(n)
";

/// A program of functions with nested control flow, each called a few times.
pub fn program(seed: u64, functions: usize) -> String {
    let mut writer = Writer { random: Random(seed), lines: HEAD.lines().map(str::to_owned).collect() };
    for n in 0..functions {
        writer.line(0, &format!("def t{n}(a, b, xs):"));
        for _ in 0..3 {
            writer.statement(1, false);
        }
        writer.line(1, "return b");
        for _ in 0..1 + writer.random.below(3) {
            let (a, b, items) = (writer.random.below(5), writer.random.below(5), writer.random.below(3));
            writer.line(0, "try:");
            writer.line(1, &format!("t{n}({a}, {b}, {:?})", (0..items).collect::<Vec<_>>()));
            writer.line(0, "except (KeyError, ValueError, AssertionError):");
            writer.line(1, "pass");
        }
    }
    writer.lines.join("\n") + "\n"
}

const TRUTH: &str = r#"
import collections, json, sys
hits = collections.Counter()
text = open("main.py").read()
def trace(frame, event, _):
    if frame.f_code.co_filename != "main.py":
        return None
    if event == "line":
        hits[frame.f_lineno] += 1
    return trace
code = compile(text, "main.py", "exec")
sys.settrace(trace)
exec(code, {"__name__": "__main__"})
sys.settrace(None)
print(json.dumps(hits))
"#;

/// How often each line ran under `sys.settrace`.
pub fn truth(project: &Project, python: &std::path::Path) -> BTreeMap<u32, u64> {
    project.write("truth.py", TRUTH);
    let output = project.command(python, &["truth.py"]).output().expect("python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The lines of what can have led elsewhere than to a target.
fn controlling(control: &Control, target: Target) -> Vec<(u32, u32)> {
    let of = |point: Point| match point {
        Point::Before(n) => (control.statements[n].head.0, control.statements[n].last),
        Point::Around(n, _) => (control.statements[n].head.0, control.statements[n].last),
    };
    control.points(target).into_iter().map(of).collect()
}

/// Asks of every line of the functions why it did not run: (lines that did not, unknown, wrong ones in words).
pub fn judge(recording: &Recording, program: &str, truth: &BTreeMap<u32, u64>) -> (usize, usize, Vec<String>) {
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording, timeline: &timeline, modules: &modules };
    let control = Control::of(program).expect("it is Python");
    let (mut asked, mut unknown, mut wrong) = (0, 0, Vec::new());
    for line in 1..=program.lines().count() as u32 {
        let Some(target @ Target::Statement(statement)) = control.target(line) else { continue };
        if control.statements[statement].scope == 0 {
            continue;
        }
        let hits = truth.get(&line).copied().unwrap_or_default();
        let wanted = Wanted { text: format!("main.py:{line}"), ..Wanted::default() };
        let answer = history.why_not(&wanted).expect("an answer");
        let mut say = |what: &str| {
            let mut text = String::new();
            let _ = write!(text, "line {line} ran {hits} times; {what}: {answer}");
            wrong.push(text);
        };
        match &answer.verdict {
            Verdict::Ran { times, .. } if hits == 0 || times.is_some_and(|times| times != hits) => say("count"),
            Verdict::Ran { .. } => {}
            Verdict::Never if hits > 0 => say("it ran"),
            Verdict::Never => {
                asked += 1;
                let Some(reason) = answer.reasons.first() else {
                    unknown += 1;
                    continue;
                };
                if matches!(reason.kind, ReasonKind::Site | ReasonKind::NotCalled) {
                    // Its function was not called.
                    continue;
                }
                let Some(at) = &reason.at else {
                    say("no step");
                    continue;
                };
                let leads = controlling(&control, target);
                if !leads.iter().any(|lines| (lines.0..=lines.1).contains(&at.line)) {
                    say("it does not control");
                } else if !truth.contains_key(&at.line) {
                    say("it did not run");
                }
                unknown += usize::from(reason.kind == ReasonKind::Unknown);
            }
            _ => say("another verdict"),
        }
    }
    (asked, unknown, wrong)
}

//! Travel: forward and backward steps mirror each other, in random programs.

use std::fmt::Write;
use std::path::Path;

use connie_expression::Expression;
use connie_history::History;
use connie_history::breakpoint::{Breakpoint, HitCount, Location};
use connie_history::moment::Modules;
use connie_history::timeline::{At, Direction, Position, Reach, Timeline};
use connie_recording::Recording;
use connie_tests::{Project, pythons};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// One statement of a function of the random program.
#[derive(Clone, Debug)]
enum Piece {
    Assign(u8),
    Loop(u8, Vec<Piece>),
    Call(u8),
    Calls(u8, u8),
    Generate(u8),
    Guard(Vec<Piece>),
    Raise(u8),
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let leaf = prop_oneof![
        any::<u8>().prop_map(Piece::Assign),
        any::<u8>().prop_map(Piece::Call),
        any::<(u8, u8)>().prop_map(|(a, b)| Piece::Calls(a, b)),
        any::<u8>().prop_map(Piece::Generate),
        any::<u8>().prop_map(Piece::Raise),
    ];
    let piece = leaf.prop_recursive(3, 12, 4, |inner| {
        let some = prop::collection::vec(inner, 1..4);
        prop_oneof![(1u8..5, some.clone()).prop_map(|(n, body)| Piece::Loop(n, body)), some.prop_map(Piece::Guard)]
    });
    prop::collection::vec(piece, 1..6)
}

fn write_pieces(pieces: &[Piece], own: usize, functions: usize, depth: usize, out: &mut String) {
    let pad = "    ".repeat(depth);
    for piece in pieces {
        // Functions call later functions only, so that every program ends.
        let later = |n: u8| own + 1 + usize::from(n) % functions.saturating_sub(own + 1).max(1);
        let _ = match piece {
            Piece::Call(n) if own + 1 < functions => writeln!(out, "{pad}x += f{}(x)", later(*n)),
            Piece::Calls(a, b) if own + 1 < functions => {
                writeln!(out, "{pad}x += f{}(x) + f{}(x)", later(*a), later(*b))
            }
            Piece::Assign(n) | Piece::Call(n) | Piece::Calls(n, _) => writeln!(out, "{pad}x = (x * 3 + {n}) % 101"),
            Piece::Generate(n) => writeln!(out, "{pad}x += sum(g({}))", n % 4),
            Piece::Raise(n) => writeln!(out, "{pad}if x % 7 == {}:\n{pad}    raise ValueError(x)", n % 7),
            Piece::Loop(n, body) => {
                let _ = writeln!(out, "{pad}for i{depth} in range({n}):");
                write_pieces(body, own, functions, depth + 1, out);
                Ok(())
            }
            Piece::Guard(body) => {
                let _ = writeln!(out, "{pad}try:");
                write_pieces(body, own, functions, depth + 1, out);
                writeln!(out, "{pad}except ValueError as e:\n{pad}    x = 1\n{pad}finally:\n{pad}    x += 1")
            }
        };
    }
}

fn program(functions: &[Vec<Piece>]) -> String {
    let mut text = String::from("def g(n):\n    for i in range(n):\n        yield i * 2\n\n");
    for (n, body) in functions.iter().enumerate() {
        let _ = writeln!(text, "\ndef f{n}(x):");
        write_pieces(body, n, functions.len(), 1, &mut text);
        text.push_str("    return x % 50\n");
    }
    text.push_str("\nfor k in range(3):\n    try:\n        f0(k)\n    except ValueError:\n        pass\n");
    text
}

fn record(python: &Path, text: &str) -> (Project, Recording) {
    let project = Project::new(text);
    let output = project.record(python, &["--output", "run.connie", "main.py"]);
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
    let recording = Recording::open(&project.path("run.connie")).expect("a recording");
    (project, recording)
}

fn all(recording: &Recording, timeline: &Timeline) -> Vec<Position> {
    (0..recording.chunks.len())
        .flat_map(|index| timeline.chunk(recording, index).expect("a chunk").as_ref().clone())
        .collect()
}

/// Where a step leads by its definition, computed without an index.
fn by_hand(stops: &[Position], from: &Position, reach: Reach, direction: Direction) -> Option<Position> {
    let wanted = |p: &&Position| {
        p.thread == from.thread
            && match reach {
                Reach::In => true,
                Reach::Over => p.depth < from.depth || p.depth == from.depth && p.frame == from.frame,
                Reach::Out => p.depth < from.depth,
            }
    };
    match direction {
        Direction::Forward => stops.iter().filter(|p| p.step > from.step).find(wanted).copied(),
        Direction::Backward => stops.iter().rev().filter(|p| p.step < from.step).find(wanted).copied(),
    }
}

fn check_steps(recording: &Recording) -> Result<(), TestCaseError> {
    use Direction::{Backward, Forward};
    let timeline = Timeline::default();
    let stops: Vec<Position> = all(recording, &timeline).into_iter().filter(|p| p.at == At::Line).collect();
    let every = (stops.len() / 400).max(1);
    for stop in stops.iter().step_by(every) {
        for reach in [Reach::In, Reach::Over, Reach::Out] {
            for direction in [Forward, Backward] {
                let found = timeline.step(recording, stop, reach, direction).expect("a step");
                prop_assert_eq!(found, by_hand(&stops, stop, reach, direction), "{:?} {:?}", reach, direction);
            }
        }
        // A step forward within a frame can be undone by a step backward.
        for reach in [Reach::In, Reach::Over] {
            let there = timeline.step(recording, stop, reach, Forward).expect("a step");
            if let Some(there) = there.filter(|there| reach == Reach::In || there.frame == stop.frame) {
                let back = timeline.step(recording, &there, reach, Backward).expect("a step");
                prop_assert_eq!(back, Some(*stop));
            }
        }
    }
    Ok(())
}

#[test]
fn steps_mirror_each_other_on_random_programs() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let functions = prop::collection::vec(pieces(), 1..5);
    runner
        .run(&functions, |functions| {
            let (_project, recording) = record(&python, &program(&functions));
            check_steps(&recording)
        })
        .expect("a mirror");
}

const LONG: &str = "
def leaf(n):
    return n + 1

def busy(n):
    total = 0
    for i in range(n):
        total += leaf(i)
    return total

def work(k):
    before = k
    x = busy(9000 + k)
    after = x
    return after

for k in range(4):
    y = work(k)
done = y
";

#[test]
fn steps_pass_over_chunks_and_find_the_same() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let (_project, recording) = record(&python, LONG);
    assert!(recording.chunks.len() > 5, "{} chunks", recording.chunks.len());
    check_steps(&recording).expect("a mirror");
}

fn hits(ground: &History<'_>, breakpoint: &Breakpoint, direction: Direction) -> Vec<u64> {
    let mut step = if direction == Direction::Forward { 0 } else { u64::MAX };
    let mut found = Vec::new();
    while let Some(next) = breakpoint.near(ground, step, direction) {
        found.push(next);
        step = next;
    }
    found
}

#[test]
fn breakpoints_are_hit_at_the_same_steps_in_both_directions() {
    let (_, python) = pythons().pop().expect("an interpreter");
    let (_project, recording) = record(&python, LONG);
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let ground = History { recording: &recording, timeline: &timeline, modules: &modules };
    let line = |text: &str| LONG.lines().position(|line| line.contains(text)).expect("a line") as u32 + 1;
    let place = |text: &str| Location::Lines(vec![(0, line(text))]);
    let condition = |text: &str| Some(Expression::parse(text).expect("an expression"));
    let cases = [
        (Breakpoint::new(place("x = busy"), None, None), 4),
        (Breakpoint::new(place("total += leaf"), condition("i % 1000 == 7 and total > n"), None), 4 * 8),
        (Breakpoint::new(place("return n + 1"), None, HitCount::parse("% 1000")), 36),
        (Breakpoint::new(place("return n + 1"), None, HitCount::parse(">= 36000")), 7),
        (Breakpoint::new(place("return n + 1"), condition("n == 5"), HitCount::parse("3")), 1),
        (Breakpoint::new(place("after = x"), condition("nothing_of_this_name"), None), 0),
        (Breakpoint::new(place("done = y"), condition("y == done"), None), 0),
    ];
    for (breakpoint, count) in cases {
        let forward = hits(&ground, &breakpoint, Direction::Forward);
        let mut backward = hits(&ground, &breakpoint, Direction::Backward);
        backward.reverse();
        assert_eq!(forward, backward);
        assert_eq!(forward.len(), count, "{breakpoint:?}");
    }
}

#[test]
fn exceptions_have_the_tracebacks_that_python_prints() {
    const TEXT: &str = "
def divide(a, b):
    return a / b

def careful(pairs):
    for a, b in pairs:
        try:
            divide(a, b)
        except ZeroDivisionError as error:
            kept = str(error)

def again():
    try:
        divide(1, 0)
    except ZeroDivisionError:
        raise

careful([(1, 0), (2, 0)])
try:
    again()
except ZeroDivisionError:
    pass
divide(2, 0)
";
    for (minor, python) in pythons() {
        let project = Project::new(TEXT);
        project.record(&python, &["--output", "run.connie", "main.py"]);
        let recording = Recording::open(&project.path("run.connie")).expect("a recording");
        let name = |code: u32| recording.functions[code as usize].name.clone();
        let raised = recording.exceptions(100).expect("the exceptions");
        let seen: Vec<(Vec<String>, bool)> = raised
            .iter()
            .map(|raised| {
                let frames = raised.traceback.iter().map(|(code, line)| format!("{}:{line}", name(*code)));
                (frames.collect(), raised.uncaught)
            })
            .collect();
        let wanted = [
            (vec!["careful:8", "divide:3"], false),
            (vec!["careful:8", "divide:3"], false),
            (vec!["<module>:20", "again:14", "divide:3"], false),
            (vec!["<module>:23", "divide:3"], true),
        ];
        let wanted = wanted.map(|(frames, uncaught)| (frames.into_iter().map(String::from).collect(), uncaught));
        assert_eq!(seen, wanted, "on 3.{minor}");
    }
}

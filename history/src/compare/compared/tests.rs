//! Tests travel through two small runs, and what is shown there.

use connie_recording::reader::Recording;
use connie_recording::render::Bounds;
use connie_wire::{Op, Value};

use super::*;
use crate::compare::pairs::blocks;
use crate::testing::{Made, call, line, made, returns, thread};
use crate::timeline::Reach;

const FUNCTIONS: [(&str, u32, &[&str]); 2] = [("main", 1, &["x", "y"]), ("f", 5, &["a"])];
const SOURCE: &str = "def main():\n    x = 1\n    y = f()\n    end\ndef f():\n    a = 1\n    return a\n";

/// Lines 2 and 3, a call of `f` with lines 6 and 7, and line 4. `a` gets a value.
fn plain(a: i64) -> Vec<Op> {
    vec![
        thread(1),
        call(1, 0, 1),
        line(2),
        Op::Slot { slot: 0, value: Value::Int(1) },
        line(3),
        call(2, 1, 5),
        line(6),
        Op::Slot { slot: 0, value: Value::Int(a) },
        line(7),
        Op::Return { time: 1, value: Value::Int(a) },
        Op::Slot { slot: 1, value: Value::Int(a) },
        line(4),
        returns(),
    ]
}

fn run(ops: Vec<Op>) -> Made {
    made(SOURCE, &FUNCTIONS, &[ops])
}

fn compared(left: &Made, right: &Made) -> Compared {
    let options = Options { bounds: Bounds::default(), most: 50, ignored: &|_| false, progress: &|_| true };
    let open = |made: &Made| Recording::open(made.recording.path()).unwrap();
    Compared::new(open(left), open(right), &options).unwrap()
}

/// The places that steps lead to, until they lead nowhere.
fn walked(compared: &Compared, from: [u64; 2], reach: Reach, direction: Direction) -> Vec<[u64; 2]> {
    let next = |at: &[u64; 2]| Some(compared.step(*at, reach, direction).unwrap()).filter(|to| to != at);
    std::iter::successors(Some(from), next).take(20).collect()
}

#[test]
fn equal_runs_go_together() {
    let (left, right) = (run(plain(7)), run(plain(7)));
    let compared = compared(&left, &right);
    assert!(compared.found.identical);
    let first = compared.first().unwrap().unwrap();
    assert_eq!(first, [2, 2]);
    let all = [[2, 2], [3, 3], [5, 5], [6, 6], [8, 8]];
    assert_eq!(walked(&compared, first, Reach::In, Direction::Forward), all);
    assert_eq!(walked(&compared, [8, 8], Reach::In, Direction::Backward), all.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(walked(&compared, first, Reach::Over, Direction::Forward), [[2, 2], [3, 3], [8, 8]]);
    assert_eq!(walked(&compared, [8, 8], Reach::Over, Direction::Backward), [[8, 8], [3, 3], [2, 2]]);
    assert_eq!(compared.step([6, 6], Reach::Out, Direction::Forward).unwrap(), [8, 8]);
    assert_eq!(compared.step([6, 6], Reach::Out, Direction::Backward).unwrap(), [3, 3]);
    assert_eq!(compared.end(Direction::Forward).unwrap(), Some([9, 9]));
    let place = compared.place([6, 6]).unwrap();
    assert_eq!((place.relation, place.met, place.left_out), (Relation::Paired, None, 0));
    assert!(place.variables.iter().all(|variable| !variable.differs));
}

#[test]
fn a_run_that_comes_early_waits_for_the_other() {
    let mut ops = plain(7);
    ops.drain(5..10);
    let (left, right) = (run(plain(7)), run(ops));
    let compared = compared(&left, &right);
    let all = [[2, 2], [3, 3], [4, 4], [5, 4], [6, 4], [8, 4]];
    assert_eq!(compared.first().unwrap(), Some([4, 4]));
    assert_eq!(walked(&compared, [2, 2], Reach::In, Direction::Forward), all);
    assert_eq!(walked(&compared, [8, 4], Reach::In, Direction::Backward), all.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(compared.step([5, 4], Reach::Out, Direction::Forward).unwrap(), [8, 4]);
    let place = compared.place([5, 4]).unwrap();
    assert_eq!((place.relation, place.met), (Relation::Apart, Some([8, 4])));
    assert_eq!(place.sides.each_ref().map(|side| (side.waits, side.ended)), [(false, false), (true, false)]);
    let stack: Vec<_> = place.sides[0].stack.iter().map(|level| (level.function.as_str(), level.line)).collect();
    assert_eq!(stack, [("f", 6), ("main", 3)]);
    // The same the other way round.
    let back = super::tests::compared(&right, &left);
    let mirrored: Vec<_> = all.iter().map(|[left, right]| [*right, *left]).collect();
    assert_eq!(walked(&back, [2, 2], Reach::In, Direction::Forward), mirrored);
}

#[test]
fn a_run_that_ended_stays_at_its_end() {
    let (left, right) = (run(plain(7)), run(plain(7)[..5].to_vec()));
    let compared = compared(&left, &right);
    let all = [[2, 2], [3, 3], [4, 3], [5, 3], [6, 3], [8, 3]];
    assert_eq!(walked(&compared, [2, 2], Reach::In, Direction::Forward), all);
    assert_eq!(walked(&compared, [8, 3], Reach::In, Direction::Backward), all.into_iter().rev().collect::<Vec<_>>());
    let place = compared.place([5, 3]).unwrap();
    assert_eq!((place.relation, place.met), (Relation::Apart, None));
    assert_eq!(place.sides.map(|side| side.ended), [false, true]);
    assert_eq!(compared.end(Direction::Forward).unwrap(), Some([8, 3]));
    // Steps that have nothing to do with each other.
    assert_eq!(compared.place([2, 3]).unwrap().relation, Relation::Unknown);
    assert_eq!(compared.step([2, 3], Reach::In, Direction::Forward).unwrap(), [2, 3]);
    assert!(compared.place([99, 1]).is_err());
}

#[test]
fn variables_stand_together_and_are_marked_where_they_differ() {
    let (left, right) = (run(plain(7)), run(plain(8)));
    let compared = compared(&left, &right);
    assert_eq!(compared.first().unwrap(), Some([6, 6]));
    let told = |steps| {
        let place = compared.place(steps).unwrap();
        let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let variable =
            |one: &Variable| format!("{} {} {} {}", one.name, text(&one.texts[0]), text(&one.texts[1]), one.differs);
        place.variables.iter().map(variable).collect::<Vec<_>>()
    };
    assert_eq!(told([6, 6]), ["a 7 8 true"]);
    assert_eq!(told([8, 8]), ["y 7 8 true", "x 1 1 false"]);
    let given = compared.place([7, 7]).unwrap().sides.map(|side| side.given.map(|given| given.text));
    assert_eq!(given, [Some("7".to_owned()), Some("8".to_owned())]);
    // Variables of different functions have nothing to do with each other.
    assert_eq!(told([6, 3]), ["a 7 - false", "x - 1 false"]);
}

#[test]
fn sources_stand_side_by_side() {
    let block = |same, first, count| Block { same, first, count };
    assert_eq!(
        blocks("a\nb\nc\n", "a\nX\nY\nc\nd\n"),
        [
            block(true, [1, 1], [1, 1]),
            block(false, [2, 2], [1, 2]),
            block(true, [3, 4], [1, 1]),
            block(false, [4, 5], [0, 1])
        ]
    );
    let (left, right) = (run(plain(7)), run(plain(8)));
    let compared = compared(&left, &right);
    assert_eq!(compared.lines([0, 0]), Some(vec![block(true, [1, 1], [7, 7])]));
    assert_eq!(compared.lines([0, 9]), None);
}

//! Tests comparisons of small recordings that differ in one respect each.

use connie_recording::render::Bounds;
use connie_wire::{Op, Value};

use super::leaves::differences;
use super::pairs::Lines as Mapped;
use super::*;
use crate::moment::Moment;
use crate::testing::{Made, call, line, made, returns, text, thread};

const FUNCTIONS: [(&str, u32, &[&str]); 2] = [("main", 1, &["x", "y"]), ("f", 5, &["a"])];
const SOURCE: &str = "def main():\n    x = 1\n    y = f()\n    end\ndef f():\n    a = 1\n    return a\n";

#[test]
fn lines_correspond_by_their_diff() {
    let left = |before: &str, after: &str| {
        let lines = Mapped::between(before, after);
        (0..6).map(|line| lines.left(line)).collect::<Vec<_>>()
    };
    assert_eq!(Mapped::between("a\n", "a\n"), Mapped::Same);
    assert_eq!(Mapped::Same.left(7), Some(7));
    let of = |n| Some(n);
    assert_eq!(left("a\nb\nc\n", "a\nnew\nb\nc\n"), [None, of(1), None, of(2), of(3), None]);
    assert_eq!(left("a\nb\nc\n", "a\nc\n"), [None, of(1), of(3), None, None, None]);
    assert_eq!(left("a\nb\nc\n", "a\nB\nc\n"), [None, of(1), of(2), of(3), None, None]);
    assert_eq!(left("a\nb\n", "X\nY\nZ\nb\n"), [None, of(1), None, None, of(2), None]);
}

/// `main` runs lines 2, 3, calls `f`, and line 4; `x` is 1, `f` returns 7.
fn plain() -> Vec<Op> {
    vec![
        thread(1),
        call(1, 0, 1),
        line(2),
        Op::Slot { slot: 0, value: Value::Int(1) },
        line(3),
        call(2, 1, 5),
        line(6),
        Op::Slot { slot: 0, value: Value::Int(7) },
        line(7),
        Op::Return { time: 1, value: Value::Int(7) },
        Op::Slot { slot: 1, value: Value::Int(7) },
        line(4),
        returns(),
    ]
}

fn compared(left: &Made, right: &Made) -> Comparison {
    let options = Options { bounds: Bounds::default(), most: 50, ignored: &|_| false, progress: &|_| true };
    compare(&left.recording, &right.recording, &options).unwrap()
}

fn run(ops: Vec<Op>) -> Made {
    made(SOURCE, &FUNCTIONS, &[ops])
}

#[test]
fn a_run_is_the_same_as_itself() {
    let other = plain().into_iter().map(|op| match op {
        // Times differ in every run.
        Op::Call { frame, code, namespace, line, slots, .. } => {
            Op::Call { frame, code, namespace, time: 99, line, slots }
        }
        op => op,
    });
    let found = compared(&run(plain()), &run(other.collect()));
    assert!(found.identical && found.is_same() && !found.more);
    assert_eq!((found.compared, found.steps), (9, [9, 9]));
}

/// How far two runs are the same, as the walk begins there.
#[test]
fn runs_are_the_same_up_to_the_first_other_op() {
    let left = run(plain());
    let same = |ops: Vec<Op>| {
        let right = run(ops);
        prefix::same_steps(&left.recording, &right.recording, &Pairs::of(&left.recording, &right.recording), &|| true)
    };
    let with = |at: usize, op: Op| {
        let mut ops = plain();
        ops[at] = op;
        ops
    };
    assert_eq!(same(plain()), 9);
    assert_eq!(same(plain()[..9].to_vec()), 6);
    assert_eq!(same(with(3, Op::Slot { slot: 0, value: Value::Int(2) })), 2);
    assert_eq!(same(with(4, line(4))), 2);
    assert_eq!(same(with(5, call(2, 0, 5))), 3);
    assert_eq!(same(with(5, call(3, 1, 5))), 3);
    assert_eq!(same(with(5, call(2, 1, 6))), 3);
    assert_eq!(same(with(9, Op::Return { time: 1, value: Value::Int(8) })), 6);
    assert_eq!(same(with(9, Op::Yield { time: 1, value: Value::Int(7) })), 6);
    let sure = Op::Sure { levels: 255, all: [].into() };
    let mut more = plain();
    more.insert(4, sure);
    assert_eq!(same(more), 9, "how often values were read again depends on the clock");
    let named = |name: u32| with(3, Op::Slot { slot: 0, value: Value::Class(name) });
    assert_eq!(same(named(1)), 2);
    let other = made("another text\n", &FUNCTIONS, &[plain()]);
    let pairs = Pairs::of(&left.recording, &other.recording);
    assert_eq!((pairs.are_same(), prefix::same_steps(&left.recording, &other.recording, &pairs, &|| true)), (false, 0));
}

#[test]
fn another_value_is_found_where_it_was_made() {
    let mut ops = plain();
    ops[7] = Op::Slot { slot: 0, value: Value::Int(8) };
    ops[9] = Op::Return { time: 1, value: Value::Int(8) };
    ops[10] = Op::Slot { slot: 1, value: Value::Int(8) };
    let found = compared(&run(plain()), &run(ops));
    assert!(!found.identical && !found.is_same() && found.ways.is_empty());
    let values: Vec<_> = found
        .values
        .iter()
        .map(|one| (one.what, one.name.as_str(), one.at[0].step, one.made_by, one.code[0].as_str(), one.times))
        .collect();
    let by = |line| [Some(line), Some(line)];
    let expected = [
        (What::Variable, "a", 6, by(6), "a = 1", 1),
        (What::Returned, "", 7, by(7), "return a", 1),
        (What::Variable, "y", 8, by(3), "y = f()", 1),
    ];
    assert_eq!(values, expected);
    assert_eq!(found.values[0].texts, [Some("7".into()), Some("8".into())]);
    assert_eq!((found.values[0].at[1].function.as_str(), found.values[0].at[1].event), ("f", "line"));
}

#[test]
fn runs_part_and_meet_again() {
    let mut ops = plain();
    // The call of `f` is left out.
    ops.drain(5..10);
    let found = compared(&run(plain()), &run(ops));
    let [way] = found.ways.as_slice() else { panic!("{:?}", found.ways) };
    let step = |point: &Option<RunPoint>| point.as_ref().map(|point| (point.step, point.event, point.line));
    assert_eq!(way.next.each_ref().map(step), [Some((4, "call", 5)), Some((4, "line", 4))]);
    assert_eq!(way.after.as_ref().map(|after| (after[0].step, after[1].line)), Some((3, 3)));
    assert_eq!(way.met.as_ref().map(|met| [met[0].step, met[1].step]), Some([8, 4]));
    assert_eq!((way.times, way.step()), (1, 3));
    let calls: Vec<_> = found.calls.iter().map(|one| (one.function.as_str(), one.calls, one.line)).collect();
    assert_eq!(calls, [("f", [1, 0], [Some(5), Some(5)])]);
    let lines: Vec<_> = found.lines.iter().map(|one| (one.line, one.ran_in, one.hits)).collect();
    assert_eq!(lines, [(6, 0, 1), (7, 0, 1)]);
    // The other run ends long before the place at which they meet.
    let mut ops = plain();
    ops.splice(11..11, (0..9).map(|_| line(3)));
    let found = compared(&run(ops), &run(plain()));
    assert_eq!(
        (found.ways.len(), found.ways[0].met.as_ref().map(|met| [met[0].step, met[1].step])),
        (1, Some([17, 8]))
    );
    let found = compared(&run(plain()), &run(plain()[..5].to_vec()));
    assert_eq!((found.ways.len(), found.ways[0].met.is_none(), found.ways[0].next[1].is_none()), (1, true, true));
}

#[test]
fn threads_files_and_output_are_compared() {
    let printed = |text: &str| Op::Output { stream: 1, text: text.as_bytes().into() };
    let with = |more: Vec<Op>| run([plain()[..12].to_vec(), more].concat());
    let left = with(vec![printed("a\nb"), printed("c\n"), printed("d\n"), thread(1), returns()]);
    let right = with(vec![printed("a\n"), printed("bX\nd\n"), thread(3), call(9, 1, 5), thread(1), returns()]);
    let found = compared(&left, &right);
    assert_eq!(found.threads, [vec![], vec!["T3".to_owned()]]);
    let [output] = found.output.as_slice() else { panic!("{:?}", found.output) };
    assert_eq!((output.stream, output.line, output.steps), ("stdout", 2, [Some(9), Some(10)]));
    assert_eq!(output.texts, [Some("bc".into()), Some("bX".into())]);
    let other = made("def main():\n    x = 2\n", &FUNCTIONS, &[plain()]);
    let files: Vec<_> = compared(&left, &other).files.iter().map(|file| (file.path.clone(), file.ran)).collect();
    assert_eq!(files, [("a.py".to_owned(), [true, true])]);
}

/// Both sides are the same moment: each value is compared with another object of it.
#[test]
fn differences_are_as_deep_as_they_can_be() {
    let new = |object, ty, items: Vec<Value>| Op::New { object, ty, length: items.len() as u64, items };
    let int = Value::Int;
    let object = Value::Object;
    let ops = vec![
        thread(1),
        call(1, 0, 1),
        new(10, 0, vec![int(1), int(2), int(3)]),
        new(11, 0, vec![int(1), int(5)]),
        new(12, 1, vec![text("k"), object(10), text("l"), int(4)]),
        new(13, 1, vec![text("l"), int(4), text("k"), object(11), text("m"), int(6)]),
        new(14, 3, vec![text("name"), object(10), text("_ident"), int(1)]),
        new(15, 3, vec![text("name"), object(11), text("_ident"), int(2)]),
        new(16, 2, vec![int(1), int(2)]),
        new(17, 2, vec![int(2), int(1)]),
        new(18, 2, vec![int(2)]),
        line(2),
    ];
    let made = made(SOURCE, &FUNCTIONS, &[ops]);
    let moment = Moment::at(&made.recording, 2).unwrap();
    let found = |left: Value, right: Value, bounds| {
        let leaves = differences([&moment.player, &moment.player], &[[70, 80]], [&left, &right], bounds);
        let told = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
        let leaf = |leaf: &leaves::Leaf| format!("{} {} {}", leaf.path, told(&leaf.texts[0]), told(&leaf.texts[1]));
        leaves.iter().map(leaf).collect::<Vec<_>>()
    };
    let plain = |left, right| found(left, right, Bounds::default());
    assert_eq!(plain(object(10), object(11)), ["[1] 2 5", "[2] 3 -"]);
    assert_eq!(plain(object(12), object(13)), ["['k'][1] 2 5", "['k'][2] 3 -", "['m'] - 6"]);
    assert_eq!(plain(object(14), object(15)), [".name[1] 2 5", ".name[2] 3 -"]);
    assert!(plain(object(16), object(17)).is_empty());
    assert_eq!(plain(object(16), object(18)), [" {1, 2} {2}"]);
    assert_eq!(plain(object(10), object(16)), [" [1, 2, 3] {1, 2}"]);
    assert!(plain(int(70), int(80)).is_empty() && plain(int(4), int(4)).is_empty());
    assert_eq!(plain(int(80), int(70)), [" 80 70"]);
    let tuple = |items: Vec<Value>| Value::Tuple(items.into());
    assert_eq!(plain(tuple(vec![int(1), int(2)]), tuple(vec![int(1), int(3)])), ["[1] 2 3"]);
    assert_eq!(plain(tuple(vec![int(1)]), tuple(vec![int(1), int(3)])), [" (1,) (1, 3)"]);
    let big = |n: u8| Value::BigInt(false, vec![n; 3000].into());
    assert_eq!((plain(big(1), big(2)).len(), plain(big(1), big(1)).len()), (1, 0));
    assert_eq!((plain(Value::Class(1), Value::Class(1)).len(), plain(Value::Class(1), Value::Class(2)).len()), (0, 1));
    // Within the bounds.
    let shallow = Bounds { depth: 1, ..Bounds::default() };
    assert_eq!(found(object(12), object(13), shallow).len(), 2);
    let short = Bounds { items: 2, ..Bounds::default() };
    assert_eq!(found(object(10), object(11), short), ["[1] 2 5"]);
}

/// Runs that part at one line in the same way again are told once.
#[test]
fn a_parting_is_counted() {
    let rounds = |calls: bool| {
        let mut ops = vec![thread(1), call(1, 0, 1)];
        for n in 0..3 {
            ops.extend([line(2), line(3)]);
            if calls {
                ops.extend([call(2 + n, 1, 5), line(6), returns()]);
            }
        }
        ops.extend([line(4), returns()]);
        ops
    };
    let found = compared(&run(rounds(true)), &run(rounds(false)));
    // After the last round, another line follows.
    assert_eq!(found.ways.iter().map(|way| way.times).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn resumed_frames_are_the_same_at_any_time() {
    let yields = |time, line| {
        let resumes = Op::Resume { frame: 1, time, line };
        let suspended = Op::Yield { time, value: Value::Int(1) };
        run(vec![thread(1), call(1, 0, 1), Op::Line { line: 2 }, suspended, resumes, Op::Line { line: 3 }])
    };
    let left = yields(1, 2);
    let same = |right: &Made| {
        prefix::same_steps(&left.recording, &right.recording, &Pairs::of(&left.recording, &right.recording), &|| true)
    };
    assert_eq!((same(&yields(9, 2)), same(&yields(1, 3))), (5, 3));
}

/// Objects that contain each other, in a run whose objects have other numbers: 3 is a list with a list, and itself.
fn nested(shift: u64, inner: Value) -> Vec<Op> {
    let object = |object: u64| Value::Object(object + shift);
    let items = vec![object(4), object(3), Value::Int(1)];
    let mut ops = vec![thread(1)];
    if shift > 0 {
        ops.push(Op::New { object: 9, ty: 0, length: 0, items: Vec::new() });
    }
    ops.extend([
        call(1, 0, 1),
        line(2),
        Op::New { object: 4 + shift, ty: 0, length: 1, items: vec![Value::Int(5)] },
        Op::New { object: 3 + shift, ty: 0, length: 3, items },
        Op::Slot { slot: 0, value: object(3) },
        line(3),
        Op::Set { object: 4 + shift, index: 0, value: inner },
        line(4),
        Op::Set { object: 4 + shift, index: 0, value: Value::Int(6) },
        line(3),
        Op::Slot { slot: 1, value: Value::Float(0) },
        line(4),
        returns(),
    ]);
    ops
}

#[test]
fn objects_are_compared_by_their_contents() {
    let plain = run(nested(0, Value::Int(5)));
    assert!(compared(&plain, &run(nested(0, Value::Int(5)))).values.is_empty());
    assert!(compared(&plain, &run(nested(100, Value::Int(5)))).values.is_empty());
    let found = compared(&plain, &run(nested(100, Value::Int(7))));
    let [one] = found.values.as_slice() else { panic!("{:?}", found.values) };
    assert_eq!((one.name.as_str(), one.path.as_str(), one.times), ("x", "[0][0]", 1));
    assert_eq!(one.texts, [Some("5".to_owned()), Some("7".to_owned())]);
}

/// Objects that are made again and again: each differs in the same way.
#[test]
fn differences_that_are_alike_are_told_once() {
    let rounds = |more: i64| {
        let mut ops = vec![thread(1), call(1, 0, 1)];
        for n in 0..3 {
            let object = 10 + n as u64;
            ops.extend([
                line(2),
                Op::New { object, ty: 0, length: 2, items: vec![Value::Int(n), Value::Int(n + more)] },
                Op::Slot { slot: 0, value: Value::Object(object) },
                line(3),
            ]);
        }
        ops.extend([line(4), returns()]);
        ops
    };
    let found = compared(&run(rounds(1)), &run(rounds(2)));
    let [one] = found.values.as_slice() else { panic!("{:?}", found.values) };
    assert_eq!((one.name.as_str(), one.path.as_str(), one.times, one.alike), ("x", "[1]", 1, 2));
    let repeats: Vec<_> = one.repeats.iter().map(|repeat| (repeat.steps[0], repeat.texts[1].as_deref())).collect();
    assert_eq!(repeats, [(Some(3), Some("2")), (Some(5), Some("3")), (Some(7), Some("4"))]);
    assert_eq!(found.parting(), Some([3, 3]));
    assert!(found.shortened(9).values[0].repeats.is_empty());
}

#[test]
fn numbers_of_items_do_not_tell_differences_apart() {
    for (path, expected) in [
        ("", ""),
        (".items[3].count", ".items[].count"),
        ("['k'][12]", "['k'][]"),
        ("['3']", "['3']"),
        ("[-1]", "[-1]"),
    ] {
        assert_eq!(walk::without_numbers(path), expected);
    }
}

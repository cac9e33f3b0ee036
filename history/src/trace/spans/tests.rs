//! Compares the search for spans with the plain evaluation at each line.

use connie_expression::{Expression, holds};
use connie_recording::chunk::StackFrame;
use connie_recording::player::{Event, Player};
use connie_wire::{Op, Value};
use proptest::prelude::*;

use super::judged::{Judged, Verdict};
use super::{Open, Searched, Span, spans};
use crate::History;
use crate::moment::FrameScope;
use crate::testing::{Made, line, made, returns, text, thread};

/// Conditions on locals, globals, contents and attributes, some with names that are often unbound.
const CONDITIONS: [&str; 16] = [
    "x == 3",
    "x > 1 and y < 3",
    "y < 3 or x",
    "not x",
    "x + y > 3",
    "x is None or shared > 1",
    "shared == 2",
    "late == 1",
    "missing == 1",
    "len == 1",
    "len(q) > 1",
    "q[0] == 2",
    "any(v > 2 for v in q)",
    "self.total < 0",
    "self.total == shared",
    "'x' in locals()",
];

const FUNCTIONS: [(&str, u32, &[&str]); 3] =
    [("<module>", 1, &[]), ("f", 3, &["x", "q", "self"]), ("g", 9, &["y", "x", "q"])];
const NAMESPACE: u64 = 100;
const LISTS: [u64; 2] = [200, 201];
const THING: u64 = 210;
/// Numbers are given in the order of births.
const FIRST_FRAME: u64 = 300;

/// One event of a generated program.
#[derive(Clone, Debug)]
enum Act {
    Line,
    Set(u32, Value),
    SetOf(u32, Value),
    Call(u32, Vec<Value>),
    Return,
    Push(usize, i64),
    Pop(usize),
    Attribute(i64),
    Global(i64),
    /// A global that is not there from the beginning.
    Late(i64),
    /// The object is read anew.
    New(usize, Vec<i64>),
    Doubt(u8),
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (-1i64..5).prop_map(Value::Int),
        1 => Just(Value::None),
        1 => Just(Value::Unbound),
        1 => Just(text("abc")),
        2 => prop::sample::select(LISTS.to_vec()).prop_map(Value::Object),
        2 => Just(Value::Object(THING)),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => Just(Act::Line),
        4 => (0u32..3, value()).prop_map(|(slot, value)| Act::Set(slot, value)),
        1 => (0u32..3, value()).prop_map(|(slot, value)| Act::SetOf(slot, value)),
        2 => (1u32..3, prop::collection::vec(value(), 0..3)).prop_map(|(code, slots)| Act::Call(code, slots)),
        2 => Just(Act::Return),
        2 => (0usize..2, -1i64..5).prop_map(|(list, item)| Act::Push(list, item)),
        1 => (0usize..2).prop_map(Act::Pop),
        1 => (-2i64..3).prop_map(Act::Attribute),
        1 => (0i64..3).prop_map(Act::Global),
        1 => (0i64..3).prop_map(Act::Late),
        1 => (0usize..2, prop::collection::vec(-1i64..5, 0..3)).prop_map(|(list, items)| Act::New(list, items)),
        1 => prop_oneof![Just(255u8), Just(255), Just(1), Just(0)].prop_map(Act::Doubt),
    ]
}

fn list(object: u64, items: &[i64]) -> Op {
    Op::New { object, ty: 0, length: items.len() as u64, items: items.iter().copied().map(Value::Int).collect() }
}

/// The ops of a program, in three chunks.
fn pieces(acts: &[Act]) -> Vec<Vec<Op>> {
    let pairs = vec![text("shared"), Value::Int(2)];
    let mut ops = vec![
        thread(1),
        Op::New { object: NAMESPACE, ty: 1, length: 1, items: pairs },
        list(LISTS[0], &[1, 2]),
        list(LISTS[1], &[]),
        Op::New { object: THING, ty: 3, length: 1, items: vec![text("total"), Value::Int(0)] },
        Op::Call { frame: FIRST_FRAME, code: 0, namespace: NAMESPACE, time: 0, line: 1, slots: Vec::new() },
        line(1),
    ];
    let (mut stack, mut next, mut lengths, mut has_late) = (vec![FIRST_FRAME], FIRST_FRAME, [2u64, 0], false);
    let mut found = Vec::new();
    for (n, act) in acts.iter().enumerate() {
        match act {
            // Lines of the module are seldom, since they always need an evaluation.
            Act::Line if stack.len() > 1 || n % 16 == 0 => ops.push(line(4 + (n % 3) as u32)),
            Act::Line => {}
            Act::Set(slot, value) if stack.len() > 1 => ops.push(Op::Slot { slot: *slot, value: value.clone() }),
            Act::SetOf(slot, value) if stack.len() > 1 => {
                ops.push(Op::SlotOf { frame: stack[1], slot: *slot, value: value.clone() });
            }
            Act::Set(..) | Act::SetOf(..) => {}
            Act::Call(code, slots) if stack.len() < 5 => {
                next += 1;
                stack.push(next);
                let slots = (0u32..).zip(slots.iter().cloned()).collect();
                ops.push(Op::Call { frame: next, code: *code, namespace: 0, time: 0, line: 3, slots });
            }
            Act::Return if stack.len() > 2 || stack.len() == 2 && n % 8 == 0 => {
                stack.pop();
                ops.push(returns());
            }
            Act::Call(..) | Act::Return => {}
            Act::Push(list, item) => {
                let start = lengths[*list] as u32;
                lengths[*list] += 1;
                let items = vec![Value::Int(*item)];
                ops.push(Op::Splice { object: LISTS[*list], start, removed: 0, length: lengths[*list], items });
            }
            Act::Pop(list) if lengths[*list] > 0 => {
                lengths[*list] -= 1;
                let (object, length) = (LISTS[*list], lengths[*list]);
                ops.push(Op::Splice { object, start: 0, removed: 1, length, items: Vec::new() });
            }
            Act::Pop(_) => {}
            Act::Attribute(total) => ops.push(Op::Set { object: THING, index: 1, value: Value::Int(*total) }),
            Act::Global(shared) => ops.push(Op::Set { object: NAMESPACE, index: 1, value: Value::Int(*shared) }),
            Act::Late(late) if has_late => {
                ops.push(Op::Set { object: NAMESPACE, index: 3, value: Value::Int(*late) });
            }
            Act::Late(late) => {
                has_late = true;
                let items = vec![text("late"), Value::Int(*late)];
                ops.push(Op::Splice { object: NAMESPACE, start: 2, removed: 0, length: 2, items });
            }
            Act::New(n, items) => {
                lengths[*n] = items.len() as u64;
                ops.push(list(LISTS[*n], items));
            }
            Act::Doubt(levels) => ops.push(Op::Sure { levels: *levels, all: Box::default() }),
        }
        if (n + 1) % (acts.len() / 3 + 1) == 0 {
            if stack.len() == 1 {
                next += 1;
                stack.push(next);
                ops.push(Op::Call { frame: next, code: 1, namespace: 0, time: 0, line: 3, slots: Vec::new() });
            }
            ops.push(line(7));
            found.push(std::mem::take(&mut ops));
        }
    }
    ops.push(line(8));
    found.push(ops);
    found
}

/// The spans according to an evaluation at each line.
fn plain(history: &History<'_>, condition: &Expression, codes: Option<&[u32]>) -> (Vec<Span>, Searched) {
    let recording = history.recording;
    let mut player = Player::new(recording);
    let (mut open, mut found, mut searched) =
        (std::collections::BTreeMap::<u64, Span>::new(), vec![], Searched::default());
    while let Some(step) = player.next_step() {
        let Some(frame) = step.frame.filter(|frame| codes.is_none_or(|codes| codes.contains(&frame.code))) else {
            continue;
        };
        let is_held = match step.event {
            Event::Line => {
                let source = recording.function(frame.code).unwrap().source;
                let globals = history.modules.namespace(recording, history.timeline, source, frame.frame);
                match holds(condition, &FrameScope::new(recording, &player, frame, globals)) {
                    Ok(is_held) => {
                        searched.evaluated += 1;
                        is_held
                    }
                    Err(problem) => {
                        searched.failures.add(&problem.to_string());
                        false
                    }
                }
            }
            Event::Return(_) => false,
            _ => continue,
        };
        let (first, last, thread) = (step.number, step.number, step.thread);
        let span = Span { first, last, lines: 0, thread, frame: frame.frame, code: frame.code, line: frame.line };
        if is_held {
            let span = open.entry(frame.frame).or_insert(span);
            (span.last, span.lines) = (last, span.lines + 1);
        } else {
            found.extend(open.remove(&frame.frame));
        }
    }
    let mut left: Vec<Span> = open.into_values().collect();
    left.sort_unstable_by_key(|span| span.last);
    found.extend(left);
    (found, searched)
}

fn searched(made: &Made, condition: &Expression, codes: Option<&[u32]>) -> (Vec<Span>, Searched) {
    let mut found = Vec::new();
    let searched = spans(&made.history(), condition, codes, |span| {
        found.push(span);
        true
    });
    (found, searched.unwrap())
}

proptest! {
    // Each chunk takes time to be made.
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn spans_are_those_of_the_plain_evaluation(acts in prop::collection::vec(act(), 20..120)) {
        let pieces = pieces(&acts);
        let made = made("", &FUNCTIONS, &pieces);
        for text in CONDITIONS {
            let condition = Expression::parse(text).unwrap();
            for codes in [None, Some(&[1u32][..])] {
                let expected = plain(&made.history(), &condition, codes);
                prop_assert_eq!(searched(&made, &condition, codes), expected, "{} {:?} {:?}", text, codes, pieces);
            }
        }
    }
}

#[test]
fn a_span_goes_on_in_the_next_chunks() {
    let frame = StackFrame { frame: 3, code: 1, namespace: 0, line: 4, task: 0, awaits: 0, sure: 255 };
    let (mut first, mut second) = (Judged::default(), Judged::default());
    first.begins(3);
    [2u64, 4].iter().for_each(|step| first.line((*step, 1), &frame, &Verdict::Holds(true)));
    second.line((6, 1), &frame, &Verdict::Holds(true));
    second.leaves(3);
    second.line((8, 1), &frame, &Verdict::Holds(true));
    let mut open = Open::default();
    let changes = first.changes.into_iter().chain(second.changes);
    let ended: Vec<Span> = changes.filter_map(|change| open.change(change)).collect();
    assert_eq!(ended.iter().map(|span| (span.first, span.last, span.lines)).collect::<Vec<_>>(), [(2, 6, 3)]);
    assert_eq!(open.0.len(), 1);
}

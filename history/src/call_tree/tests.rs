//! Tests the call tree and its sums.

use connie_wire::{Op, Value};
use proptest::prelude::*;

use super::*;
use crate::testing::{Made, line, made, thread};

fn call(frame: u64, code: u32, time: i64) -> Op {
    Op::Call { frame, code, namespace: 0, time, line: 1, slots: Vec::new() }
}

fn returns(time: i64) -> Op {
    Op::Return { time, value: Value::None }
}

const FUNCTIONS: &[(&str, u32, &[&str])] = &[("main", 1, &[]), ("f", 4, &[]), ("g", 8, &[])];

fn ticks(made: &Made, time: u64) -> u64 {
    (time as f64 * made.recording.info.ticks_per_second.unwrap() / 1e9).round() as u64
}

/// Code, caller, calls, own time and total time of each node, in ticks.
fn nodes(made: &Made, tree: &CallTree) -> Vec<(u32, Option<usize>, u64, u64, u64)> {
    let node = |node: &Node| (node.code, node.caller, node.calls, ticks(made, node.own), ticks(made, node.total));
    tree.nodes.iter().map(node).collect()
}

#[test]
fn calls_are_counted_by_the_functions_on_the_stack() {
    let ops = vec![
        thread(1),
        call(1, 0, 0),
        line(2),
        call(2, 1, 1000),
        call(3, 1, 1000),
        returns(2000),
        returns(4000),
        // A generator that goes on is not called again.
        call(4, 2, 1000),
        Op::Yield { time: 500, value: Value::None },
        Op::Resume { frame: 4, time: 1000, line: 9 },
        returns(500),
        thread(2),
        call(5, 1, 0),
        returns(3000),
    ];
    let made = made("", FUNCTIONS, &[ops]);
    let tree = CallTree::of(&made.recording);
    let expected = [
        (0, None, 1, 6000, 14_000),
        (1, Some(0), 1, 5000, 7000),
        (1, Some(1), 1, 2000, 2000),
        (2, Some(0), 1, 1000, 1000),
        (1, None, 1, 3000, 3000),
    ];
    assert_eq!(nodes(&made, &tree), expected);
    assert!(!tree.is_cut);
    assert_eq!(tree.stack(2), [0, 1, 2]);
    let sums = tree.sums();
    let f = sums.functions[&1];
    assert_eq!((f.calls, f.outermost, ticks(&made, f.own), ticks(&made, f.total)), (3, 2, 10_000, 10_000));
    let within = sums.pairs[&(1, 1)];
    assert_eq!((within.calls, within.outermost, ticks(&made, within.total)), (1, 1, 2000));
}

#[test]
fn deep_calls_count_for_their_callers() {
    let mut ops = vec![thread(1)];
    ops.extend((0..2 * MAX_DEPTH as u64).map(|frame| call(frame + 1, 1, 10)));
    ops.extend((0..2 * MAX_DEPTH).map(|_| returns(10)));
    let made = made("", FUNCTIONS, &[ops]);
    let tree = CallTree::of(&made.recording);
    assert!(tree.is_cut);
    assert_eq!(tree.nodes.len(), MAX_DEPTH);
    // Each call and each return but the first takes 10 ticks.
    let total = tree.nodes[0].total.abs_diff(tree.nodes.iter().map(|node| node.own).sum());
    assert_eq!(total, 0);
    assert_eq!(ticks(&made, tree.nodes[0].total), 10 * (4 * MAX_DEPTH as u64 - 1));
}

/// A step of a random program: a call of a function after some time, or a return.
fn step() -> impl Strategy<Value = (Option<u32>, i64)> {
    (prop::option::weighted(0.55, 0u32..3), 0i64..1000)
}

proptest! {
    #[test]
    fn sums_are_those_of_the_calls(steps in prop::collection::vec(step(), 0..60)) {
        let mut ops = vec![thread(1), call(1, 0, 0)];
        // The reference: the codes on the stack, with the times at which they began and were spent below them.
        let mut stack: Vec<(u32, i64)> = vec![(0, 0)];
        let mut now = 0i64;
        let mut expected: FxHashMap<u32, (u64, i64, i64)> = FxHashMap::default();
        let mut frame = 1;
        let ends: Vec<_> = steps.iter().copied().chain(std::iter::repeat_n((None, 1), 100)).collect();
        expected.entry(0).or_default().0 += 1;
        for (code, time) in ends {
            if stack.is_empty() {
                break;
            }
            now += time;
            let top = stack[stack.len() - 1].0;
            expected.entry(top).or_default().1 += time;
            match code {
                Some(code) => {
                    frame += 1;
                    ops.push(call(frame, code, time));
                    expected.entry(code).or_default().0 += 1;
                    stack.push((code, now));
                }
                None => {
                    ops.push(returns(time));
                    let (code, began) = stack.pop().unwrap();
                    if stack.iter().all(|(other, _)| *other != code) {
                        expected.entry(code).or_default().2 += now - began;
                    }
                }
            }
        }
        let made = made("", FUNCTIONS, &[ops]);
        let sums = CallTree::of(&made.recording).sums();
        prop_assert_eq!(sums.functions.len(), expected.len());
        for (code, (calls, own, total)) in expected {
            let found = sums.functions[&code];
            // Each time is rounded to nanoseconds.
            let near = |time: u64, ticks: i64| {
                let exact = ticks as f64 * 1e9 / made.recording.info.ticks_per_second.unwrap();
                (time as f64 - exact).abs() <= 100.0
            };
            prop_assert_eq!(found.calls, calls);
            prop_assert!(near(found.own, own) && near(found.total, total), "{code}: {found:?}, {own} {total}");
        }
    }
}

//! Tests that each call is in one bar, alone or merged, whatever is asked for.

use std::collections::BTreeMap;

use connie_wire::{Op, Value};
use proptest::prelude::*;

use super::*;
use crate::calls::{Happening, times};
use crate::testing::{Made, call as begin, line, made, returns, thread};

/// A program of two threads, as choices of what happens next.
fn program(choices: &[(u32, u8, u32)]) -> Made {
    let mut stacks: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    let (mut suspended, mut frame) = (Vec::new(), 1);
    let mut ops = vec![thread(1), begin(1, 0, 1), line(2)];
    let mut now = 1;
    for (other, action, code) in choices {
        if *other != now {
            now = *other;
            ops.push(thread(now));
        }
        let stack = stacks.entry(now).or_default();
        match action {
            0..4 => {
                frame += 1;
                stack.push(frame);
                ops.push(begin(frame, *code, 1));
            }
            4..7 if stack.pop().is_some() => ops.push(returns()),
            7 if stack.pop().is_some() => ops.push(Op::Unwind { time: 10 }),
            8 => {
                if let Some(frame) = stack.pop() {
                    suspended.push(frame);
                    ops.push(Op::Yield { time: 10, value: Value::None });
                }
            }
            9 => {
                if let Some(frame) = suspended.pop() {
                    stack.push(frame);
                    ops.push(Op::Resume { frame, time: 10, line: 3 });
                }
            }
            _ if now == 1 || !stack.is_empty() => ops.push(line(2)),
            _ => {}
        }
    }
    let second = ops.split_off(ops.len() / 2);
    made("", &[("main", 1, &[]), ("f", 4, &[]), ("g", 8, &[])], &[ops, [vec![thread(1), line(2)], second].concat()])
}

/// All calls, by thread and depth.
fn calls(made: &Made) -> BTreeMap<(u32, usize), Vec<Bar>> {
    let mut found: BTreeMap<(u32, usize), Vec<Bar>> = BTreeMap::new();
    let mut active: BTreeMap<u32, Vec<(u64, u32)>> = BTreeMap::new();
    times(&made.recording, |happening| {
        match happening {
            Happening::Begins { thread, code, step, .. } => active.entry(thread).or_default().push((step, code)),
            Happening::Ends { thread, step, .. } => {
                let stack = active.get_mut(&thread).unwrap();
                let (first, code) = stack.pop().unwrap();
                found.entry((thread, stack.len())).or_default().push(Bar::of(first, step, code));
            }
        }
        true
    });
    found
}

fn whole(made: &Made, max_bars: usize) -> Index {
    let mut index = Index::from(&made.recording, false, 0, max_bars);
    while !index.is_whole(&made.recording) {
        index.extend(&made.recording, || true);
    }
    index
}

/// Whether a bar has a call.
fn has(bar: &Bar, one: &Bar, column: u64) -> bool {
    if bar.calls == 1 {
        return bar == one;
    }
    let is_inside = bar.first <= one.first && one.last <= bar.last && one.first / column == bar.first / column;
    one.is_short(column) && is_inside
}

fn check(made: &Made, index: &Index, window: &Window) -> Result<(), TestCaseError> {
    let flame = index.window(&made.recording, window).unwrap();
    prop_assert!(flame.is_whole);
    let calls = calls(made);
    for lane in &flame.lanes {
        for depth in 0..lane.depth {
            let all = calls.get(&(lane.thread, depth)).cloned().unwrap_or_default();
            let row = flame.rows.iter().find(|row| row.row == lane.row + 1 + depth).cloned().unwrap_or_default();
            for one in all.iter().filter(|one| one.first <= window.to && one.last >= window.from) {
                let bars = row.bars.iter().filter(|bar| has(bar, one, flame.column)).count();
                prop_assert_eq!(bars, 1, "{:?} of {:?} in {:?}, column {}", one, window, row, flame.column);
            }
            for bar in &row.bars {
                let inside: Vec<&Bar> = all.iter().filter(|one| has(bar, one, flame.column)).collect();
                prop_assert_eq!(inside.len(), bar.calls as usize, "{:?} of {:?} has {:?}", bar, window, inside);
                prop_assert_eq!(bar.code, inside[0].code);
                prop_assert_eq!(bar.is_mixed, inside.iter().any(|one| one.code != bar.code));
            }
            prop_assert!(row.bars.windows(2).all(|pair| pair[0].first < pair[1].first), "{:?}", row);
        }
    }
    Ok(())
}

/// Checks that the tree has each call once, whatever the size of its pages and their direction.
fn check_tree(made: &Made, index: &Index) -> Result<(), TestCaseError> {
    let (calls, last) = (calls(made), made.recording.last_step());
    for lane in index.lanes() {
        let none = Vec::new();
        let of = |depth: usize| calls.get(&(lane.thread, depth)).unwrap_or(&none);
        for depth in 0..lane.depth {
            let around = if depth == 0 { vec![Bar::of(0, last, 0)] } else { of(depth - 1).clone() };
            for call in around.iter().step_by(1 + around.len() / 8) {
                let all = Siblings { lane, depth, after: call.first, to: call.last };
                let is_one = |bar: &&Bar| bar.first > call.first && bar.first <= call.last;
                let mut expected: Vec<Bar> = of(depth).iter().filter(is_one).copied().collect();
                expected.sort_by_key(|bar| bar.first);
                let has = |bar: &Bar| of(depth + 1).iter().any(|one| one.first > bar.first && one.first <= bar.last);
                let node = |bar: &Bar| Node { first: bar.first, last: bar.last, code: bar.code, has_inside: has(bar) };
                let expected: Vec<Node> = expected.iter().map(node).collect();
                let (mut ahead, mut after) = (Vec::new(), call.first);
                loop {
                    let page = index.siblings(&made.recording, &all, Part::After(after), 3);
                    let Some(end) = page.nodes.last() else { break };
                    prop_assert_eq!(page.earlier, ahead.len() as u64);
                    ahead.extend(page.nodes.iter().copied());
                    prop_assert_eq!(page.later as usize + ahead.len(), expected.len());
                    after = end.first;
                }
                prop_assert_eq!(&ahead, &expected);
                let (mut back, mut before) = (Vec::new(), call.last + 1);
                loop {
                    let page = index.siblings(&made.recording, &all, Part::Before(before), 3);
                    let Some(first) = page.nodes.first() else { break };
                    before = first.first;
                    back.splice(0..0, page.nodes);
                }
                prop_assert_eq!(&back, &expected);
                for one in expected.iter().step_by(1 + expected.len() / 5) {
                    let page = index.siblings(&made.recording, &all, Part::Around(one.last), 4);
                    prop_assert!(page.nodes.contains(one), "{:?} in {:?}", one, page);
                    let path = index.path(&made.recording, &lane, one.first);
                    prop_assert_eq!(path.get(depth), Some(one));
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn each_call_is_in_one_bar(
        choices in prop::collection::vec((1u32..3, 0u8..14, 1u32..3), 20..400),
        windows in prop::collection::vec((0f64..1.0, 0f64..1.0, 1u64..60), 12),
        max_bars in prop_oneof![Just(usize::MAX), 4usize..60],
    ) {
        let made = program(&choices);
        let index = whole(&made, max_bars);
        let last = made.recording.last_step();
        let everything = Window { from: 1, to: last, width: 1000, rows: 0..400 };
        check(&made, &index, &everything)?;
        let bytes = index.encode();
        prop_assert!((0..bytes.len()).all(|cut| stored::decode(&bytes[..cut]).is_none()));
        let mut again = Index::from(&made.recording, false, 0, max_bars);
        again.take(stored::decode(&bytes).unwrap(), &made.recording);
        check(&made, &again, &everything)?;
        check_tree(&made, &index)?;
        for (from, share, width) in windows {
            let from = 1 + (from * last as f64) as u64;
            let to = (from + (share * share * last as f64) as u64).min(last).max(from);
            check(&made, &index, &Window { from, to, width, rows: 0..400 })?;
        }
    }
}

#[test]
fn answers_stay_small_and_rows_are_chosen() {
    let mut ops = vec![thread(1), begin(1, 0, 1)];
    for n in 0..3000 {
        ops.extend([begin(2 + 2 * n, 1, 4), line(5), begin(3 + 2 * n, 2, 8), returns(), returns()]);
    }
    let made = made("", &[("main", 1, &[]), ("f", 4, &[]), ("g", 8, &[])], &[ops]);
    let index = whole(&made, 5000);
    assert!(index.base > 1);
    let last = made.recording.last_step();
    let window = Window { from: 1, to: last, width: 100_000, rows: 0..100 };
    let flame = index.window(&made.recording, &window).unwrap();
    assert!(flame.rows.iter().map(|row| row.bars.len()).sum::<usize>() <= MAX_BARS);
    let sums: Vec<u32> = flame.rows.iter().map(|row| row.bars.iter().map(|bar| bar.calls).sum()).collect();
    assert_eq!(sums, [1, 3000, 3000]);
    assert_eq!(flame.lanes, [Lane { thread: 1, task: 0, row: 0, depth: 3 }]);
    let some = index.window(&made.recording, &Window { rows: 2..3, ..window.clone() }).unwrap();
    assert_eq!(some.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [2]);
    // Where each step has its own column, no call is merged, although the index merged it.
    let close = index.window(&made.recording, &Window { from: 5000, to: 5100, width: 400, rows: 0..9 }).unwrap();
    assert_eq!(close.column, 1);
    assert!(close.rows.iter().flat_map(|row| &row.bars).all(|bar| bar.calls == 1));
    assert_eq!(close.rows[2].bars.len(), 21);
    for (from, to) in [(0, 0), (5, 1), (u64::MAX, u64::MAX), (0, u64::MAX)] {
        index.window(&made.recording, &Window { from, to, width: 0, rows: 0..usize::MAX }).unwrap();
    }
}

#[test]
fn a_run_is_read_bit_by_bit() {
    let made = program(&[(1, 0, 1), (1, 10, 1), (1, 10, 1), (1, 10, 1), (1, 4, 1), (1, 10, 1)]);
    let mut index = Index::new(&made.recording);
    let window = Window { from: 1, to: 99, width: 500, rows: 0..9 };
    index.extend(&made.recording, || true);
    let flame = index.window(&made.recording, &window).unwrap();
    assert!(!flame.is_whole && flame.read < made.recording.last_step());
    // Calls that are active are shown up to there.
    assert_eq!(flame.rows[0].bars, [Bar::of(1, flame.read, 0)]);
    index.extend(&made.recording, || false);
    let flame = index.window(&made.recording, &window).unwrap();
    assert!(flame.is_whole);
    assert_eq!(flame.rows[0].bars, [Bar::of(1, made.recording.last_step(), 0)]);
}

#[test]
fn output_and_exceptions_are_marks_of_their_lane() {
    let print = || Op::Output { stream: 1, text: b"x".as_slice().into() };
    let ops = vec![thread(1), begin(1, 0, 1), print(), thread(2), begin(2, 1, 4), print(), line(5), returns()];
    let made = made("", &[("main", 1, &[]), ("f", 4, &[])], &[ops]);
    let flame = whole(&made, 99).window(&made.recording, &Window { from: 1, to: 9, width: 99, rows: 0..9 }).unwrap();
    let mark = |step, row| Mark { step, row, is_uncaught: false };
    assert_eq!(flame.output, [mark(2, 0), mark(4, 2)]);
    let parts =
        spread(&Window { from: 1, to: 5000, width: 9, rows: 0..1 }, |step| Ok(Some((step + 1, 1, false)))).unwrap();
    let steps: Vec<u64> = parts.iter().map(|part| part.0).collect();
    assert_eq!((steps.len(), &steps[..3]), (500, &[1, 11, 21][..]));
}

#[test]
fn a_call_says_how_it_ended() {
    let ops = vec![
        thread(1),
        begin(1, 0, 1),
        begin(2, 1, 4),
        line(5),
        Op::Return { time: 10, value: Value::Int(7) },
        begin(3, 1, 4),
        Op::Yield { time: 10, value: Value::Int(8) },
        line(2),
    ];
    let made = made("", &[("main", 1, &[]), ("f", 4, &[])], &[ops]);
    let ended = |first, last| call(&made.recording, first, last).unwrap().map(|call| (call.code, call.ending));
    assert_eq!(ended(2, 4), Some((1, Ending::Returned("7".into()))));
    assert_eq!(ended(5, 6), Some((1, Ending::Yielded("8".into()))));
    assert_eq!(ended(1, 7), Some((0, Ending::Unknown)));
    assert_eq!(ended(1, 4), Some((0, Ending::Unknown)));
    assert!(call(&made.recording, 99, 100).is_err());
}

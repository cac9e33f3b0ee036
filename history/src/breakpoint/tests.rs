//! Tests which hits a breakpoint stops at, in both directions.

use std::time::Duration;

use connie_wire::{Op, Value};

use super::*;
use crate::testing::{Made, call, line, made, returns, thread};

#[test]
fn counts_are_read_and_accepted() {
    let accepted =
        |text: &str| HitCount::parse(text).map(|count| (1..=6).filter(|n| count.accepts(*n)).collect::<Vec<u64>>());
    for (text, hits) in [
        ("3", &[3][..]),
        (" == 3 ", &[3]),
        (">= 3", &[3, 4, 5, 6]),
        (">3", &[4, 5, 6]),
        ("<= 2", &[1, 2]),
        ("< 2", &[1]),
        ("<0", &[]),
        ("% 2", &[2, 4, 6]),
        ("%1", &[1, 2, 3, 4, 5, 6]),
        (">= 0", &[1, 2, 3, 4, 5, 6]),
    ] {
        assert_eq!(accepted(text).as_deref(), Some(hits), "{text}");
    }
    for text in ["", "x", "%0", "=3", "3 4", "-1", ">="] {
        assert_eq!(HitCount::parse(text), None, "{text}");
    }
    assert_eq!(HitCount::parse("> 18446744073709551615"), Some(HitCount::AtLeast(u64::MAX)));
}

#[test]
fn failures_are_told_with_their_reasons() {
    let mut failures = Failures::default();
    failures.add("no x");
    assert_eq!(failures.to_string(), "could not be evaluated at 1 hit: no x");
    failures.add("no x");
    failures.add("no y");
    assert_eq!(failures.to_string(), "could not be evaluated at 3 hits: no x (2); no y (1)");
    (0..9).for_each(|n| failures.add(&n.to_string()));
    failures.more = true;
    assert_eq!((failures.hits, failures.reasons.len()), (12, REASONS));
    assert!(failures.to_string().starts_with("could not be evaluated at 12 or more hits: no x (2); no y (1); 0 (1)"));
}

/// Three chunks. Line 2 runs at steps 2, 4, 6 and 9 with x = 0, 1, 2 and, in `f`, without a value.
fn hits() -> Made {
    let x = |n: i64| Op::Slot { slot: 0, value: Value::Int(n) };
    let begins = Op::Call { frame: 1, code: 0, namespace: 0, time: 1, line: 1, slots: vec![(0, Value::Int(0))] };
    let pieces = [
        vec![thread(1), begins, line(2), line(3), x(1), line(2)],
        vec![line(3), x(2), line(2), line(3)],
        vec![call(2, 1, 1), line(2), returns(), line(5), call(3, 1, 1), returns()],
    ];
    made("", &[("main", 1, &["x"]), ("f", 1, &["x"])], &pieces)
}

fn all(made: &Made, breakpoint: &Breakpoint) -> Vec<u64> {
    let (mut found, mut step) = (Vec::new(), 0);
    while let Some(hit) = breakpoint.near(&made.history(), step, Direction::Forward) {
        found.push(hit);
        step = hit;
    }
    let (mut back, mut step) = (Vec::new(), made.recording.last_step() + 1);
    while let Some(hit) = breakpoint.near(&made.history(), step, Direction::Backward) {
        back.insert(0, hit);
        step = hit;
    }
    assert_eq!(found, back, "the way back has the same stops");
    found
}

#[test]
fn hits_are_the_same_in_both_directions() {
    let made = hits();
    let lines = |lines: &[(u32, u32)]| Location::Lines(lines.to_vec());
    let plain = |place| all(&made, &Breakpoint::new(place, None, None));
    assert_eq!(plain(lines(&[(0, 2)])), [2, 4, 6, 9]);
    assert_eq!(plain(lines(&[(0, 5)])), [11]);
    assert_eq!(plain(lines(&[(0, 2), (0, 3)])), [2, 3, 4, 5, 6, 7, 9]);
    assert_eq!((plain(lines(&[(1, 2)])), plain(lines(&[(0, 9)]))), (vec![], vec![]));
    assert_eq!(plain(lines(&[(1, 2), (0, 3)])), [3, 5, 7], "line 2 of another file");
    assert_eq!((plain(Location::Function(vec![1])), plain(Location::Function(vec![0]))), (vec![8, 12], vec![1]));
    assert_eq!((plain(Location::Function(vec![0, 1])), plain(Location::Function(vec![]))), (vec![1, 8, 12], vec![]));
    for (count, expected) in
        [("2", &[4][..]), ("> 2", &[6, 9]), ("<= 3", &[2, 4, 6]), ("% 2", &[4, 9]), ("4", &[9]), ("5", &[])]
    {
        let breakpoint = Breakpoint::new(lines(&[(0, 2)]), None, HitCount::parse(count));
        assert_eq!(all(&made, &breakpoint), expected, "{count}");
    }
}

#[test]
fn a_condition_that_cannot_be_evaluated_does_not_hold() {
    let made = hits();
    let breakpoint = |condition: &str, count: Option<&str>| {
        let condition = Expression::parse(condition).unwrap();
        Breakpoint::new(Location::Lines(vec![(0, 2)]), Some(condition), count.and_then(HitCount::parse))
    };
    let odd = breakpoint("x != 1", None);
    assert!(!odd.has_failed());
    assert_eq!((all(&made, &odd), odd.has_failed()), (vec![2, 6], true));
    let failures = odd.failures(&made.history(), Duration::from_secs(60));
    assert_eq!((failures.hits, failures.reasons.len(), failures.more), (1, 1, false));
    assert!(odd.failures(&made.history(), Duration::ZERO).more);
    assert_eq!(all(&made, &breakpoint("x >= 0", Some("2"))), [4]);
    let fine = breakpoint("True", None);
    assert_eq!((all(&made, &fine), fine.has_failed()), (vec![2, 4, 6, 9], false));
}

#[test]
fn a_question_that_was_cancelled_has_more() {
    let mut made = hits();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    made.timeline = crate::timeline::Timeline::interrupted_by(stop);
    let breakpoint = Breakpoint::new(Location::Lines(vec![(0, 2)]), None, None);
    assert!(breakpoint.failures(&made.history(), Duration::from_secs(60)).more);
    assert_eq!(breakpoint.near(&made.history(), 0, Direction::Forward), None);
}

/// The variables alone give the same answers as all values of the recording.
#[test]
fn conditions_on_scalars_are_judged_by_the_variables_alone() {
    let made = hits();
    let history = made.history();
    let places = Location::Lines(vec![(0, 2), (0, 3)]);
    let mut judged = 0;
    for text in
        ["x > 0", "x == 1 or x == 2", "x % 2 == 0", "not x", "x is None", "x + 9223372036854775807 > 0", "y", "len(x)"]
    {
        let condition = Expression::parse(text).unwrap();
        for index in 0..made.recording.chunks.len() {
            let steps = Breakpoint::new(places.clone(), None, None).in_chunk(&history, index).unwrap();
            let quick = quickly::holding(&made.recording, index, &condition, &steps);
            let mut failures = Failures::default();
            let held = if steps.is_empty() {
                Vec::new()
            } else {
                super::conditioned(&history, &condition, &steps, &mut failures).unwrap()
            };
            if let Some(quick) = quick {
                judged += steps.len();
                assert_eq!((quick, failures.hits), (held, 0), "{text} in {index}");
            }
        }
    }
    assert_eq!(judged, 30);
}

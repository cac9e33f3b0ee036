//! Tests the call graph and its times.

use connie_wire::Value;

use super::*;
use crate::testing::{Made, line, made, thread};

fn call(frame: u64, code: u32, time: i64) -> Op {
    Op::Call { frame, code, namespace: 0, time, line: 1, slots: Vec::new() }
}

fn returns(time: i64) -> Op {
    Op::Return { time, value: Value::None }
}

/// `main` calls `f` twice from line 2, which calls itself once; a generator is resumed from line 3.
fn program() -> Made {
    let first = vec![
        thread(1),
        call(1, 0, 1000),
        line(2),
        call(2, 1, 1000),
        line(5),
        call(3, 1, 1000),
        returns(2000),
        returns(4000),
    ];
    let second = vec![
        call(4, 1, 1000),
        Op::Unwind { time: 8000 },
        line(3),
        call(5, 2, 1000),
        Op::Yield { time: 500, value: Value::None },
        Op::Resume { frame: 5, time: 1000, line: 9 },
        returns(500),
        returns(1000),
    ];
    made("", &[("main", 1, &[]), ("f", 4, &[]), ("g", 8, &[])], &[first, second])
}

#[test]
fn edges_count_calls_and_times() {
    let made = program();
    let nanoseconds = 1e9 / made.recording.info.ticks_per_second.unwrap();
    let time = |ticks: f64| (ticks * nanoseconds) as u64;
    let edge = |caller, line, callee, times, ticks| Edge { caller, line, callee, times, time: time(ticks) };
    // The first call of `f` takes 1000 + 2000 + 4000 ticks, the second one 8000.
    let expected = [edge(0, 2, 1, 2, 15_000.0), edge(0, 3, 2, 1, 1_000.0), edge(1, 5, 1, 1, 2_000.0)];
    assert_eq!(edges(&made.recording), expected);
}

#[test]
fn recursive_calls_of_one_line_count_once() {
    let ops = vec![
        thread(1),
        call(1, 1, 0),
        line(5),
        call(2, 1, 1000),
        line(5),
        call(3, 1, 1000),
        returns(1000),
        returns(1000),
        returns(1000),
        thread(2),
        call(4, 1, 1000),
    ];
    let made = made("", &[("main", 1, &[]), ("f", 4, &[])], &[ops]);
    let nanoseconds = 1e9 / made.recording.info.ticks_per_second.unwrap();
    let time = (3000.0 * nanoseconds) as u64;
    assert_eq!(edges(&made.recording), [Edge { caller: 1, line: 5, callee: 1, times: 2, time }]);
}

#[test]
fn calls_begin_and_end_in_order() {
    let made = program();
    let nanoseconds = 1e9 / made.recording.info.ticks_per_second.unwrap();
    let scaled = |ticks: f64| (ticks * nanoseconds) as u64;
    let begins = |code, ticks, step| {
        // Only the generator was suspended before.
        Happening::Begins { thread: 1, task: 0, code, time: scaled(ticks), step, resumes: step == 12 }
    };
    let ends = |ticks, step| Happening::Ends { thread: 1, time: scaled(ticks), step };
    let expected = [
        begins(0, 1000.0, 1),
        begins(1, 2000.0, 3),
        begins(1, 3000.0, 5),
        ends(5000.0, 6),
        ends(9000.0, 7),
        begins(1, 10_000.0, 8),
        ends(18_000.0, 8),
        begins(2, 19_000.0, 10),
        ends(19_500.0, 11),
        begins(2, 20_500.0, 12),
        ends(21_000.0, 13),
        ends(22_000.0, 14),
    ];
    let mut found = Vec::new();
    times(&made.recording, |happening| {
        found.push(happening);
        true
    });
    assert_eq!(found, expected);
    for most in 0..expected.len() {
        let mut count = 0;
        times(&made.recording, |_| {
            count += 1;
            count <= most
        });
        assert_eq!(count, most + 1, "it ends when told");
    }
}

/// Frames that are active at the end of the recording end there.
#[test]
fn open_calls_end_with_the_recording() {
    let ops = vec![thread(1), call(1, 0, 0), line(2), call(2, 1, 5000), thread(2), call(3, 1, 1000)];
    let made = made("", &[("main", 1, &[]), ("f", 4, &[])], &[ops]);
    let (mut begun, mut ended) = (Vec::new(), Vec::new());
    times(&made.recording, |happening| {
        match happening {
            Happening::Begins { thread, code, .. } => begun.push((thread, code)),
            Happening::Ends { thread, .. } => ended.push(thread),
        }
        true
    });
    ended.sort_unstable();
    assert_eq!((begun, ended), (vec![(1, 0), (1, 1), (2, 1)], vec![1, 1, 2]));
}

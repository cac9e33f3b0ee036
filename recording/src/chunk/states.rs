//! Tests the stacks between ops: tasks, what is sure, and the checkpoints of each format.

use connie_wire::codec::{Decoder, Sink};
use connie_wire::{Op, Value};
use proptest::prelude::*;

use super::frame::ALL;
use super::predict::{Predictor, ValueSlot};
use super::*;
use crate::schema::VERSION;

fn call(frame: u64) -> Op {
    Op::Call { frame, code: 3, namespace: 0, time: 0, line: 1, slots: Vec::new() }
}

fn yields() -> Op {
    Op::Yield { time: 0, value: Value::None }
}

fn after(ops: &[Op]) -> Context {
    let mut context = Context::default();
    ops.iter().for_each(|op| context.apply(op));
    context
}

fn task(task: u32) -> Op {
    Op::Task { task, name: Box::default() }
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (1u64..9).prop_map(call),
        (0u32..4).prop_map(task),
        (0u32..3).prop_map(|thread| Op::Thread { thread, ident: 0, name: Box::default() }),
        Just(yields()),
        Just(Op::Return { time: 0, value: Value::None }),
        Just(Op::Unwind { time: 0 }),
        Just(Op::Cut { time: 0 }),
        (1u64..9, 1u32..9).prop_map(|(frame, line)| Op::Resume { frame, time: 0, line }),
        (1u64..9).prop_map(|frame| Op::Gone { frame }),
        (1u32..300).prop_map(|line| Op::Line { line }),
        (any::<u8>(), prop::collection::vec(any::<u64>(), 0..3))
            .prop_map(|(levels, all)| Op::Sure { levels, all: all.into() }),
        (1u64..9, any::<u8>(), prop::collection::vec(any::<u64>(), 0..3)).prop_map(|(frame, levels, all)| Op::SureOf {
            frame,
            levels,
            all: all.into()
        }),
    ]
}

proptest! {
    /// What a chunk begins with is the state at which the one before it ended.
    #[test]
    fn a_checkpoint_holds_the_whole_state(ops in prop::collection::vec(op(), 0..40)) {
        let context = after(&ops);
        let mut bytes = Vec::new();
        context.encode(&mut bytes);
        let mut decoder = Decoder::new(&bytes);
        prop_assert_eq!(Context::decode(&mut decoder, VERSION), Ok(context));
        prop_assert!(decoder.is_empty());
    }
}

#[test]
fn older_checkpoints_lack_tasks_and_certainty() {
    let frame = |version: i32| {
        let mut bytes = Vec::new();
        bytes.varint(1);
        if version >= 3 {
            bytes.varint(7);
            bytes.varint(9);
        }
        // One thread with one frame, and one suspended frame.
        [1, 1, 1].into_iter().for_each(|n| bytes.varint(n));
        for (n, difference) in [(0, 4), (1, -2)] {
            if n == 1 {
                bytes.varint(1);
            }
            bytes.zigzag(difference);
            [5, 0, 6].into_iter().for_each(|n| bytes.varint(n));
            if version >= 3 {
                [8, 2].into_iter().for_each(|n| bytes.varint(n));
            }
            if version >= 4 {
                bytes.put(3);
            }
        }
        if version >= 4 {
            [1, 2, 1, 77].into_iter().for_each(|n| bytes.varint(n));
        }
        bytes
    };
    for version in 1..=VERSION {
        let bytes = frame(version);
        let mut decoder = Decoder::new(&bytes);
        let context = Context::decode(&mut decoder, version).expect("a checkpoint");
        assert!(decoder.is_empty());
        let (tasks, levels) = (version >= 3, version >= 4);
        let (task, awaits) = if tasks { (8, 2) } else { (0, 0) };
        let sure = if levels { 3 } else { ALL };
        let top = StackFrame { frame: 4, code: 5, namespace: 0, line: 6, task, awaits, sure };
        assert_eq!(context.top(), Some(top), "{version}");
        assert_eq!(context.suspended.get(&2), Some(&StackFrame { frame: 2, ..top }));
        assert_eq!((context.thread, context.task, context.yielded), if tasks { (1, 7, 9) } else { (1, 0, 0) });
        assert_eq!(context.sure.get(&2).map(|all| all.to_vec()), levels.then(|| vec![77]));
    }
}

#[test]
fn frames_begin_in_the_task_of_their_caller() {
    let context = after(&[call(1), task(4), call(2), call(3)]);
    let tasks: Vec<u32> = context.stack().iter().map(|frame| frame.task).collect();
    assert_eq!((tasks, context.task), (vec![0, 4, 4], 0));
    // An asynchronous generator goes on in the task of its caller, and keeps its own without one.
    let ops = [task(4), call(2), yields(), task(5), call(3), Op::Resume { frame: 2, time: 0, line: 9 }];
    let context = after(&ops);
    assert_eq!(context.top().map(|frame| (frame.frame, frame.task, frame.line)), Some((2, 5, 1)));
    let context = after(&[task(4), call(2), yields(), call(3), Op::Resume { frame: 2, time: 0, line: 9 }]);
    assert_eq!(context.top().map(|frame| (frame.frame, frame.task)), Some((2, 4)));
    // A frame that was never seen before.
    let context = after(&[Op::Resume { frame: 8, time: 0, line: 9 }]);
    assert_eq!(context.top().map(|frame| (frame.frame, frame.code, frame.line)), Some((8, u32::MAX, 9)));
}

#[test]
fn awaiting_frames_are_a_chain() {
    // Three coroutines that await each other, and a generator that the task holds.
    let ops =
        [task(4), call(1), call(9), yields(), Op::Line { line: 2 }, call(2), call(3), yields(), yields(), yields()];
    let context = after(&ops);
    let frames = |task: u32| context.awaits(task).iter().map(|frame| frame.frame).collect::<Vec<_>>();
    assert_eq!((frames(4), frames(5)), (vec![1, 2, 3], vec![]));
    assert_eq!(context.waiting_tasks(), [4]);
    let awaits = |frame: u64| context.suspended[&frame].awaits;
    assert_eq!([1, 2, 3, 9].map(awaits), [2, 3, 0, 0]);
    let mut running = context.clone();
    running.apply(&Op::Resume { frame: 1, time: 0, line: 3 });
    assert!(running.waiting_tasks().is_empty());
    assert_eq!(running.top().map(|frame| frame.awaits), Some(0));
    // A step in between: the frames were not suspended together.
    for between in [Op::Line { line: 1 }, Op::Thread { thread: 0, ident: 0, name: Box::default() }] {
        let context = after(&[task(4), call(1), call(2), yields(), between, yields()]);
        assert_eq!(context.suspended[&1].awaits, 0);
    }
    let context = after(&[call(1), call(2), yields(), call(3), Op::Unwind { time: 0 }, yields()]);
    assert_eq!((context.suspended[&1].awaits, context.waiting_tasks()), (0, vec![]));
}

#[test]
fn a_state_is_sure_if_all_frames_are() {
    let sure = |levels| Op::Sure { levels, all: [7].into() };
    assert!(after(&[call(1), call(2)]).is_sure());
    let mut context = after(&[call(1), sure(2)]);
    assert!(!context.is_sure());
    assert_eq!(context.sure.get(&1).map(|all| all.to_vec()), Some(vec![7]));
    // What a doubtful frame calls is as doubtful.
    context.apply(&call(2));
    assert_eq!(context.top().map(|frame| frame.sure), Some(2));
    context.apply(&sure(3));
    context.apply(&yields());
    context.apply(&Op::SureOf { frame: 2, levels: ALL, all: [].into() });
    assert_eq!((context.suspended[&2].sure, context.sure.len()), (ALL, 1));
    context.apply(&Op::Sure { levels: ALL, all: [].into() });
    assert!(context.is_sure() && context.sure.is_empty());
    context.apply(&Op::SureOf { frame: 2, levels: 0, all: [1].into() });
    assert!(!context.is_sure());
    context.apply(&Op::SureOf { frame: 5, levels: 0, all: [1].into() });
    context.apply(&Op::Gone { frame: 2 });
    assert!(context.is_sure() && context.sure.is_empty() && context.suspended.is_empty());
    context.apply(&sure(1));
    context.apply(&Op::Return { time: 0, value: Value::None });
    assert!(context.sure.is_empty() && context.stack().is_empty());
}

/// Up to format 6, an int was written as the difference from the one before at its place, and so were all numbers of
/// frames and objects.
#[test]
fn numbers_of_older_chunks_are_read() {
    for version in [1, 6] {
        let mut predictor = Predictor::new(version);
        let (slot, item) = (ValueSlot::Slot(1, 2), ValueSlot::Item(3, 4));
        let bytes = [23, 20, 23, 3, 23, 10, 14, 9, 4, 40, 23, 2];
        let mut decoder = Decoder::new(&bytes);
        let places = [slot, slot, item, slot, slot, ValueSlot::Items];
        let found: Vec<_> = places.iter().map(|place| predictor.take(&mut decoder, *place)).collect();
        // A value that is written in full is no base of the next.
        let expected = [10, 8, 5].map(Value::Int).into_iter();
        let expected = expected.chain([Value::Object(9), Value::Int(20), Value::Int(6)]).map(Ok);
        assert_eq!(found, expected.collect::<Vec<_>>());
        let bytes = [10, 3, 4, 2];
        let mut decoder = Decoder::new(&bytes);
        let (new, object) = (predictor.take_new(&mut decoder), predictor.take_object(&mut decoder));
        assert_eq!((new, object), (Ok(5), Ok(3)));
        assert_eq!((predictor.take_frame(&mut decoder), predictor.take_new(&mut decoder)), (Ok(5), Ok(6)));
    }
}

/// A chunk after another one is the chunk that a new writer makes.
#[test]
fn a_writer_begins_anew() {
    let ops = |n: i64| {
        let items = vec![Value::Int(n * 1000), Value::Float(n as u64), Value::Object(7)];
        vec![
            Op::New { object: 5, ty: 1, length: 3, items },
            Op::Set { object: 5, index: 0, value: Value::Int(n * 1000 + 500) },
            Op::Slot { slot: 0, value: Value::Int(n * 2000) },
            Op::Evict { object: 5 },
            Op::SureOf { frame: 3, levels: 1, all: [9].into() },
            Op::Return { time: 2, value: Value::Int(n * 3000) },
        ]
    };
    let context = Context::default();
    let mut compressor = compressor().expect("memory");
    let mut writer = Writer::new(&context);
    ops(5).iter().for_each(|op| writer.push(op, &context));
    assert_eq!(writer.steps, 1);
    writer.restart(&context, &mut compressor).expect("memory");
    assert_eq!(writer.steps, 0);
    let mut fresh = Writer::new(&context);
    for op in ops(7) {
        writer.push(&op, &context);
        fresh.push(&op, &context);
    }
    let raw = |packed: Vec<u8>| zstd::bulk::decompress(&packed, 1 << 20).expect("a chunk");
    assert_eq!(raw(writer.finish().expect("memory")), raw(fresh.finish().expect("memory")));
}

/// A float that is the sum of the one before at its place and a recent one takes one byte.
#[test]
fn sums_are_guessed() {
    let (total, x, y) = (ValueSlot::Slot(1, 0), ValueSlot::Slot(1, 1), ValueSlot::Slot(1, 2));
    let floats = [(total, 1.5f64), (x, 0.25), (total, 1.75), (y, 0.625), (x, 0.25), (total, 2.375)];
    let mut predictor = Predictor::new(VERSION);
    let mut bytes = Vec::new();
    let lengths = floats.map(|(place, float)| {
        let before = bytes.len();
        predictor.put(&mut bytes, place, &Value::Float(float.to_bits()));
        bytes.len() - before
    });
    assert_eq!(lengths, [9, 9, 1, 9, 1, 1]);
    let (mut predictor, mut decoder) = (Predictor::new(VERSION), Decoder::new(&bytes));
    for (place, float) in floats {
        assert_eq!(predictor.take(&mut decoder, place), Ok(Value::Float(float.to_bits())));
    }
}

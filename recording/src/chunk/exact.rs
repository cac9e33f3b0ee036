//! Tests the exact bytes of a chunk, and the limits of its size.

use connie_wire::codec::WireError;
use connie_wire::{Blob, Op, Value};
use proptest::prelude::*;

use super::decode::decode_columns;
use super::*;
use crate::schema::VERSION;

/// One op of each kind that chunks store.
fn kept() -> Vec<Op> {
    let text = Value::Str(Blob::new(b"text"));
    vec![
        Op::Thread { thread: 3, ident: 0, name: Box::default() },
        Op::Task { task: 2, name: Box::default() },
        Op::Call { frame: 9, code: 3, namespace: 5, time: 7, line: 10, slots: vec![(0, Value::Int(7)), (2, text)] },
        Op::Line { line: 12 },
        Op::Moved { line: 300 },
        Op::Line { line: 4 },
        Op::Slot { slot: 1, value: Value::Float(3.5f64.to_bits()) },
        Op::New { object: 20, ty: 6, length: 400, items: vec![Value::Int(1), Value::Cut] },
        Op::Set { object: 20, index: 1, value: Value::Object(9) },
        Op::Splice { object: 20, start: 1, removed: 2, length: 300, items: vec![Value::None] },
        Op::Evict { object: 20 },
        Op::SlotOf { frame: 9, slot: 4, value: Value::Bool(true) },
        Op::Sure { levels: 255, all: [20, 9].into() },
        Op::SureOf { frame: 9, levels: 2, all: [].into() },
        Op::Output { stream: 2, text: Box::default() },
        Op::Yield { time: -5, value: Value::Int(70_000) },
        Op::Resume { frame: 9, time: 6, line: 14 },
        Op::Raise { line: 15, value: Value::Object(20) },
        Op::Return { time: 8, value: Value::Int(70_001) },
        Op::Call { frame: 10, code: 4, namespace: 0, time: 1, line: 1, slots: vec![] },
        Op::Unwind { time: 2 },
        Op::Call { frame: 11, code: 4, namespace: 0, time: 1, line: 1, slots: vec![] },
        Op::Cut { time: 3 },
        Op::Gone { frame: 9 },
    ]
}

/// The columns of a chunk with these ops, and the snapshots after them.
fn columns(ops: &[Op], snapshots: &[(u64, Entity)]) -> Vec<u8> {
    let mut context = Context::default();
    let mut writer = Writer::new(&context);
    for op in ops {
        writer.push(op, &context);
        context.apply(op);
    }
    for (id, entity) in snapshots {
        writer.snapshot(*id, entity);
    }
    let packed = writer.finish().expect("memory");
    zstd::bulk::decompress(&packed, 1 << 20).expect("a chunk")
}

#[test]
fn every_op_that_a_chunk_keeps_comes_back() {
    let object = Entity { ty: Some(6), length: 300, items: vec![Value::Int(1), Value::Unbound] };
    let frame = Entity { ty: None, length: 0, items: vec![Value::Object(20)] };
    let raw = columns(&kept(), &[(20, object.clone()), (9, frame.clone())]);
    let chunk = decode_columns(&raw, VERSION).expect("a chunk");
    let mut expected: Vec<Entry> = kept().into_iter().map(Entry::Op).collect();
    expected.extend([Entry::Snapshot(object, 20), Entry::Snapshot(frame, 9)]);
    assert_eq!(chunk.entries, expected);
    assert_eq!(chunk.context, Context::default());
}

#[test]
fn what_tables_say_is_in_no_chunk() {
    let text = || Box::from(*b"x");
    let ops = [
        Op::String { text: text() },
        Op::File { path: text() },
        Op::Clock { time: 1 },
        Op::Chain { exception: 1, cause: 2, context: 3 },
        Op::Late { object: 1, slot: 2, steps: 3 },
        Op::Dead { objects: [1].into() },
        Op::Trouble { text: text() },
        Op::SegmentEnd { keep: 1 },
        Op::End,
    ];
    assert_eq!(columns(&ops, &[]), columns(&[], &[]));
}

/// Format 9: a change of writer and reader together requires a new format.
#[test]
fn the_bytes_of_a_chunk_are_those_of_its_format() {
    let raw = columns(&kept(), &[(20, Entity { ty: Some(6), length: 3, items: vec![Value::Int(1)] })]);
    assert_eq!((VERSION, raw.len(), crc32fast::hash(&raw)), (9, 141, 3_647_312_598));
}

#[test]
fn a_chunk_ends_at_so_many_steps_or_bytes() {
    let context = Context::default();
    let mut writer = Writer::new(&context);
    for _ in 1..STEPS {
        writer.push(&Op::Line { line: 1 }, &context);
        writer.push(&Op::Slot { slot: 0, value: Value::None }, &context);
    }
    assert_eq!((writer.steps, writer.is_full()), (STEPS - 1, false));
    writer.push(&Op::Line { line: 1 }, &context);
    assert!(writer.is_full());
    // Half of the bytes are in the column of values, half in that of items.
    let mut writer = Writer::new(&context);
    let half = Value::Str(Blob::new(&vec![b'x'; BYTES / 2 - 5]));
    writer.push(&Op::Raise { line: 1, value: half.clone() }, &context);
    writer.push(&Op::New { object: 1, ty: 0, length: 1, items: vec![half] }, &context);
    assert!(!writer.is_full());
    let rest = Value::Str(Blob::new(b"0123456789"));
    writer.push(&Op::New { object: 2, ty: 0, length: 1, items: vec![rest] }, &context);
    assert!(writer.is_full());
}

#[test]
fn items_are_set_within_bounds() {
    let mut entity = Entity::frame(&[(2, Value::None)]);
    assert_eq!(entity.items, [Value::Unbound, Value::Unbound, Value::None]);
    entity.set(0, Value::Int(1));
    entity.set(MAX_UNBOUND + 4, Value::None);
    assert_eq!(entity.items.len(), 3, "one more than can be unbound");
    entity.set(MAX_UNBOUND + 3, Value::None);
    assert_eq!(entity.items.len(), MAX_UNBOUND + 4);
    let mut entity = Entity { ty: Some(1), length: 3, items: vec![Value::Int(1), Value::Int(2), Value::Int(3)] };
    entity.splice(1, 1, 4, &[Value::None, Value::Cut]);
    assert_eq!((entity.length, &*entity.items), (4, &[Value::Int(1), Value::None, Value::Cut, Value::Int(3)][..]));
    entity.splice(3, 9, 5, &[]);
    assert_eq!((entity.length, entity.items.len()), (5, 3));
    entity.splice(9, 9, 6, &[Value::Cut]);
    assert_eq!((entity.length, entity.items.len()), (6, 4));
}

#[test]
fn numbers_out_of_range_are_damage() {
    // The sizes of the columns come first; then no checkpoint, and a line before the first one.
    let chunk = |kind: u8, lines: &[u8]| {
        let checkpoint = columns(&[], &[]);
        let (size, rest) = (checkpoint[0], &checkpoint[COLUMNS..]);
        let mut raw = vec![size, 1, lines.len() as u8, 0, 0, 0, 0, 0];
        raw.extend_from_slice(rest);
        raw.push(kind);
        raw.extend_from_slice(lines);
        decode_columns(&raw, VERSION).map(|chunk| chunk.entries)
    };
    assert_eq!(chunk(connie_wire::op::code::LINE, &[4]), Ok(vec![Entry::Op(Op::Line { line: 2 })]));
    assert_eq!(chunk(connie_wire::op::code::LINE, &[1]), Err(WireError::Range("line")));
    assert_eq!(chunk(connie_wire::op::code::LINE, &[]), Err(WireError::Truncated));
    assert!(matches!(chunk(63, &[]), Err(WireError::Unknown { what: "op", byte: 63 })));
}

#[test]
fn stacks_are_those_of_their_threads() {
    let call = |frame| Op::Call { frame, code: 0, namespace: 0, time: 0, line: 1, slots: Vec::new() };
    let thread = |thread| Op::Thread { thread, ident: 0, name: Box::default() };
    let after = |ops: &[Op]| {
        let mut context = Context::default();
        ops.iter().for_each(|op| context.apply(op));
        context.stacks
    };
    let stacks = after(&[call(1), thread(7), call(2), call(3), thread(2), thread(7)]);
    let frames = |stack: &[StackFrame]| stack.iter().map(|frame| frame.frame).collect::<Vec<_>>();
    assert_eq!(frames(stacks.current()), [2, 3]);
    assert_eq!(stacks.get(0).map(frames), Some(vec![1]));
    assert_eq!((stacks.get(2), stacks.get(9)), (None, None));
    assert_eq!(stacks.iter().map(|(thread, stack)| (thread, stack.len())).collect::<Vec<_>>(), [(0, 1), (7, 2)]);
    assert_eq!(stacks.frames().map(|frame| frame.frame).collect::<Vec<_>>(), [1, 2, 3]);
    // Threads without frames do not matter, others do.
    assert_eq!(stacks, after(&[thread(7), call(2), call(3), thread(0), call(1)]));
    assert_ne!(stacks, after(&[call(1), thread(7), call(2)]));
}

proptest! {
    /// Half a chunk is an error, never a chunk with fewer entries.
    #[test]
    fn a_part_of_a_chunk_is_none(part in 0.0..1.0) {
        let raw = columns(&kept(), &[]);
        let end = (raw.len() as f64 * part) as usize;
        prop_assert!(decode_columns(&raw[..end], VERSION).is_err());
    }

    /// The reader does not panic on any bytes, in any format.
    #[test]
    fn any_bytes_are_a_chunk_or_an_error(bytes: Vec<u8>, version in 1..=VERSION) {
        let _ = decode_columns(&bytes, version);
        let _ = decode(&bytes, version);
    }
}

#[test]
fn a_writer_counts_its_steps() {
    let context = Context::default();
    for op in kept() {
        let mut writer = Writer::new(&context);
        writer.push(&op, &context);
        assert_eq!(writer.steps, u64::from(op.is_step()), "{op:?}");
    }
}

/// A chunk of more than 64 MB is unpacked piece by piece, if its stored bytes may hold so much.
#[test]
fn a_large_chunk_is_unpacked_within_bounds() {
    let large = |stored: u32| {
        let mut raw = columns(&kept(), &[]);
        let mut noise = 1u32;
        raw.extend((0..stored).map(|_| {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (noise >> 24) as u8
        }));
        raw.resize(65 << 20, 0);
        zstd::bulk::compress(&raw, 1).expect("memory")
    };
    let chunk = decode(&large(90_000), VERSION).expect("a chunk");
    assert_eq!(chunk.entries.len(), kept().len());
    assert_eq!(decode(&large(0), VERSION).map(|_| ()), Err("it is larger than it can be".into()));
}

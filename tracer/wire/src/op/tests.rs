//! Checks that every op can be written and read back, and that its bytes are those of this version.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::format::CODES;
use super::*;
use crate::codec::{Decoder, WireError};
use crate::value::Blob;
use crate::value::tests::value;

fn bytes() -> impl Strategy<Value = Box<[u8]>> {
    any::<Vec<u8>>().prop_map(Into::into)
}

fn values() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(value(), 0..4)
}

fn numbers() -> impl Strategy<Value = Box<[u64]>> {
    prop::collection::vec(any::<u64>(), 0..4).prop_map(Into::into)
}

fn kind() -> impl Strategy<Value = Kind> {
    any::<u8>().prop_filter_map("no kind", Kind::from_byte)
}

/// Ops that are steps or switch frames.
fn event() -> impl Strategy<Value = Op> {
    let slots = prop::collection::vec((any::<u32>(), value()), 0..4);
    prop_oneof![
        any::<u32>().prop_map(|line| Op::Line { line }),
        any::<u32>().prop_map(|line| Op::Moved { line }),
        (any::<(u64, u32, u64, i64, u32)>(), slots).prop_map(|((frame, code, namespace, time, line), slots)| {
            Op::Call { frame, code, namespace, time, line, slots }
        }),
        (any::<i64>(), value()).prop_map(|(time, value)| Op::Return { time, value }),
        (any::<u32>(), value()).prop_map(|(line, value)| Op::Raise { line, value }),
        (any::<i64>(), value()).prop_map(|(time, value)| Op::Yield { time, value }),
        any::<(u64, i64, u32)>().prop_map(|(frame, time, line)| Op::Resume { frame, time, line }),
        any::<i64>().prop_map(|time| Op::Unwind { time }),
        any::<i64>().prop_map(|time| Op::Cut { time }),
        (any::<u8>(), bytes()).prop_map(|(stream, text)| Op::Output { stream, text }),
        any::<u64>().prop_map(|frame| Op::Gone { frame }),
        any::<u32>().prop_map(|count| Op::Inherited { count }),
    ]
}

/// Ops that change variables and objects.
fn change() -> impl Strategy<Value = Op> {
    prop_oneof![
        (any::<u32>(), value()).prop_map(|(slot, value)| Op::Slot { slot, value }),
        (any::<(u64, u32)>(), value()).prop_map(|((frame, slot), value)| Op::SlotOf { frame, slot, value }),
        (any::<(u64, u32, u64)>(), values()).prop_map(|((object, ty, length), items)| Op::New {
            object,
            ty,
            length,
            items
        }),
        (any::<(u64, u32, u32, u64)>(), values()).prop_map(|((object, start, removed, length), items)| Op::Splice {
            object,
            start,
            removed,
            length,
            items
        }),
        (any::<(u64, u32)>(), value()).prop_map(|((object, index), value)| Op::Set { object, index, value }),
        (any::<(u32, u32, u64)>(), bytes()).prop_map(|((slot, shared, length), rest)| Op::SlotText {
            slot,
            shared,
            rest,
            length
        }),
        (any::<(u64, u32, u32, u64)>(), bytes()).prop_map(|((object, index, shared, length), rest)| Op::SetText {
            object,
            index,
            shared,
            rest,
            length
        }),
        any::<u64>().prop_map(|object| Op::Evict { object }),
        numbers().prop_map(|objects| Op::Dead { objects }),
        (any::<u8>(), numbers()).prop_map(|(levels, all)| Op::Sure { levels, all }),
        (any::<(u64, u8)>(), numbers()).prop_map(|((frame, levels), all)| Op::SureOf { frame, levels, all }),
        any::<(u64, u32, u64)>().prop_map(|(object, slot, steps)| Op::Late { object, slot, steps }),
        any::<(u64, u64, u64)>().prop_map(|(exception, cause, context)| Op::Chain { exception, cause, context }),
        (any::<(u64, u8)>(), values(), values()).prop_filter_map("no text", |((exception, how), fields, notes)| {
            Some(Op::Text { exception, how: Text::from_byte(how % 12)?, fields, notes })
        }),
    ]
}

/// Ops that define the numbers used by other ops.
fn definition() -> impl Strategy<Value = Op> {
    let slots = prop::collection::vec(any::<u32>(), 0..4);
    prop_oneof![
        bytes().prop_map(|text| Op::String { text }),
        bytes().prop_map(|path| Op::File { path }),
        (bytes(), bytes()).prop_map(|(path, text)| Op::Source { path, text }),
        (kind(), any::<(u32, u32, u64, u8)>()).prop_map(|(kind, (module, name, class, descriptor))| Op::Type {
            kind,
            module,
            name,
            class,
            descriptor
        }),
        (any::<[u32; 6]>(), 0u8..3, slots).prop_map(|([file, name, line, flags, arguments, free], level, slots)| {
            let level = Level::from_byte(level).unwrap_or_default();
            Op::Code { file, name, line, flags, arguments, free, level, slots }
        }),
        any::<(u32, u64)>().prop_map(|(file, object)| Op::Globals { file, object }),
    ]
}

/// Ops about processes, threads, tasks and the recording itself.
fn surroundings() -> impl Strategy<Value = Op> {
    prop_oneof![
        (any::<(u32, u64)>(), bytes()).prop_map(|((thread, ident), name)| Op::Thread { thread, ident, name }),
        (any::<u32>(), bytes()).prop_map(|(task, name)| Op::Task { task, name }),
        (any::<(u32, u32)>(), bytes(), bytes()).prop_map(|((pid, parent), executable, arguments)| Op::Process {
            pid,
            parent,
            executable,
            arguments
        }),
        (any::<u32>(), bytes()).prop_map(|(pid, arguments)| Op::Started { pid, arguments }),
        any::<i64>().prop_map(|time| Op::Clock { time }),
        (bytes(), bytes(), any::<bool>()).prop_map(|(id, name, kept)| Op::Segment { id, name, kept }),
        any::<u8>().prop_map(|keep| Op::SegmentEnd { keep }),
        (0u8..8, bytes()).prop_filter_map("no verdict", |(byte, path)| Some(Op::LeftOut {
            verdict: Verdict::from_byte(byte)?,
            path
        })),
        bytes().prop_map(|text| Op::Trouble { text }),
        Just(Op::End),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![event(), change(), definition(), surroundings()]
}

fn encoded(op: &Op) -> Vec<u8> {
    let mut bytes = Vec::new();
    op.encode(&mut bytes);
    bytes
}

proptest! {
    #[test]
    fn ops_survive(ops in prop::collection::vec(op(), 1..8)) {
        let bytes: Vec<u8> = ops.iter().flat_map(encoded).collect();
        let mut decoder = Decoder::new(&bytes);
        for op in ops {
            prop_assert_eq!(Op::decode(&mut decoder), Ok(op));
        }
        prop_assert!(decoder.is_empty());
    }

    #[test]
    fn a_part_of_an_op_is_none(op in op(), part in 0.0..1.0) {
        let bytes = encoded(&op);
        let end = (bytes.len() as f64 * part) as usize;
        prop_assert_eq!(Op::decode(&mut Decoder::new(&bytes[..end])), Err(WireError::Truncated));
    }

    #[test]
    fn garbage_never_panics(bytes: Vec<u8>) {
        let mut decoder = Decoder::new(&bytes);
        while Op::decode(&mut decoder).is_ok() && !decoder.is_empty() {}
    }
}

#[test]
fn every_op_is_tried() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut met = BTreeSet::new();
    for _ in 0..4_000 {
        let tree = op().new_tree(&mut runner).unwrap();
        met.insert(encoded(&tree.current())[0]);
    }
    assert_eq!(met, CODES.iter().copied().collect());
    assert_eq!(met.len(), CODES.len(), "a byte stands for two ops");
    for byte in (0..=255).filter(|byte| !met.contains(byte)) {
        assert_eq!(Op::decode(&mut Decoder::new(&[byte])), Err(WireError::Unknown { what: "op", byte }));
    }
}

/// An example of each op, and its bytes since version 5 of the format.
fn examples() -> Vec<(Op, &'static str)> {
    let (text, path) = (|| Box::from(*b"hi"), || Box::from(*b"/a"));
    let word = || Value::Str(Blob::new(b"x"));
    vec![
        (Op::Line { line: 300 }, "01 ac 02"),
        (
            Op::Call {
                frame: 200,
                code: 3,
                namespace: 4,
                time: -1,
                line: 5,
                slots: vec![(0, Value::Int(7)), (2, word())],
            },
            "02 c8 01 03 04 01 05 02 00 57 02 08 01 78",
        ),
        (Op::Return { time: 64, value: Value::None }, "03 80 01 01"),
        (Op::Raise { line: 9, value: Value::Object(130) }, "04 09 0e 82 01"),
        (Op::Yield { time: 2, value: Value::Int(1000) }, "05 04 04 d0 0f"),
        (Op::Resume { frame: 1, time: 3, line: 4 }, "06 01 06 04"),
        (Op::Unwind { time: -3 }, "07 05"),
        (Op::Cut { time: -3 }, "33 05"),
        (Op::Output { stream: 2, text: text() }, "08 02 02 68 69"),
        (Op::Slot { slot: 1, value: Value::Bool(true) }, "09 01 03"),
        (Op::New { object: 7, ty: 1, length: 3, items: vec![Value::Unbound, Value::Cut] }, "0a 07 01 03 02 00 15"),
        (Op::Splice { object: 7, start: 1, removed: 2, length: 3, items: vec![word()] }, "0b 07 01 02 03 01 08 01 78"),
        (Op::Set { object: 7, index: 2, value: Value::Float(1) }, "0c 07 02 06 01 00 00 00 00 00 00 00"),
        (Op::Evict { object: 7 }, "0d 07"),
        (Op::Thread { thread: 1, ident: 128, name: text() }, "0e 01 80 01 02 68 69"),
        (Op::String { text: text() }, "0f 02 68 69"),
        (Op::File { path: path() }, "10 02 2f 61"),
        (Op::Type { kind: Kind::Class, module: 1, name: 2, class: 3, descriptor: 4 }, "11 11 01 02 03 04"),
        (
            Op::Code {
                file: 1,
                name: 2,
                line: 3,
                flags: 4,
                arguments: 5,
                free: 6,
                level: Level::Calls,
                slots: vec![7, 129],
            },
            "12 01 02 03 04 05 06 01 02 07 81 01",
        ),
        (Op::Trouble { text: text() }, "13 02 68 69"),
        (Op::End, "14"),
        (Op::Gone { frame: 5 }, "15 05"),
        (Op::Process { pid: 1, parent: 2, executable: path(), arguments: text() }, "16 01 02 02 2f 61 02 68 69"),
        (Op::Clock { time: 1 }, "17 02"),
        (Op::Inherited { count: 2 }, "18 02"),
        (Op::Task { task: 1, name: text() }, "19 01 02 68 69"),
        (Op::Globals { file: 1, object: 2 }, "1a 01 02"),
        (Op::Chain { exception: 1, cause: 2, context: 3 }, "1b 01 02 03"),
        (Op::Segment { id: text(), name: path(), kept: true }, "1c 02 68 69 02 2f 61 01"),
        (Op::SegmentEnd { keep: keep::FAILED }, "1d 02"),
        (Op::Sure { levels: 255, all: [1, 200].into() }, "1e ff 02 01 c8 01"),
        (Op::SlotOf { frame: 3, slot: 2, value: Value::Int(-1) }, "1f 03 02 4f"),
        (Op::SureOf { frame: 3, levels: 2, all: [].into() }, "20 03 02 00"),
        (Op::Late { object: 1, slot: 2, steps: 3 }, "21 01 02 03"),
        (Op::LeftOut { verdict: Verdict::Stdlib, path: path() }, "22 03 02 2f 61"),
        (Op::Started { pid: 1, arguments: text() }, "23 01 02 68 69"),
        (Op::SlotText { slot: 1, shared: 200, rest: text(), length: 4097 }, "24 01 c8 01 02 68 69 81 20"),
        (Op::SetText { object: 7, index: 2, shared: 0, rest: text(), length: 0 }, "25 07 02 00 02 68 69 00"),
        (Op::Dead { objects: [1, 2].into() }, "28 02 01 02"),
        (
            Op::Text { exception: 1, how: Text::Os, fields: vec![Value::Int(2), word()], notes: vec![word()] },
            "2c 01 03 02 52 08 01 78 01 08 01 78",
        ),
        (Op::Source { path: path(), text: text() }, "2d 02 2f 61 02 68 69"),
        (Op::Moved { line: 5 }, "32 05"),
    ]
}

#[test]
fn steps_are_what_runs_and_what_is_written() {
    let steps: Vec<u8> = examples().iter().filter(|(op, _)| op.is_step()).map(|(op, _)| encoded(op)[0]).collect();
    assert_eq!(steps, [1, 2, 3, 4, 5, 6, 8], "lines, calls, returns, exceptions, yields, resumptions, output");
}

#[test]
fn the_format_is_unchanged() {
    for (op, bytes) in examples() {
        let hex: Vec<String> = encoded(&op).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex.join(" "), bytes, "{op:?}");
    }
    assert_eq!(examples().len(), CODES.len());
}

/// Ints of one byte are the same within tuples, which another function reads.
#[test]
fn small_ints_are_the_same_within_tuples() {
    let items: Vec<Value> = (-17..=176).map(Value::Int).collect();
    let op = Op::Slot { slot: 0, value: Value::Tuple(items.into()) };
    assert_eq!(Op::decode(&mut Decoder::new(&encoded(&op))), Ok(op));
}

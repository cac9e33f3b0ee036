//! Checks that a recording holds the ops that were fed to the recorder.

use std::path::Path;

use connie_wire::level::Level;
use connie_wire::secrets::BUILT_IN;
use connie_wire::texts::{Place, Texts, long_text};
use connie_wire::{Blob, Kind, Op, Value};
use proptest::prelude::*;
use rusqlite::Connection;
use rusqlite::types::Value as Cell;

use super::{Outcome, Recorder, Run};
use crate::Recording;
use crate::chunk::Entry;

fn run() -> Run {
    let text = |text: &str| text.to_owned();
    Run {
        id: text("t"),
        name: text("t"),
        argv: vec![],
        cwd: text("/"),
        root: text("/"),
        settings: text("{}"),
        redact: vec![text(BUILT_IN)],
        command: None,
    }
}

fn bytes(ops: &[Op]) -> Vec<u8> {
    let mut out = Vec::new();
    ops.iter().for_each(|op| op.encode(&mut out));
    out
}

/// Defines names, a function with the slots `x` and `password`, and a list type.
fn definitions() -> Vec<Op> {
    let string = |text: &str| Op::String { text: text.as_bytes().into() };
    vec![
        string("<module>"),
        string("x"),
        string("password"),
        string("builtins"),
        string("list"),
        Op::File { path: b"/no/such.py".as_slice().into() },
        Op::Code { file: 0, name: 0, line: 1, flags: 0, arguments: 0, free: 0, level: Level::Lines, slots: vec![1, 2] },
        Op::Type { kind: Kind::List, module: 3, name: 4, class: 0, descriptor: 0 },
    ]
}

fn thread(thread: u32) -> Op {
    Op::Thread { thread, ident: 7, name: Box::default() }
}

fn call(frame: u64, time: i64) -> Op {
    Op::Call { frame, code: 0, namespace: 0, time, line: 1, slots: vec![(0, Value::Int(-1))] }
}

/// All ops that chunks store.
fn kept(first: u64) -> Vec<Op> {
    let (frame, list, other) = (first, first + 1, first + 2);
    vec![
        thread(1),
        call(frame, 5),
        Op::Line { line: 2 },
        Op::New { object: list, ty: 0, length: 2, items: vec![Value::Int(1 << 40), Value::Float(3)] },
        Op::Slot { slot: 0, value: Value::Object(list) },
        Op::Moved { line: 4 },
        Op::Line { line: 3 },
        Op::Set { object: list, index: 1, value: Value::None },
        Op::Splice { object: list, start: 2, removed: 0, length: 3, items: vec![Value::Int(9)] },
        Op::Sure { levels: 2, all: [list, 77].into() },
        Op::Line { line: 3 },
        Op::Yield { time: 3, value: Value::Int(70_000) },
        Op::SlotOf { frame, slot: 0, value: Value::Bool(true) },
        Op::SureOf { frame, levels: 3, all: [list].into() },
        thread(2),
        Op::Task { task: 1, name: b"".as_slice().into() },
        call(other, 1),
        Op::Evict { object: list },
        Op::Return { time: 2, value: Value::Function(1) },
        thread(1),
        Op::Resume { frame, time: 4, line: 3 },
        Op::Raise { line: 3, value: Value::Int(1) },
        Op::Unwind { time: 1 },
        call(first + 3, 1),
        Op::Yield { time: 1, value: Value::None },
        Op::Gone { frame: first + 3 },
        call(first + 4, 1),
        Op::Cut { time: 1 },
        Op::Output { stream: 1, text: Box::default() },
    ]
}

/// Feeds each process's ops in pieces of at least `piece` bytes. Returns what is recorded.
fn record(path: &Path, streams: &[Vec<Op>], piece: usize) -> Vec<Op> {
    let mut recorder = Recorder::create(path, &run()).unwrap();
    recorder.set_python(1, 14, 0).unwrap();
    for (n, ops) in streams.iter().enumerate() {
        let stream = if n == 0 { 0 } else { recorder.add_process(100) };
        let mut rest = ops.as_slice();
        while !rest.is_empty() {
            let mut count = 1;
            while count < rest.len() && bytes(&rest[..count]).len() < piece {
                count += 1;
            }
            let given = bytes(&rest[..count]);
            assert_eq!(recorder.feed(stream, &given, i64::MAX).unwrap(), given.len());
            rest = &rest[count..];
        }
    }
    recorder.finish(&Outcome { exit_code: Some(0), ..Outcome::default() }).unwrap();
    let recording = Recording::open(path).unwrap();
    let chunk = recording.chunk(0).unwrap();
    let op = |entry: &Entry| if let Entry::Op(op) = entry { Some(op.clone()) } else { None };
    chunk.entries.iter().filter_map(op).collect()
}

/// Records pieces of ops, without secrets; each piece that has steps becomes a chunk.
pub(crate) fn in_chunks(path: &Path, pieces: &[Vec<Op>]) -> Recording {
    let mut recorder = Recorder::create(path, &Run { redact: Vec::new(), ..run() }).unwrap();
    recorder.set_python(1, 14, 0).unwrap();
    for piece in [definitions()].iter().chain(pieces) {
        let given = bytes(piece);
        assert_eq!(recorder.feed(0, &given, i64::MAX).unwrap(), given.len());
        if recorder.writer.steps > 0 {
            recorder.end_chunk().unwrap();
        }
    }
    recorder.end_of_segment();
    recorder.finish(&Outcome { exit_code: Some(0), ..Outcome::default() }).unwrap();
    Recording::open(path).unwrap()
}

/// The rows of the tables, without times.
fn tables(path: &Path) -> Vec<Vec<Vec<Cell>>> {
    let connection = Connection::open(path).unwrap();
    let rows = |sql: &str| {
        let mut statement = connection.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|n| row.get(n)).collect()).unwrap();
        rows.collect::<rusqlite::Result<Vec<Vec<Cell>>>>().unwrap()
    };
    [
        "SELECT id, first_step, steps, births, checksum, lines, depths FROM chunks",
        "SELECT * FROM chunk_data",
        "SELECT * FROM object_chunks",
        "SELECT * FROM lines",
        "SELECT id, name, calls, slots FROM functions",
        "SELECT * FROM threads",
        "SELECT * FROM tasks",
        "SELECT * FROM strings",
        "SELECT * FROM output",
        "SELECT * FROM exceptions",
    ]
    .map(rows)
    .into()
}

#[test]
fn chunks_hold_what_was_fed_however_it_was_cut() {
    let folder = tempfile::tempdir().unwrap();
    let ops = kept(1);
    let stream = [definitions(), ops.clone(), vec![Op::End]].concat();
    let plain = |op: &Op| match op {
        Op::Thread { thread, .. } => Op::Thread { thread: *thread, ident: 0, name: Box::default() },
        op => op.clone(),
    };
    let expected: Vec<Op> = ops.iter().map(plain).collect();
    let (one, many) = (folder.path().join("one"), folder.path().join("many"));
    assert_eq!(record(&one, std::slice::from_ref(&stream), usize::MAX), expected);
    assert_eq!(record(&many, &[stream], 1), expected);
    assert_eq!(tables(&one), tables(&many));
}

/// Code that a process compiles again is other code, also when other processes are recorded; code of another process that
/// is the same is one with it.
#[test]
fn equal_code_of_one_process_is_not_merged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("twice");
    let mut recorder = Recorder::create(&path, &run()).unwrap();
    recorder.set_python(1, 14, 0).unwrap();
    let code = definitions().into_iter().find(|op| matches!(op, Op::Code { .. })).unwrap();
    let first = bytes(&definitions());
    recorder.feed(0, &first, i64::MAX).unwrap();
    let other = recorder.add_process(100);
    recorder.feed(other, &bytes(&[definitions(), vec![thread(1), call(1, 1)]].concat()), i64::MAX).unwrap();
    recorder.feed(0, &bytes(&[code, thread(1), call(2, 1), Op::End]), i64::MAX).unwrap();
    recorder.finish(&Outcome { exit_code: Some(0), ..Outcome::default() }).unwrap();
    assert_eq!(Recording::open(&path).unwrap().functions.len(), 2);
}

/// Each process has its own numbers of strings, types and code.
#[test]
fn numbers_of_another_process_become_the_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let first = [definitions(), kept(1)].concat();
    let mut other: Vec<Op> = definitions();
    other.insert(0, Op::String { text: b"before".as_slice().into() });
    for op in &mut other {
        match op {
            Op::Type { module, name, .. } => (*module, *name) = (*module + 1, *name + 1),
            Op::Code { name, slots, .. } => (*name, *slots) = (1, vec![2, 3]),
            _ => {}
        }
    }
    let value = Value::Tuple([Value::Class(2), Value::Int(1)].into());
    other.extend([thread(1), call(5000, 1), Op::Return { time: 1, value }]);
    let found = record(&folder.path().join("both"), &[first, other], usize::MAX);
    let [.., Op::Thread { thread: 3, .. }, Op::Call { frame: 5000, code: 0, .. }, Op::Return { value, .. }] =
        found.as_slice()
    else {
        panic!("{found:?}");
    };
    assert_eq!(*value, Value::Tuple([Value::Class(1), Value::Int(1)].into()));
}

#[test]
fn secrets_are_replaced_in_every_op_that_has_values() {
    let folder = tempfile::tempdir().unwrap();
    let secret = || Value::Str(connie_wire::Blob::new(b"hunter2hunter2"));
    let slots = vec![(1, secret())];
    let ops = vec![
        thread(1),
        Op::Call { frame: 1, code: 0, namespace: 0, time: 1, line: 1, slots },
        Op::New { object: 2, ty: 0, length: 1, items: vec![secret()] },
        Op::Set { object: 2, index: 0, value: secret() },
        Op::Splice { object: 2, start: 0, removed: 1, length: 1, items: vec![secret()] },
        Op::Slot { slot: 1, value: secret() },
        Op::Slot { slot: 0, value: secret() },
        Op::SlotOf { frame: 1, slot: 1, value: secret() },
        Op::Yield { time: 1, value: secret() },
        Op::Resume { frame: 1, time: 1, line: 1 },
        Op::Return { time: 1, value: Value::Tuple([secret(), Value::Int(1)].into()) },
    ];
    let count = bytes(&ops).windows(14).filter(|window| *window == b"hunter2hunter2").count();
    let found = record(&folder.path().join("a"), &[[definitions(), ops].concat()], usize::MAX);
    let text = bytes(&found);
    assert!(!text.windows(7).any(|window| window == b"hunter2"), "{found:?}");
    let replaced = format!("{found:?}").matches("Redacted").count();
    assert_eq!((replaced, count), (9, 9), "{found:?}");
}

/// A change of a variable, and of an item, to a text: as the recorder shows them, and as the tracer sends them.
fn text_changes(sender: &mut Texts, text: &str) -> [[Op; 2]; 2] {
    let value = Value::Str(Blob::new(text.as_bytes()));
    let (slot, object, index) = (0, 2, 0);
    let whole = [Op::Slot { slot, value: value.clone() }, Op::Set { object, index, value: value.clone() }];
    let mut encoded = Vec::new();
    value.encode(&mut encoded);
    let Some((text, length)) = long_text(&encoded) else { return [whole.clone(), whole] };
    let shared = sender.shared(Place::of_slot(slot), text);
    let in_slot = Op::SlotText { slot, shared: shared as u32, rest: text[shared..].into(), length };
    let shared = sender.shared(Place::of_item(object, index), text);
    let in_item = Op::SetText { object, index, shared: shared as u32, rest: text[shared..].into(), length };
    [whole, [in_slot, in_item]]
}

#[test]
fn texts_that_grow_are_stored_like_whole_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (mut whole, mut sent) = (Vec::new(), Vec::new());
    let (mut sender, mut text) = (Texts::default(), String::new());
    for n in 0..300 {
        text.push_str(["ab", "c é ", "defg", "\n"][n % 4]);
        match n {
            120 => text.truncate(66),
            200 => text.push_str("password=hunter2hunter3 "),
            250 => text.clear(),
            _ => {}
        }
        let [given, sent_as] = text_changes(&mut sender, &text);
        whole.extend(given.into_iter().chain([Op::Line { line: 2 }]));
        sent.extend(sent_as.into_iter().chain([Op::Line { line: 2 }]));
    }
    assert!(bytes(&sent).len() * 5 < bytes(&whole).len(), "{} of {}", bytes(&sent).len(), bytes(&whole).len());
    let before = [thread(1), call(1, 1), Op::New { object: 2, ty: 0, length: 1, items: vec![Value::None] }];
    let record =
        |name: &str, ops: Vec<Op>| recorded(&folder.path().join(name), &[[&before[..], &ops].concat()], i64::MAX);
    let stored = record("sent", sent);
    assert_eq!(stored, record("whole", whole));
    assert!(!format!("{stored:?}").contains("hunter2"));
}

#[test]
fn a_text_that_continues_no_text_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::create(&folder.path().join("a"), &run()).unwrap();
    let text = Op::SlotText { slot: 0, shared: 1, rest: Box::default(), length: 0 };
    let given = bytes(&[definitions(), vec![thread(1), call(1, 1), text]].concat());
    assert!(recorder.feed(0, &given, i64::MAX).is_err());
}

/// Values that the path of frequent ops stores, and values that it leaves to the general path.
fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-20i64..300).prop_map(Value::Int),
        any::<i64>().prop_map(Value::Int),
        any::<f64>().prop_map(|float| Value::Float(float.to_bits())),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::None),
        (1u64..9).prop_map(Value::Object),
        Just(Value::Str(Blob::new(b"text"))),
        Just(Value::Str(Blob::new(b"hunter2hunter2"))),
        Just(Value::Tuple([Value::Int(1), Value::Class(1)].into())),
        Just(Value::Unbound),
    ]
}

/// Ops in any order: also results without a frame, and changes of objects that do not exist.
fn op() -> impl Strategy<Value = Op> {
    let id = || prop_oneof![4 => 1u64..9, 1 => any::<u32>().prop_map(u64::from)];
    let items = || prop::collection::vec(value(), 0..3);
    let slots = prop::collection::vec((0u32..3, value()), 0..3);
    prop_oneof![
        8 => (0u32..40).prop_map(|line| Op::Line { line }),
        1 => any::<u32>().prop_map(|line| Op::Line { line: line >> 8 }),
        8 => (0u32..3, value()).prop_map(|(slot, value)| Op::Slot { slot, value }),
        4 => (id(), 0u32..3, value()).prop_map(|(object, index, value)| Op::Set { object, index, value }),
        4 => (id(), items()).prop_map(|(object, items)| Op::New { object, ty: 0, length: items.len() as u64, items }),
        2 => (id(), 0u32..3, 0u32..2, items())
            .prop_map(|(object, start, removed, items)| Op::Splice { object, start, removed, length: 9, items }),
        4 => (id(), 0u32..2, slots, 0i64..99)
            .prop_map(|(frame, code, slots, time)| Op::Call { frame, code, namespace: 0, time, line: 1, slots }),
        3 => (0i64..99, value()).prop_map(|(time, value)| Op::Return { time, value }),
        2 => (0i64..99, value()).prop_map(|(time, value)| Op::Yield { time, value }),
        2 => (id(), 0i64..99).prop_map(|(frame, time)| Op::Resume { frame, time, line: 2 }),
        1 => (1u32..30, value()).prop_map(|(line, value)| Op::Raise { line, value }),
        1 => (0i64..99).prop_map(|time| Op::Unwind { time }),
        1 => (1u32..3).prop_map(thread),
        1 => any::<u32>().prop_map(|line| Op::Moved { line: line >> 8 }),
        1 => (0u32..3).prop_map(|slot| Op::SlotText { slot, shared: 0, rest: b"text".as_slice().into(), length: 9 }),
        1 => (id(), 0u32..3)
            .prop_map(|(object, index)| Op::SetText { object, index, shared: 0, rest: b"text".as_slice().into(), length: 0 }),
        1 => id().prop_map(|object| Op::Evict { object }),
        1 => id().prop_map(|object| Op::Dead { objects: [object].into() }),
        1 => (0u8..3, id()).prop_map(|(levels, object)| Op::Sure { levels, all: [object].into() }),
        1 => Just(Op::Output { stream: 1, text: b"text".as_slice().into() }),
    ]
}

/// Records pieces of ops, each of which becomes a chunk. The clock is looked at only on the general path, to which all
/// ops go if `until` is not the end of time.
fn recorded(path: &Path, pieces: &[Vec<Op>], until: i64) -> Vec<Vec<Vec<Cell>>> {
    let mut recorder = Recorder::create(path, &run()).unwrap();
    recorder.set_python(1, 14, 0).unwrap();
    for piece in [definitions()].iter().chain(pieces) {
        let given = bytes(piece);
        let mut at = 0;
        while at < given.len() {
            at += recorder.feed(0, &given[at..], until).unwrap();
        }
        if recorder.writer.steps > 0 {
            recorder.end_chunk().unwrap();
        }
    }
    recorder.finish(&Outcome { exit_code: Some(0), ..Outcome::default() }).unwrap();
    tables(path)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn frequent_ops_are_stored_like_all_others(
        pieces in prop::collection::vec(prop::collection::vec(op(), 0..60), 1..4),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut pieces = pieces;
        pieces[0].splice(0..0, [thread(1), call(1, 1)]);
        let frequent = recorded(&folder.path().join("a"), &pieces, i64::MAX);
        prop_assert_eq!(frequent, recorded(&folder.path().join("b"), &pieces, i64::MAX - 1));
    }
}

#[test]
fn frequent_ops_do_not_take_the_general_path() {
    let folder = tempfile::tempdir().unwrap();
    let mut recorder = Recorder::create(&folder.path().join("a"), &run()).unwrap();
    let text = Value::Str(Blob::new(b"text"));
    let first = bytes(&[definitions(), vec![thread(1), call(1, 1), Op::Line { line: 2 }]].concat());
    assert_eq!(recorder.feed(0, &first, i64::MAX).unwrap(), first.len());
    let ops = [
        Op::Line { line: 300 },
        Op::Slot { slot: 0, value: Value::Int(1 << 40) },
        Op::New { object: 2, ty: 0, length: 1, items: vec![Value::Float(7)] },
        Op::Set { object: 2, index: 0, value: Value::Object(2) },
        Op::Splice { object: 2, start: 1, removed: 0, length: 2, items: vec![Value::None, Value::Bool(true)] },
        call(3, 5),
        Op::Line { line: 4 },
        Op::Yield { time: 3, value: Value::None },
        Op::Resume { frame: 3, time: 4, line: 4 },
        Op::Return { time: 6, value: Value::Int(5) },
        Op::Line { line: 5 },
    ];
    let frequent = bytes(&ops).len();
    let given = bytes(&[&ops[..], &[Op::Slot { slot: 0, value: text }, Op::Line { line: 6 }, Op::End]].concat());
    assert_eq!(recorder.take_frequent(&given).unwrap(), frequent);
    assert_eq!(recorder.steps(), 9);
}

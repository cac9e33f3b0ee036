//! Recordings for tests, made of ops: no Python is needed.

use std::time::Duration;

use connie_recording::recorder::{Outcome, Recorder, Run};
use connie_recording::{Recording, schema};
use connie_wire::level::Level;
use connie_wire::{Blob, Kind, Op, Value};

use crate::History;
use crate::moment::Modules;
use crate::timeline::Timeline;

/// A recording in a folder of its own.
pub(crate) struct Made {
    pub recording: Recording,
    pub timeline: Timeline,
    pub modules: Modules,
    _folder: tempfile::TempDir,
}

impl Made {
    pub fn history(&self) -> History<'_> {
        History { recording: &self.recording, timeline: &self.timeline, modules: &self.modules }
    }
}

/// A function: its name, its first line, and its variables. Those of inner functions belong to the enclosing ones.
pub(crate) type Function<'a> = (&'a str, u32, &'a [&'a str]);

/// Types of objects, by number.
pub(crate) const TYPES: [(Kind, &str); 6] = [
    (Kind::List, "list"),
    (Kind::Dict, "dict"),
    (Kind::Set, "set"),
    (Kind::Instance, "Thing"),
    (Kind::ByteArray, "bytearray"),
    (Kind::Class, "type"),
];

/// A str.
pub(crate) fn text(text: &str) -> Value {
    Value::Str(Blob::new(text.as_bytes()))
}

pub(crate) fn thread(thread: u32) -> Op {
    Op::Thread { thread, ident: u64::from(thread), name: Box::from(format!("T{thread}").as_bytes()) }
}

/// A call without values.
pub(crate) fn call(frame: u64, code: u32, line: u32) -> Op {
    Op::Call { frame, code, namespace: 0, time: 10, line, slots: Vec::new() }
}

pub(crate) fn returns() -> Op {
    Op::Return { time: 10, value: Value::None }
}

pub(crate) fn line(line: u32) -> Op {
    Op::Line { line }
}

/// Records a program with one file `/p/a.py`. Each piece of ops is a chunk of its own.
pub(crate) fn made(source: &str, functions: &[Function<'_>], pieces: &[Vec<Op>]) -> Made {
    let mut names: Vec<&str> = vec!["builtins"];
    let mut number = |name| {
        names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            names.len() - 1
        }) as u32
    };
    let mut ops = vec![Op::Source { path: b"/p/a.py".as_slice().into(), text: source.as_bytes().into() }];
    for (kind, name) in TYPES {
        ops.push(Op::Type { kind, module: 0, name: number(name), class: 0, descriptor: 0 });
    }
    for (name, line, slots) in functions {
        let free = if name.contains("<locals>") { slots.len() as u32 } else { 0 };
        let (name, slots) = (number(name), slots.iter().map(|slot| number(slot)).collect());
        ops.push(Op::Code { file: 0, name, line: *line, flags: 0, arguments: 0, free, level: Level::Lines, slots });
    }
    ops.splice(..0, names.iter().map(|name| Op::String { text: name.as_bytes().into() }));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.connie");
    let text = |text: &str| text.to_owned();
    let run = Run {
        id: text("t"),
        name: text("t"),
        argv: vec![],
        cwd: text("/p"),
        root: text("/p"),
        settings: text("{}"),
        redact: vec![],
        command: None,
    };
    let mut recorder = Recorder::create(&path, &run).unwrap();
    recorder.set_python(1, 14, 0).unwrap();
    recorder.write_at_once();
    for (n, piece) in [ops].iter().chain(pieces).enumerate() {
        if n > 1 {
            // A chunk ends if it is older than 50 ms.
            std::thread::sleep(Duration::from_millis(51));
            recorder.tick().unwrap();
        }
        let mut bytes = Vec::new();
        piece.iter().for_each(|op| op.encode(&mut bytes));
        assert_eq!(recorder.feed(0, &bytes, i64::MAX).unwrap(), bytes.len());
    }
    recorder.end_of_segment();
    recorder.finish(&Outcome { exit_code: Some(0), ..Outcome::default() }).unwrap();
    let recording = Recording::open(&path).unwrap();
    assert_eq!(recording.chunks.len(), pieces.len().max(1), "format {}", schema::VERSION);
    Made { recording, timeline: Timeline::default(), modules: Modules::default(), _folder: folder }
}

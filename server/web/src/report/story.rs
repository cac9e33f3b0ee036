//! The story in chunks.

use connie_history::story::Line;
use connie_recording::Recording;
use rustc_hash::FxHashMap;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

use super::texts::Texts;
use crate::api::story::Told;

/// The kinds of lines, by their number on the page.
const KINDS: [&str; 14] = [
    "thread", "task", "comment", "code", "changes", "call", "resume", "return", "yield", "raise", "closed", "stdout",
    "stderr", "cut",
];
/// The number of a line of code that goes on with a block.
const GOES_ON: usize = KINDS.len();

/// A line.
struct Row {
    /// Steps after the line before, or after the first step of the chunk.
    ahead: i64,
    kind: usize,
    thread: u32,
    task: u32,
    /// The index of its frame.
    frame: usize,
    depth: usize,
    text: usize,
    source: Option<u32>,
    line: u32,
    changes: Vec<i64>,
    more: usize,
}

impl Serialize for Row {
    /// As `[ahead, kind, thread, task, frame, depth, text, source, line, changes, more]`, without what is missing at the
    /// end.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut row = serializer.serialize_seq(None)?;
        row.serialize_element(&self.ahead)?;
        row.serialize_element(&self.kind)?;
        row.serialize_element(&self.thread)?;
        row.serialize_element(&self.task)?;
        row.serialize_element(&self.frame)?;
        row.serialize_element(&self.depth)?;
        row.serialize_element(&self.text)?;
        let more = [self.source.is_some(), !self.changes.is_empty(), self.more > 0];
        if more.contains(&true) {
            row.serialize_element(&self.source.map_or(-1, i64::from))?;
            row.serialize_element(&self.line)?;
        }
        if more[1..].contains(&true) {
            row.serialize_element(&self.changes)?;
        }
        if more[2] {
            row.serialize_element(&self.more)?;
        }
        row.end()
    }
}

/// The lines of some steps.
#[derive(Serialize)]
pub struct Chunk {
    first: u64,
    texts: Texts,
    /// Frames and their codes; -1 for lines outside of recorded code.
    frames: Vec<(u64, i64)>,
    rows: Vec<Row>,
}

/// What is in a chunk: its first step and its last one, the functions, and the threads.
#[derive(Serialize)]
pub struct Contents(u64, u64, Vec<i64>, Vec<u32>);

impl Chunk {
    /// The lines of the steps of a chunk. `codes` has the code of each frame.
    pub fn new(
        recording: &Recording,
        (first, last): (u64, u64),
        lines: impl Iterator<Item = Line>,
        codes: &FxHashMap<u64, u32>,
    ) -> (Self, Contents) {
        let mut chunk = Self { first, texts: Texts::default(), frames: Vec::new(), rows: Vec::new() };
        let (mut numbers, mut threads) = (FxHashMap::default(), Vec::new());
        let mut step = first;
        for line in lines {
            let (thread, task) = (line.thread, line.task);
            let told = Told::of(recording, line);
            let frame = *numbers.entry(told.frame).or_insert_with(|| {
                chunk.frames.push((told.frame, codes.get(&told.frame).map_or(-1, |code| i64::from(*code))));
                chunk.frames.len() - 1
            });
            if !threads.contains(&thread) {
                threads.push(thread);
            }
            let ahead = told.step as i64 - step as i64;
            step = told.step;
            chunk.rows.push(Row {
                ahead,
                kind: match told.goes_on {
                    true => GOES_ON,
                    false => KINDS.iter().position(|kind| *kind == told.kind).unwrap_or(0),
                },
                thread,
                task,
                frame,
                depth: told.depth,
                text: chunk.texts.number(&told.text),
                source: told.source,
                line: told.line.unwrap_or(0),
                changes: chunk.texts.pairs(&told.changes),
                more: told.more,
            });
        }
        let mut codes: Vec<i64> = chunk.frames.iter().map(|(_, code)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        (chunk, Contents(first, last, codes, threads))
    }
}

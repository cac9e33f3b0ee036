//! The table of steps.

use connie_history::timeline::{At, Position};
use connie_recording::Error;
use connie_recording::reader::ChunkInfo;
use rustc_hash::FxHashSet;

use crate::filter::Filter;
use crate::row::{Row, row};
use crate::run::Run;
use crate::table::{Chunks, RUN, Scan, Table, integer, text};

const STEP: usize = 1;
const EVENT: usize = 2;
const THREAD: usize = 3;
const FRAME: usize = 6;
const FUNCTION: usize = 7;
const FILE: usize = 8;
const LINE: usize = 9;

/// The steps.
pub const STEPS: Table = Table {
    name: "steps",
    about: "A step: something that the program did",
    columns: &[
        RUN,
        integer("step", "its number, from 1").narrowing(),
        text("event", "call, line, return, raise, yield, resume or output").narrowing(),
        text("thread", "the thread").narrowing(),
        text("task", "the asyncio task"),
        integer("depth", "how many recorded frames are on the thread's stack"),
        integer("frame", "the frame: a number for each call").narrowing(),
        text("function", "the qualified name of the frame's function").narrowing(),
        text("file", "its file, relative to the project's root").narrowing(),
        integer("line", "the line of the frame").narrowing(),
    ],
    size: |run| run.recording.last_step(),
    scan: |run, filter| scan(run, filter),
};

/// The name of an event.
pub fn event(at: At) -> &'static str {
    match at {
        At::Call => "call",
        At::Line => "line",
        At::Return => "return",
        At::Raise => "raise",
        At::Yield => "yield",
        At::Resume => "resume",
        At::Output => "output",
    }
}

/// The codes whose function and file a filter allows; `None` for all.
pub fn codes(run: &Run, filter: &Filter, function: usize, file: usize) -> Option<FxHashSet<u32>> {
    if !filter.is_equal(function) && !filter.is_equal(file) {
        return None;
    }
    let allowed = |code: &u32| {
        run.function(*code)
            .is_some_and(|(name, path, _)| filter.allows_text(function, name) && filter.allows_text(file, path))
    };
    Some((0..run.recording.functions.len() as u32).filter(allowed).collect())
}

/// The lines (keys of [`ChunkInfo::lines`]) that a chunk must have for a filter on line and file of line events.
fn keys(run: &Run, filter: &Filter) -> Option<Vec<(u64, u64)>> {
    // Other events may be at lines without a line event.
    let is_of_lines = filter.is_equal(EVENT) && filter.allows_text(EVENT, "line");
    if !is_of_lines {
        return None;
    }
    let (least, most) = filter.range(LINE);
    let sources = (0..run.recording.sources.len() as u32).filter(|n| filter.allows_text(FILE, run.recording.short(*n)));
    let key = |source: u32, line: u64| u64::from(source) << 32 | line.min(u64::from(u32::MAX));
    Some(sources.map(|source| (key(source, least), key(source, most))).collect())
}

fn has_any(chunk: &ChunkInfo, keys: &[(u64, u64)]) -> bool {
    keys.iter().any(|(least, most)| {
        let from = chunk.lines.partition_point(|known| known < least);
        chunk.lines.get(from).is_some_and(|known| known <= most)
    })
}

/// Whether a chunk has steps that the filter allows.
pub fn has_steps(chunk: &ChunkInfo, filter: &Filter, column: usize) -> bool {
    let (least, most) = filter.range(column);
    chunk.first_step <= most && chunk.first_step.saturating_add(chunk.steps) > least
}

fn scan(run: &Run, filter: &Filter) -> Box<dyn Scan> {
    let (codes, keys) = (codes(run, filter, FUNCTION, FILE), keys(run, filter));
    Box::new(Chunks {
        next: 0,
        read: move |run: &Run, filter: &Filter, index: usize, rows: &mut Vec<Row>| -> Result<(), Error> {
            let chunk = &run.recording.chunks[index];
            if !has_steps(chunk, filter, STEP) || keys.as_ref().is_some_and(|keys| !has_any(chunk, keys)) {
                return Ok(());
            }
            let positions = run.timeline.chunk(&run.recording, index)?;
            let (least, most) = filter.range(STEP);
            let from = positions.partition_point(|p| p.step < least);
            let upto = positions.partition_point(|p| p.step <= most);
            let (line, frame) = (filter.range(LINE), filter.range(FRAME));
            let wanted = |p: &&Position| {
                codes.as_ref().is_none_or(|codes| codes.contains(&p.code))
                    && (line.0..=line.1).contains(&u64::from(p.line))
                    && (frame.0..=frame.1).contains(&p.frame)
                    && filter.allows_text(EVENT, event(p.at))
                    && run.thread(p.thread).is_none_or(|name| filter.allows_text(THREAD, name))
            };
            let found = positions.get(from..upto.max(from)).unwrap_or_default();
            rows.extend(found.iter().filter(wanted).map(|p| row_of(run, p)));
            Ok(())
        },
    })
}

fn row_of(run: &Run, p: &Position) -> Row {
    let function = run.function(p.code);
    row![
        p.step,
        event(p.at),
        run.thread(p.thread),
        run.task(p.task),
        p.depth,
        (p.frame != 0).then_some(p.frame),
        function.map(|(name, _, _)| name),
        function.map(|(_, file, _)| file),
        (p.frame != 0).then_some(p.line),
    ]
}

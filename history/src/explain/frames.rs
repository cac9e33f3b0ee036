//! The lines that frames ran, and the calls that a statement made.

use std::cell::RefCell;
use std::rc::Rc;

use connie_recording::error::Error;
use connie_recording::reader::ChunkInfo;
use rustc_hash::FxHashMap;

use crate::History;
use crate::timeline::{At, Direction, Position};

/// The maximum number of lines of one frame, and of chunks read for them.
const MAX_LINES: usize = 4_000;
const MAX_CHUNKS: usize = 24;
/// The maximum number of calls of a statement.
const MAX_CALLS: usize = 400;

/// A call that a statement made, with its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Callee {
    /// Where it returned or yielded.
    pub end: Position,
}

/// A cache of what frames did.
#[derive(Default)]
pub(super) struct Frames {
    lines: RefCell<FxHashMap<u64, Rc<Vec<Position>>>>,
}

impl Frames {
    /// The lines that a frame began up to a step, in order. If there are too many, the last ones.
    ///
    /// # Errors
    /// If the question is cancelled.
    pub fn lines(&self, history: &History<'_>, at: &Position) -> Result<Rc<Vec<Position>>, Error> {
        if let Some(known) = self.lines.borrow().get(&at.frame)
            && known.last().is_some_and(|last| last.step >= at.step)
        {
            return Ok(Rc::clone(known));
        }
        let recording = history.recording;
        let birth = recording.birth_of(at.frame).unwrap_or(0);
        let mut found = Vec::new();
        let mut read = 0;
        let here = recording.chunks.partition_point(|chunk| chunk.first_step <= at.step);
        'chunks: for index in (birth..here).rev() {
            if !recording.chunks[index].may_reach(at.thread, at.depth) {
                continue;
            }
            read += 1;
            if read > MAX_CHUNKS {
                break;
            }
            let positions = match history.timeline.chunk(recording, index) {
                Err(Error::Interrupted) => return Err(Error::Interrupted),
                Err(_) => continue,
                Ok(positions) => positions,
            };
            let end = positions.partition_point(|position| position.step <= at.step);
            for position in positions[..end].iter().rev().filter(|position| position.frame == at.frame) {
                match position.at {
                    At::Line => found.push(*position),
                    At::Call => break 'chunks,
                    _ => {}
                }
                if found.len() >= MAX_LINES {
                    break 'chunks;
                }
            }
        }
        found.reverse();
        let found = Rc::new(found);
        self.lines.borrow_mut().insert(at.frame, Rc::clone(&found));
        Ok(found)
    }

    /// The calls that a statement made from a line on, in order, until the frame continues with another statement. If
    /// there are too many, the last ones. `is_same` tells whether a line belongs to the statement.
    ///
    /// # Errors
    /// If the question is cancelled.
    pub fn calls(
        history: &History<'_>,
        at: &Position,
        until: u64,
        is_same: impl Fn(u32) -> bool,
    ) -> Result<Vec<Callee>, Error> {
        let recording = history.recording;
        let is_done = |p: &Position| (p.at == At::Return || p.at == At::Line && !is_same(p.line)) && p.step <= until;
        let own = |chunk: &ChunkInfo| chunk.first_step <= until && chunk.may_reach(at.thread, at.depth);
        let done = history.timeline.find_frame(recording, at.frame, (at.step, Direction::Forward), own, is_done)?;
        let end = done.map_or(until, |done| done.step);
        let mut found: Vec<Callee> = Vec::new();
        let mut read = 0;
        let here = recording.chunks.partition_point(|chunk| chunk.first_step <= end);
        for index in (0..here).rev() {
            let chunk = &recording.chunks[index];
            if chunk.first_step + chunk.steps <= at.step || read > MAX_CHUNKS || found.len() >= MAX_CALLS {
                break;
            }
            if !chunk.may_reach(at.thread, at.depth + 1) {
                continue;
            }
            read += 1;
            let positions = match history.timeline.chunk(recording, index) {
                Err(Error::Interrupted) => return Err(Error::Interrupted),
                Err(_) => continue,
                Ok(positions) => positions,
            };
            let is_end = |p: &&Position| {
                matches!(p.at, At::Return | At::Yield)
                    && (p.thread, p.task, p.depth) == (at.thread, at.task, at.depth + 1)
                    && p.frame != at.frame
            };
            let within = positions.iter().rev().filter(|p| at.step < p.step && p.step <= end);
            found.extend(within.filter(is_end).map(|p| Callee { end: *p }));
        }
        found.truncate(MAX_CALLS);
        found.reverse();
        Ok(found)
    }

    /// The line of a frame that was running at a step.
    ///
    /// # Errors
    /// If the question is cancelled.
    pub fn line_of(
        history: &History<'_>,
        frame: u64,
        thread: u32,
        depth: u32,
        step: u64,
    ) -> Result<Option<Position>, Error> {
        let begins = |p: &Position| p.at == At::Line;
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(thread, depth);
        history.timeline.find_frame(history.recording, frame, (step, Direction::Backward), chunks, begins)
    }
}

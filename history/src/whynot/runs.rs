//! Determines which lines ran, how often and when, in all calls or in one.

use std::cell::RefCell;
use std::rc::Rc;

use connie_recording::error::Error;
use connie_recording::reader::ChunkInfo;
use connie_source::control::{Control, Lines};
use rustc_hash::FxHashMap;

use crate::History;
use crate::answers::{Spot, closures};
use crate::beside::{Call, Ground};
use crate::timeline::{At, Direction, Position};

/// A source, with the lines that ran.
pub(super) struct Source {
    pub number: u32,
    pub control: Control,
    /// The lines that ran, with their counts if known.
    pub ran: FxHashMap<u32, Option<u64>>,
}

/// The recording, with cached data of its sources.
pub(super) struct Asking<'a> {
    pub history: History<'a>,
    sources: RefCell<FxHashMap<u32, Option<Rc<Source>>>>,
    /// The current depth of nested reasons, which is limited.
    pub depth: std::cell::Cell<u32>,
    /// The number of values whose origin may still be followed.
    pub trails: std::cell::Cell<u32>,
}

/// The maximum number of values in an answer whose origin is followed.
const TRAILS: u32 = 3;

/// A scope of a source: its code, or one call of it.
#[derive(Clone)]
pub(super) struct Within {
    pub source: Rc<Source>,
    pub scope: usize,
    pub codes: Vec<u32>,
    /// Restricts it to this call.
    pub call: Option<Call>,
}

impl<'a> Asking<'a> {
    pub fn new(history: History<'a>) -> Self {
        let (depth, trails) = (std::cell::Cell::new(0), std::cell::Cell::new(TRAILS));
        Self { history, sources: RefCell::default(), depth, trails }
    }

    /// A source; `None` if its text is unknown, or not valid Python.
    pub fn source(&self, number: u32) -> Result<Option<Rc<Source>>, Error> {
        if let Some(known) = self.sources.borrow().get(&number) {
            return Ok(known.clone());
        }
        let recording = self.history.recording;
        let text = recording.sources.get(number as usize).and_then(|source| source.text.as_deref());
        let control = text.and_then(Control::of);
        let found = match control {
            Some(control) => Some(Rc::new(Source { number, control, ran: self.lines_run(number)? })),
            None => None,
        };
        self.sources.borrow_mut().insert(number, found.clone());
        Ok(found)
    }

    fn lines_run(&self, number: u32) -> Result<FxHashMap<u32, Option<u64>>, Error> {
        let recording = self.history.recording;
        if !recording.info.is_going_on() {
            return Ok(recording.line_hits(number)?.into_iter().map(|(line, hits)| (line, Some(hits))).collect());
        }
        let own = recording.chunks.iter().flat_map(|chunk| &chunk.lines).filter(|key| *key >> 32 == u64::from(number));
        Ok(own.map(|key| (*key as u32, None)).collect())
    }

    /// A scope of a source, with all its calls.
    pub fn within(&self, source: &Rc<Source>, scope: usize) -> Within {
        let known = &source.control.scopes[scope];
        let is_it = |f: &connie_recording::reader::Function| {
            let name = f.name.rsplit('.').next().unwrap_or(&f.name);
            f.source == source.number
                && match scope {
                    0 => f.name == "<module>",
                    // Code objects begin at the first decorator.
                    _ => f.line == known.line && name == known.name,
                }
        };
        let all = (0u32..).zip(&self.history.recording.functions);
        let codes = all.filter(|(_, f)| is_it(f)).map(|(code, _)| code).collect();
        Within { source: Rc::clone(source), scope, codes, call: None }
    }

    pub fn ground(&self, source: u32) -> Ground<'a> {
        Ground { history: self.history, source }
    }

    /// The spot of a position, for people.
    pub fn spot(&self, at: &Position) -> Spot {
        Spot::of(&self.history, at)
    }

    /// A place without a step, for people.
    pub fn place(&self, source: u32, line: u32) -> String {
        format!("{}:{line}", self.history.recording.short(source))
    }

    /// The nearest position of a scope beyond a step, in chunks that have one of the given lines.
    pub fn near(
        &self,
        within: &Within,
        lines: Lines,
        step: u64,
        direction: Direction,
        wanted: impl Fn(&Position) -> bool,
    ) -> Result<Option<Position>, Error> {
        let ground = self.ground(within.source.number);
        let has = |chunk: &ChunkInfo| ground.has_lines(chunk, lines);
        let chunks = |chunk: &ChunkInfo| match &within.call {
            Some(call) => chunk.first_step + chunk.steps > call.first && chunk.first_step <= call.last && has(chunk),
            None => has(chunk),
        };
        let (timeline, recording) = (self.history.timeline, self.history.recording);
        if let Some(call) = &within.call {
            return timeline.find_frame(recording, call.frame, (step, direction), chunks, wanted);
        }
        let is_own = |p: &Position| within.codes.contains(&p.code);
        timeline.find(recording, step, direction, chunks, |p| is_own(p) && wanted(p))
    }

    /// The nearest position of a frame of a scope before another one, in chunks that have one of the given lines.
    pub fn before_in_frame(
        &self,
        within: &Within,
        lines: Lines,
        at: &Position,
        wanted: impl Fn(&Position) -> bool,
    ) -> Result<Option<Position>, Error> {
        let ground = self.ground(within.source.number);
        let has = |chunk: &ChunkInfo| ground.has_lines(chunk, lines);
        let before = (at.step, Direction::Backward);
        self.history.timeline.find_frame(self.history.recording, at.frame, before, has, wanted)
    }

    /// The last time one of the given lines ran, before a step.
    pub fn last(&self, within: &Within, lines: Lines, before: u64) -> Result<Option<Position>, Error> {
        let may = (lines.0..=lines.1.min(lines.0 + 10_000)).any(|line| within.source.ran.contains_key(&line));
        if !may || within.codes.is_empty() {
            return Ok(None);
        }
        let is_it = |p: &Position| p.at == At::Line && (lines.0..=lines.1).contains(&p.line);
        self.near(within, lines, before, Direction::Backward, is_it)
    }

    /// The first time one of the given lines ran.
    pub fn first(&self, within: &Within, lines: Lines) -> Result<Option<Position>, Error> {
        let is_it = |p: &Position| p.at == At::Line && (lines.0..=lines.1).contains(&p.line);
        self.near(within, lines, 0, Direction::Forward, is_it)
    }

    /// The next event of a frame itself.
    pub fn next(&self, within: &Within, at: &Position) -> Result<Option<Position>, Error> {
        let ground = self.ground(within.source.number);
        // A suspended frame may resume in another thread, and at another depth.
        let chunks = |chunk: &ChunkInfo| at.at == At::Yield || ground.may_leave(chunk, at.thread, at.depth);
        let own = |p: &Position| p.at != At::Output;
        let after = (at.step, Direction::Forward);
        self.history.timeline.find_frame(self.history.recording, at.frame, after, chunks, own)
    }

    /// Whether all recorded hits of a line are those of one call: its function was called once, and no other code is on
    /// that line.
    fn has_all_hits(&self, within: &Within, call: &Call, line: u32) -> Result<bool, Error> {
        let recording = self.history.recording;
        let others = || (0u32..).zip(&recording.functions).filter(|(code, _)| !within.codes.contains(code));
        let is_whole = recording.info.is_counted() && recording.has_one_process() && !recording.is_tail();
        if !is_whole || others().any(|(_, other)| other.source == within.source.number && other.line == line) {
            return Ok(false);
        }
        let only = closures::only_call(&self.history, &within.codes, call.frame)?;
        Ok(only.is_some_and(|only| only.step == call.first))
    }

    /// How often a line ran in a scope: the recorded count for all calls, or counted from the events of one call.
    pub fn times(&self, within: &Within, line: u32) -> Result<Option<u64>, Error> {
        let Some(call) = &within.call else { return Ok(within.source.ran.get(&line).copied().flatten()) };
        let recording = self.history.recording;
        if self.has_all_hits(within, call, line)? {
            return Ok(within.source.ran.get(&line).copied().unwrap_or(Some(0)));
        }
        let mut found = 0;
        for (index, chunk) in recording.chunks.iter().enumerate() {
            let is_in = chunk.first_step + chunk.steps > call.first && chunk.first_step <= call.last;
            let may = || chunk.has_line(within.source.number, line) && recording.may_run(index, call.frame);
            if !is_in || !may() {
                continue;
            }
            let positions = self.history.timeline.chunk(recording, index)?;
            let own = |p: &&Position| p.at == At::Line && p.frame == call.frame && p.line == line;
            found += positions.iter().filter(own).count() as u64;
        }
        Ok(Some(found))
    }
}

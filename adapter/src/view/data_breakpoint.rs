//! Breakpoints on a place that values are written to and read from.

use connie_expression::{Expression, holds};
use connie_history::breakpoint::{Failures, HitCount};
use connie_history::history::History;
use connie_history::moment::Moment;
use connie_history::reads::Reads;
use connie_history::stores::Stores;
use connie_history::timeline::Direction;
use connie_history::writes::{self, LastChunk, Target};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What a line does with a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// It writes.
    Write,
    /// It writes an equal value.
    Rewrite,
    /// It reads.
    Read,
}

impl Access {
    /// What is said of it at a stop; nothing of a write that changes something.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Access::Write => None,
            Access::Rewrite => Some("an equal value is written here"),
            Access::Read => Some("it is read here"),
        }
    }
}

/// Who set a breakpoint, and may take it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The client, which sets all of its own at once.
    Client,
    /// A word of the console, or another editor's wish.
    Console,
}

/// A breakpoint on a place that values are written to and read from.
pub struct DataBreakpoint {
    /// As the client knows it.
    pub id: i64,
    /// The place.
    pub target: Target,
    /// Stops at writes.
    pub writes: bool,
    /// Stops at writes of an equal value too, as far as they are known.
    pub every: Option<Stores>,
    /// Stops at reads, as far as they are known.
    pub reads: Option<Reads>,
    /// Only where this holds when the line is about to run.
    pub condition: Option<Expression>,
    /// Only these of its hits.
    pub count: Option<HitCount>,
    /// Where its condition could not be evaluated.
    pub failures: RefCell<Failed>,
    /// Its hits from the start of the recording, as far as they were counted.
    pub counted: RefCell<Counted>,
    /// The writes that were looked at last.
    pub writes_seen: LastChunk,
    /// Who set it.
    pub by: By,
}

/// Hits that were counted, in a recording of this length: what comes later may tell of more hits before.
#[derive(Default)]
pub struct Counted {
    /// Steps of the hits at which the condition holds.
    steps: Vec<u64>,
    /// All hits up to this step were looked at.
    up_to: u64,
    /// The last step of the recording then.
    length: u64,
}

/// The hits at which a condition could not be evaluated, as far as they were looked at.
#[derive(Default)]
pub struct Failed {
    steps: BTreeMap<u64, String>,
    reported: bool,
}

impl Failed {
    /// All of them, once.
    pub fn take_new(&mut self) -> Option<Failures> {
        if self.reported || self.steps.is_empty() {
            return None;
        }
        self.reported = true;
        let mut failures = Failures { more: true, ..Failures::default() };
        self.steps.values().for_each(|why| failures.add(why));
        Some(failures)
    }
}

impl DataBreakpoint {
    /// The nearest hit beyond a step, and what it is.
    pub fn near(&self, history: &History<'_>, step: u64, direction: Direction) -> Option<(u64, Access)> {
        let mut from = step;
        loop {
            let (found, access) = self.next(history, from, direction)?;
            if self.holds(history, found) && self.counts(history, found) {
                return Some((found, access));
            }
            if history.timeline.is_interrupted() {
                return None;
            }
            from = found;
        }
    }

    fn next(&self, history: &History<'_>, step: u64, direction: Direction) -> Option<(u64, Access)> {
        let write =
            self.writes.then(|| next_write(history, &self.target, step, direction, &self.writes_seen)).flatten();
        let read = self.reads.as_ref().and_then(|reads| reads.near(history, step, direction));
        let store = self.every.as_ref().and_then(|stores| stores.next_line(history, step, direction).ok()?);
        let store = store.map(|(step, is_equal)| (step, if is_equal { Access::Rewrite } else { Access::Write }));
        let all = [write.map(|step| (step, Access::Write)), store, read.map(|step| (step, Access::Read))];
        let all = all.into_iter().flatten();
        // A line that reads and writes is one hit, a write.
        match direction {
            Direction::Forward => all.min(),
            Direction::Backward => all.max_by_key(|(step, access)| (*step, std::cmp::Reverse(*access))),
        }
    }

    fn holds(&self, history: &History<'_>, step: u64) -> bool {
        let Some(condition) = &self.condition else { return true };
        let Ok(moment) = Moment::at(history.recording, step) else { return false };
        let Some(frame) = moment.step.frame else { return false };
        let source = history.recording.functions.get(frame.code as usize).map(|function| function.source);
        let globals = source
            .and_then(|source| history.modules.namespace(history.recording, history.timeline, source, frame.frame));
        holds(condition, &moment.scope(frame, globals)).unwrap_or_else(|problem| {
            self.failures.borrow_mut().steps.insert(step, problem.to_string());
            false
        })
    }

    /// Whether a hit, counted from the start of the recording, is one of those that are meant.
    fn counts(&self, history: &History<'_>, hit: u64) -> bool {
        let Some(count) = self.count else { return true };
        let mut counted = self.counted.borrow_mut();
        let length = history.recording.last_step();
        if counted.length != length {
            *counted = Counted { length, ..Counted::default() };
        }
        while counted.up_to < hit {
            let Some((found, _)) = self.next(history, counted.up_to, Direction::Forward).filter(|(at, _)| *at <= hit)
            else {
                break;
            };
            let holds = self.holds(history, found);
            if history.timeline.is_interrupted() {
                return false;
            }
            if holds {
                counted.steps.push(found);
            }
            counted.up_to = found;
        }
        count.accepts(counted.steps.partition_point(|step| *step <= hit) as u64)
    }
}

/// The step of the nearest line beyond `step` that writes to a target.
pub fn next_write(
    history: &History<'_>,
    target: &Target,
    step: u64,
    direction: Direction,
    last: &LastChunk,
) -> Option<u64> {
    let mut from = step;
    loop {
        let write = writes::near_in(history.recording, history.timeline, target, from, direction, last).ok()??;
        let line = write.line.step;
        match direction {
            Direction::Forward if line > step => return Some(line),
            Direction::Backward if line < step => return Some(line),
            Direction::Forward => from = write.seen,
            Direction::Backward => from = write.seen.checked_sub(1)?,
        }
    }
}

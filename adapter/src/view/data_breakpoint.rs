//! Data breakpoints: places whose writes and reads stop the view.

use connie_expression::{Expression, holds};
use connie_history::answers::{ValuePlace, next_line};
use connie_history::breakpoint::{Failures, HitCount};
use connie_history::history::History;
use connie_history::moment::Moment;
use connie_history::reads::Reads;
use connie_history::stores::Stores;
use connie_history::timeline::Direction;
use connie_history::writes::LastChunk;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How a line accesses a place.
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
    /// The text for a stop; `None` for a write that changes something.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Access::Write => None,
            Access::Rewrite => Some("an equal value is written here"),
            Access::Read => Some("it is read here"),
        }
    }
}

/// Who set a breakpoint, and may remove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The client, which always sets all of its breakpoints.
    Client,
    /// A word of the console, or another editor's request.
    Console,
}

/// A breakpoint on reads or writes of a place.
pub struct DataBreakpoint {
    /// Its number for the client.
    pub id: i64,
    /// The place: its binding, and the contents of its value.
    pub place: ValuePlace,
    /// Whether it stops at writes.
    pub writes: bool,
    /// To stop at known writes of an equal value too.
    pub every: Option<Stores>,
    /// To stop at reads, as far as they are known.
    pub reads: Option<Reads>,
    /// Stops only if this is true when the line is about to run.
    pub condition: Option<Expression>,
    /// Stops only at these hits.
    pub count: Option<HitCount>,
    /// The hits at which its condition could not be evaluated.
    pub failures: RefCell<Failed>,
    /// Its hits from the start of the recording, as far as they were counted.
    pub counted: RefCell<Counted>,
    /// The writes that were read last.
    pub writes_seen: LastChunk,
    /// Who set it.
    pub by: By,
}

/// Hits that were counted when the recording had this length. A longer recording may reveal more hits before.
#[derive(Default)]
pub struct Counted {
    /// Steps of the hits at which the condition is true.
    steps: Vec<u64>,
    /// All hits up to this step were counted.
    up_to: u64,
    /// The last step of the recording at that time.
    length: u64,
}

/// The hits at which a condition could not be evaluated, as far as they were examined.
#[derive(Default)]
pub struct Failed {
    steps: BTreeMap<u64, String>,
    reported: bool,
}

impl Failed {
    /// All failures, if they were not taken before.
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
    /// The nearest hit beyond a step, and its kind.
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
        let write = self.writes.then(|| next_write(history, &self.place, step, direction, &self.writes_seen)).flatten();
        let read = self.reads.as_ref().and_then(|reads| reads.near(history, step, direction));
        let store = self.every.as_ref().and_then(|stores| stores.next_line(history, step, direction).ok()?);
        let store = store.map(|(step, is_equal)| (step, if is_equal { Access::Rewrite } else { Access::Write }));
        let all = [write.map(|step| (step, Access::Write)), store, read.map(|step| (step, Access::Read))];
        let all = all.into_iter().flatten();
        // A line that reads and writes is one hit: a write.
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

    /// Whether a hit, counted from the start of the recording, matches the hit count.
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

/// The step of the nearest line beyond `step` that writes to a place, or changes the contents of its value.
pub fn next_write(
    history: &History<'_>,
    place: &ValuePlace,
    step: u64,
    direction: Direction,
    last: &LastChunk,
) -> Option<u64> {
    next_line(history, place, step, direction, last).ok().flatten()
}

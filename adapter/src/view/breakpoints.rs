//! Breakpoints as they were set, and their states as reported.

use connie_expression::Expression;
use connie_history::answers::ValuePlace;
use connie_history::breakpoint::{Breakpoint, Failures, HitCount, Location};
use connie_history::timeline::Position;
use connie_recording::reader::Which;

use super::data_breakpoint::{By, DataBreakpoint};

/// The condition and hit count of a breakpoint, as they were written.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// Only hits at which this expression is true.
    pub condition: Option<String>,
    /// Only hits with these numbers.
    pub count: Option<String>,
}

/// A line breakpoint or logpoint to set.
#[derive(Clone, Debug)]
pub struct WantedLine {
    /// The line, counted from 1.
    pub line: u32,
    /// The message to print instead of stopping.
    pub log: Option<String>,
    /// Which of its hits count.
    pub only: Only,
}

/// A breakpoint on functions to set.
#[derive(Clone, Debug)]
pub struct WantedFunction {
    /// Name of the functions, or the end of it.
    pub name: String,
    /// Which of its hits count.
    pub only: Only,
}

/// A data breakpoint to set.
#[derive(Clone, Debug)]
pub struct WantedData {
    /// The number of one of the places that were offered.
    pub offered: Option<usize>,
    /// Whether to stop at reads.
    pub reads: bool,
    /// Whether to stop at writes.
    pub writes: bool,
    /// Which of its hits count.
    pub only: Only,
}

/// The state of a breakpoint, as reported to the client.
#[derive(Clone, Debug)]
pub struct BreakpointStatus {
    /// Its number.
    pub id: i64,
    /// Whether it can be hit.
    pub verified: bool,
    /// The line, counted from 1, if it is at a line.
    pub line: Option<u32>,
    /// Why it cannot be hit, or to which line it was moved.
    pub message: Option<String>,
}

impl BreakpointStatus {
    /// The state of a breakpoint that can be hit.
    pub fn verified(id: i64) -> Self {
        Self { id, verified: true, line: None, message: None }
    }

    /// The state of a breakpoint that cannot be hit, for this reason.
    pub fn refused(id: i64, why: String) -> Self {
        Self { id, verified: false, line: None, message: Some(why) }
    }
}

/// A line breakpoint or logpoint, as the client knows it.
pub struct LineBreakpoint {
    /// Its number.
    pub id: i64,
    /// The file.
    pub path: String,
    /// The requested line, counted from 1.
    pub line: u32,
    /// The message to print instead of stopping.
    pub log: Option<String>,
    pub(super) condition: Option<Expression>,
    pub(super) count: Option<HitCount>,
    /// Why it can never be hit.
    pub(super) problem: Option<String>,
    /// The line and message that were last reported to the client.
    pub(super) reported: (Option<u32>, Option<String>),
    pub(super) found: Option<Breakpoint>,
    /// Hits up to this step were printed.
    pub(super) logged: u64,
    /// Number of hits that were printed.
    pub(super) printed: usize,
    /// Fields of its message that could not be evaluated at some hits.
    pub(super) failed: Vec<(String, Failures)>,
    /// Whether the console has reported that its condition or message cannot be evaluated at some hits.
    pub(super) failures_reported: bool,
}

/// A breakpoint on functions with a name.
pub struct FunctionBreakpoint {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) condition: Option<Expression>,
    pub(super) count: Option<HitCount>,
    pub(super) found: Option<Breakpoint>,
    pub(super) codes: usize,
    pub(super) failures_reported: bool,
    /// Who set it.
    pub(super) by: By,
}

/// All breakpoints.
#[derive(Default)]
pub struct Breakpoints {
    next: i64,
    pub(super) lines: Vec<LineBreakpoint>,
    pub(super) functions: Vec<FunctionBreakpoint>,
    pub(super) data: Vec<DataBreakpoint>,
    /// Data breakpoints of an earlier recording that were removed, and whose removal was not reported yet.
    dropped: Vec<(i64, By)>,
    /// Places that were offered as data breakpoints; the index is part of their id.
    offered: Vec<ValuePlace>,
    /// Count of places that were offered for earlier recordings. Their numbers are never used again.
    withdrawn: usize,
    /// Which exceptions to stop at, each with the names of types; an empty list means all types.
    pub exceptions: Vec<(Which, Vec<String>)>,
}

/// A position at which the view stops, and why.
pub struct Hit {
    pub position: Position,
    pub reason: &'static str,
    pub(super) text: Option<String>,
    pub(super) ids: Vec<i64>,
}

impl Breakpoints {
    pub(super) fn id(&mut self) -> i64 {
        self.next += 1;
        self.next
    }
}

impl LineBreakpoint {
    /// Whether it has the same message, condition and hit count, at whatever line.
    pub(super) fn asks(&self, log: &Option<String>, condition: &Option<Expression>, count: Option<HitCount>) -> bool {
        let text = |condition: &Option<Expression>| condition.as_ref().map(|condition| condition.text.clone());
        &self.log == log && self.count == count && text(&self.condition) == text(condition)
    }

    /// Its state, as reported to the client.
    pub(super) fn status(&self) -> BreakpointStatus {
        let (line, message) = &self.reported;
        BreakpointStatus {
            id: self.id,
            verified: line.is_some(),
            line: Some(line.unwrap_or(self.line)),
            message: message.clone(),
        }
    }
}

impl Breakpoints {
    /// Copies what logpoints have printed from the old breakpoints of a file. Clients set all breakpoints of a file
    /// again when one changes. Logpoints must not print the same hits twice, even if lines were added above them.
    pub(super) fn keep_logged(&mut self, path: &str, before: &[LineBreakpoint]) {
        for breakpoint in self.lines.iter_mut().filter(|breakpoint| breakpoint.path == path) {
            let is_same = |old: &&LineBreakpoint| {
                let place = |one: &LineBreakpoint| match one.found.as_ref().map(|found| &found.place) {
                    Some(Location::Lines(lines)) => Some(lines.clone()),
                    _ => None,
                };
                let is_there = place(breakpoint).map_or(old.line == breakpoint.line, |lines| place(old) == Some(lines));
                is_there && old.asks(&breakpoint.log, &breakpoint.condition, breakpoint.count)
            };
            if let Some(old) = before.iter().find(is_same) {
                breakpoint.logged = old.logged;
                breakpoint.printed = old.printed;
                breakpoint.failures_reported = old.failures_reported;
                breakpoint.failed.clone_from(&old.failed);
            }
        }
    }

    /// Forgets places and hits, as the recording is another one.
    pub fn forget_hits(&mut self) {
        for breakpoint in &mut self.lines {
            (breakpoint.found, breakpoint.logged, breakpoint.failures_reported) = (None, 0, false);
            breakpoint.printed = 0;
            breakpoint.failed.clear();
        }
        for breakpoint in &mut self.functions {
            (breakpoint.found, breakpoint.codes, breakpoint.failures_reported) = (None, 0, false);
        }
        // Frames and objects of one recording have no meaning in another.
        self.dropped.extend(self.data.drain(..).map(|breakpoint| (breakpoint.id, breakpoint.by)));
        self.withdrawn += self.offered.len();
        self.offered.clear();
    }

    /// Takes the client's data breakpoints of an earlier recording, and returns whether the console had set some too.
    pub fn take_dropped(&mut self) -> (Vec<BreakpointStatus>, bool) {
        let (by_client, by_console): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.dropped).into_iter().partition(|(_, by)| *by == By::Client);
        let why = "it was on a value of the earlier recording: set it again";
        let gone = by_client.into_iter().map(|(id, _)| BreakpointStatus::refused(id, why.into()));
        (gone.collect(), !by_console.is_empty())
    }

    /// Offers a place as a data breakpoint. Returns the number with which it can be set.
    pub fn offer(&mut self, place: ValuePlace) -> usize {
        self.offered.push(place);
        self.withdrawn + self.offered.len() - 1
    }

    /// The place that was offered with a number, in this recording.
    pub fn offered(&self, number: usize) -> Option<&ValuePlace> {
        self.offered.get(number.checked_sub(self.withdrawn)?)
    }
}

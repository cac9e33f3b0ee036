//! Breakpoints as they were set: what is kept of them, and what is told.

use connie_expression::Expression;
use connie_history::answers::Place;
use connie_history::breakpoint::{Breakpoint, Failures, HitCount, Location};
use connie_history::timeline::Position;
use connie_recording::reader::Which;

use super::data_breakpoint::{By, DataBreakpoint};

/// Which of its hits a breakpoint is for, as it was written.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// Those where this expression holds.
    pub condition: Option<String>,
    /// Those with these numbers.
    pub count: Option<String>,
}

/// A line breakpoint or logpoint that is asked for.
#[derive(Clone, Debug)]
pub struct WantedLine {
    /// The line, from 1.
    pub line: u32,
    /// What is printed instead of stopping.
    pub log: Option<String>,
    /// Which of its hits count.
    pub only: Only,
}

/// A breakpoint on functions that is asked for.
#[derive(Clone, Debug)]
pub struct WantedFunction {
    /// Their name, or its end.
    pub name: String,
    /// Which of its hits count.
    pub only: Only,
}

/// A breakpoint on a place that is asked for.
#[derive(Clone, Debug)]
pub struct WantedData {
    /// The number of one of the places that were offered.
    pub offered: Option<usize>,
    /// Stop where it is read.
    pub reads: bool,
    /// Stop where it is written to.
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
    /// Where it is, from 1, if it is at a line.
    pub line: Option<u32>,
    /// Why it cannot be hit, or where it was moved to.
    pub message: Option<String>,
}

impl BreakpointStatus {
    /// It can be hit.
    pub fn verified(id: i64) -> Self {
        Self { id, verified: true, line: None, message: None }
    }

    /// It cannot be hit, and why.
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
    /// The line asked for, from 1.
    pub line: u32,
    /// What is printed instead of stopping.
    pub log: Option<String>,
    pub(super) condition: Option<Expression>,
    pub(super) count: Option<HitCount>,
    /// Why it can never be hit.
    pub(super) problem: Option<String>,
    /// Line and message that were last reported to the client.
    pub(super) reported: (Option<u32>, Option<String>),
    pub(super) found: Option<Breakpoint>,
    /// Logged up to this step.
    pub(super) logged: u64,
    /// Hits it has printed of.
    pub(super) printed: usize,
    /// Fields of its message that could not be evaluated at some hits.
    pub(super) failed: Vec<(String, Failures)>,
    /// Whether the console has reported that its condition or message cannot be evaluated at some hits.
    pub(super) failures_reported: bool,
}

/// A breakpoint on functions of a name.
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
    /// Data breakpoints of an earlier recording: nobody was told yet that they are gone.
    dropped: Vec<(i64, By)>,
    /// Places offered as data breakpoints, by the number in their id.
    offered: Vec<Place>,
    /// Numbers of places of an earlier recording: none is given out again.
    withdrawn: usize,
    /// Stop where an exception appears; each with the names of its types, none for all.
    pub exceptions: Vec<(Which, Vec<String>)>,
}

/// Where the view is stopped, and by what.
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
    /// Whether it asks for the same, at whatever line.
    pub(super) fn asks(&self, log: &Option<String>, condition: &Option<Expression>, count: Option<HitCount>) -> bool {
        let text = |condition: &Option<Expression>| condition.as_ref().map(|condition| condition.text.clone());
        &self.log == log && self.count == count && text(&self.condition) == text(condition)
    }

    /// Its state.
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
    /// Clients set all breakpoints of a file anew when one changes: logpoints that were there do not speak again of the
    /// hits they have spoken of, also where lines were added above them.
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

    /// The recording is another one: places and hits have to be found anew.
    pub fn forget_hits(&mut self) {
        for breakpoint in &mut self.lines {
            (breakpoint.found, breakpoint.logged, breakpoint.failures_reported) = (None, 0, false);
            breakpoint.printed = 0;
            breakpoint.failed.clear();
        }
        for breakpoint in &mut self.functions {
            (breakpoint.found, breakpoint.codes, breakpoint.failures_reported) = (None, 0, false);
        }
        // Frames and objects of one recording mean nothing in another.
        self.dropped.extend(self.data.drain(..).map(|breakpoint| (breakpoint.id, breakpoint.by)));
        self.withdrawn += self.offered.len();
        self.offered.clear();
    }

    /// The client's data breakpoints that an earlier recording had, once; and whether the console had set some.
    pub fn take_dropped(&mut self) -> (Vec<BreakpointStatus>, bool) {
        let (by_client, by_console): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.dropped).into_iter().partition(|(_, by)| *by == By::Client);
        let why = "it was on a value of the earlier recording: set it again";
        let gone = by_client.into_iter().map(|(id, _)| BreakpointStatus::refused(id, why.into()));
        (gone.collect(), !by_console.is_empty())
    }

    /// Offers a place as a data breakpoint; the number under which it can be set.
    pub fn offer(&mut self, place: Place) -> usize {
        self.offered.push(place);
        self.withdrawn + self.offered.len() - 1
    }

    /// The place that was offered under a number, in this recording.
    pub fn offered(&self, number: usize) -> Option<&Place> {
        self.offered.get(number.checked_sub(self.withdrawn)?)
    }
}

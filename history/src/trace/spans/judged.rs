//! A condition at the lines of some chunks, as the changes of its value.

use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use rustc_hash::FxHashMap;

use crate::breakpoint::Failures;

/// Consecutive steps of one frame at whose lines an expression holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first step.
    pub first: u64,
    /// The last step.
    pub last: u64,
    /// The number of lines at which it held.
    pub lines: u64,
    /// The thread.
    pub thread: u32,
    /// The frame.
    pub frame: u64,
    /// Its code.
    pub code: u32,
    /// The line of the first step.
    pub line: u32,
}

/// What changes at a line, or from a line on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The condition holds at the lines of this span, in addition to those of an open span of the frame.
    Holds(Span),
    /// The condition does not hold in the frame any more.
    Ends(u64),
}

/// What is known of a condition at a line.
#[derive(Clone, Debug)]
pub(super) enum Verdict {
    Holds(bool),
    Unknown(String),
}

/// A condition at the lines of some chunks, as the changes of its value.
#[derive(Default)]
pub(super) struct Judged {
    pub changes: Vec<Change>,
    /// The number of lines at which it had a value.
    pub evaluated: u64,
    /// Lines at which it could not be evaluated.
    pub failures: Failures,
    /// The damage of the last damaged chunk.
    pub damage: Option<Error>,
    /// For each frame whose state is known: the place of its span in `changes` if the condition holds.
    known: FxHashMap<u64, Option<usize>>,
}

impl Judged {
    /// Adds a line of a frame.
    pub fn line(&mut self, (step, thread): (u64, u32), frame: &StackFrame, verdict: &Verdict) {
        match verdict {
            Verdict::Holds(true) => {
                self.evaluated += 1;
                let place = self.known.entry(frame.frame).or_default();
                if let Some(Change::Holds(span)) = place.and_then(|place| self.changes.get_mut(place)) {
                    (span.last, span.lines) = (step, span.lines + 1);
                    return;
                }
                *place = Some(self.changes.len());
                let StackFrame { frame, code, line, .. } = *frame;
                self.changes.push(Change::Holds(Span { first: step, last: step, lines: 1, thread, frame, code, line }));
            }
            Verdict::Holds(false) => {
                self.evaluated += 1;
                self.ends(frame.frame);
            }
            Verdict::Unknown(why) => {
                self.failures.add(why);
                self.ends(frame.frame);
            }
        }
    }

    /// A frame begins: no span of it is open.
    pub fn begins(&mut self, frame: u64) {
        self.known.insert(frame, None);
    }

    /// The condition does not hold in a frame.
    pub fn ends(&mut self, frame: u64) {
        if self.known.insert(frame, None) != Some(None) {
            self.changes.push(Change::Ends(frame));
        }
    }

    /// A frame returned.
    pub fn leaves(&mut self, frame: u64) {
        self.ends(frame);
        self.known.remove(&frame);
    }
}

//! Questions about values and their answers: which write made a value, all its versions, and where it came from.
//! Answers are types. The adapter, the CLI and the servers turn them into words, so that all of them show the same
//! answers.

mod alike;
pub(crate) mod binds;
mod cells;
mod changes;
pub mod closures;
pub mod contents;
pub mod difference;
mod every;
mod held;
mod place;
mod spot;

use schemars::JsonSchema;
use serde::Serialize;

use connie_recording::error::Error;
use connie_recording::render::{Bounds, Renderer};
use connie_wire::Value;

use crate::History;
use crate::moment::Moment;
use crate::origin::Trail;
use crate::stores::Stores;
use crate::timeline::{Direction, Position};
pub(crate) use binds::binds;
pub use changes::{Change, Changes, What, next_line};
pub use every::Every;
pub use place::ValuePlace;
pub use spot::Spot;

/// A question about the value of an expression, in a frame at a step.
#[derive(Clone, Debug)]
pub enum Question {
    /// Which write made the current value.
    Why(Asked),
    /// All versions: backward from the step, the latest first, or forward from it, the earliest first.
    History {
        /// The expression.
        of: Asked,
        /// The direction in time.
        direction: Direction,
        /// The maximum number of versions.
        most: usize,
    },
    /// Where the value came from.
    Origin(Asked),
}

/// An expression, with the step and frame in which it is evaluated.
#[derive(Clone, Debug)]
pub struct Asked {
    /// A variable, attribute, item or key.
    pub text: String,
    /// The step.
    pub step: u64,
    /// A frame on the stack at that step.
    pub frame: u64,
}

/// The answer to a question.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "answer")]
pub enum Answer {
    /// The writes that made a value, the latest first: the write of its contents, and the write of the binding.
    Why {
        /// Empty if no write is known.
        writes: Vec<Version>,
    },
    /// Versions of a value.
    History {
        /// The versions, in the requested order.
        versions: Vec<Version>,
        /// The step from which to ask for the next versions, none of which is among these.
        next: Option<u64>,
    },
    /// The trail of a value to its origin.
    Origin(Trail),
}

/// A write, and the value after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// The line that made the write.
    pub at: Spot,
    /// The step at which the write was seen.
    pub seen: u64,
    /// The new value as text; `None` if it was deleted.
    pub value: Option<String>,
    /// The changes within the value; empty if the value itself was written.
    pub changed: Vec<String>,
    /// If code that is not recorded made the write during a call of that line: the first step at which it may have
    /// happened.
    pub since: Option<u64>,
    /// The write went through another array, which is known to share memory with this one and changed in the same way:
    /// the name of that array in the frame that wrote.
    pub through: Option<String>,
    /// Whether the written value equals the one before.
    pub is_equal: bool,
    /// Whether another thread wrote at the same time, so that it is unknown which value came last.
    pub is_unsure: bool,
}

/// How much of a value is shown.
const SHOWN: Bounds = Bounds { string: 300, items: 30, depth: 3 };
/// How much of a changed item is shown.
const CHANGED: Bounds = Bounds { string: 80, items: 8, depth: 2 };
/// The maximum number of changes listed for one version.
const MAX_CHANGES: usize = 8;

impl History<'_> {
    /// Answers a question.
    ///
    /// # Errors
    /// If the expression names nothing that is written to, or the recording cannot be read.
    pub fn ask(&self, question: &Question) -> Result<Answer, Error> {
        Ok(match question {
            Question::Why(of) => Answer::Why { writes: self.why(of)? },
            Question::History { of, direction, most } => {
                let versions = self.versions(of, of.step, *direction, *most)?;
                let last = versions.last().filter(|_| versions.len() == *most).map(|last| last.seen);
                // Backward, the versions at the step itself are included.
                let next = match direction {
                    Direction::Backward => last.and_then(|last| last.checked_sub(1)),
                    Direction::Forward => last,
                };
                Answer::History { versions, next }
            }
            Question::Origin(of) => Answer::Origin(self.trail(&of.text, of.step, of.frame)?),
        })
    }

    /// The versions of the place that an expression names at its step: backward those seen at or before `from`, the
    /// latest first; forward those seen after it, the earliest first.
    ///
    /// # Errors
    /// If the expression names nothing that is written to, or the recording cannot be read.
    pub fn versions(&self, of: &Asked, from: u64, direction: Direction, most: usize) -> Result<Vec<Version>, Error> {
        let place = self.place(&of.text, of.step, of.frame)?;
        let stores = Stores::of(self.recording, &place.target);
        let every = Every::new(*self, &place, &stores, from, direction);
        every.take(most).map(|change| change.and_then(|change| self.version(&change))).collect()
    }

    /// The writes that made a value: the latest change within it, and its binding.
    fn why(&self, of: &Asked) -> Result<Vec<Version>, Error> {
        let place = self.place(&of.text, of.step, of.frame)?;
        let mut found = Vec::new();
        let mut changes = Changes::new(*self, &place, of.step, Direction::Backward);
        while let Some(change) = changes.next().transpose()? {
            if matches!(change.what, What::Bound) {
                if let Some(write) = self.equal_after(&place, of.step, &change.write)? {
                    found.push(self.version(&Change { write, what: What::Bound, through: None })?);
                }
                found.push(self.version(&change)?);
                break;
            }
            found.push(self.version(&change)?);
            // Earlier changes within the value do not count.
            changes = changes.bindings();
        }
        Ok(found)
    }

    /// Describes a change as a version.
    ///
    /// # Errors
    /// If its chunk cannot be read.
    pub fn version(&self, change: &Change) -> Result<Version, Error> {
        let write = &change.write;
        let moment = Moment::at(self.recording, write.seen.min(self.recording.last_step()))?;
        let value = write.value.as_ref().map(|value| Renderer::new(&moment.player, SHOWN).text(value));
        let (is_equal, is_unsure) = (write.is_equal(), write.is_unsure);
        let changed = match &change.what {
            What::Bound => Vec::new(),
            What::Within(version) => change_texts(&moment, version),
            What::Held { is_first: true } => vec!["first seen with this value".to_owned()],
            What::Held { is_first: false } => Vec::new(),
        };
        Ok(Version {
            at: Spot::of(self, &write.line),
            seen: write.seen,
            value,
            changed,
            since: write.since,
            through: change.through.map(|other| through(self, &write.line, other)).transpose()?,
            is_equal,
            is_unsure,
        })
    }
}

/// The name of a variable that refers to an object when a line is about to run.
fn through(history: &History<'_>, line: &Position, object: u64) -> Result<String, Error> {
    let moment = Moment::at(history.recording, line.step)?;
    let locals = History::frame_at(&moment, line.frame).map(|frame| moment.player.locals(&frame)).unwrap_or_default();
    let name = locals.into_iter().find(|(_, value)| *value == Value::Object(object)).map(|(name, _)| name);
    Ok(name.unwrap_or_else(|| "another array".into()))
}

/// Describes the changes of a version in words.
fn change_texts(moment: &Moment<'_>, version: &contents::Version) -> Vec<String> {
    let differences = difference::of(version, difference::kind_of(&moment.player, version));
    let mut renderer = Renderer::new(&moment.player, CHANGED);
    let mut found: Vec<String> = differences.iter().take(MAX_CHANGES).map(|one| one.text(&mut renderer)).collect();
    if differences.len() > MAX_CHANGES {
        found.push(format!("and {} more", differences.len() - MAX_CHANGES));
    }
    found
}

#[cfg(test)]
mod tests;

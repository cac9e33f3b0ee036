//! Questions about values and their answers: which write made a value, all its versions, where it came from. The
//! answers are types. The edges choose the words, and all of them show the same answers.

mod alike;
pub(crate) mod binds;
mod cells;
mod changes;
pub mod closures;
pub mod contents;
pub mod difference;
mod every;
mod place;
mod spot;

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
pub use place::Place;
pub use spot::Spot;

/// A question about the value of an expression, in a frame at a step.
#[derive(Clone, Debug)]
pub enum Question {
    /// Which write made the value that it has.
    Why(Asked),
    /// Every version of it: up to the step, the latest first, or after it, the next first.
    History {
        /// Of what.
        of: Asked,
        /// Which way.
        direction: Direction,
        /// How many versions at most.
        most: usize,
    },
    /// Where the value came from.
    Origin(Asked),
}

/// An expression, and where it stands.
#[derive(Clone, Debug)]
pub struct Asked {
    /// A variable, attribute, item or key.
    pub text: String,
    /// The step.
    pub step: u64,
    /// A frame of the stack then.
    pub frame: u64,
}

/// What is known.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "answer")]
pub enum Answer {
    /// The writes that made a value, the latest first: that of its contents, and that of the binding.
    Why {
        /// None where nothing is known to have written.
        writes: Vec<Version>,
    },
    /// Versions of a value.
    History {
        /// In the order that was asked for.
        versions: Vec<Version>,
        /// The step to ask from for those that follow.
        next: Option<u64>,
    },
    /// The trail of a value.
    Origin(Trail),
}

/// One write, and the value that was there then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Version {
    /// The line that wrote.
    pub at: Spot,
    /// The step at which it was seen.
    pub seen: u64,
    /// What was bound or changed, as text; nothing if it was deleted.
    pub value: Option<String>,
    /// What changed within the value; empty if the value itself was written.
    pub changed: Vec<String>,
    /// Where code that is not recorded wrote, in a call of that line: the first step at which it may have.
    pub since: Option<u64>,
    /// Another array was written through, which shares memory with this one as far as is known: it changed in the same
    /// way. Its name in the frame that wrote.
    pub through: Option<String>,
    /// A value equal to the one that was there was written.
    pub is_equal: bool,
    /// Another thread wrote at that time: which of the two values was last is not known.
    pub is_unsure: bool,
}

/// How much of a value is shown.
const SHOWN: Bounds = Bounds { string: 300, items: 30, depth: 3 };
/// How much of what changed within it.
const CHANGED: Bounds = Bounds { string: 80, items: 8, depth: 2 };
/// So many changes of one version are told one by one.
const TOLD: usize = 8;

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
                let next = (versions.len() == *most).then(|| versions.last().map(|last| last.seen)).flatten();
                Answer::History { versions, next }
            }
            Question::Origin(of) => Answer::Origin(self.trail(&of.text, of.step, of.frame)?),
        })
    }

    /// The versions of what an expression names at its step; those that are seen at or before `from`, the latest first,
    /// or after it, the next first.
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
        for change in Changes::new(*self, &place, of.step, Direction::Backward) {
            let change = change?;
            let is_binding = matches!(change.what, What::Bound);
            if is_binding || found.is_empty() {
                found.push(self.version(&change)?);
            }
            if is_binding {
                break;
            }
        }
        Ok(found)
    }

    /// A change as it is told.
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
            What::Within(version) => told(&moment, version),
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

/// The name of a variable that has an object where a line is about to run.
fn through(history: &History<'_>, line: &Position, object: u64) -> Result<String, Error> {
    let moment = Moment::at(history.recording, line.step)?;
    let locals = History::frame_at(&moment, line.frame).map(|frame| moment.player.locals(&frame)).unwrap_or_default();
    let name = locals.into_iter().find(|(_, value)| *value == Value::Object(object)).map(|(name, _)| name);
    Ok(name.unwrap_or_else(|| "another array".into()))
}

/// What a version changed, in words.
fn told(moment: &Moment<'_>, version: &contents::Version) -> Vec<String> {
    let differences = difference::of(version, difference::kind_of(&moment.player, version));
    let mut renderer = Renderer::new(&moment.player, CHANGED);
    let mut found: Vec<String> = differences.iter().take(TOLD).map(|one| one.text(&mut renderer)).collect();
    if differences.len() > TOLD {
        found.push(format!("and {} more", differences.len() - TOLD));
    }
    found
}

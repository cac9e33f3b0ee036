//! Why a line, a part of a statement or a function did not run: what led elsewhere, the nearest first, with the values that
//! it depended on.
//!
//! The statements around the line and before it are looked at from the inside out. The first that ran is the one that led
//! elsewhere: it was the last that its function did on the way there, and what the function did next tells how it left.

mod ask;
mod called;
mod exits;
mod handlers;
mod headers;
mod hold;
mod inside;
mod line;
mod modules;
mod runs;
mod text;
mod values;

use serde::Serialize;

use crate::answers::Spot;
use crate::places::NoLocation;
use connie_recording::error::Error;

pub use ask::Wanted;

/// What is known of a line that did not run.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhyNot {
    /// What was asked about, in words.
    pub asked: String,
    /// Whether it ran.
    pub verdict: Verdict,
    /// What led elsewhere, the nearest first.
    pub reasons: Vec<Reason>,
    /// It is a function, which is called.
    #[serde(skip)]
    pub is_function: bool,
    /// The reasons are of this statement within it: it ran, and its body never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// Whether something ran.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "is")]
pub enum Verdict {
    /// It never did.
    Never,
    /// It did.
    Ran {
        /// How often; `None` if that is not counted.
        times: Option<u64>,
        /// The first time.
        first: Spot,
        /// The last time.
        last: Spot,
        /// Whether only the call of the moment is meant.
        in_call: bool,
    },
    /// Not in the call of the moment.
    NotInCall {
        /// Where that call began.
        call: Spot,
        /// How often other calls did, where that is counted.
        elsewhere: Option<u64>,
    },
    /// The line has no code.
    NoCode {
        /// The nearest line that has.
        nearest: Option<u32>,
    },
    /// The file is none of the recorded ones.
    NotRecorded,
    /// Its condition was looked at, and what that came to.
    Condition {
        /// Hits at which it was looked at.
        hits: u64,
        /// Those at which it held.
        held: u64,
        /// Those at which it could not be evaluated.
        failed: u64,
        /// Whether there are further ones.
        more: bool,
    },
}

/// How something was left, or not come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// A condition was false.
    Condition,
    /// Another branch was taken.
    OtherBranch,
    /// A loop had nothing to go over.
    EmptyLoop,
    /// A loop did not come to its end.
    LoopLeft,
    /// The function returned.
    Returned,
    /// The loop was left.
    Broke,
    /// The next round of the loop began.
    Continued,
    /// An exception.
    Raised,
    /// Nothing was raised.
    NothingRaised,
    /// What was raised is of another class.
    OtherClass,
    /// What was raised was handled before.
    OtherHandler,
    /// Another case took it.
    OtherCase,
    /// The pattern did not match.
    NoMatch,
    /// The guard of a case was false.
    Guard,
    /// The generator or coroutine waits, and does not go on.
    Waits,
    /// The generator was closed.
    Closed,
    /// The program ended, or was not recorded further.
    Ended,
    /// The program still runs.
    Runs,
    /// A function was not called.
    NotCalled,
    /// A place that names the function or module.
    Site,
    /// A file was not imported, or is not recorded.
    NotImported,
    /// A condition of a breakpoint could not be evaluated.
    NotEvaluated,
    /// Not known.
    Unknown,
}

/// One thing that led elsewhere.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// What it was.
    pub kind: Kind,
    /// When and where: the latest time. `None` of what has no step.
    pub at: Option<Spot>,
    /// File and line, where it has no step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// In words.
    pub said: String,
    /// How often that line ran, where that is counted and more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The values it depended on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Known>,
    /// What led to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

/// A value that something depended on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// The variable, attribute, item or call.
    pub text: String,
    /// Its value.
    pub value: String,
    /// Where it came from: the line that wrote it, and where the trail ends.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<From>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct From {
    /// How.
    pub how: crate::origin::How,
    /// What has the value there.
    pub text: String,
    /// The line.
    pub at: Spot,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// Nothing is called so.
    #[error(transparent)]
    Location(#[from] NoLocation),
    /// The question has another form.
    #[error("{0}")]
    Question(String),
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] Error),
}

impl Reason {
    fn new(kind: Kind, at: Option<Spot>, said: String) -> Self {
        Self { kind, at, place: None, said, times: None, values: Vec::new(), because: Vec::new() }
    }
}

//! Explains why a line, a part of a statement or a function did not run: what led elsewhere, the nearest first, with
//! the values that decided it.
//!
//! The statements around the line and before it are checked from the inside out. The first that ran is the one that led
//! elsewhere: it was the last one that its function ran on the way there, and the next event of the function tells how
//! it was left.

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

use schemars::JsonSchema;
use serde::Serialize;

use crate::answers::Spot;
use crate::places::NoLocation;
use connie_recording::error::Error;

pub use ask::Wanted;

/// The answer for a line that did not run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WhyNot {
    /// The question in words.
    pub asked: String,
    /// Whether it ran.
    pub verdict: Verdict,
    /// The reasons, the nearest first.
    pub reasons: Vec<Reason>,
    /// Whether the question is about a function, which is called.
    #[serde(skip)]
    pub is_function: bool,
    /// The reasons are about this statement within the line: it ran, but its body never did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// Whether the target ran.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "is")]
pub enum Verdict {
    /// It never ran.
    Never,
    /// It ran.
    Ran {
        /// How often; `None` if it was not counted.
        times: Option<u64>,
        /// The first time.
        first: Spot,
        /// The last time.
        last: Spot,
        /// Whether only the call at the given moment counts.
        in_call: bool,
    },
    /// It did not run in the call at the given moment.
    NotInCall {
        /// Where that call began.
        call: Spot,
        /// How often it ran in other calls, if that was counted.
        elsewhere: Option<u64>,
    },
    /// The line has no code.
    NoCode {
        /// The nearest line that has code.
        nearest: Option<u32>,
    },
    /// The file was not recorded.
    NotRecorded,
    /// The condition of a breakpoint was evaluated.
    Condition {
        /// The number of hits at which it was evaluated.
        hits: u64,
        /// The number of hits at which it held.
        held: u64,
        /// The number of hits at which it could not be evaluated.
        failed: u64,
        /// Whether there are more hits.
        more: bool,
    },
}

/// How control went elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ReasonKind {
    /// A condition was false.
    Condition,
    /// Another branch was taken.
    OtherBranch,
    /// A loop had nothing to iterate over.
    EmptyLoop,
    /// A loop was left before its end.
    LoopLeft,
    /// The function returned.
    Returned,
    /// A `break` left the loop.
    Broke,
    /// A `continue` began the next iteration.
    Continued,
    /// An exception was raised.
    Raised,
    /// Nothing was raised.
    NothingRaised,
    /// The exception is of another class.
    OtherClass,
    /// The exception was handled by an earlier handler.
    OtherHandler,
    /// An earlier case matched.
    OtherCase,
    /// The pattern did not match.
    NoMatch,
    /// The guard of a case was false.
    Guard,
    /// The generator or coroutine is suspended and did not resume.
    Waits,
    /// The generator was closed.
    Closed,
    /// The program or its recording ended.
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

/// A single reason.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// The kind of the reason.
    pub kind: ReasonKind,
    /// The spot of the latest occurrence; `None` if it has no step.
    pub at: Option<Spot>,
    /// File and line, if it has no step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The reason in words.
    pub said: String,
    /// How often that line ran, if that was counted and is more than once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The values that decided it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Known>,
    /// The reasons that led to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

/// A value that decided something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// The variable, attribute, item or call.
    pub text: String,
    /// Its value.
    pub value: String,
    /// The origin of the value: the line that wrote it, and the end of its trail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<From>,
}

/// A hop of a value's trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct From {
    /// How the value got there.
    pub how: crate::origin::How,
    /// The expression that has the value there.
    pub text: String,
    /// The line.
    pub at: Spot,
}

/// The reason why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// No place has this name.
    #[error(transparent)]
    Location(#[from] NoLocation),
    /// The question is malformed.
    #[error("{0}")]
    Question(String),
    /// The recording cannot be read.
    #[error(transparent)]
    Recording(#[from] Error),
}

impl Reason {
    fn new(kind: ReasonKind, at: Option<Spot>, said: String) -> Self {
        Self { kind, at, place: None, said, times: None, values: Vec::new(), because: Vec::new() }
    }
}

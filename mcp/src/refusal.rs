//! Errors of tool calls: one sentence, and what to do instead. Clients show it to the model.

use connie_history::places::NoLocation;
use connie_history::when::NoMoment;
use connie_recording::Error;

use crate::answer::Recorded;

/// The maximum number of characters of a message.
const LONGEST: usize = 1000;

/// The reason why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The arguments are invalid.
    #[error("{0}")]
    Arguments(String),
    /// The requested thing does not exist.
    #[error("{0}")]
    NotFound(String),
    /// An expression has no answer.
    #[error("{0}; evaluate and variables show what is known at a step, and `step` or `at` choose another moment")]
    Expression(String),
    /// A recording cannot be read.
    #[error("{0}")]
    Recording(Error),
    /// The client cancelled the call, or left.
    #[error("the call was cancelled")]
    Cancelled,
    /// The answer took too long.
    #[error("there was no answer within {0} seconds: ask for less, such as one function or a smaller range of steps")]
    TooLong(u64),
    /// An internal error of connie.
    #[error("internal error of connie in this call; other calls still work")]
    Fault,
}

impl Refusal {
    /// The message for clients: on one line, limited in length. It may contain names from a recording.
    pub fn text(&self) -> String {
        Recorded::within(&self.to_string(), LONGEST).to_string()
    }

    /// The error for an invalid argument, with the reason.
    pub fn argument(name: &str, why: impl std::fmt::Display) -> Self {
        Self::Arguments(format!("`{name}`: {why}"))
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Interrupted => Self::Cancelled,
            Error::Expression(why) => Self::Expression(why),
            error => Self::Recording(error),
        }
    }
}

impl From<NoMoment> for Refusal {
    fn from(none: NoMoment) -> Self {
        match none {
            NoMoment::ZerothHit(_) | NoMoment::NoLine(_) => Self::argument("at", none),
            NoMoment::NotFound(why) => Self::NotFound(why),
            NoMoment::Expression(why) => Self::Expression(why),
            NoMoment::Recording(error) => error.into(),
        }
    }
}

impl From<NoLocation> for Refusal {
    fn from(none: NoLocation) -> Self {
        Self::NotFound(none.to_string())
    }
}

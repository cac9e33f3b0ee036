//! Errors of expressions.

use thiserror::Error;

/// The reason why an expression has no value.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Problem {
    /// It is not a Python expression.
    #[error("not a Python expression: {0}")]
    Syntax(String),
    /// No variable of this name is known at this moment.
    #[error("{0} is not known here")]
    Name(String),
    /// The exception that CPython would raise.
    #[error("{0}")]
    Raised(String),
    /// It needs more of a text than was recorded.
    #[error("not evaluated: only the first {kept} of {length} {unit} were recorded")]
    Cut {
        /// The number of characters (for bytes: bytes) that were recorded.
        kept: u64,
        /// The full number.
        length: u64,
        /// `characters` or `bytes`.
        unit: &'static str,
    },
    /// It would run code, or needs data that was not recorded.
    #[error("not evaluated: {0}")]
    NotEvaluated(String),
}

pub(super) fn unknown<T>(why: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::NotEvaluated(why.into()))
}

pub(super) fn raised<T>(what: impl Into<String>) -> Result<T, Problem> {
    Err(Problem::Raised(what.into()))
}

//! What happened in a run, as clients get it: output and exceptions.

use connie_recording::error::Error;
use connie_recording::reader::{Raised, Recording, Which, Written};
use serde::Serialize;

/// The maximum number of uncaught exceptions that are listed.
const MAX_UNCAUGHT: usize = 100;

/// A piece of output.
#[derive(Debug, Serialize)]
pub struct Piece {
    /// The step that printed it.
    pub step: u64,
    /// `stdout` or `stderr`.
    pub category: &'static str,
    /// What was printed.
    pub text: String,
}

impl From<Written> for Piece {
    fn from(written: Written) -> Self {
        let category = if written.stream == 2 { "stderr" } else { "stdout" };
        Self { step: written.step, category, text: written.text }
    }
}

/// An exception.
#[derive(Debug, Serialize)]
pub struct Exception {
    /// The step at which it appeared.
    pub step: u64,
    /// Its type and text.
    pub text: String,
    /// Whether nothing caught it.
    pub uncaught: bool,
    /// Where it was raised.
    pub line: u32,
    /// The function in which it was raised.
    pub function: Option<String>,
    /// The path of its source.
    pub file: Option<String>,
}

impl Exception {
    /// The exception, with its place.
    #[must_use]
    pub fn of(recording: &Recording, raised: &Raised) -> Self {
        let (code, line) = raised.traceback.last().copied().unwrap_or((u32::MAX, 0));
        let function = recording.function(code);
        Self {
            step: raised.step,
            text: raised.to_string(),
            uncaught: raised.uncaught,
            line,
            function: function.map(|function| function.name.clone()),
            file: function.map(|function| recording.short(function.source).to_owned()),
        }
    }
}

/// The first uncaught exceptions, and the one that ended the run.
///
/// # Errors
/// If the tables cannot be read.
pub fn uncaught(recording: &Recording) -> Result<Vec<Raised>, Error> {
    let mut found: Vec<Raised> = Vec::new();
    while found.len() < MAX_UNCAUGHT {
        let last = found.last().map_or(0, |raised| raised.step);
        let Some(raised) = recording.exception_near(last, true, Which::Uncaught)? else { break };
        found.push(raised);
    }
    if let Some(end) = recording.ended_by()?.filter(|end| end.uncaught) {
        found.retain(|raised| raised.step != end.step);
        found.push(end);
    }
    Ok(found)
}

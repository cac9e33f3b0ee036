//! Computes how much time each function took.

use serde::Serialize;

use connie_recording::error::Error;
use connie_recording::reader::Recording;

/// Calls and times of a function. Times are in nanoseconds and include the overhead of recording.
#[derive(Clone, Debug, Serialize)]
pub struct Spent {
    /// Its code.
    pub code: u32,
    /// Its qualified name.
    pub name: String,
    /// Number of its source.
    pub source: u32,
    /// Its first line.
    pub line: u32,
    /// The number of calls.
    pub calls: u64,
    /// Time including callees. Recursive calls count once, for the outermost.
    pub total: u64,
    /// Time without callees.
    pub own: u64,
    /// Exceptions that appeared in it.
    pub raised: u64,
}

/// All functions that were called, in descending order of own time. Complete only after the run has ended.
///
/// # Errors
/// If the tables cannot be read.
pub fn profile(recording: &Recording) -> Result<Vec<Spent>, Error> {
    let mut found = Vec::new();
    for (code, function) in recording.functions.iter().enumerate() {
        let code = code as u32;
        let (calls, total, own) = recording.times(code)?;
        if calls > 0 {
            let raised = recording.raised_in(code)?.len() as u64;
            let (name, source, line) = (function.name.clone(), function.source, function.line);
            found.push(Spent { code, name, source, line, calls, total, own, raised });
        }
    }
    found.sort_by_key(|spent| std::cmp::Reverse(spent.own));
    Ok(found)
}

/// A saturating sum of times or counts, which a crafted file may make arbitrarily large.
pub fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

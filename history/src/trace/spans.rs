//! Finds the steps at whose lines an expression holds.
//!
//! Conditions on scalars are judged by the variables of frames alone ([`scalars`]). Others are evaluated, but only where
//! something changed that the last evaluation in the frame read ([`memo`]).

mod judged;
mod memo;
mod scalars;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use connie_expression::Expression;
use connie_recording::error::Error;
use rustc_hash::FxHashSet;

use crate::History;
use crate::breakpoint::Failures;
use crate::by_chunk;
pub use judged::Span;
use judged::{Change, Judged};

/// The result of a search for spans.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// The number of lines at which the expression had a value.
    pub evaluated: u64,
    /// Lines at which it could not be evaluated.
    pub failures: Failures,
}

/// The spans of steps at whose lines an expression holds, in functions with the given codes; in all code for `None`.
/// `each` gets every span, in the order of their ends, and returns whether to continue.
///
/// # Errors
/// If the recording is damaged, or the question is cancelled.
pub fn spans(
    history: &History<'_>,
    condition: &Expression,
    codes: Option<&[u32]>,
    mut each: impl FnMut(Span) -> bool,
) -> Result<Searched, Error> {
    let mut searched = Searched::default();
    let mut open = Open::default();
    let count = history.recording.chunks.len();
    let ranges: Vec<Range<usize>> = (0..count).step_by(RUN).map(|first| first..(first + RUN).min(count)).collect();
    let work = |history: &History<'_>, range| judged(history, range, condition, codes);
    let (mut error, mut is_ended) = (None, false);
    by_chunk::each(history, &ranges, work, |judged| {
        searched.evaluated += judged.evaluated;
        searched.failures.merge(judged.failures);
        if !judged.changes.into_iter().filter_map(|change| open.change(change)).all(&mut each) {
            is_ended = true;
            return false;
        }
        error = judged.damage.or(error.take());
        !matches!(error, Some(Error::Interrupted))
    });
    match error {
        _ if is_ended => return Ok(searched),
        Some(error) => return Err(error),
        None if history.timeline.is_interrupted() => return Err(Error::Interrupted),
        None => {}
    }
    let mut left: Vec<Span> = open.0.into_values().collect();
    left.sort_unstable_by_key(|span| span.last);
    let _ = left.into_iter().all(each);
    Ok(searched)
}

/// The number of chunks that a thread evaluates at once: what it reads of earlier chunks is read once for all of them.
const RUN: usize = 8;

/// The spans that have not ended yet, by frame.
#[derive(Default)]
struct Open(BTreeMap<u64, Span>);

impl Open {
    /// Takes a change. Returns the span that it ends.
    fn change(&mut self, change: Change) -> Option<Span> {
        match change {
            Change::Ends(frame) => self.0.remove(&frame),
            Change::Holds(more) => {
                let span = self.0.entry(more.frame).or_insert(Span { lines: 0, ..more });
                (span.last, span.lines) = (more.last, span.lines + more.lines);
                None
            }
        }
    }
}

/// Judges a condition at the lines of some chunks.
fn judged(history: &History<'_>, chunks: Range<usize>, condition: &Expression, codes: Option<&[u32]>) -> Judged {
    let codes: Option<FxHashSet<u32>> = codes.map(|codes| codes.iter().copied().collect());
    let mut judged = Judged::default();
    let Some(mut scalars) = scalars::Scalars::new(history, condition) else {
        memo::judge(history, chunks, condition, codes.as_ref(), &mut judged);
        return judged;
    };
    for index in chunks {
        if history.timeline.is_interrupted() {
            judged.damage = Some(Error::Interrupted);
            break;
        }
        if !scalars.judge(index, codes.as_ref(), &mut judged) {
            memo::judge(history, index..index + 1, condition, codes.as_ref(), &mut judged);
        }
    }
    judged
}

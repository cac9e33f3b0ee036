//! Compares two runs: the first different values and control flow, and other differences.
//!
//! Threads of one name are walked side by side, step by step, as long as both are at the same place: the same event
//! of the same function, at the same line (lines of an edited file correspond by their diff), equally deep. There
//! values are compared, as text (see [`crate::variables`]). Where the places differ the runs *part*; they *meet*
//! again at the first place that both come to at that depth or above. The idea of comparing at corresponding places
//! is that of execution indexing (Xin, Sumner, Zhang: Efficient program execution indexing, PLDI 2008).

use connie_recording::error::Error;
use connie_recording::reader::Recording;

mod alignment;
mod compared;
mod counts;
mod found;
mod leaves;
mod pairs;
mod prefix;
mod resync;
mod same;
mod side;
mod walk;
mod watcher;

pub use compared::{Compared, Given, Level, Place, Relation, Seen, Variable};
pub use found::{Calls, Comparison, File, Lines, Options, Output, Repeat, RunPoint, ValueParting, WayParting, What};
pub use pairs::Block;
use pairs::{Pairs, Threads};
use watcher::Nobody;
pub(crate) use watcher::{Difference, Watcher};

/// Compares two recordings.
///
/// # Errors
/// If one cannot be read.
pub fn compare(left: &Recording, right: &Recording, options: &Options<'_>) -> Result<Comparison, Error> {
    let pairs = Pairs::of(left, right);
    let threads = Threads::of(left, right)?;
    let mut found = counted(left, right, &pairs, &threads)?;
    let from = prefix::same_steps(left, right, &pairs, &|| true);
    walk::walk([left, right], &pairs, &threads, from, options, &mut Nobody, &mut found)?;
    Ok(found)
}

/// What differs in the tables of two recordings: all but values and control flow.
fn counted(left: &Recording, right: &Recording, pairs: &Pairs, threads: &Threads) -> Result<Comparison, Error> {
    let both = [left, right];
    // A recording in progress has no counts yet.
    let counted = both.iter().all(|one| !one.info.is_going_on());
    Ok(Comparison {
        results: [counts::result(left)?, counts::result(right)?],
        steps: both.map(|one| one.info.steps),
        threads: threads.alone.clone(),
        files: counts::files(left, right, pairs),
        calls: if counted { counts::calls(left, right, pairs)? } else { Vec::new() },
        lines: if counted { counts::lines(left, right, pairs)? } else { Vec::new() },
        output: counts::output(left, right)?,
        ..Comparison::default()
    })
}

/// Compares two recordings step by step, for a watcher. Begins with a thread of the right one.
///
/// # Errors
/// If one cannot be read.
pub(crate) fn follow(
    left: &Recording,
    right: &Recording,
    thread: u32,
    options: &Options<'_>,
    watcher: &mut dyn Watcher,
) -> Result<Comparison, Error> {
    let pairs = Pairs::of(left, right);
    let mut threads = Threads::of(left, right)?;
    threads.pairs.sort_by_key(|[_, right]| *right != thread);
    let mut found = Comparison::default();
    let from = prefix::same_steps(left, right, &pairs, &|| (options.progress)(0));
    walk::walk([left, right], &pairs, &threads, from, options, watcher, &mut found)?;
    Ok(found)
}

#[cfg(test)]
mod tests;

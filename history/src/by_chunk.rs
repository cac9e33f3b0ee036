//! Evaluates expressions in many chunks with all processors. A reader of a recording stays in its thread, so that each
//! thread opens the recording anew.

use std::ops::Range;

use connie_recording::error::Error;
use connie_recording::parallel;
use connie_recording::reader::Recording;

use crate::History;
use crate::moment::Modules;
use crate::timeline::Timeline;

/// The minimum number of chunks for which opening the recording again is worth it.
const LEAST: usize = 8;

/// Applies `work` to ranges of chunks (by index). `each` gets the results in the order of the ranges, and returns whether
/// to continue. `work` must depend on nothing but the recording and the range.
pub(crate) fn each<T: Send>(
    history: &History<'_>,
    ranges: &[Range<usize>],
    work: impl Fn(&History<'_>, Range<usize>) -> T + Sync,
    mut each: impl FnMut(T) -> bool,
) {
    let recording = history.recording;
    let chunks: usize = ranges.iter().map(ExactSizeIterator::len).sum();
    if chunks < LEAST || ranges.len() < 2 || parallel::threads() < 2 || recording.info.is_going_on() {
        let _ = ranges.iter().all(|range| each(work(history, range.clone())));
        return;
    }
    let (again, interrupt) = (recording.again(), history.timeline.interrupt());
    let open = || {
        let timeline = Timeline::interrupted_by(interrupt.clone());
        again.open().map(|recording| (recording, timeline, Modules::default()))
    };
    let one = |own: &mut Result<(Recording, Timeline, Modules), Error>, range: Range<usize>| match own {
        Ok((recording, timeline, modules)) => Ok(work(&History { recording, timeline, modules }, range)),
        Err(_) => Err(range),
    };
    // If the file cannot be opened again, it is read here.
    let here = |result: Result<T, Range<usize>>| result.unwrap_or_else(|range| work(history, range));
    parallel::in_order(ranges.iter().cloned(), open, one, |result| each(here(result)));
}

//! Evaluates a condition in many chunks at once, when the nearest hit is far away.

use std::cell::{Cell, RefCell};
use std::ops::Range;

use connie_recording::error::Error;
use rustc_hash::FxHashMap;

use super::{Breakpoint, Failures};
use crate::History;
use crate::by_chunk;

/// The number of chunks without a hit after which the next ones are evaluated at once.
const PATIENCE: usize = 8;
/// The maximum number of chunks evaluated at once.
const MAX_CHUNKS: usize = 128;

/// The hits in chunks that were evaluated in advance, by chunk id.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    found: RefCell<FxHashMap<i64, (Vec<u64>, Failures)>>,
    /// The number of chunks that the current search has evaluated.
    misses: Cell<usize>,
}

impl Ahead {
    /// Takes what was found in a chunk.
    pub fn take(&self, id: i64) -> Option<(Vec<u64>, Failures)> {
        self.found.borrow_mut().remove(&id)
    }

    /// A new search begins.
    pub fn restart(&self) {
        self.misses.set(0);
    }
}

impl Breakpoint {
    /// Evaluates the condition in the next chunks of a search, unless a hit is likely to be near.
    pub(super) fn look_ahead(&self, history: &History<'_>, index: usize, order: &[usize]) {
        let chunks = &history.recording.chunks;
        let is_known = |index: usize| {
            let id = chunks[index].id;
            self.hits.borrow().contains_key(&id) || self.ahead.found.borrow().contains_key(&id)
        };
        if self.condition.is_none() || is_known(index) {
            return;
        }
        let misses = self.ahead.misses.get();
        self.ahead.misses.set(misses + 1);
        if misses < PATIENCE {
            return;
        }
        let todo = order.iter().filter(|index| !is_known(**index) && self.may_be_in(history, **index));
        let todo: Vec<Range<usize>> = todo.take((4 * misses).min(MAX_CHUNKS)).map(|index| *index..index + 1).collect();
        self.ahead.misses.set(misses + todo.len());
        let (place, condition) = (self.place.clone(), self.condition.clone());
        let work = |history: &History<'_>, range: Range<usize>| -> Result<_, Error> {
            let alone = Breakpoint::new(place.clone(), condition.clone(), None);
            let hits = alone.in_chunk(history, range.start)?;
            Ok((history.recording.chunks[range.start].id, (hits.to_vec(), alone.failures.take())))
        };
        by_chunk::each(history, &todo, work, |result| {
            if let Ok((id, found)) = result {
                self.ahead.found.borrow_mut().insert(id, found);
            }
            !history.timeline.is_interrupted()
        });
    }
}

//! Iterates over the changes of a place and the writes of equal values, in order.

use connie_recording::error::Error;

use super::changes::{Change, Changes, What};
use super::place::ValuePlace;
use crate::History;
use crate::stores::Stores;
use crate::target::Target;
use crate::timeline::Direction;
use crate::writes::Write;

/// Chunks that are read for the latest write of an equal value to an attribute or item: of about 16,000 steps each.
const MAX_CHUNKS: usize = 16;

/// Iterates over all writes from a step on: backward from the latest seen at or before it, forward from the first seen
/// after it.
pub struct Every<'a> {
    history: History<'a>,
    changes: std::iter::Peekable<Changes<'a>>,
    stores: &'a Stores,
    direction: Direction,
    /// The step from which to search for writes of equal values; `None` at the end.
    from: Option<u64>,
    equal: Option<Write>,
}

impl<'a> Every<'a> {
    /// The writes to a place from a step on; `stores` must belong to its target.
    #[must_use]
    pub fn new(
        history: History<'a>,
        place: &'a ValuePlace,
        stores: &'a Stores,
        step: u64,
        direction: Direction,
    ) -> Self {
        let changes = Changes::new(history, place, step, direction).peekable();
        Self { history, changes, stores, direction, from: Some(step), equal: None }
    }
}

impl History<'_> {
    /// The latest write of an equal value to a place after its last change and not after `step`. Of attributes and items,
    /// only so many chunks are read in which a statement ran that may have stored there.
    ///
    /// # Errors
    /// If the search was interrupted.
    pub(crate) fn equal_after(&self, place: &ValuePlace, step: u64, change: &Write) -> Result<Option<Write>, Error> {
        let stores = Stores::of(self.recording, &place.target);
        let stores = match place.target {
            // Only chunks are read in which its frame ran.
            Target::Slot { .. } => stores,
            Target::Item { .. } => stores.reading_at_most(MAX_CHUNKS),
        };
        let found = stores.near(self, step, Direction::Backward, Some(change.seen))?;
        Ok(found.filter(|write| write.seen > change.seen && write.is_equal() && write.value == change.value))
    }
}

impl Iterator for Every<'_> {
    type Item = Result<Change, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let until = match self.changes.peek() {
            Some(Ok(change)) => Some(change.write.seen),
            _ => None,
        };
        if let Some(from) = self.from.take() {
            // Writes beyond the next change are looked for after it.
            match self.stores.near(&self.history, from, self.direction, until) {
                Ok(found) => self.equal = found,
                Err(error) => return Some(Err(error)),
            }
        }
        let is_equal_first = match (self.changes.peek(), &self.equal) {
            (Some(Ok(change)), Some(equal)) => match self.direction {
                Direction::Backward => equal.seen > change.write.seen,
                Direction::Forward => equal.seen < change.write.seen,
            },
            (None, Some(_)) => true,
            _ => false,
        };
        if !is_equal_first {
            if self.equal.is_none() {
                self.from = until;
            }
            return self.changes.next();
        }
        let write = self.equal.take()?;
        self.from = match self.direction {
            Direction::Forward => Some(write.seen),
            Direction::Backward => write.seen.checked_sub(1).filter(|from| *from > 0),
        };
        Some(Ok(Change { write, what: What::Bound, through: None }))
    }
}

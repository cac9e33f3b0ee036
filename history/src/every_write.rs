//! The writes to a place, one after the other: changes, and writes of equal values.

use crate::History;
use crate::stores::Stores;
use crate::timeline::Direction;
use crate::writes::{self, Target, Write};
use connie_recording::error::Error;

/// Walks the writes to a place from a step on: backward the latest seen at or before it first, forward the first seen
/// after it.
pub struct EveryWrite<'a> {
    history: History<'a>,
    target: &'a Target,
    stores: Option<&'a Stores>,
    direction: Direction,
    change: Head,
    store: Head,
}

/// The next write of a kind.
enum Head {
    /// Not looked for yet: the step to look from.
    From(u64),
    Found(Write),
    End,
}

impl<'a> EveryWrite<'a> {
    /// Writes from a step on; without `stores`, only those that changed something.
    #[must_use]
    pub fn new(
        history: History<'a>,
        target: &'a Target,
        stores: Option<&'a Stores>,
        step: u64,
        direction: Direction,
    ) -> Self {
        Self { history, target, stores, direction, change: Head::From(step), store: Head::From(step) }
    }

    fn advance(&mut self) -> Result<(), Error> {
        if let Head::From(step) = self.change {
            let found = writes::near(self.history.recording, self.history.timeline, self.target, step, self.direction)?;
            self.change = found.map_or(Head::End, Head::Found);
        }
        if let Head::From(step) = self.store {
            let found = match self.stores {
                Some(stores) => stores.near(&self.history, step, self.direction)?,
                None => None,
            };
            self.store = found.map_or(Head::End, Head::Found);
        }
        Ok(())
    }
}

impl Iterator for EveryWrite<'_> {
    type Item = Result<Write, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.advance() {
            (self.change, self.store) = (Head::End, Head::End);
            return Some(Err(error));
        }
        let change_first = match (&self.change, &self.store) {
            (Head::Found(change), Head::Found(store)) => match self.direction {
                Direction::Backward => change.seen >= store.seen,
                Direction::Forward => change.seen <= store.seen,
            },
            (Head::Found(_), _) => true,
            _ => false,
        };
        let head = if change_first { &mut self.change } else { &mut self.store };
        let Head::Found(write) = std::mem::replace(head, Head::End) else { return None };
        *head = match (self.direction, write.seen) {
            (Direction::Forward, seen) => Head::From(seen),
            (Direction::Backward, seen) if seen > 1 => Head::From(seen - 1),
            (Direction::Backward, _) => Head::End,
        };
        Some(Ok(write))
    }
}

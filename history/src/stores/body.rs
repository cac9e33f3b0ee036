//! Handles attributes of classes: the stores of the class body into its namespace before the class was created.

use super::Stores;
use crate::History;
use crate::birth;
use crate::timeline::Direction;
use crate::writes::{Target, Write};
use connie_recording::error::Error;

/// The stores into one name in a class's namespace.
pub(super) struct Body {
    stores: Box<Stores>,
    /// The step of the change that gave the class its value.
    after: u64,
    /// The step at which the body ended.
    end: u64,
}

impl Stores {
    /// The stores of the body, if the place is an attribute that a class has from its body.
    pub(super) fn body(&self, history: &History<'_>) -> Result<Option<&Body>, Error> {
        if let Some(known) = self.body.get() {
            return Ok(known.as_ref());
        }
        let Target::Item { key, .. } = &self.target else { return Ok(None) };
        let body = birth::of(history.recording, history.timeline, &self.target)?.map(|birth| {
            let target = Target::Item { object: birth.namespace, key: key.clone() };
            Body { stores: Box::new(Self::of(history.recording, &target)), after: birth.write.seen, end: birth.end }
        });
        // While the program still runs, missing data may follow.
        if body.is_none() && history.recording.info.is_going_on() {
            return Ok(None);
        }
        Ok(self.body.get_or_init(|| body).as_ref())
    }
}

impl Body {
    /// The nearest write of an equal value beyond a step, between the change and the end of the body.
    pub fn near(
        &self,
        history: &History<'_>,
        step: u64,
        direction: Direction,
        until: Option<u64>,
    ) -> Result<Option<Write>, Error> {
        let from = match direction {
            Direction::Backward => step.min(self.end),
            Direction::Forward => step.max(self.after),
        };
        let found = self.stores.own_near(history, from, direction, until)?;
        Ok(found.filter(|write| self.after < write.seen && write.seen <= self.end))
    }

    /// The nearest line beyond a step that stores an equal value.
    pub fn next_line(
        &self,
        history: &History<'_>,
        step: u64,
        direction: Direction,
    ) -> Result<Option<(u64, bool)>, Error> {
        // The line of a store is about to run before the store is seen.
        let mut from = match direction {
            Direction::Backward => step.min(self.end),
            Direction::Forward => step.max(self.after.saturating_sub(1)),
        };
        while let Some((line, is_equal)) = self.stores.own_line(history, from, direction)? {
            if line < self.after || line >= self.end {
                return Ok(None);
            }
            if is_equal {
                return Ok(Some((line, is_equal)));
            }
            from = line;
        }
        Ok(None)
    }
}

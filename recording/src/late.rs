//! Changes that were found late, each with the steps at which the recording may show an old value.
//!
//! Code that is not recorded may change objects that only suspended frames or other threads see. Such a change is found
//! when they continue. For the steps in between, readers mark the changed objects as uncertain (see [`crate::doubt`]
//! for objects that could not be read).

use rusqlite::Connection;
use rustc_hash::FxHashMap;

/// A range of steps, both ends included.
type Span = (u64, u64);

/// All late changes of a recording.
#[derive(Debug, Default)]
pub struct LateChanges {
    /// For each object, or frame and slot: spans in the order of their beginnings.
    spans: FxHashMap<(u64, Option<u32>), Vec<Span>>,
    /// The steps at which there is any late change: separate spans, in order.
    any: Vec<Span>,
    /// Whether the table cannot be read: then nothing is sure.
    unknown: bool,
}

impl LateChanges {
    /// The late changes of a file whose table is damaged.
    pub(crate) fn unknown() -> Self {
        Self { unknown: true, ..Self::default() }
    }

    /// Reads the table.
    pub(crate) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement =
            connection.prepare("SELECT object, slot, first_step, last_step FROM late ORDER BY first_step")?;
        let mut rows = statement.query([])?;
        let mut late = Self::default();
        while let Some(row) = rows.next()? {
            late.add((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?));
        }
        Ok(late)
    }

    fn add(&mut self, what: (u64, Option<u32>), span: Span) {
        for spans in [self.spans.entry(what).or_default(), &mut self.any] {
            match spans.last_mut() {
                Some(last) if span.0 <= last.1.saturating_add(1) => last.1 = last.1.max(span.1),
                _ => spans.push(span),
            }
        }
    }

    /// Whether there is any late change at a step.
    #[must_use]
    pub fn has_any(&self, step: u64) -> bool {
        self.unknown || holds(&self.any, step)
    }

    /// Whether the contents of an object are uncertain at a step.
    #[must_use]
    pub fn has(&self, object: u64, step: u64) -> bool {
        self.unknown || self.spans.get(&(object, None)).is_some_and(|spans| holds(spans, step))
    }

    /// The step since which the contents of an object, or a slot of a frame, have been uncertain at a step.
    #[must_use]
    pub fn since(&self, object: u64, slot: Option<u32>, step: u64) -> Option<u64> {
        around(self.spans.get(&(object, slot))?, step).map(|span| span.0)
    }

    /// Whether a variable of a frame is uncertain at a step.
    #[must_use]
    pub fn has_slot(&self, frame: u64, slot: usize, step: u64) -> bool {
        let slot = u32::try_from(slot).ok();
        slot.is_some() && self.spans.get(&(frame, slot)).is_some_and(|spans| holds(spans, step))
    }
}

fn holds(spans: &[Span], step: u64) -> bool {
    around(spans, step).is_some()
}

fn around(spans: &[Span], step: u64) -> Option<Span> {
    let before = spans.partition_point(|span| span.0 <= step).checked_sub(1)?;
    Some(spans[before]).filter(|span| span.1 >= step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_found_and_joined() {
        let mut late = LateChanges::default();
        late.add((7, None), (3, 5));
        late.add((7, None), (6, 6));
        late.add((7, Some(1)), (6, 9));
        late.add((7, None), (12, 12));
        let steps: Vec<u64> = (1..15).filter(|step| late.has(7, *step)).collect();
        assert_eq!(steps, [3, 4, 5, 6, 12]);
        assert!(late.has_slot(7, 1, 9) && !late.has_slot(7, 1, 10) && !late.has_slot(7, 0, 6) && !late.has(8, 4));
        assert_eq!(
            [late.since(7, None, 6), late.since(7, Some(1), 6), late.since(7, None, 7)],
            [Some(3), Some(6), None]
        );
        let any: Vec<u64> = (1..15).filter(|step| late.has_any(*step)).collect();
        assert_eq!(any, [3, 4, 5, 6, 7, 8, 9, 12]);
    }
}

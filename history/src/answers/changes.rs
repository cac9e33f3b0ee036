//! Finds the changes of the place that an expression names, one by one: changes of the binding, and changes within the
//! bound object (but not within the objects that it contains).

use connie_recording::error::Error;
use connie_wire::Value;

use super::closures;
use super::contents;
use super::held;
use super::place::ValuePlace;
use crate::History;
use crate::timeline::Direction;
use crate::writes::{self, LastChunk, Target, Write};

/// A write, with the kind of change.
#[derive(Clone, Debug)]
pub struct Change {
    /// The step, the line and the new value.
    pub write: Write,
    /// The kind of change.
    pub what: What,
    /// If the write went through another array that shares memory with this one: that array.
    pub through: Option<u64>,
}

/// The kind of a change.
#[derive(Clone, Debug)]
pub enum What {
    /// The place has another value.
    Bound,
    /// The place still has the same object, but the contents of that object changed.
    Within(contents::Version),
    /// The place still has the same context variable, which was set or reset in the context of the frame in question.
    Held {
        /// Whether the variable already had the value when it was first seen in this context: the line that set it is not
        /// known.
        is_first: bool,
    },
}

/// Iterates over the changes from a step on: backward from the latest one seen at or before it, forward from the first
/// one seen after it.
pub struct Changes<'a> {
    history: History<'a>,
    place: &'a ValuePlace,
    direction: Direction,
    /// The step from which to search; `None` at the end.
    from: Option<u64>,
    /// The value of the place at `from`: its binding.
    bound: Option<Option<Write>>,
    /// Whether changes within the value are skipped.
    bindings_only: bool,
    /// A cache of the chunk that was read last.
    last: Option<&'a LastChunk>,
}

impl<'a> Changes<'a> {
    /// The changes of a place from a step on.
    #[must_use]
    pub fn new(history: History<'a>, place: &'a ValuePlace, step: u64, direction: Direction) -> Self {
        Self { history, place, direction, from: Some(step), bound: None, bindings_only: false, last: None }
    }

    /// Restricts the iteration to changes of the binding.
    #[must_use]
    pub fn bindings(self) -> Self {
        Self { bindings_only: true, ..self }
    }

    /// Uses a cache that the caller keeps, so that repeated questions about one chunk read it once.
    #[must_use]
    pub fn remembering(self, last: &'a LastChunk) -> Self {
        Self { last: Some(last), ..self }
    }

    fn binding(&self, step: u64, direction: Direction) -> Result<Option<Write>, Error> {
        let fresh = LastChunk::default();
        binding(&self.history, self.place, step, direction, self.last.unwrap_or(&fresh))
    }

    /// For a change that was seen late: attributes it to the line that wrote through another array, if there is one.
    fn attributed(&self, change: Change) -> Result<Change, Error> {
        let Some(since) = change.write.since else { return Ok(change) };
        let (object, version) = match (&change.what, &self.place.target) {
            (What::Within(version), _) => match change.write.value {
                Some(Value::Object(object)) => (object, Some(version.clone())),
                _ => return Ok(change),
            },
            (What::Bound, Target::Item { object, .. }) => {
                let version = contents::near(self.history.recording, *object, change.write.seen, Direction::Backward)?;
                (*object, version.filter(|version| version.seen == change.write.seen))
            }
            (What::Bound, Target::Slot { .. }) | (What::Held { .. }, _) => return Ok(change),
        };
        let Some(version) = version.filter(|version| version.tables.is_some()) else { return Ok(change) };
        Ok(match super::alike::line(&self.history, object, &version, since)? {
            Some((line, other)) => {
                let write = Write { line, since: None, ..change.write };
                Change { write, through: Some(other), ..change }
            }
            None => change,
        })
    }

    fn look(&mut self, from: u64) -> Result<Option<Change>, Error> {
        let bound = match self.bound.take() {
            Some(known) => known,
            None => self.binding(from, Direction::Backward)?,
        };
        let value = match &bound {
            Some(write) => write.value.clone(),
            None => value_at(&self.history, &self.place.target, from)?,
        };
        let since = bound.as_ref().map_or(0, |write| write.seen);
        let within = match value {
            Some(Value::Object(object)) if !self.bindings_only => match self.place.context {
                Some(context) => held::near(&self.history, context, object, from, self.direction)?,
                None => within(&self.history, object, from, self.direction)?,
            },
            _ => None,
        };
        if self.direction == Direction::Backward {
            let change = match (within.filter(|change| change.write.seen > since), bound) {
                (Some(change), bound) => {
                    self.bound = Some(bound);
                    Some(change)
                }
                (None, bound) => bound.map(|write| Change { write, what: What::Bound, through: None }),
            };
            self.from = change.as_ref().and_then(|change| change.write.seen.checked_sub(1));
            return Ok(change);
        }
        let next = self.binding(from, Direction::Forward)?;
        let change = match (within, next) {
            (Some(change), next) if next.as_ref().is_none_or(|next| change.write.seen < next.seen) => {
                self.bound = Some(bound);
                Some(change)
            }
            (_, next) => next.map(|write| Change { write, what: What::Bound, through: None }),
        };
        if let Some(Change { write, what: What::Bound, .. }) = &change {
            self.bound = Some(Some(write.clone()));
        }
        self.from = change.as_ref().map(|change| change.write.seen);
        Ok(change)
    }
}

impl Iterator for Changes<'_> {
    type Item = Result<Change, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let from = self.from.take()?;
        let change = self.look(from).and_then(|change| change.map(|change| self.attributed(change)).transpose());
        change.transpose()
    }
}

/// The nearest write of the place itself.
fn binding(
    history: &History<'_>,
    place: &ValuePlace,
    step: u64,
    direction: Direction,
    last: &LastChunk,
) -> Result<Option<Write>, Error> {
    match &place.shared {
        Some(shared) => closures::near(history, shared, &place.target, step, direction),
        None => writes::near_in(history.recording, history.timeline, &place.target, step, direction, last),
    }
}

/// The nearest change within an object.
fn within(history: &History<'_>, object: u64, step: u64, direction: Direction) -> Result<Option<Change>, Error> {
    let target = Target::Item { object, key: Value::None };
    let mut from = step;
    while let Some(version) = contents::near(history.recording, object, from, direction)? {
        let seen = version.seen;
        if let Some(line) = writes::running(history.recording, history.timeline, &target, seen)? {
            let since = seen.checked_sub(1).and_then(|before| history.recording.late().since(object, None, before));
            let value = Some(Value::Object(object));
            let write = Write { seen, line, value, since, is_same: false, is_unsure: false };
            return Ok(Some(Change { write, what: What::Within(version), through: None }));
        }
        from = match direction {
            Direction::Forward => seen,
            Direction::Backward => seen - 1,
        };
        if from == 0 {
            break;
        }
    }
    Ok(None)
}

/// The value of a place at a step if no write to it is known.
fn value_at(history: &History<'_>, target: &Target, step: u64) -> Result<Option<Value>, Error> {
    use connie_recording::render::World;
    if step == 0 || step > history.recording.last_step() {
        return Ok(None);
    }
    let (player, _) = connie_recording::player::Player::at(history.recording, step)?;
    Ok(player.entity(target.id()).and_then(|entity| writes::value_of(history.recording, &entity, target)))
}

/// The step of the nearest line beyond `step` that writes to a place, or into the object that the place has.
///
/// # Errors
/// If the recording cannot be read.
pub fn next_line(
    history: &History<'_>,
    place: &ValuePlace,
    step: u64,
    direction: Direction,
    last: &LastChunk,
) -> Result<Option<u64>, Error> {
    for change in Changes::new(*history, place, step, direction).remembering(last) {
        let line = change?.write.line.step;
        let is_beyond = match direction {
            Direction::Forward => line > step,
            Direction::Backward => line < step,
        };
        if is_beyond {
            return Ok(Some(line));
        }
    }
    Ok(None)
}

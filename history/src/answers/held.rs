//! Finds the changes of what a context variable holds in one context: calls of `set`, and of `Token.reset`.

use connie_recording::chunk::Entry;
use connie_recording::error::Error;
use connie_recording::player::Player;
use connie_wire::{Op, Value};

use super::changes::{Change, What};
use super::contents;
use crate::History;
use crate::timeline::Direction;
use crate::writes::{self, Target, Write};

/// The nearest change of what a variable holds: the latest seen at or before a step, or the first seen after it. Backward,
/// the last is the value that the context had when it was first seen.
pub(super) fn near(
    history: &History<'_>,
    context: u64,
    variable: u64,
    step: u64,
    direction: Direction,
) -> Result<Option<Change>, Error> {
    let recording = history.recording;
    let held = |step: u64| -> Result<Option<Value>, Error> {
        let (player, _) = Player::at(recording, step.min(recording.last_step()))?;
        Ok(player.held_by(context, variable))
    };
    let mut from = step;
    while let Some(version) = contents::near(recording, context, from, direction)? {
        let seen = version.seen;
        let (before, after) = (held(seen - 1)?, held(seen)?);
        if before != after {
            let is_first = before.is_none();
            let change = change(history, (context, variable), seen, after, is_first)?;
            if change.is_some() {
                return Ok(change);
            }
        }
        from = match direction {
            Direction::Forward => seen,
            Direction::Backward => seen - 1,
        };
        if from == 0 {
            return Ok(None);
        }
    }
    match first_seen(history, context)?.filter(|seen| direction == Direction::Backward && *seen <= step) {
        Some(seen) => change(history, (context, variable), seen, held(seen)?, true),
        None => Ok(None),
    }
}

/// A change seen at a step; `None` if no line is known that ran then, or if the variable only was not read before.
fn change(
    history: &History<'_>,
    (context, variable): (u64, u64),
    seen: u64,
    value: Option<Value>,
    is_first: bool,
) -> Result<Option<Change>, Error> {
    let recording = history.recording;
    if is_first {
        let (player, _) = Player::at(recording, seen.min(recording.last_step()))?;
        if value.as_ref().is_none_or(|value| player.is_unset(variable, value)) {
            return Ok(None);
        }
    }
    let target = Target::Item { object: context, key: Value::None };
    let Some(line) = writes::running(recording, history.timeline, &target, seen)? else { return Ok(None) };
    let since = seen.checked_sub(1).and_then(|before| recording.late().since(context, None, before));
    let value = value.filter(|value| *value != Value::Unbound);
    let write = Write { seen, line, value, since, is_same: false, is_unsure: false };
    Ok(Some(Change { write, what: What::Held { is_first }, through: None }))
}

/// The step at which an object was seen first.
fn first_seen(history: &History<'_>, object: u64) -> Result<Option<u64>, Error> {
    let recording = history.recording;
    let Some(index) = recording.chunks_of(object)?.first().copied() else { return Ok(None) };
    let Ok(chunk) = recording.chunk(index) else { return Ok(None) };
    let mut walk = chunk.walk(recording.chunks[index].first_step);
    while let Some(entry) = walk.next_entry() {
        match entry {
            // It is older than the chunk.
            Entry::Snapshot(_, id) if *id == object => return Ok(None),
            Entry::Op(Op::New { object: id, .. }) if *id == object => return Ok(Some(walk.step())),
            _ => {}
        }
    }
    Ok(None)
}

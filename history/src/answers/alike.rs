//! Arrays that share memory: when code writes through one, the others are only looked at later, where their own frame goes
//! on. The line that wrote is found by what it did: between the two looks, one other array changed in the same way.

use connie_recording::error::Error;
use connie_wire::{Op, Value};

use super::cells;
use super::contents::{self, Version};
use super::difference::Difference;
use crate::History;
use crate::timeline::{Direction, Position};
use crate::writes::{self, Target};

/// So many chunks are looked through, and so many arrays.
const MAX_CHUNKS: usize = 4;
const MAX_ARRAYS: usize = 100;

/// The line that changed another array as an object was seen to have changed, at some time since a step; and that array.
/// `None` if no array changed so, or several did.
pub(super) fn line(
    history: &History<'_>,
    object: u64,
    version: &Version,
    since: u64,
) -> Result<Option<(Position, u64)>, Error> {
    let Some(wanted) = pairs(version) else { return Ok(None) };
    let mut found = None;
    for other in changed(history, since, version.seen)? {
        if other == object {
            continue;
        }
        let mut from = version.seen;
        while let Some(one) =
            contents::near(history.recording, other, from, Direction::Backward)?.filter(|one| one.seen >= since)
        {
            // What is not sure itself proves nothing.
            let is_sure = history.recording.late().since(other, None, one.seen.saturating_sub(1)).is_none();
            if is_sure && pairs(&one).is_some_and(|pairs| pairs == wanted) {
                if found.is_some() {
                    return Ok(None);
                }
                found = Some((other, one.seen));
            }
            from = one.seen.saturating_sub(1);
        }
    }
    let Some((other, seen)) = found else { return Ok(None) };
    let target = Target::Item { object: other, key: Value::None };
    Ok(writes::running(history.recording, history.timeline, &target, seen)?.map(|line| (line, other)))
}

/// Old and new values of the cells that a version changed; `None` if it changed none, or more than these.
fn pairs(version: &Version) -> Option<Vec<(Value, Value)>> {
    let (before, after) = version.tables.as_deref()?;
    let pair = |difference| match difference {
        Difference::Replaced(_, old, new) => Some((old, new)),
        _ => None,
    };
    let pairs: Option<Vec<_>> = cells::differences(before, after).into_iter().map(pair).collect();
    pairs.filter(|pairs| !pairs.is_empty())
}

/// The objects whose contents changed in some steps, in order of their first change.
fn changed(history: &History<'_>, first: u64, last: u64) -> Result<Vec<u64>, Error> {
    let recording = history.recording;
    let from = recording.chunks.partition_point(|chunk| chunk.first_step <= first).saturating_sub(1);
    let to = recording.chunks.partition_point(|chunk| chunk.first_step <= last);
    let mut found = Vec::new();
    if to - from > MAX_CHUNKS {
        return Ok(found);
    }
    for index in from..to {
        let Ok(chunk) = recording.chunk(index) else { continue };
        let mut walk = chunk.walk(recording.chunks[index].first_step);
        while let Some(op) = walk.next_op() {
            let (Op::New { object, .. } | Op::Set { object, .. } | Op::Splice { object, .. }) = op else { continue };
            if (first..=last).contains(&walk.step()) && !found.contains(object) {
                found.push(*object);
            }
            if found.len() > MAX_ARRAYS {
                return Ok(Vec::new());
            }
        }
    }
    Ok(found)
}

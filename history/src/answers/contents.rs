//! Computes the versions of an object's contents: each step at which they changed, and the change.
//!
//! Only the object's own items count, not the contents of these items. Values beyond the limits of the recording are
//! missing; a change among them is only visible in the object's length.

use connie_wire::{Op, Value};

use connie_recording::chunk::{Entity, Entry};
use connie_recording::error::Error;
use connie_recording::reader::{self, Recording};
use connie_recording::tabular::Tabular;

use crate::timeline::Direction;

/// A change of an object's items, given by position among its recorded items.
#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The first item that differs.
    pub start: usize,
    /// The items before the change.
    pub removed: Vec<Value>,
    /// The items after the change.
    pub added: Vec<Value>,
    /// For items that are key-value pairs: the key of the first pair, if `start` is the value of that pair.
    pub key: Option<Value>,
    /// The number of items before and after.
    pub lengths: (u64, u64),
    /// Whether all items are recorded, before and after.
    pub is_whole: bool,
}

/// A step at which the contents of an object were seen to have changed.
#[derive(Clone, Debug)]
pub struct Version {
    /// The step.
    pub seen: u64,
    /// The object's type at that step.
    pub ty: Option<u32>,
    /// The changes, in order.
    pub edits: Vec<Edit>,
    /// If the object is an array or a frame: its table before and after.
    pub tables: Option<Box<(Tabular, Tabular)>>,
}

/// The nearest version beyond a step: the latest seen at or before it, or the first seen after it. The first sight of
/// the object does not count as a version.
///
/// # Errors
/// If the tables cannot be read; damaged chunks are skipped.
pub fn near(recording: &Recording, object: u64, step: u64, direction: Direction) -> Result<Option<Version>, Error> {
    let chunks = recording.chunks_of(object)?;
    let here = recording.chunks.partition_point(|chunk| chunk.first_step <= step);
    let mut order: Vec<usize> = match direction {
        Direction::Backward => chunks.into_iter().filter(|index| *index <= here).collect(),
        Direction::Forward => chunks.into_iter().filter(|index| index + 1 >= here).collect(),
    };
    if direction == Direction::Backward {
        order.reverse();
    }
    for index in order {
        let Ok(found) = in_chunk(recording, object, index, step, direction) else { continue };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The nearest version in a chunk.
fn in_chunk(
    recording: &Recording,
    object: u64,
    index: usize,
    step: u64,
    direction: Direction,
) -> Result<Option<Version>, Error> {
    let chunk = recording.chunk(index)?;
    let mut walk = chunk.walk(recording.chunks[index].first_step);
    let mut entity: Option<Entity> = None;
    let mut nearest: Option<Version> = None;
    while let Some(entry) = walk.next_entry() {
        let op = match entry {
            Entry::Snapshot(snapshot, of) => {
                if *of == object {
                    entity = Some(snapshot.clone());
                }
                continue;
            }
            Entry::Op(op) => op,
        };
        let is_about = match op {
            Op::New { object: of, .. } | Op::Set { object: of, .. } | Op::Splice { object: of, .. } => *of == object,
            _ => false,
        };
        if !is_about {
            continue;
        }
        let seen = walk.step();
        let is_beyond = match direction {
            Direction::Backward => seen > step,
            Direction::Forward => nearest.as_ref().is_some_and(|known| known.seen < seen),
        };
        if is_beyond {
            break;
        }
        // Filling a new class, function or module is not a change.
        let is_bare = entity.as_ref().is_some_and(|entity| entity.items.is_empty() && is_named(recording, entity));
        let edit = edit(op, entity.as_ref()).filter(|_| !is_bare);
        let before = table(recording, entity.as_ref());
        reader::change(op, object, walk.context(), &mut entity);
        let is_wanted = direction == Direction::Backward || seen > step;
        let Some(edit) = edit.filter(|edit| is_wanted && !edit.is_nothing()) else { continue };
        let ty = entity.as_ref().and_then(|entity| entity.ty);
        let tables = before.zip(table(recording, entity.as_ref())).map(Box::new);
        match nearest.as_mut().filter(|known| known.seen == seen) {
            Some(known) => {
                known.edits.push(edit);
                known.tables = known.tables.take().zip(tables).map(|(first, last)| Box::new((first.0, last.1)));
            }
            None => nearest = Some(Version { seen, ty, edits: vec![edit], tables }),
        }
    }
    Ok(nearest)
}

/// The table of an object that is an array or a frame.
fn table(recording: &Recording, entity: Option<&Entity>) -> Option<Tabular> {
    let entity = entity?;
    Tabular::of(entity, recording.type_name(entity.ty?)?)
}

fn is_named(recording: &Recording, entity: &Entity) -> bool {
    entity.ty.and_then(|ty| recording.type_name(ty)).is_some_and(|ty| ty.kind.is_named())
}

/// The change that an op makes to its object; `None` if the object is seen for the first time.
fn edit(op: &Op, before: Option<&Entity>) -> Option<Edit> {
    let before = before?;
    let whole = |length: u64, items: usize| length == items as u64;
    let was_whole = whole(before.length, before.items.len());
    match op {
        Op::Set { index, value, .. } => {
            let start = *index as usize;
            let removed: Vec<Value> = before.items.get(start).cloned().into_iter().collect();
            let key = start.checked_sub(1).and_then(|key| before.items.get(key)).cloned();
            let lengths = (before.length, before.length);
            Some(Edit { start, removed, added: vec![value.clone()], key, lengths, is_whole: was_whole })
        }
        Op::Splice { start, removed, length, items, .. } => {
            let start = (*start as usize).min(before.items.len());
            let end = (start + *removed as usize).min(before.items.len());
            let after = before.items.len() - (end - start) + items.len();
            Some(between(before, start, &before.items[start..end], items, *length, was_whole && whole(*length, after)))
        }
        Op::New { ty, length, items, .. } if before.ty == Some(*ty) => {
            Some(between(before, 0, &before.items, items, *length, was_whole && whole(*length, items.len())))
        }
        _ => None,
    }
}

/// The edit between two lists of items, without their common beginning and end.
fn between(before: &Entity, start: usize, old: &[Value], new: &[Value], length: u64, is_whole: bool) -> Edit {
    let head = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let start = start + head;
    let key = start.checked_sub(1).and_then(|key| before.items.get(key)).cloned();
    let (removed, added) = (old[..old.len() - tail].to_vec(), new[..new.len() - tail].to_vec());
    Edit { start, removed, added, key, lengths: (before.length, length), is_whole }
}

impl Edit {
    /// Whether the edit is not the program's: a value beyond the recorded depth may come into reach, and leave it
    /// again.
    fn is_nothing(&self) -> bool {
        let is_cut = |(old, new): (&Value, &Value)| old == new || *old == Value::Cut || *new == Value::Cut;
        self.removed.len() == self.added.len()
            && self.lengths.0 == self.lengths.1
            && self.removed.iter().zip(&self.added).all(is_cut)
    }
}

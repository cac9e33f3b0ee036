//! Places in a recording that values are written to.

use connie_expression::{Assignable, text_value};
use connie_recording::chunk::{Entity, StackFrame};
use connie_recording::player::Player;
use connie_recording::reader::Recording;
use connie_recording::render::World;
use connie_recording::tabular::Tabular;
use connie_source::comprehensions::Lines;
use connie_wire::{Contents, Value};

/// A place in the recording that values are written to.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A variable of one frame.
    Slot {
        /// Number of the frame.
        frame: u64,
        /// Index among the frame's slots.
        slot: u32,
        /// Lines of comprehensions that use the same slot for a variable of this name. Their changes do not count as
        /// writes.
        apart: Box<[Lines]>,
        /// Whether the target is resolved on one of these lines, so that the comprehension's variable may be meant: its
        /// changes count too.
        is_within: bool,
    },
    /// An attribute, item or key of one object.
    Item {
        /// Number of the object.
        object: u64,
        /// Name of the attribute, index, or key.
        key: Value,
    },
}

impl Target {
    /// Resolves a place in a frame, at the player's step. `globals` is the namespace of its module, if known.
    pub fn of(
        player: &Player<'_>,
        place: Assignable,
        frame: StackFrame,
        globals: Option<u64>,
        is_local: bool,
    ) -> Option<Self> {
        let name = match place {
            Assignable::Key(object, key) => return Some(Target::Item { object, key }),
            Assignable::Variable(name) => name,
        };
        let slots = player.recording().function(frame.code).map(|function| &function.slots);
        let globals = player.other_globals(&frame).or(globals);
        // In a module or class, slots belong to comprehensions' variables, and are bound only while these run.
        let is_bound = |slot: usize| {
            let entity = player.entity(frame.frame);
            entity.is_some_and(|entity| entity.items.get(slot).is_some_and(|value| *value != Value::Unbound))
        };
        if let Some(slot) = slots.and_then(|slots| slots.iter().position(|slot| *slot == name))
            && (frame.namespace == 0 || is_bound(slot))
        {
            let apart = if frame.namespace == 0 {
                player.recording().comprehensions(frame.code, &name)
            } else {
                Box::default()
            };
            // On a line of a comprehension, its variable may be meant.
            let is_within = apart.iter().any(|lines| has(*lines, frame.line));
            return Some(Target::Slot { frame: frame.frame, slot: slot as u32, apart, is_within });
        }
        let object =
            if is_local && frame.namespace != 0 { frame.namespace } else { globals.unwrap_or(frame.namespace) };
        (object != 0).then(|| Target::Item { object, key: text_value(&name) })
    }

    /// For a change that was found late: the first step at which it may have happened.
    pub(crate) fn late_since(&self, recording: &Recording, seen: u64) -> Option<u64> {
        let (object, slot) = match self {
            Target::Slot { frame, slot, .. } => (*frame, Some(*slot)),
            Target::Item { object, .. } => (*object, None),
        };
        recording.late().since(object, slot, seen.checked_sub(1)?)
    }

    /// The number of the frame or object.
    pub(crate) fn id(&self) -> u64 {
        match self {
            Target::Slot { frame, .. } => *frame,
            Target::Item { object, .. } => *object,
        }
    }
}

/// The value of an entity at the target.
pub fn value_of(recording: &Recording, entity: &Entity, target: &Target) -> Option<Value> {
    let key = match target {
        Target::Slot { slot, .. } => {
            return entity.items.get(*slot as usize).filter(|value| **value != Value::Unbound).cloned();
        }
        Target::Item { key, .. } => key,
    };
    let ty = recording.type_name(entity.ty?)?;
    let shape = ty.kind.shape();
    let items = shape.of(&entity.items);
    match (shape.contents, key) {
        (Contents::Positions, Value::Int(n)) => {
            let place = usize::try_from(shape.from_start(*n, entity.length)).ok()?;
            items.get(place).cloned()
        }
        (Contents::Pairs | Contents::Names, _) => {
            items.chunks_exact(2).find(|pair| pair[0] == *key).map(|pair| pair[1].clone())
        }
        (Contents::Positions | Contents::Members | Contents::Arguments, _) => None,
        (Contents::Text, _) => Tabular::of(entity, ty)?.get(key),
        (Contents::Whole | Contents::Nothing, _) => None,
    }
}

/// Whether a line is one of a range.
pub(crate) fn has((first, last): Lines, line: u32) -> bool {
    (first..=last).contains(&line)
}

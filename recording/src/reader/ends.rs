//! The contents of frames and objects at the end of a chunk.
//!
//! A moment needs the contents of objects that changed last in an earlier chunk. One of them is found by going over that
//! chunk; if many are asked for, those of all are kept.

use std::cell::RefCell;
use std::rc::Rc;

use connie_wire::Op;
use rustc_hash::FxHashMap;

use super::changes::{change, change_object};
use crate::chunk::{Chunk, Entity, Entry};

/// The number of questions about a chunk after which the contents of all are kept.
const PATIENCE: u32 = 6;
/// The maximum number of chunks of which something is kept.
const MAX_CHUNKS: usize = 4;

type All = FxHashMap<u64, Rc<Entity>>;

/// What is known of the ends of some chunks.
#[derive(Default)]
pub(super) struct Ends(RefCell<Vec<End>>);

struct End {
    /// The chunk, by id.
    id: i64,
    asked: u32,
    all: Option<Rc<All>>,
}

impl Ends {
    /// Forgets everything: the file has changed.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// The contents of a frame or object at the end of a chunk; `None` if the chunk does not have it.
    pub fn find(&self, id: i64, chunk: &Chunk, object: u64) -> Option<Rc<Entity>> {
        let mut known = self.0.borrow_mut();
        let end = match known.iter().position(|end| end.id == id) {
            Some(at) => known.remove(at),
            None => End { id, asked: 0, all: None },
        };
        if known.len() >= MAX_CHUNKS {
            known.remove(0);
        }
        let asked = end.asked + 1;
        let all = if asked > PATIENCE { end.all.or_else(|| Some(Rc::new(all(chunk)))) } else { None };
        let found = match &all {
            Some(all) => all.get(&object).cloned(),
            None => one(chunk, object).map(Rc::new),
        };
        known.push(End { id, asked, all });
        found
    }
}

/// The contents of one frame or object at the end of a chunk.
fn one(chunk: &Chunk, id: u64) -> Option<Entity> {
    let is_first = |entry: &Entry| match entry {
        Entry::Snapshot(_, known) => *known == id,
        Entry::Op(Op::Call { frame, .. }) => *frame == id,
        Entry::Op(Op::New { object, .. }) => *object == id,
        Entry::Op(_) => false,
    };
    let first = chunk.entries.iter().position(is_first)?;
    let is_frame = match &chunk.entries[first] {
        Entry::Snapshot(entity, _) => entity.ty.is_none(),
        Entry::Op(op) => matches!(op, Op::Call { .. }),
    };
    if is_frame {
        return frame(chunk, id);
    }
    // Which frame runs does not matter to an object.
    let mut found = None;
    for entry in &chunk.entries[first..] {
        match entry {
            Entry::Snapshot(entity, known) if *known == id => found = Some(entity.clone()),
            Entry::Snapshot(..) => {}
            Entry::Op(op) => change_object(op, id, &mut found),
        }
    }
    found
}

fn frame(chunk: &Chunk, id: u64) -> Option<Entity> {
    let mut found = None;
    let mut walk = chunk.walk(1);
    while let Some(entry) = walk.next_entry() {
        match entry {
            Entry::Snapshot(entity, known) if *known == id => found = Some(entity.clone()),
            Entry::Snapshot(..) => {}
            Entry::Op(op) => change(op, id, walk.context(), &mut found),
        }
    }
    found
}

/// The contents of all frames and objects at the end of a chunk.
fn all(chunk: &Chunk) -> All {
    let mut found: FxHashMap<u64, Option<Entity>> = FxHashMap::default();
    let mut walk = chunk.walk(1);
    while let Some(entry) = walk.next_entry() {
        let op = match entry {
            Entry::Snapshot(entity, id) => {
                found.insert(*id, Some(entity.clone()));
                continue;
            }
            Entry::Op(op) => op,
        };
        let id = match op {
            Op::Call { frame, .. } | Op::SlotOf { frame, .. } => Some(*frame),
            Op::New { object, .. } | Op::Set { object, .. } | Op::Splice { object, .. } => Some(*object),
            Op::Slot { .. } => walk.context().top().map(|top| top.frame),
            _ => None,
        };
        let Some(id) = id else { continue };
        match op {
            Op::Call { .. } | Op::New { .. } => change(op, id, walk.context(), found.entry(id).or_default()),
            // Without its contents before, a change tells nothing.
            _ => {
                if let Some(entity) = found.get_mut(&id) {
                    change(op, id, walk.context(), entity);
                }
            }
        }
    }
    found.into_iter().filter_map(|(id, entity)| Some((id, Rc::new(entity?)))).collect()
}

#[cfg(test)]
mod tests {
    use connie_wire::Value;
    use proptest::prelude::*;

    use super::*;
    use crate::chunk::Context;

    /// Frames are 1 to 3, objects 4 to 6.
    fn entry() -> impl Strategy<Value = Entry> {
        let value = || (0i64..9).prop_map(Value::Int);
        let values = move || prop::collection::vec(value(), 0..4);
        let id = || 4u64..7;
        let frame = || 1u64..4;
        let call = move |(frame, values): (u64, Vec<Value>)| Op::Call {
            frame,
            code: 0,
            namespace: 0,
            time: 0,
            line: 1,
            slots: (0u32..).zip(values).collect(),
        };
        let op = prop_oneof![
            (frame(), values()).prop_map(call),
            (id(), values()).prop_map(|(object, items)| Op::New { object, ty: 1, length: 2, items }),
            (0u32..4, value()).prop_map(|(slot, value)| Op::Slot { slot, value }),
            (frame(), 0u32..4, value()).prop_map(|(frame, slot, value)| Op::SlotOf { frame, slot, value }),
            (id(), 0u32..4, value()).prop_map(|(object, index, value)| Op::Set { object, index, value }),
            (id(), 0u32..4, 0u32..3, values()).prop_map(|(object, start, removed, items)| Op::Splice {
                object,
                start,
                removed,
                length: 3,
                items
            }),
            frame().prop_map(|frame| Op::Resume { frame, time: 0, line: 1 }),
            value().prop_map(|value| Op::Return { time: 0, value }),
            value().prop_map(|value| Op::Yield { time: 0, value }),
            Just(Op::Unwind { time: 0 }),
            (0u32..2).prop_map(|thread| Op::Thread { thread, ident: 0, name: Box::default() }),
        ];
        let snapshot = (1u64..7, values())
            .prop_map(|(id, items)| Entry::Snapshot(Entity { ty: (id > 3).then_some(1), length: 1, items }, id));
        prop_oneof![9 => op.prop_map(Entry::Op), 2 => snapshot]
    }

    proptest! {
        #[test]
        fn one_and_all_are_what_a_walk_finds(entries in prop::collection::vec(entry(), 0..60)) {
            let chunk = Chunk { context: Context::default(), entries };
            let (all, ends) = (all(&chunk), Ends::default());
            for id in 0..8 {
                let expected = frame(&chunk, id);
                prop_assert_eq!(&one(&chunk, id), &expected, "{}", id);
                prop_assert_eq!(&all.get(&id).map(|entity| (**entity).clone()), &expected, "{}", id);
                for _ in 0..PATIENCE {
                    prop_assert_eq!(&ends.find(3, &chunk, id).map(|entity| (*entity).clone()), &expected);
                }
            }
        }
    }
}

//! The contents of frames and objects at the end of a chunk.
//!
//! A moment needs the contents of objects that changed last in an earlier chunk. One of them is found by going over that
//! chunk; if many are asked for, those of all are kept.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use connie_wire::Op;
use rustc_hash::{FxHashMap, FxHashSet};

use super::changes::{change, change_object};
use crate::chunk::{Chunk, Entity, Entry};

/// The number of questions about a chunk after which the contents of all are kept.
const PATIENCE: u32 = 6;
/// The maximum number of chunks of which something is kept.
const MAX_CHUNKS: usize = 4;
/// The maximum number of items of the contents that were asked for and are kept: a few megabytes.
const MAX_ITEMS: usize = 1 << 18;

type All = FxHashMap<u64, Rc<Entity>>;

/// What is known of the ends of some chunks.
#[derive(Default)]
pub(super) struct Ends {
    chunks: RefCell<Vec<End>>,
    /// The contents that were asked for, by chunk id and number. The moments of one question mostly need the same.
    asked: RefCell<FxHashMap<(i64, u64), Rc<Entity>>>,
    /// The number of their items.
    items: Cell<usize>,
}

struct End {
    /// The chunk, by id.
    id: i64,
    asked: u32,
    all: Option<Rc<All>>,
}

impl Ends {
    /// Forgets everything: the file has changed.
    pub fn clear(&self) {
        self.chunks.borrow_mut().clear();
        self.asked.borrow_mut().clear();
        self.items.set(0);
    }

    /// The contents of a frame or object at the end of a chunk (by its id), if they were asked for before.
    pub fn known(&self, id: i64, object: u64) -> Option<Rc<Entity>> {
        self.asked.borrow().get(&(id, object)).cloned()
    }

    fn keep(&self, id: i64, object: u64, entity: &Rc<Entity>) {
        let items = self.items.get() + entity.items.len() + 1;
        let mut asked = self.asked.borrow_mut();
        if items > MAX_ITEMS {
            asked.clear();
        }
        self.items.set(if items > MAX_ITEMS { entity.items.len() + 1 } else { items });
        asked.insert((id, object), Rc::clone(entity));
    }

    /// The contents of a frame or object at the end of a chunk; `None` if the chunk does not have it.
    pub fn find(&self, id: i64, chunk: &Chunk, object: u64) -> Option<Rc<Entity>> {
        let mut known = self.chunks.borrow_mut();
        let end = match known.iter().position(|end| end.id == id) {
            Some(at) => known.remove(at),
            None => End { id, asked: 0, all: None },
        };
        if known.len() >= MAX_CHUNKS {
            known.remove(0);
        }
        let asked = end.asked + 1;
        let all = if asked > PATIENCE { end.all.or_else(|| Some(Rc::new(all(chunk, |_| true)))) } else { None };
        let found = match &all {
            Some(all) => all.get(&object).cloned(),
            None => one(chunk, object).map(Rc::new),
        };
        known.push(End { id, asked, all });
        if let Some(found) = &found {
            self.keep(id, object, found);
        }
        found
    }

    /// The contents of many frames or objects at the end of a chunk, each with its number; without those that the chunk
    /// does not have.
    pub fn find_all(&self, id: i64, chunk: &Chunk, objects: &[u64]) -> Vec<(u64, Rc<Entity>)> {
        let known = self.chunks.borrow().iter().find(|end| end.id == id).and_then(|end| end.all.clone());
        let found: Vec<(u64, Rc<Entity>)> = match (known, objects) {
            (Some(all), _) => objects.iter().filter_map(|one| Some((*one, all.get(one)?.clone()))).collect(),
            (None, [object]) => one(chunk, *object).map(|entity| (*object, Rc::new(entity))).into_iter().collect(),
            (None, _) => {
                let wanted: FxHashSet<u64> = objects.iter().copied().collect();
                all(chunk, |id| wanted.contains(&id)).into_iter().collect()
            }
        };
        for (object, entity) in &found {
            self.keep(id, *object, entity);
        }
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

/// The contents of all frames and objects that are `wanted` at the end of a chunk.
fn all(chunk: &Chunk, wanted: impl Fn(u64) -> bool) -> All {
    let mut found: FxHashMap<u64, Option<Entity>> = FxHashMap::default();
    let mut walk = chunk.walk(1);
    while let Some(entry) = walk.next_entry() {
        let op = match entry {
            Entry::Snapshot(entity, id) => {
                if wanted(*id) {
                    found.insert(*id, Some(entity.clone()));
                }
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
        let Some(id) = id.filter(|id| wanted(*id)) else { continue };
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
            Just(Op::Cut { time: 0 }),
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
            let (all, ends) = (all(&chunk, |_| true), Ends::default());
            let mut many = Ends::default().find_all(3, &chunk, &[7, 4, 1, 5]);
            many.sort_by_key(|(id, _)| *id);
            let expected: Vec<_> = [1, 4, 5, 7].iter().filter_map(|id| Some((*id, Rc::new(frame(&chunk, *id)?)))).collect();
            prop_assert_eq!(many, expected);
            for id in 0..8 {
                let expected = frame(&chunk, id);
                prop_assert_eq!(&one(&chunk, id), &expected, "{}", id);
                prop_assert_eq!(&all.get(&id).map(|entity| (**entity).clone()), &expected, "{}", id);
                for _ in 0..PATIENCE {
                    prop_assert_eq!(&ends.find(3, &chunk, id).map(|entity| (*entity).clone()), &expected);
                }
                prop_assert_eq!(ends.known(3, id).map(|entity| (*entity).clone()), expected.clone());
                let known = ends.find_all(3, &chunk, &[id]).pop();
                prop_assert_eq!(known.map(|(_, entity)| (*entity).clone()), expected);
            }
        }
    }
}

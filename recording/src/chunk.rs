//! Chunks: a range of steps stored as compressed columns of small numbers.
//!
//! Ops stored as rows would compress badly; columns of deltas and guesses compress to about half a byte per step. The
//! reader has the same information as the writer: both walk the same ops with the same [`Context`].

use connie_wire::{Op, Value};

mod context;
mod decode;
mod encode;
#[cfg(test)]
mod exact;
mod frame;
mod predict;
mod stacks;
#[cfg(test)]
mod states;
mod walk;

pub use context::Context;
pub use decode::{Chunk, decode};
pub use encode::Writer;
pub(crate) use encode::compressor;
pub use frame::{ALL, StackFrame};
pub use stacks::Stacks;
pub use walk::Walk;

/// Steps in a full chunk.
pub const STEPS: u64 = 16_384;
/// The size of the columns in bytes at which a chunk is closed early.
pub const BYTES: usize = 4 << 20;
const LEVEL: i32 = 3;

/// One entry of a chunk.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// An op of the stream (no definitions).
    Op(Op),
    /// The contents of a frame or object before its first change in this chunk.
    Snapshot(Entity, u64),
}

/// The maximum number of consecutive slots or items that were never set: code has no more variables.
const MAX_UNBOUND: usize = 1 << 16;

/// The contents of a frame or an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entity {
    /// Type of an object; `None` for a frame.
    pub ty: Option<u32>,
    /// The real number of items of an object.
    pub length: u64,
    /// Items of an object, slots of a frame.
    pub items: Vec<Value>,
}

impl Entity {
    /// A new frame with these slots.
    pub fn frame(slots: &[(u32, Value)]) -> Self {
        let mut entity = Entity::default();
        entity.become_frame(slots.iter().cloned());
        entity
    }

    /// Reuses an entity for a new frame with these slots.
    #[inline]
    pub(crate) fn become_frame(&mut self, slots: impl ExactSizeIterator<Item = (u32, Value)>) {
        (self.ty, self.length) = (None, 0);
        self.items.clear();
        self.items.reserve(slots.len());
        for (slot, value) in slots {
            if slot as usize == self.items.len() {
                self.items.push(value);
            } else {
                self.set(slot as usize, value);
            }
        }
    }

    /// Sets an item. Preceding items that were never set become unbound.
    #[inline]
    pub fn set(&mut self, index: usize, value: Value) {
        match self.items.get_mut(index) {
            Some(item) => *item = value,
            None => self.add(index, value),
        }
    }

    #[inline(never)]
    fn add(&mut self, index: usize, value: Value) {
        // The tracer numbers slots and items; a damaged file must not allocate unlimited memory.
        if index > 1 << 24 || index - self.items.len() > MAX_UNBOUND {
            return;
        }
        self.items.resize(index, Value::Unbound);
        self.items.push(value);
    }

    /// Replaces `removed` items from `start` on.
    pub fn splice(&mut self, start: usize, removed: usize, length: u64, items: &[Value]) {
        let start = start.min(self.items.len());
        let end = (start + removed).min(self.items.len());
        self.items.splice(start..end, items.iter().cloned());
        self.length = length;
    }

    /// The same, taking ownership of the items.
    pub(crate) fn splice_in(
        &mut self,
        start: usize,
        removed: usize,
        length: u64,
        items: impl IntoIterator<Item = Value>,
    ) {
        let start = start.min(self.items.len());
        let end = (start + removed).min(self.items.len());
        if start == self.items.len() {
            self.items.extend(items);
        } else {
            self.items.splice(start..end, items);
        }
        self.length = length;
    }
}

mod kind {
    pub const SNAPSHOT_OBJECT: u8 = 64;
    pub const SNAPSHOT_FRAME: u8 = 65;
}
const COLUMNS: usize = 8;

#[cfg(test)]
mod tests {
    use super::decode::decode_columns;
    use super::*;
    use crate::schema::VERSION;
    use proptest::prelude::*;

    fn sample() -> Vec<Op> {
        vec![
            Op::Thread { thread: 1, ident: 0, name: Box::default() },
            Op::Call { frame: 1, code: 3, namespace: 0, time: 5, line: 10, slots: vec![(0, Value::Int(7))] },
            Op::Line { line: 11 },
            Op::New { object: 2, ty: 0, length: 2, items: vec![Value::Int(1), Value::Float(2)] },
            Op::Slot { slot: 1, value: Value::Object(2) },
            Op::Line { line: 9 },
            Op::Slot { slot: 0, value: Value::Int(8) },
            Op::Set { object: 2, index: 1, value: Value::None },
            Op::Splice { object: 2, start: 0, removed: 1, length: 1, items: vec![] },
            Op::Yield { time: -3, value: Value::Int(-1) },
            Op::Sure { levels: 2, all: [2, 77].into() },
            Op::Task { task: 4, name: Box::default() },
            Op::SlotOf { frame: 1, slot: 1, value: Value::Object(2) },
            Op::SureOf { frame: 1, levels: 3, all: [77].into() },
            Op::Resume { frame: 1, time: 9, line: 9 },
            Op::Raise { line: 9, value: Value::Object(2) },
            Op::Unwind { time: 1 },
        ]
    }

    fn written(ops: &[Op]) -> Vec<u8> {
        let mut context = Context::default();
        let mut writer = Writer::new(&context);
        for op in ops {
            writer.push(op, &context);
            context.apply(op);
        }
        writer.snapshot(77, &Entity { ty: Some(4), length: 9, items: vec![Value::Bool(true)] });
        writer.finish().unwrap()
    }

    #[test]
    fn entries_survive() {
        let ops = sample();
        let chunk = decode(&written(&ops), VERSION).unwrap();
        let (last, entries) = chunk.entries.split_last().unwrap();
        let read: Vec<_> =
            entries.iter().map(|entry| if let Entry::Op(op) = entry { op.clone() } else { panic!() }).collect();
        assert_eq!(read, ops);
        assert_eq!(*last, Entry::Snapshot(Entity { ty: Some(4), length: 9, items: vec![Value::Bool(true)] }, 77));
    }

    /// Numbers that continue, repeat or add up, and unrelated ones.
    fn value() -> impl Strategy<Value = Value> {
        let float = prop_oneof![
            (0i32..60).prop_map(|n| f64::from(n) * 0.5),
            any::<f64>(),
            prop::sample::select(vec![f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MAX]),
        ];
        prop_oneof![
            (-30i64..30).prop_map(|n| Value::Int(n * 1_000)),
            any::<i64>().prop_map(Value::Int),
            float.prop_map(|float| Value::Float(float.to_bits())),
            any::<u64>().prop_map(Value::Float),
            (0u64..12).prop_map(Value::Object),
            any::<u64>().prop_map(Value::Object),
            Just(Value::Str(connie_wire::Blob::new(b"a"))),
            Just(Value::Tuple([Value::Int(5), Value::Float(6)].into())),
        ]
    }

    fn op() -> impl Strategy<Value = Op> {
        let object = || prop_oneof![0u64..12, any::<u64>()];
        prop_oneof![
            (0u32..3, value()).prop_map(|(slot, value)| Op::Slot { slot, value }),
            (object(), 0u32..3, value()).prop_map(|(object, index, value)| Op::Set { object, index, value }),
            (object(), prop::collection::vec(value(), 0..4)).prop_map(|(object, items)| Op::New {
                object,
                ty: 0,
                length: 9,
                items
            }),
            (object(), object(), 0u32..3, value()).prop_map(|(frame, namespace, slot, value)| Op::Call {
                frame,
                code: slot,
                namespace,
                time: 3,
                line: 1,
                slots: vec![(slot, value)]
            }),
            value().prop_map(|value| Op::Return { time: 1, value }),
            value().prop_map(|value| Op::Yield { time: 1, value }),
            object().prop_map(|frame| Op::Resume { frame, time: 1, line: 2 }),
            object().prop_map(|object| Op::Evict { object }),
        ]
    }

    fn entries(ops: &[Op]) -> Vec<Op> {
        let mut context = Context::default();
        let mut writer = Writer::new(&context);
        for op in ops {
            writer.push(op, &context);
            context.apply(op);
        }
        let chunk = decode(&writer.finish().unwrap(), VERSION).unwrap();
        chunk.entries.into_iter().map(|entry| if let Entry::Op(op) = entry { op } else { panic!() }).collect()
    }

    #[test]
    fn a_series_costs_a_byte_or_two() {
        let series = |value: fn(u32) -> Value| -> usize {
            let context = Context::default();
            let mut writer = Writer::new(&context);
            (0..1_000).for_each(|n| writer.push(&Op::Slot { slot: 0, value: value(n) }, &context));
            writer.values.len()
        };
        assert!(series(|n| Value::Float((f64::from(n) * 0.1).to_bits())) < 3_000);
        assert!(series(|n| Value::Int(i64::from(n) * i64::from(n))) < 2_100);
        assert!(series(|n| Value::Int(i64::from(n % 7) << 40)) < 2_100);
    }

    proptest! {
        #[test]
        fn numbers_survive_guessing(ops in prop::collection::vec(op(), 0..80)) {
            prop_assert_eq!(entries(&ops), ops);
        }

        #[test]
        fn damage_is_an_error_not_a_panic(at in 0usize..200, byte: u8) {
            let raw = zstd::bulk::decompress(&written(&sample()), 1 << 20).unwrap();
            let mut raw = raw;
            let at = at % raw.len();
            raw[at] = byte;
            let _ = decode_columns(&raw, VERSION);
        }
    }
}

//! What may be in a chunk, in a few kilobytes: a search skips chunks that cannot have what it looks for.
//!
//! A sketch is made when a chunk is searched for the first time. Nothing of it is in the recording.

mod bloom;
#[cfg(test)]
mod tests;

use connie_wire::codec::{Decoder, Sink, WireError};
use connie_wire::{Op, Value};
use rustc_hash::FxHashSet;

use crate::chunk::{Chunk, Context, Entry};
pub use bloom::Bloom;

/// The maximum number of members of each list. A list that would be longer is not kept.
const MAX_MEMBERS: usize = 4096;
/// The number that changes whenever sketches are made in another way: stored ones are then ignored.
pub(crate) const FORMAT: u64 = 5;

/// What may be in a chunk. What is `None` may be anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch {
    /// Codes that are called, ascending.
    calls: Option<Box<[u64]>>,
    /// Codes and slots of running frames that get a value, ascending.
    slots: Option<Box<[u64]>>,
    /// Frames with steps that did not begin in this chunk, ascending.
    frames: Option<Box<[u64]>>,
    /// Hashes of the places that get a value, ascending. What is `None` is in `values`.
    places: Option<Box<[u32]>>,
    /// Hashes of the values that something gets.
    values: Option<Bloom>,
}

/// What a chunk has, before it is known which of its frames and objects were born near it.
pub struct Made {
    calls: FxHashSet<u64>,
    slots: FxHashSet<u64>,
    frames: FxHashSet<u64>,
    hashes: FxHashSet<u64>,
    /// The places that get a value: the frame or object, and the hash of the place.
    places: FxHashSet<(u64, u64)>,
    /// The frames that begin in the chunk, and the objects that are new in it.
    begun: FxHashSet<u64>,
}

/// The place of an object's new items: an insertion or deletion, or a new object.
pub const SHIFTED: u32 = u32::MAX;

impl Made {
    /// The sketch. `is_born` tells whether [`Recording::birth_of`](crate::Recording::birth_of) puts a frame or object
    /// into this chunk or the one before: these may have anything, and the sketch leaves them out.
    pub(crate) fn finish(mut self, is_born: impl Fn(u64) -> bool) -> Sketch {
        self.begun.retain(|id| is_born(*id));
        self.frames.retain(|frame| !self.begun.contains(frame));
        let places = self.places.into_iter().filter(|(id, _)| !self.begun.contains(id));
        let places: FxHashSet<u64> = places.map(|(_, hash)| hash).collect();
        let short = places.iter().map(|hash| short(*hash)).collect();
        let listed = list(short);
        if listed.is_none() {
            self.hashes.extend(places);
        }
        let values = Bloom::of(self.hashes.into_iter());
        let [calls, slots, frames] = [self.calls, self.slots, self.frames].map(list);
        Sketch { calls, slots, frames, places: listed, values }
    }

    fn put(&mut self, id: u64, index: u32) {
        self.places.insert((id, place(id, index)));
    }

    /// Adds an op that does not run a frame.
    fn add(&mut self, op: &Op, context: &Context) {
        match op {
            Op::Call { frame, code, .. } => {
                self.calls.insert(u64::from(*code));
                self.begun.insert(*frame);
                self.put(*frame, SHIFTED);
            }
            Op::New { object, .. } => {
                self.begun.insert(*object);
                self.put(*object, SHIFTED);
            }
            Op::Splice { object, .. } => self.put(*object, SHIFTED),
            Op::Set { object, index, .. } => self.put(*object, *index),
            Op::SlotOf { frame, slot, .. } => self.put(*frame, *slot),
            Op::Slot { slot, .. } => {
                if let Some(top) = context.top() {
                    self.slots.insert(slot_key(top.code, *slot));
                    self.put(top.frame, *slot);
                }
            }
            _ => {}
        }
    }
}

impl Sketch {
    /// Makes the sketch of a chunk.
    #[must_use]
    pub fn of(chunk: &Chunk) -> Made {
        let mut made = Made {
            calls: FxHashSet::default(),
            slots: FxHashSet::default(),
            frames: FxHashSet::default(),
            hashes: FxHashSet::default(),
            places: FxHashSet::default(),
            begun: FxHashSet::default(),
        };
        let mut last = u64::MAX;
        let mut walk = chunk.walk(1);
        while let Some(entry) = walk.next_entry() {
            let Entry::Op(op) = entry else { continue };
            each_value(op, &mut |value| {
                made.hashes.insert(hash(value));
            });
            made.add(op, walk.context());
            if !op.is_step() {
                continue;
            }
            // At the end of a frame, that frame is the one that runs.
            if !matches!(op, Op::Return { .. } | Op::Yield { .. }) {
                walk.apply();
            }
            if let Some(top) = walk.context().top().filter(|top| top.frame != last) {
                last = top.frame;
                made.frames.insert(last);
            }
        }
        made
    }

    /// Whether a code may be called in the chunk.
    #[must_use]
    pub fn may_call(&self, code: u32) -> bool {
        may_have(&self.calls, u64::from(code))
    }

    /// Whether a slot of a running frame with this code may get a value in the chunk.
    #[must_use]
    pub fn may_set(&self, code: u32, slot: u32) -> bool {
        may_have(&self.slots, slot_key(code, slot))
    }

    /// Whether a frame that was not born in this chunk or the one before may have a step in the chunk.
    #[must_use]
    pub(crate) fn may_run(&self, frame: u64) -> bool {
        may_have(&self.frames, frame)
    }

    /// Whether a slot of a frame, or an item of an object by its index, may get a value in the chunk. The frame or object
    /// was not born in this chunk or the one before.
    #[must_use]
    pub(crate) fn may_change(&self, id: u64, index: u32) -> bool {
        let place = place(id, index);
        match &self.places {
            Some(places) => places.binary_search(&short(place)).is_ok(),
            None => self.may_have(place),
        }
    }

    /// Whether something may get a value in the chunk, alone or within a tuple, given its [`hash`].
    #[must_use]
    pub fn may_have(&self, hash: u64) -> bool {
        self.values.as_ref().is_none_or(|values| values.may_have(hash))
    }

    pub(crate) fn encode(&self, sink: &mut impl Sink) {
        for list in [&self.calls, &self.slots, &self.frames] {
            encode_list(list.as_deref(), sink);
        }
        encode_list(self.places.as_deref(), sink);
        match &self.values {
            None => sink.put(0),
            Some(values) => {
                sink.put(1);
                sink.sized(values.bytes());
            }
        }
    }

    pub(crate) fn decode(input: &mut Decoder<'_>) -> Result<Self, WireError> {
        let (calls, slots, frames) = (decode_list(input)?, decode_list(input)?, decode_list(input)?);
        let places = decode_list(input)?;
        let values = if input.byte()? == 0 { None } else { Some(Bloom::decode(input)?) };
        Ok(Self { calls, slots, frames, places, values })
    }

    /// Its size in bytes, about.
    pub(crate) fn size(&self) -> u64 {
        let lists = [&self.calls, &self.slots, &self.frames].into_iter().flatten();
        let values = self.values.as_ref().map_or(0, |values| values.bytes().len());
        let places = self.places.as_ref().map_or(0, |places| 4 * places.len());
        (lists.map(|list| 8 * list.len()).sum::<usize>() + places + values) as u64
    }

    /// Forgets the places and values, which take most of the space.
    pub(crate) fn forget_values(&mut self) {
        (self.places, self.values) = (None, None);
    }
}

fn list<T: Ord>(members: FxHashSet<T>) -> Option<Box<[T]>> {
    if members.len() > MAX_MEMBERS {
        return None;
    }
    let mut list: Box<[T]> = members.into_iter().collect();
    list.sort_unstable();
    Some(list)
}

fn encode_list<T: Copy + Into<u64>>(list: Option<&[T]>, sink: &mut impl Sink) {
    let Some(list) = list else { return sink.varint(0) };
    sink.varint(list.len() as u64 + 1);
    let mut before = 0;
    for n in list.iter().map(|n| (*n).into()) {
        sink.varint(n - before);
        before = n;
    }
}

fn decode_list<T: TryFrom<u64>>(input: &mut Decoder<'_>) -> Result<Option<Box<[T]>>, WireError> {
    let Some(length) = input.varint()?.checked_sub(1) else { return Ok(None) };
    if length > MAX_MEMBERS as u64 {
        return Err(WireError::Range("number of members"));
    }
    let mut before = 0u64;
    let next = |_| {
        before = before.checked_add(input.varint()?).ok_or(WireError::Range("member"))?;
        T::try_from(before).map_err(|_| WireError::Range("member"))
    };
    (0..length).map(next).collect::<Result<_, _>>().map(Some)
}

/// The part of a hash that is kept in a list. Among the few thousand places of a chunk, hardly two have the same.
fn short(hash: u64) -> u32 {
    (hash >> 32) as u32
}

fn may_have(list: &Option<Box<[u64]>>, member: u64) -> bool {
    list.as_ref().is_none_or(|list| list.binary_search(&member).is_ok())
}

fn slot_key(code: u32, slot: u32) -> u64 {
    u64::from(code) << 32 | u64::from(slot)
}

/// The hash of a place, which no value has but by chance.
fn place(id: u64, index: u32) -> u64 {
    mix(mix(21, id), u64::from(index))
}

/// Visits the values that an op puts somewhere, and those within tuples.
pub fn each_value<'a>(op: &'a Op, each: &mut impl FnMut(&'a Value)) {
    match op {
        Op::Call { slots, .. } => slots.iter().for_each(|(_, value)| with_items(value, each)),
        Op::Slot { value, .. }
        | Op::SlotOf { value, .. }
        | Op::Set { value, .. }
        | Op::Return { value, .. }
        | Op::Yield { value, .. }
        | Op::Raise { value, .. } => with_items(value, each),
        Op::New { items, .. } | Op::Splice { items, .. } => items.iter().for_each(|value| with_items(value, each)),
        _ => {}
    }
}

fn with_items<'a>(value: &'a Value, each: &mut impl FnMut(&'a Value)) {
    each(value);
    if let Value::Tuple(items) = value {
        items.iter().for_each(|item| with_items(item, each));
    }
}

/// The hash of a value. It is the same in every process and version, because it is stored.
#[must_use]
pub fn hash(value: &Value) -> u64 {
    match value {
        Value::Unbound => mix(1, 0),
        Value::None => mix(2, 0),
        Value::Bool(truth) => mix(3, u64::from(*truth)),
        Value::Int(n) => mix(4, *n as u64),
        Value::BigInt(sign, bytes) => bytes_hash(mix(5, u64::from(*sign)), bytes),
        Value::Float(bits) => mix(6, *bits),
        Value::Complex(real, imaginary) => mix(mix(7, *real), *imaginary),
        Value::Str(text) => bytes_hash(mix(8, text.cut.map_or(0, |cut| cut ^ 1 << 63)), &text.bytes),
        Value::Bytes(text) => bytes_hash(mix(9, text.cut.map_or(0, |cut| cut ^ 1 << 63)), &text.bytes),
        Value::Ellipsis => mix(10, 0),
        Value::NotImplemented => mix(11, 0),
        Value::Object(object) => mix(12, *object),
        Value::Function(name) => mix(13, u64::from(*name)),
        Value::Class(name) => mix(14, u64::from(*name)),
        Value::Module(name) => mix(15, u64::from(*name)),
        Value::Method(name) => mix(16, u64::from(*name)),
        Value::Tuple(items) => items.iter().fold(mix(17, items.len() as u64), |state, item| mix(state, hash(item))),
        Value::Redacted(name) => mix(18, u64::from(*name)),
        Value::Cut => mix(19, 0),
        Value::Unknown(name) => mix(20, u64::from(*name)),
    }
}

/// Mixes a number into a state.
fn mix(state: u64, n: u64) -> u64 {
    let product = u128::from(state ^ 0x9e37_79b9_7f4a_7c15) * u128::from(n ^ 0xd6e8_feb8_6659_fd93 ^ state << 32);
    let folded = (product as u64) ^ (product >> 64) as u64;
    (folded ^ folded >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn bytes_hash(state: u64, bytes: &[u8]) -> u64 {
    let word = |bytes: &[u8]| {
        let mut word = [0; 8];
        word[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(word)
    };
    bytes.chunks(8).fold(mix(state, bytes.len() as u64), |state, bytes| mix(state, word(bytes)))
}

//! Predicts the numbers in a chunk. Writer and reader compute the same predictions.
//!
//! A correct guess takes one byte, and the same byte as the last time, so that it compresses to almost nothing. There
//! are three guesses: a recent value (`return self.x`), the previous value plus a recent one (`total += x`), and the
//! previous value plus the last difference. Only exact values are guessed: a float that does not match exactly is
//! written in full.

use connie_wire::Value;
use connie_wire::codec::{Decoder, Sink, WireError, zigzag};
use connie_wire::value::put_object;

use rustc_hash::FxHashMap;

use crate::fronted::Fronted;

/// Tags of values, in addition to those of the wire format.
mod tag {
    use super::{ADDED, SEEN};
    use connie_wire::value::tag::{CHUNKS, SMALL_INT};

    /// An int, as the difference from the previous one.
    pub const INT_DELTA: u8 = CHUNKS;
    /// The first of the tags that select a recent int.
    pub const INT_SEEN: u8 = INT_DELTA + 1;
    pub const FLOAT_SEEN: u8 = INT_SEEN + SEEN as u8;
    pub const OBJECT_SEEN: u8 = FLOAT_SEEN + SEEN as u8;
    /// The first of the tags that select the recent int that was added to the previous one.
    pub const INT_PLUS: u8 = OBJECT_SEEN + SEEN as u8;
    pub const FLOAT_PLUS: u8 = INT_PLUS + ADDED as u8;
    /// A float, as the difference from the continuation of the two previous ones.
    pub const FLOAT_NEAR: u8 = FLOAT_PLUS + ADDED as u8;
    /// An int, as the difference from the continuation of the two previous ones.
    pub const INT_NEAR: u8 = FLOAT_NEAR + 1;
    const _: () = assert!(INT_NEAR < SMALL_INT);
}

/// The number of recent values, objects and frames that are remembered.
const SEEN: usize = 8;

/// The number of recent values that are tried as a summand.
const ADDED: usize = 4;

/// The last format whose only guess is the previous int.
const PLAIN: i32 = 6;

/// The place of a value, whose history is used for predictions.
#[derive(Clone, Copy, Debug)]
pub enum ValueSlot {
    /// A variable of a function: its code and slot.
    Slot(u32, u32),
    /// The return or yield value of a function.
    Return(u32),
    /// An item of an object.
    Item(u64, u32),
    /// An item of any object.
    Items,
}

/// The previous numbers at a place.
#[derive(Clone, Copy, Default)]
struct Last {
    int: i64,
    int_before: i64,
    float: f64,
    float_before: f64,
}

impl Last {
    /// The int that continues the two previous ones at this place.
    fn continued_int(&self) -> i64 {
        self.int.wrapping_add(self.int.wrapping_sub(self.int_before))
    }

    fn saw_int(&mut self, n: i64) {
        self.int_before = std::mem::replace(&mut self.int, n);
    }

    fn saw_float(&mut self, bits: u64) {
        self.float_before = std::mem::replace(&mut self.float, f64::from_bits(bits));
    }

    /// The bits of the float that continues the two previous ones at this place.
    fn continued_float(&self) -> u64 {
        let guess = self.float + (self.float - self.float_before);
        // The NaN that an operation returns depends on the processor.
        if guess.is_nan() { 0 } else { guess.to_bits() }
    }
}

/// Distinct values, the most recent first.
#[derive(Default)]
struct Recent([u64; SEEN]);

impl Recent {
    #[inline(always)]
    fn find(&self, value: u64) -> Option<u8> {
        self.0.iter().position(|seen| *seen == value).map(|at| at as u8)
    }

    fn get(&self, at: u8) -> Result<u64, WireError> {
        self.0.get(usize::from(at)).copied().ok_or(WireError::Range("place"))
    }

    /// Moves a value to the front.
    #[inline(always)]
    fn touch(&mut self, value: u64) {
        let at = self.find(value);
        self.touch_at(value, at);
    }

    /// The same for a value that was found at a place, or not at all.
    #[inline(always)]
    fn touch_at(&mut self, value: u64, at: Option<u8>) {
        match at {
            Some(0) => {}
            Some(at) => {
                let at = usize::from(at) % SEEN;
                (0..at).rev().for_each(|n| self.0[n + 1] = self.0[n]);
                self.0[0] = value;
            }
            None => {
                let [first @ .., _] = self.0;
                self.0[1..].copy_from_slice(&first);
                self.0[0] = value;
            }
        }
    }

    #[inline(always)]
    fn saw_int(&mut self, n: i64) {
        // Small values are always close to a previous one.
        if !(-64..64).contains(&n) {
            self.touch(n as u64);
        }
    }
}

/// The largest code and slot whose places are in vectors. A damaged chunk must not allocate much memory.
const DENSE: (u32, u32) = (1 << 16, 1 << 8);

/// The places of the variables of code, and of its results.
#[derive(Default)]
struct OfCode {
    /// By code and slot number; empty before the first use.
    slots: Vec<Vec<Last>>,
    /// The codes with slots that are not empty.
    used: Vec<u32>,
    /// The others, which are rare.
    others: FxHashMap<(u32, u32), Last>,
}

impl OfCode {
    #[inline(always)]
    fn at(&mut self, code: u32, slot: u32) -> &mut Last {
        // Twice, as the borrow checker does not know that a found place is returned.
        let is_known = self.slots.get(code as usize).is_some_and(|slots| slots.len() > slot as usize);
        if is_known { &mut self.slots[code as usize][slot as usize] } else { self.add(code, slot) }
    }

    #[inline(never)]
    fn add(&mut self, code: u32, slot: u32) -> &mut Last {
        if code >= DENSE.0 || slot >= DENSE.1 {
            return self.others.entry((code, slot)).or_default();
        }
        if self.slots.len() <= code as usize {
            self.slots.resize_with(code as usize + 1, Vec::new);
        }
        let slots = &mut self.slots[code as usize];
        if slots.is_empty() {
            self.used.push(code);
        }
        slots.resize(slot as usize + 1, Last::default());
        &mut slots[slot as usize]
    }

    fn clear(&mut self) {
        for code in self.used.drain(..) {
            self.slots[code as usize].clear();
        }
        self.others.clear();
    }
}

/// The previous numbers at each place.
#[derive(Default)]
struct Lasts {
    /// Whether this is a chunk of format 6 or before.
    plain: bool,
    slots: OfCode,
    returns: OfCode,
    /// By object and index.
    of_objects: Fronted<(u64, u32), Last>,
    items: Last,
}

impl Lasts {
    #[inline(always)]
    fn at(&mut self, place: ValueSlot) -> &mut Last {
        match place {
            ValueSlot::Slot(code, slot) => self.slots.at(code, slot),
            ValueSlot::Return(code) => self.returns.at(code, 0),
            ValueSlot::Item(..) if self.plain => &mut self.items,
            // An item that did not change yet in this chunk is likely to resemble the item that changed last.
            ValueSlot::Item(object, index) => self.of_objects.or_insert((object, index), self.items),
            ValueSlot::Items => &mut self.items,
        }
    }

    /// Records a number at a place.
    #[inline(always)]
    fn saw(&mut self, place: ValueSlot, last: Last) {
        *self.at(place) = last;
        if let ValueSlot::Item(..) = place {
            self.items = last;
        }
    }
}

/// The state of prediction within a chunk.
#[derive(Default)]
pub struct Predictor {
    lasts: Lasts,
    ints: Recent,
    floats: Recent,
    objects: Recent,
    frames: Recent,
    /// The most recently assigned number; in plain chunks, the previous one.
    newest: u64,
}

/// The sum of two floats, if it is the same on every processor.
fn sum(a: f64, bits: u64) -> Option<u64> {
    let sum = a + f64::from_bits(bits);
    (!sum.is_nan()).then(|| sum.to_bits())
}

impl Predictor {
    /// Creates a predictor for chunks of this format.
    pub fn new(version: i32) -> Self {
        Self { lasts: Lasts { plain: version <= PLAIN, ..Lasts::default() }, ..Self::default() }
    }

    /// Resets it for the next chunk of the same format.
    pub fn restart(&mut self) {
        let Lasts { slots, returns, of_objects, items, .. } = &mut self.lasts;
        slots.clear();
        returns.clear();
        of_objects.clear();
        *items = Last::default();
        (self.ints, self.floats) = (Recent::default(), Recent::default());
        (self.objects, self.frames) = (Recent::default(), Recent::default());
        self.newest = 0;
    }

    /// Writes a value.
    #[inline]
    pub fn put(&mut self, out: &mut Vec<u8>, place: ValueSlot, value: &Value) {
        match value {
            Value::Int(n) => self.put_int(out, place, *n),
            Value::Float(bits) => self.put_float(out, place, *bits),
            Value::Object(object) => {
                let at = self.objects.find(*object);
                match at {
                    Some(at) => out.put(tag::OBJECT_SEEN + at),
                    None => put_object(out, *object),
                }
                self.objects.touch_at(*object, at);
            }
            Value::None => out.put(connie_wire::value::tag::NONE),
            _ => value.encode(out),
        }
    }

    #[inline(always)]
    fn put_int(&mut self, out: &mut Vec<u8>, place: ValueSlot, n: i64) {
        let last = self.lasts.at(place);
        let delta = n.wrapping_sub(last.int);
        if zigzag(delta) < 0x80 {
            out.put(tag::INT_DELTA);
            out.put(zigzag(delta) as u8);
        } else if let Some(at) = self.ints.find(n as u64) {
            out.put(tag::INT_SEEN + at);
        } else if let Some(at) = self.ints.0[..ADDED].iter().position(|seen| *seen == delta as u64) {
            out.put(tag::INT_PLUS + at as u8);
        } else {
            let from_guess = zigzag(n.wrapping_sub(last.continued_int()));
            if from_guess < 0x80 {
                out.put(tag::INT_NEAR);
                out.put(from_guess as u8);
            } else {
                out.put(tag::INT_DELTA);
                out.zigzag(delta);
            }
        }
        last.saw_int(n);
        if let ValueSlot::Item(..) = place {
            self.lasts.items = *last;
        }
        self.ints.saw_int(n);
    }

    fn put_float(&mut self, out: &mut Vec<u8>, place: ValueSlot, bits: u64) {
        let last = self.lasts.at(place);
        let plus = || self.floats.0[..ADDED].iter().position(|seen| sum(last.float, *seen) == Some(bits));
        let at = self.floats.find(bits);
        if let Some(at) = at {
            out.put(tag::FLOAT_SEEN + at);
        } else if let Some(at) = plus() {
            out.put(tag::FLOAT_PLUS + at as u8);
        } else {
            let from_guess = zigzag(bits.wrapping_sub(last.continued_float()) as i64);
            if from_guess < 1 << 49 {
                out.put(tag::FLOAT_NEAR);
                out.varint(from_guess);
            } else {
                Value::Float(bits).encode(out);
            }
        }
        last.saw_float(bits);
        if let ValueSlot::Item(..) = place {
            self.lasts.items = *last;
        }
        self.floats.touch_at(bits, at);
    }

    fn saw_int(&mut self, place: ValueSlot, n: i64) {
        let mut last = *self.lasts.at(place);
        last.saw_int(n);
        self.lasts.saw(place, last);
        self.ints.saw_int(n);
    }

    fn saw_float(&mut self, place: ValueSlot, bits: u64) {
        let mut last = *self.lasts.at(place);
        last.saw_float(bits);
        self.lasts.saw(place, last);
        self.floats.touch(bits);
    }

    /// Reads a value that [`Self::put`] wrote.
    pub fn take(&mut self, decoder: &mut Decoder<'_>, place: ValueSlot) -> Result<Value, WireError> {
        let byte = decoder.byte()?;
        if self.lasts.plain {
            return match byte {
                tag::INT_DELTA => {
                    let last = self.lasts.at(place);
                    last.int = last.int.wrapping_add(decoder.zigzag()?);
                    Ok(Value::Int(last.int))
                }
                _ => Value::decode_tagged(byte, decoder, 0),
            };
        }
        use tag::{FLOAT_NEAR, FLOAT_PLUS, FLOAT_SEEN, INT_DELTA, INT_NEAR, INT_PLUS, INT_SEEN, OBJECT_SEEN};
        let value = match byte {
            INT_DELTA => Value::Int(self.lasts.at(place).int.wrapping_add(decoder.zigzag()?)),
            INT_SEEN..FLOAT_SEEN => Value::Int(self.ints.get(byte - INT_SEEN)? as i64),
            INT_PLUS..FLOAT_PLUS => {
                let plus = self.ints.get(byte - INT_PLUS)? as i64;
                Value::Int(self.lasts.at(place).int.wrapping_add(plus))
            }
            FLOAT_SEEN..OBJECT_SEEN => Value::Float(self.floats.get(byte - FLOAT_SEEN)?),
            FLOAT_PLUS..FLOAT_NEAR => {
                let plus = self.floats.get(byte - FLOAT_PLUS)?;
                Value::Float(sum(self.lasts.at(place).float, plus).ok_or(WireError::Range("float"))?)
            }
            INT_NEAR => Value::Int(self.lasts.at(place).continued_int().wrapping_add(decoder.zigzag()?)),
            FLOAT_NEAR => {
                let guess = self.lasts.at(place).continued_float();
                Value::Float(guess.wrapping_add(decoder.zigzag()? as u64))
            }
            OBJECT_SEEN..INT_PLUS => Value::Object(self.objects.get(byte - OBJECT_SEEN)?),
            _ => Value::decode_tagged(byte, decoder, 0)?,
        };
        match value {
            Value::Int(n) => self.saw_int(place, n),
            Value::Float(bits) => self.saw_float(place, bits),
            Value::Object(object) => self.objects.touch(object),
            _ => {}
        }
        Ok(value)
    }

    /// Writes the number of a new frame or object.
    pub fn put_new(&mut self, out: &mut Vec<u8>, id: u64) {
        out.zigzag(id.wrapping_sub(self.newest) as i64);
        self.newest = id;
    }

    /// Reads what [`Self::put_new`] wrote.
    pub fn take_new(&mut self, decoder: &mut Decoder<'_>) -> Result<u64, WireError> {
        self.newest = self.newest.wrapping_add(decoder.zigzag()? as u64);
        Ok(self.newest)
    }

    /// Writes the number of an existing object.
    pub fn put_object(&mut self, out: &mut Vec<u8>, id: u64) {
        put_old(&mut self.objects, self.newest, out, id);
    }

    /// Reads what [`Self::put_object`] wrote.
    pub fn take_object(&mut self, decoder: &mut Decoder<'_>) -> Result<u64, WireError> {
        if self.lasts.plain {
            return self.take_new(decoder);
        }
        take_old(&mut self.objects, self.newest, decoder)
    }

    /// Writes the number of an existing frame.
    pub fn put_frame(&mut self, out: &mut Vec<u8>, id: u64) {
        put_old(&mut self.frames, self.newest, out, id);
    }

    /// Reads what [`Self::put_frame`] wrote.
    pub fn take_frame(&mut self, decoder: &mut Decoder<'_>) -> Result<u64, WireError> {
        if self.lasts.plain {
            return self.take_new(decoder);
        }
        take_old(&mut self.frames, self.newest, decoder)
    }
}

#[inline(always)]
fn put_old(recent: &mut Recent, newest: u64, out: &mut Vec<u8>, id: u64) {
    let at = recent.find(id);
    match at {
        Some(at) => out.put(at),
        None => {
            // Small numbers are reserved for positions.
            out.put(SEEN as u8);
            out.zigzag(newest.wrapping_sub(id) as i64);
        }
    }
    recent.touch_at(id, at);
}

fn take_old(recent: &mut Recent, newest: u64, decoder: &mut Decoder<'_>) -> Result<u64, WireError> {
    let at = decoder.byte()?;
    let id = match usize::from(at) {
        SEEN => newest.wrapping_sub(decoder.zigzag()? as u64),
        _ => recent.get(at)?,
    };
    recent.touch(id);
    Ok(id)
}

//! What a number in a chunk is likely to be, worked out alike by writer and reader.
//!
//! A guess that is right takes a byte, and the same byte as the last time, so that compression makes next to nothing
//! of it: a value seen a moment ago (`return self.x`), the value before plus one seen a moment ago (`total += x`), or
//! as far from the value before as that was from the one before it. Only exact values are guessed: a float that would
//! come out otherwise is written in full.

use connie_wire::Value;
use connie_wire::codec::{Decoder, Sink, WireError, zigzag};

use crate::fronted::Fronted;

/// Tags of values, beside those of the wire.
mod tag {
    use super::{ADDED, SEEN};
    use connie_wire::value::tag::{CHUNKS, SMALL_INT};

    /// An int, as the difference from the one before.
    pub const INT_DELTA: u8 = CHUNKS;
    /// The first of those that say which int seen a moment ago it is.
    pub const INT_SEEN: u8 = INT_DELTA + 1;
    pub const FLOAT_SEEN: u8 = INT_SEEN + SEEN as u8;
    pub const OBJECT_SEEN: u8 = FLOAT_SEEN + SEEN as u8;
    /// The first of those that say which one was added to the one before.
    pub const INT_PLUS: u8 = OBJECT_SEEN + SEEN as u8;
    pub const FLOAT_PLUS: u8 = INT_PLUS + ADDED as u8;
    /// A float, as the difference from what would continue the two before.
    pub const FLOAT_NEAR: u8 = FLOAT_PLUS + ADDED as u8;
    /// An int, likewise.
    pub const INT_NEAR: u8 = FLOAT_NEAR + 1;
    const _: () = assert!(INT_NEAR < SMALL_INT);
}

/// How many values, objects and frames are remembered as seen a moment ago.
const SEEN: usize = 8;

/// How many of them are tried as what was added.
const ADDED: usize = 4;

/// The last format without guesses but for the int before.
const PLAIN: i32 = 6;

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
pub enum ValueSlot {
    /// A variable of a function: its code and slot.
    Slot(u32, u32),
    /// What a function returns or yields.
    Return(u32),
    /// An item of an object.
    Item(u64, u32),
    /// Items of whatever object.
    Items,
}

/// The numbers that stood in a place before.
#[derive(Clone, Copy, Default)]
struct Last {
    int: i64,
    int_before: i64,
    float: f64,
    float_before: f64,
}

impl Last {
    /// The int that continues the two that stood here before.
    fn continued_int(&self) -> i64 {
        self.int.wrapping_add(self.int.wrapping_sub(self.int_before))
    }

    fn saw_int(&mut self, n: i64) {
        self.int_before = std::mem::replace(&mut self.int, n);
    }

    fn saw_float(&mut self, bits: u64) {
        self.float_before = std::mem::replace(&mut self.float, f64::from_bits(bits));
    }

    /// The bits of the float that continues the two that stood here before.
    fn continued_float(&self) -> u64 {
        let guess = self.float + (self.float - self.float_before);
        // Which NaN an operation makes depends on the processor.
        if guess.is_nan() { 0 } else { guess.to_bits() }
    }
}

/// Distinct values, the one seen last first.
#[derive(Default)]
struct Recent([u64; SEEN]);

impl Recent {
    fn find(&self, value: u64) -> Option<u8> {
        self.0.iter().position(|seen| *seen == value).map(|at| at as u8)
    }

    fn get(&self, at: u8) -> Result<u64, WireError> {
        self.0.get(usize::from(at)).copied().ok_or(WireError::Range("place"))
    }

    /// Puts a value first.
    fn touch(&mut self, value: u64) {
        let mut pushed = value;
        for seen in &mut self.0 {
            let before = std::mem::replace(seen, pushed);
            if before == value {
                break;
            }
            pushed = before;
        }
    }

    fn saw_int(&mut self, n: i64) {
        // Small ones are always near something.
        if !(-64..64).contains(&n) {
            self.touch(n as u64);
        }
    }
}

/// The numbers that stood in each place.
#[derive(Default)]
struct Lasts {
    /// Whether this is a chunk of format 6 or before.
    plain: bool,
    /// By code and slot.
    slots: Fronted<(u64, u32), Last>,
    /// By code.
    returns: Fronted<u64, Last>,
    /// By object and index.
    of_objects: Fronted<(u64, u32), Last>,
    items: Last,
}

impl Lasts {
    #[inline(always)]
    fn at(&mut self, place: ValueSlot) -> &mut Last {
        match place {
            ValueSlot::Slot(code, slot) => self.slots.or_insert((u64::from(code), slot), Last::default()),
            ValueSlot::Return(code) => self.returns.or_insert(u64::from(code), Last::default()),
            ValueSlot::Item(..) if self.plain => &mut self.items,
            // An item that has not changed in this chunk is likely to be like the item that changed last.
            ValueSlot::Item(object, index) => self.of_objects.or_insert((object, index), self.items),
            ValueSlot::Items => &mut self.items,
        }
    }

    /// A number has come to a place.
    #[inline(always)]
    fn saw(&mut self, place: ValueSlot, last: Last) {
        *self.at(place) = last;
        if let ValueSlot::Item(..) = place {
            self.items = last;
        }
    }
}

/// What is remembered of a chunk's entries.
#[derive(Default)]
pub struct Predictor {
    lasts: Lasts,
    ints: Recent,
    floats: Recent,
    objects: Recent,
    frames: Recent,
    /// The number given out last; in plain chunks, the one that came last.
    newest: u64,
}

/// The sum, if it is the same on every processor.
fn sum(a: f64, bits: u64) -> Option<u64> {
    let sum = a + f64::from_bits(bits);
    (!sum.is_nan()).then(|| sum.to_bits())
}

impl Predictor {
    /// For a chunk of this format.
    pub fn new(version: i32) -> Self {
        Self { lasts: Lasts { plain: version <= PLAIN, ..Lasts::default() }, ..Self::default() }
    }

    /// For the next chunk of the same format.
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
                match self.objects.find(*object) {
                    Some(at) => out.put(tag::OBJECT_SEEN + at),
                    None => value.encode(out),
                }
                self.objects.touch(*object);
            }
            Value::None => out.put(connie_wire::value::tag::NONE),
            _ => value.encode(out),
        }
    }

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
        if let Some(at) = self.floats.find(bits) {
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
        self.floats.touch(bits);
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

    /// Writes the number of a frame or object that is new.
    pub fn put_new(&mut self, out: &mut Vec<u8>, id: u64) {
        out.zigzag(id.wrapping_sub(self.newest) as i64);
        self.newest = id;
    }

    /// Reads what [`Self::put_new`] wrote.
    pub fn take_new(&mut self, decoder: &mut Decoder<'_>) -> Result<u64, WireError> {
        self.newest = self.newest.wrapping_add(decoder.zigzag()? as u64);
        Ok(self.newest)
    }

    /// Writes the number of an object that there is already.
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

    /// Writes the number of a frame that there is already.
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

fn put_old(recent: &mut Recent, newest: u64, out: &mut Vec<u8>, id: u64) {
    match recent.find(id) {
        Some(at) => out.put(at),
        None => {
            // Small numbers are places.
            out.put(SEEN as u8);
            out.zigzag(newest.wrapping_sub(id) as i64);
        }
    }
    recent.touch(id);
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

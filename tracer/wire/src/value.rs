//! Values of Python objects at a step.

use std::sync::Arc;

use crate::codec::{Decoder, Sink, WireError};

/// Bytes, with their true length if a limit cut them.
///
/// Text is WTF-8: UTF-8 that may also hold lone surrogates, as Python strings do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Blob {
    /// The bytes that were kept.
    pub bytes: Arc<[u8]>,
    /// The true length (code points of text, bytes of bytes), if it was cut.
    pub cut: Option<u64>,
}

impl Blob {
    /// Uncut bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.into(), cut: None }
    }
}

/// A value: an immutable scalar, or a reference to an object whose contents are versioned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// The variable has no value (yet, or any more).
    Unbound,
    /// `None`
    None,
    /// `True` and `False`
    Bool(bool),
    /// An int of at most 64 bits.
    Int(i64),
    /// A larger int: sign, then magnitude, least significant byte first.
    BigInt(bool, Arc<[u8]>),
    /// A float, as its bits.
    Float(u64),
    /// A complex number, as the bits of its parts.
    Complex(u64, u64),
    /// A str, as WTF-8.
    Str(Blob),
    /// A bytes object.
    Bytes(Blob),
    /// `...`
    Ellipsis,
    /// `NotImplemented`
    NotImplemented,
    /// An object, by its number in the recording.
    Object(u64),
    /// A function, by its qualified name (a string number).
    Function(u32),
    /// A class, by its qualified name.
    Class(u32),
    /// A module, by its name.
    Module(u32),
    /// A bound method, by the qualified name of its function.
    Method(u32),
    /// A short tuple of scalars, stored by value.
    Tuple(Arc<[Value]>),
    /// A redacted secret, with the name of its type.
    Redacted(u32),
    /// An object deeper than the recording's depth limit.
    Cut,
    /// An object that could not be read, with the name of its type.
    Unknown(u32),
}

/// Tags of encoded values. From [`SMALL_INT`] on, the tag is the int itself.
pub mod tag {
    #![allow(missing_docs)]
    pub const UNBOUND: u8 = 0;
    pub const NONE: u8 = 1;
    pub const FALSE: u8 = 2;
    pub const TRUE: u8 = 3;
    pub const INT: u8 = 4;
    pub const BIG_INT: u8 = 5;
    pub const FLOAT: u8 = 6;
    pub const COMPLEX: u8 = 7;
    pub const STR: u8 = 8;
    pub const STR_CUT: u8 = 9;
    pub const BYTES: u8 = 10;
    pub const BYTES_CUT: u8 = 11;
    pub const ELLIPSIS: u8 = 12;
    pub const NOT_IMPLEMENTED: u8 = 13;
    pub const OBJECT: u8 = 14;
    pub const FUNCTION: u8 = 15;
    pub const CLASS: u8 = 16;
    pub const MODULE: u8 = 17;
    pub const METHOD: u8 = 18;
    pub const TUPLE: u8 = 19;
    pub const REDACTED: u8 = 20;
    pub const CUT: u8 = 21;
    pub const UNKNOWN: u8 = 22;
    /// The first tag that is used in chunks of recordings only.
    pub const CHUNKS: u8 = 23;
    /// The first tag that is an int itself.
    pub const SMALL_INT: u8 = 64;
}

/// The int that tag [`tag::SMALL_INT`] stands for.
pub const SMALLEST: i64 = -16;
/// The largest int that is its own tag.
pub const LARGEST: i64 = SMALLEST + (255 - tag::SMALL_INT as i64);
/// The deepest nesting of tuples in encoded bytes. Limits the decoder's use of the stack.
const MAX_NESTING: u32 = 64;

/// Writes an int of at most 64 bits.
#[inline(always)]
pub fn put_int(sink: &mut impl Sink, n: i64) {
    if (SMALLEST..=LARGEST).contains(&n) {
        sink.put((n - SMALLEST) as u8 + tag::SMALL_INT);
    } else {
        sink.put(tag::INT);
        sink.zigzag(n);
    }
}

/// Writes a float.
#[inline(always)]
pub fn put_float(sink: &mut impl Sink, bits: u64) {
    sink.put(tag::FLOAT);
    sink.put_all(&bits.to_le_bytes());
}

/// Writes a reference to an object.
#[inline(always)]
pub fn put_object(sink: &mut impl Sink, object: u64) {
    sink.put(tag::OBJECT);
    sink.varint(object);
}

/// Writes a tag and the number of a string.
#[inline(always)]
pub fn put_named(sink: &mut impl Sink, tag: u8, string: u32) {
    sink.put(tag);
    sink.varint(u64::from(string));
}

fn put_blob(sink: &mut impl Sink, whole: u8, cut: u8, blob: &Blob) {
    match blob.cut {
        None => sink.put(whole),
        Some(length) => {
            sink.put(cut);
            sink.varint(length);
        }
    }
    sink.sized(&blob.bytes);
}

impl Value {
    /// Appends the encoded value.
    pub fn encode(&self, sink: &mut impl Sink) {
        match self {
            Value::Unbound => sink.put(tag::UNBOUND),
            Value::None => sink.put(tag::NONE),
            Value::Bool(false) => sink.put(tag::FALSE),
            Value::Bool(true) => sink.put(tag::TRUE),
            Value::Int(n) => put_int(sink, *n),
            Value::BigInt(negative, magnitude) => {
                sink.put(tag::BIG_INT);
                sink.put(u8::from(*negative));
                sink.sized(magnitude);
            }
            Value::Float(bits) => put_float(sink, *bits),
            Value::Complex(real, imaginary) => {
                sink.put(tag::COMPLEX);
                sink.put_all(&real.to_le_bytes());
                sink.put_all(&imaginary.to_le_bytes());
            }
            Value::Str(blob) => put_blob(sink, tag::STR, tag::STR_CUT, blob),
            Value::Bytes(blob) => put_blob(sink, tag::BYTES, tag::BYTES_CUT, blob),
            Value::Ellipsis => sink.put(tag::ELLIPSIS),
            Value::NotImplemented => sink.put(tag::NOT_IMPLEMENTED),
            Value::Object(object) => put_object(sink, *object),
            Value::Function(name) => put_named(sink, tag::FUNCTION, *name),
            Value::Class(name) => put_named(sink, tag::CLASS, *name),
            Value::Module(name) => put_named(sink, tag::MODULE, *name),
            Value::Method(name) => put_named(sink, tag::METHOD, *name),
            Value::Tuple(items) => {
                sink.put(tag::TUPLE);
                sink.varint(items.len() as u64);
                for item in items.iter() {
                    item.encode(sink);
                }
            }
            Value::Redacted(name) => put_named(sink, tag::REDACTED, *name),
            Value::Cut => sink.put(tag::CUT),
            Value::Unknown(name) => put_named(sink, tag::UNKNOWN, *name),
        }
    }

    /// Reads one value.
    ///
    /// # Errors
    /// If the bytes are not a value.
    #[inline]
    pub fn decode(decoder: &mut Decoder<'_>) -> Result<Self, WireError> {
        // The most frequent tags come first, so that they need no call.
        match decoder.byte()? {
            byte @ tag::SMALL_INT.. => Ok(Value::Int(i64::from(byte - tag::SMALL_INT) + SMALLEST)),
            tag::INT => Ok(Value::Int(decoder.zigzag()?)),
            tag::OBJECT => Ok(Value::Object(decoder.varint()?)),
            tag::NONE => Ok(Value::None),
            byte => Self::decode_tagged(byte, decoder, 0),
        }
    }

    /// Reads a value whose tag has been read already.
    ///
    /// # Errors
    /// If the bytes are not a value.
    pub fn decode_tagged(byte: u8, decoder: &mut Decoder<'_>, nesting: u32) -> Result<Self, WireError> {
        if byte >= tag::SMALL_INT {
            return Ok(Value::Int(i64::from(byte - tag::SMALL_INT) + SMALLEST));
        }
        let blob = |decoder: &mut Decoder<'_>, cut: bool| -> Result<Blob, WireError> {
            let cut = if cut { Some(decoder.varint()?) } else { None };
            Ok(Blob { bytes: decoder.sized()?.into(), cut })
        };
        Ok(match byte {
            tag::UNBOUND => Value::Unbound,
            tag::NONE => Value::None,
            tag::FALSE => Value::Bool(false),
            tag::TRUE => Value::Bool(true),
            tag::INT => Value::Int(decoder.zigzag()?),
            tag::BIG_INT => Value::BigInt(decoder.byte()? != 0, decoder.sized()?.into()),
            tag::FLOAT => Value::Float(u64::from_le_bytes(decoder.array()?)),
            tag::COMPLEX => Value::Complex(u64::from_le_bytes(decoder.array()?), u64::from_le_bytes(decoder.array()?)),
            tag::STR => Value::Str(blob(decoder, false)?),
            tag::STR_CUT => Value::Str(blob(decoder, true)?),
            tag::BYTES => Value::Bytes(blob(decoder, false)?),
            tag::BYTES_CUT => Value::Bytes(blob(decoder, true)?),
            tag::ELLIPSIS => Value::Ellipsis,
            tag::NOT_IMPLEMENTED => Value::NotImplemented,
            tag::OBJECT => Value::Object(decoder.varint()?),
            tag::FUNCTION => Value::Function(decoder.varint32()?),
            tag::CLASS => Value::Class(decoder.varint32()?),
            tag::MODULE => Value::Module(decoder.varint32()?),
            tag::METHOD => Value::Method(decoder.varint32()?),
            tag::TUPLE => {
                if nesting >= MAX_NESTING {
                    return Err(WireError::Range("nesting"));
                }
                let n = decoder.count()?;
                let mut items = Vec::with_capacity(n);
                for _ in 0..n {
                    let byte = decoder.byte()?;
                    items.push(Self::decode_tagged(byte, decoder, nesting + 1)?);
                }
                Value::Tuple(items.into())
            }
            tag::REDACTED => Value::Redacted(decoder.varint32()?),
            tag::CUT => Value::Cut,
            tag::UNKNOWN => Value::Unknown(decoder.varint32()?),
            _ => return Err(WireError::Unknown { what: "value", byte }),
        })
    }
}

/// Makes a str value.
#[must_use]
pub fn text_value(text: &str) -> Value {
    Value::Str(Blob { bytes: text.as_bytes().into(), cut: None })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn blob() -> impl Strategy<Value = Blob> {
        (any::<Vec<u8>>(), any::<Option<u64>>()).prop_map(|(bytes, cut)| Blob { bytes: bytes.into(), cut })
    }

    fn named() -> impl Strategy<Value = Value> {
        (0..6, any::<u32>()).prop_map(|(kind, name)| match kind {
            0 => Value::Function(name),
            1 => Value::Class(name),
            2 => Value::Module(name),
            3 => Value::Method(name),
            4 => Value::Redacted(name),
            _ => Value::Unknown(name),
        })
    }

    /// Strategy for values of every kind.
    pub(crate) fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Unbound),
            Just(Value::None),
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::Int),
            (-200i64..400).prop_map(Value::Int),
            (any::<bool>(), any::<Vec<u8>>()).prop_map(|(n, m)| Value::BigInt(n, m.into())),
            any::<u64>().prop_map(Value::Float),
            any::<(u64, u64)>().prop_map(|(real, imaginary)| Value::Complex(real, imaginary)),
            blob().prop_map(Value::Str),
            blob().prop_map(Value::Bytes),
            any::<u64>().prop_map(Value::Object),
            Just(Value::Ellipsis),
            Just(Value::NotImplemented),
            named(),
            Just(Value::Cut),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop::collection::vec(inner, 0..4).prop_map(|items| Value::Tuple(items.into()))
        })
    }

    proptest! {
        #[test]
        fn values_survive(value in value()) {
            let mut bytes = Vec::new();
            value.encode(&mut bytes);
            let mut decoder = Decoder::new(&bytes);
            prop_assert_eq!(Value::decode(&mut decoder), Ok(value));
            prop_assert!(decoder.is_empty());
        }

        #[test]
        fn garbage_never_panics(bytes: Vec<u8>) {
            let mut decoder = Decoder::new(&bytes);
            while Value::decode(&mut decoder).is_ok() && !decoder.is_empty() {}
        }
    }

    fn encoded(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        value.encode(&mut bytes);
        bytes
    }

    /// Ints from -16 to 175 are encoded in one byte.
    #[test]
    fn small_ints_are_their_own_tag() {
        assert_eq!((SMALLEST, LARGEST), (-16, 175));
        for (n, bytes) in
            [(-16, &[64][..]), (0, &[80]), (175, &[255]), (-17, &[tag::INT, 33]), (176, &[tag::INT, 0xe0, 2])]
        {
            assert_eq!(encoded(&Value::Int(n)), bytes);
            assert_eq!(Value::decode(&mut Decoder::new(bytes)), Ok(Value::Int(n)));
        }
    }

    /// Tags between those of values and small ints belong to chunks, or are unused.
    #[test]
    fn other_tags_are_refused() {
        for byte in tag::CHUNKS..tag::SMALL_INT {
            let found = Value::decode(&mut Decoder::new(&[byte, 0, 0]));
            assert_eq!(found, Err(WireError::Unknown { what: "value", byte }));
        }
    }

    /// Tuples nest as deep as the tracer stores them, and not so deep that the stack overflows.
    #[test]
    fn tuples_nest_within_bounds() {
        let nested = |depth: usize| (0..depth).fold(Value::None, |inner, _| Value::Tuple([inner].into()));
        for (depth, fits) in [(1, true), (64, true), (65, false), (5000, false)] {
            let bytes = encoded(&nested(depth.min(100)));
            let bytes = if depth > 100 { [tag::TUPLE, 1].repeat(depth) } else { bytes };
            assert_eq!(Value::decode(&mut Decoder::new(&bytes)).is_ok(), fits, "{depth}");
        }
        // A count of items that is larger than the rest of the bytes is refused.
        assert_eq!(Value::decode(&mut Decoder::new(&[tag::TUPLE, 9, 1])), Err(WireError::Truncated));
    }
}

//! The bytes of every op. One line of the table defines how an op is written and read.
//!
//! From each line the compiler makes a function of [`put`], a method of [`Visitor`] and an arm of [`visit`], all
//! inlined. The kinds of fields are those of [`field`].

use super::{Kind, Level, Op, Text, code};
use crate::codec::{Decoder, Sink, WireError};
use crate::value::Value;
use crate::verdict::Verdict;

/// How fields of each kind are read.
mod field {
    use super::{Decoder, Kind, Level, Text, Value, Verdict, WireError};

    type Read<T> = Result<T, WireError>;

    #[inline(always)]
    pub(super) fn number(decoder: &mut Decoder<'_>) -> Read<u64> {
        decoder.varint()
    }
    #[inline(always)]
    pub(super) fn small(decoder: &mut Decoder<'_>) -> Read<u32> {
        decoder.varint32()
    }
    #[inline(always)]
    pub(super) fn time(decoder: &mut Decoder<'_>) -> Read<i64> {
        decoder.zigzag()
    }
    #[inline(always)]
    pub(super) fn byte(decoder: &mut Decoder<'_>) -> Read<u8> {
        decoder.byte()
    }
    #[inline(always)]
    pub(super) fn flag(decoder: &mut Decoder<'_>) -> Read<bool> {
        Ok(decoder.byte()? != 0)
    }
    #[inline(always)]
    pub(super) fn bytes<'a>(decoder: &mut Decoder<'a>) -> Read<&'a [u8]> {
        decoder.sized()
    }
    #[inline(always)]
    pub(super) fn value(decoder: &mut Decoder<'_>) -> Read<Value> {
        Value::decode(decoder)
    }
    pub(super) fn values(decoder: &mut Decoder<'_>) -> Read<Vec<Value>> {
        list(decoder, Value::decode)
    }
    #[inline]
    pub(super) fn slots(decoder: &mut Decoder<'_>) -> Read<Vec<(u32, Value)>> {
        list(decoder, |decoder| Ok((decoder.varint32()?, Value::decode(decoder)?)))
    }
    pub(super) fn numbers(decoder: &mut Decoder<'_>) -> Read<Vec<u64>> {
        list(decoder, Decoder::varint)
    }
    pub(super) fn smalls(decoder: &mut Decoder<'_>) -> Read<Vec<u32>> {
        list(decoder, Decoder::varint32)
    }
    pub(super) fn kind(decoder: &mut Decoder<'_>) -> Read<Kind> {
        let byte = decoder.byte()?;
        Kind::from_byte(byte).ok_or(WireError::Unknown { what: "kind", byte })
    }
    pub(super) fn level(decoder: &mut Decoder<'_>) -> Read<Level> {
        let byte = decoder.byte()?;
        Level::from_byte(byte).ok_or(WireError::Unknown { what: "level", byte })
    }
    pub(super) fn text(decoder: &mut Decoder<'_>) -> Read<Text> {
        let byte = decoder.byte()?;
        Text::from_byte(byte).ok_or(WireError::Unknown { what: "text", byte })
    }
    pub(super) fn verdict(decoder: &mut Decoder<'_>) -> Read<Verdict> {
        let byte = decoder.byte()?;
        Verdict::from_byte(byte).ok_or(WireError::Unknown { what: "verdict", byte })
    }

    /// Reads a count, then that many items.
    #[inline(always)]
    fn list<'a, T>(decoder: &mut Decoder<'a>, item: impl Fn(&mut Decoder<'a>) -> Read<T>) -> Read<Vec<T>> {
        let n = decoder.count()?;
        let mut items = Vec::with_capacity(n);
        for _ in 0..n {
            items.push(item(decoder)?);
        }
        Ok(items)
    }
}

/// The types that [`put`]'s functions take for a kind of field. A value is written by a closure, as it may be an object
/// of the traced program. A list of values is a pair of their count and a closure that writes all of them.
macro_rules! given {
    (number, $S:ident) => { u64 };
    (small, $S:ident) => { u32 };
    (time, $S:ident) => { i64 };
    (byte, $S:ident) => { u8 };
    (flag, $S:ident) => { bool };
    (bytes, $S:ident) => { &[u8] };
    (value, $S:ident) => { impl FnOnce(&mut $S) };
    (values, $S:ident) => { (u64, impl FnOnce(&mut $S)) };
    (slots, $S:ident) => { (u64, impl FnOnce(&mut $S)) };
    (numbers, $S:ident) => { &[u64] };
    (smalls, $S:ident) => { &[u32] };
    (kind, $S:ident) => { Kind };
    (text, $S:ident) => { Text };
    (level, $S:ident) => { Level };
    (verdict, $S:ident) => { Verdict };
}

/// Writes a field of a kind.
macro_rules! write {
    (number, $out:ident, $given:ident) => {
        $out.varint($given)
    };
    (small, $out:ident, $given:ident) => {
        $out.varint(u64::from($given))
    };
    (time, $out:ident, $given:ident) => {
        $out.zigzag($given)
    };
    (byte, $out:ident, $given:ident) => {
        $out.put($given)
    };
    (flag, $out:ident, $given:ident) => {
        $out.put(u8::from($given))
    };
    (bytes, $out:ident, $given:ident) => {
        $out.sized($given)
    };
    (value, $out:ident, $given:ident) => {
        $given($out)
    };
    (values, $out:ident, $given:ident) => {{
        $out.varint($given.0);
        ($given.1)($out)
    }};
    (slots, $out:ident, $given:ident) => {{
        $out.varint($given.0);
        ($given.1)($out)
    }};
    (numbers, $out:ident, $given:ident) => {{
        $out.varint($given.len() as u64);
        for number in $given {
            $out.varint(*number);
        }
    }};
    (smalls, $out:ident, $given:ident) => {{
        $out.varint($given.len() as u64);
        for number in $given {
            $out.varint(u64::from(*number));
        }
    }};
    ($enumeration:ident, $out:ident, $given:ident) => {
        $out.put($given as u8)
    };
}

/// The types that [`Visitor`]'s methods get for a kind of field.
macro_rules! read {
    (number) => { u64 };
    (small) => { u32 };
    (time) => { i64 };
    (byte) => { u8 };
    (flag) => { bool };
    (bytes) => { &[u8] };
    (value) => { Value };
    (values) => { Vec<Value> };
    (slots) => { Vec<(u32, Value)> };
    (numbers) => { Vec<u64> };
    (smalls) => { Vec<u32> };
    (kind) => { Kind };
    (text) => { Text };
    (level) => { Level };
    (verdict) => { Verdict };
}

/// Converts what a visitor got to what [`Op`] stores.
macro_rules! kept {
    (bytes, $read:ident) => {
        $read.into()
    };
    (numbers, $read:ident) => {
        $read.into()
    };
    ($kind:ident, $read:ident) => {
        $read
    };
}

/// Converts what [`Op`] stores to what [`put`]'s functions take.
macro_rules! lent {
    (bytes, $kept:ident) => {
        $kept
    };
    (numbers, $kept:ident) => {
        $kept
    };
    (smalls, $kept:ident) => {
        $kept
    };
    (value, $kept:ident) => {
        |out| $kept.encode(out)
    };
    (values, $kept:ident) => {
        ($kept.len() as u64, |out| $kept.iter().for_each(|value| value.encode(out)))
    };
    (slots, $kept:ident) => {
        ($kept.len() as u64, |out| {
            for (slot, value) in $kept {
                out.varint(u64::from(*slot));
                value.encode(out);
            }
        })
    };
    ($kind:ident, $kept:ident) => {
        *$kept
    };
}

macro_rules! ops {
    ($($code:ident $variant:ident $name:ident($($field:ident: $kind:ident),*);)*) => {
        /// Functions that write ops, one for each.
        #[allow(clippy::too_many_arguments)] // As many as the op has fields.
        pub mod put {
            use super::{Kind, Level, Sink, Text, Verdict, code};

            $(
                #[doc = concat!("Writes [`Op::", stringify!($variant), "`](super::Op::", stringify!($variant), ").")]
                #[inline(always)]
                pub fn $name<S: Sink>(out: &mut S, $($field: given!($kind, S)),*) {
                    out.put(code::$code);
                    $(write!($kind, out, $field);)*
                }
            )*
        }

        /// Handles ops that are read, with one method for each.
        #[allow(clippy::too_many_arguments)] // As many as the op has fields.
        pub trait Visitor {
            /// The result of handling an op.
            type Out;
            $(
                #[doc = concat!("[`Op::", stringify!($variant), "`] was read.")]
                fn $name(&mut self, $($field: read!($kind)),*) -> Self::Out;
            )*
        }

        /// Reads one op and passes it to a visitor.
        ///
        /// # Errors
        /// If the bytes are not an op of this version.
        #[inline]
        pub fn visit<V: Visitor>(decoder: &mut Decoder<'_>, visitor: &mut V) -> Result<V::Out, WireError> {
            let byte = decoder.byte()?;
            Ok(match byte {
                $(code::$code => {
                    $(let $field = field::$kind(decoder)?;)*
                    visitor.$name($($field),*)
                })*
                _ => return Err(WireError::Unknown { what: "op", byte }),
            })
        }

        /// The visitor that builds an [`Op`].
        struct Keep;

        impl Visitor for Keep {
            type Out = Op;
            $(
                #[inline(always)]
                fn $name(&mut self, $($field: read!($kind)),*) -> Op {
                    Op::$variant { $($field: kept!($kind, $field)),* }
                }
            )*
        }

        impl Op {
            /// Reads one op.
            ///
            /// # Errors
            /// If the bytes are not an op of this version.
            #[inline]
            pub fn decode(decoder: &mut Decoder<'_>) -> Result<Self, WireError> {
                visit(decoder, &mut Keep)
            }

            /// Writes the op, as the tracer does.
            pub fn encode<S: Sink>(&self, out: &mut S) {
                match self {
                    $(Op::$variant { $($field),* } => put::$name(out, $(lent!($kind, $field)),*),)*
                }
            }
        }

        /// The byte of every op.
        #[cfg(test)]
        pub(super) const CODES: &[u8] = &[$(code::$code),*];
    };
}

ops! {
    LINE Line line(line: small);
    MOVED Moved moved(line: small);
    SLOT Slot slot(slot: small, value: value);
    SLOT_OF SlotOf slot_of(frame: number, slot: small, value: value);
    SET Set set(object: number, index: small, value: value);
    SLOT_TEXT SlotText slot_text(slot: small, shared: small, rest: bytes, length: number);
    SET_TEXT SetText set_text(object: number, index: small, shared: small, rest: bytes, length: number);
    CALL Call call(frame: number, code: small, namespace: number, time: time, line: small, slots: slots);
    RETURN Return returns(time: time, value: value);
    RAISE Raise raise(line: small, value: value);
    YIELD Yield yields(time: time, value: value);
    RESUME Resume resume(frame: number, time: time, line: small);
    UNWIND Unwind unwind(time: time);
    CUT Cut cut(time: time);
    OUTPUT Output output(stream: byte, text: bytes);
    NEW New object(object: number, ty: small, length: number, items: values);
    SPLICE Splice splice(object: number, start: small, removed: small, length: number, items: values);
    EVICT Evict evict(object: number);
    DEAD Dead dead(objects: numbers);
    GONE Gone gone(frame: number);
    SURE Sure sure(levels: byte, all: numbers);
    SURE_OF SureOf sure_of(frame: number, levels: byte, all: numbers);
    LATE Late late(object: number, slot: small, steps: number);
    PROCESS Process process(pid: small, parent: small, executable: bytes, arguments: bytes);
    CLOCK Clock clock(time: time);
    TASK Task task(task: small, name: bytes);
    CHAIN Chain chain(exception: number, cause: number, context: number);
    TEXT Text text(exception: number, how: text, fields: values, notes: values);
    SOURCE Source source(path: bytes, text: bytes);
    SEGMENT Segment segment(id: bytes, name: bytes, kept: flag);
    SEGMENT_END SegmentEnd segment_end(keep: byte);
    GLOBALS Globals globals(file: small, object: number);
    INHERITED Inherited inherited(count: small);
    THREAD Thread thread(thread: small, ident: number, name: bytes);
    STRING String string(text: bytes);
    FILE File file(path: bytes);
    TYPE Type types(kind: kind, module: small, name: small, class: number, descriptor: byte);
    CODE Code code(file: small, name: small, line: small, flags: small, arguments: small, free: small,
        level: level, slots: smalls);
    TROUBLE Trouble trouble(text: bytes);
    LEFT_OUT LeftOut left_out(verdict: verdict, path: bytes);
    STARTED Started started(pid: small, arguments: bytes);
    END End end();
}

//! Numbers, strings and bytes.

use connie_wire::codec::Sink;
use connie_wire::repr;
use connie_wire::value::{self, tag};

use super::{Obj, field, flag, has_flag, layout, type_of};
use crate::layout::common as at;

/// The value of an exact int of at most 64 bits.
///
/// # Safety
/// `int` is an int.
#[inline(always)]
pub unsafe fn small_int(int: Obj) -> Option<i64> {
    // SAFETY: the caller's promise; a digit is there even where none counts.
    unsafe {
        let word: isize = field(int, at::VAR_SIZE);
        let digit = i64::from(field::<u32>(int, at::LONG_DIGITS));
        if layout().minor >= 12 {
            // At most one digit. The lowest bits are 1 minus the sign.
            if word < 2 << 3 {
                return Some((1 - (word as i64 & 3)) * digit);
            }
        } else if (-1..=1).contains(&word) {
            return Some(word as i64 * digit);
        }
        longer_int(int)
    }
}

/// As [`small_int`], for ints of several digits.
#[inline(never)]
unsafe fn longer_int(int: Obj) -> Option<i64> {
    // SAFETY: the caller's promise; digit counts are read before digits.
    unsafe {
        let (count, negative) = int_shape(int);
        let digit = |n: usize| u64::from(field::<u32>(int, at::LONG_DIGITS + 4 * n));
        let magnitude = match count {
            0 => 0,
            1 => digit(0),
            2 => digit(0) | digit(1) << 30,
            3 if digit(2) < 8 => digit(0) | digit(1) << 30 | digit(2) << 60,
            _ => return None,
        };
        let value = magnitude as i64;
        Some(if negative { -value } else { value })
    }
}

#[inline(always)]
unsafe fn int_shape(int: Obj) -> (usize, bool) {
    // SAFETY: `int` is an int; both layouts keep the size word at 16.
    unsafe {
        if layout().minor >= 12 {
            let word: usize = field(int, at::VAR_SIZE);
            (word >> 3, word & 3 == 2)
        } else {
            let size: isize = field(int, at::VAR_SIZE);
            (size.unsigned_abs(), size < 0)
        }
    }
}

/// The largest size of an int in one op, in bytes. A ring has room for at least twice as much.
const MAX_INT_BYTES: usize = 1 << 19;

/// Writes an int. Returns false, and writes nothing, if the int is too large.
///
/// # Safety
/// `int` is an int.
#[inline(always)]
#[must_use]
pub unsafe fn put_int(int: Obj, out: &mut Vec<u8>) -> bool {
    // SAFETY: the caller's promise.
    match unsafe { small_int(int) } {
        Some(n) => {
            value::put_int(out, n);
            true
        }
        // SAFETY: the caller's promise.
        None => unsafe { put_big_int(int, out) },
    }
}

/// The text for an int that is not recorded: its number of digits.
///
/// # Safety
/// `int` is an int of more than 64 bits.
#[cold]
pub unsafe fn int_in_words(int: Obj) -> String {
    // SAFETY: digits below the count are initialised, and such an int has at least three.
    unsafe {
        let (count, negative) = int_shape(int);
        // Four digits of 30 bits contain the 64 most significant bits.
        let first = count.saturating_sub(4);
        let digit = |n: usize| u128::from(field::<u32>(int, at::LONG_DIGITS + 4 * n));
        let high = (first..count).rev().fold(0u128, |high, n| high << 30 | digit(n));
        let shift = (128 - high.leading_zeros()).saturating_sub(64);
        let below = 30 * first as u64 + u64::from(shift);
        repr::int_in_words(repr::digits((high >> shift) as u64, below), negative)
    }
}

#[cold]
unsafe fn put_big_int(int: Obj, out: &mut Vec<u8>) -> bool {
    // SAFETY: the caller gives an int.
    let (count, negative) = unsafe { int_shape(int) };
    if out.len() + count / 15 * 56 > MAX_INT_BYTES {
        return false;
    }
    let mut magnitude = Vec::with_capacity(count * 4);
    let (mut buffer, mut bits) = (0u64, 0);
    for n in 0..count {
        // SAFETY: digits below the count are initialised.
        buffer |= u64::from(unsafe { field::<u32>(int, at::LONG_DIGITS + 4 * n) }) << bits;
        bits += 30;
        while bits >= 8 {
            magnitude.push(buffer as u8);
            buffer >>= 8;
            bits -= 8;
        }
    }
    magnitude.push(buffer as u8);
    while magnitude.last() == Some(&0) {
        magnitude.pop();
    }
    out.put(tag::BIG_INT);
    out.put(u8::from(negative));
    out.sized(&magnitude);
    true
}

/// The code units of a str: width in bytes, first unit, number of units, ASCII or not.
///
/// # Safety
/// `text` is a str (or of a subclass).
#[inline]
pub unsafe fn str_data(text: Obj) -> Option<(usize, *const u8, usize, bool)> {
    // SAFETY: the caller's promise; the state says where the data is.
    unsafe {
        let state: u32 = field(text, at::STR_STATE);
        let length: usize = field(text, at::STR_LENGTH);
        let (kind, compact, ascii) = ((state >> 2) & 7, state & 32 != 0, state & 64 != 0);
        if layout().minor < 12 && state & 128 == 0 {
            return None;
        }
        let base = text.cast::<u8>().cast_const();
        let data = match (compact, ascii) {
            (true, true) => base.add(layout().ascii_data),
            (true, false) => base.add(layout().compact_data),
            (false, _) => field::<*const u8>(text, layout().compact_data),
        };
        (!data.is_null() && matches!(kind, 1 | 2 | 4)).then_some((kind as usize, data, length, ascii))
    }
}

/// Appends the WTF-8 of the first `limit` code points of a str to `out`. Returns its true length if it was cut.
///
/// # Safety
/// `text` is a str (or of a subclass).
pub unsafe fn copy_str(text: Obj, limit: usize, out: &mut Vec<u8>) -> Option<u64> {
    // SAFETY: reads `kept` units of the width that the state says.
    unsafe {
        let length = str_data(text)?.2;
        copy_str_range(text, 0, limit, out);
        (limit < length).then_some(length as u64)
    }
}

/// Appends the WTF-8 of the code points from `start` to `end` (or the end of the str).
///
/// # Safety
/// `text` is a str (or of a subclass).
pub unsafe fn copy_str_range(text: Obj, start: usize, end: usize, out: &mut Vec<u8>) {
    // SAFETY: reads units below the length, of the width that the state says.
    unsafe {
        let Some((kind, data, length, ascii)) = str_data(text) else { return };
        let end = end.min(length);
        let start = start.min(end);
        if ascii {
            out.extend_from_slice(std::slice::from_raw_parts(data.add(start), end - start));
        } else {
            out.reserve((end - start) * 2);
            for n in start..end {
                let point = match kind {
                    1 => u32::from(*data.add(n)),
                    2 => u32::from(data.cast::<u16>().add(n).read_unaligned()),
                    _ => data.cast::<u32>().add(n).read_unaligned(),
                };
                push_wtf8(point, out);
            }
        }
    }
}

/// The code point at an index of a str.
///
/// # Safety
/// `text` is a str (or of a subclass).
pub unsafe fn str_point(text: Obj, index: usize) -> Option<u32> {
    // SAFETY: reads a unit below the length, of the width that the state says.
    unsafe {
        let (kind, data, length, _) = str_data(text)?;
        (index < length).then(|| match kind {
            1 => u32::from(*data.add(index)),
            2 => u32::from(data.cast::<u16>().add(index).read_unaligned()),
            _ => data.cast::<u32>().add(index).read_unaligned(),
        })
    }
}

fn push_wtf8(point: u32, out: &mut Vec<u8>) {
    let low = |shift: u32| 0x80 | ((point >> shift) & 0x3f) as u8;
    match point {
        0..0x80 => out.push(point as u8),
        0x80..0x800 => out.extend([0xc0 | (point >> 6) as u8, low(0)]),
        0x800..0x1_0000 => out.extend([0xe0 | (point >> 12) as u8, low(6), low(0)]),
        _ => out.extend([0xf0 | (point >> 18) as u8, low(12), low(6), low(0)]),
    }
}

/// The WTF-8 of a whole str.
///
/// # Safety
/// `text` is a str or null.
pub unsafe fn str_bytes(text: Obj) -> Vec<u8> {
    let mut out = Vec::new();
    // SAFETY: the caller's promise.
    if !text.is_null() && unsafe { has_flag(type_of(text), flag::STR) } {
        // SAFETY: checked just now.
        unsafe { copy_str(text, usize::MAX, &mut out) };
    }
    out
}

/// The bytes of a bytes object.
///
/// # Safety
/// `bytes` is a bytes object and outlives the result.
pub unsafe fn bytes_data<'a>(bytes: Obj) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe {
        let length: usize = field(bytes, at::VAR_SIZE);
        std::slice::from_raw_parts(bytes.cast::<u8>().add(at::BYTES_DATA), length)
    }
}

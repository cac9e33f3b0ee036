//! Values of the standard library whose repr is a text that is built from C structs or attributes.

use connie_wire::repr;
use pyo3_ffi as ffi;

use super::contents::{Contents, attribute};
use super::native::called;
use crate::check::private::First;
use crate::layout::private::{decimal as at, found as at_found, pattern as at_pattern};
use crate::raw::{self, Obj, field};

/// Whether a Decimal has the expected struct, checked with its C methods for the first one that is read. These methods
/// use no context.
pub(super) unsafe fn is_decimal(object: Obj) -> bool {
    const NEGATIVE: u8 = 1;
    const SPECIAL: u8 = 14;
    static FIRST: First = First::new();
    // SAFETY: `object` is a live Decimal. Words are only counted.
    FIRST.holds(|| unsafe {
        let (flags, digits): (u8, i64) = (field(object, at::FLAGS), field(object, at::DIGITS));
        let signed = called(object, c"is_signed", None)?;
        if std::ptr::eq(signed.get(), ffi::Py_True()) != (flags & NEGATIVE != 0) {
            return Some(false);
        }
        if flags & SPECIAL != 0 {
            return None;
        }
        let adjusted = called(object, c"adjusted", None)?;
        let expected = field::<i64>(object, at::EXPONENT).checked_add(digits - 1);
        let is_int = raw::is_int(raw::type_of(adjusted.get()));
        let words = field::<i64>(object, at::LENGTH) == (digits + 18) / 19 && field::<usize>(object, at::WORDS) != 0;
        Some(is_int && raw::small_int(adjusted.get()) == expected && words)
    })
}

/// `str()` of a Decimal with the expected struct: libmpdec's to-scientific-string.
pub(super) unsafe fn decimal(object: Obj) -> String {
    const NEGATIVE: u8 = 1;
    const INFINITE: u8 = 2;
    const NAN: u8 = 4;
    const SIGNALING: u8 = 8;
    // SAFETY: as many words as its length says are there.
    let (flags, exponent, digits) = unsafe {
        let (flags, exponent): (u8, i64) = (field(object, at::FLAGS), field(object, at::EXPONENT));
        let (count, length): (i64, i64) = (field(object, at::DIGITS), field(object, at::LENGTH));
        let words: *const u64 = field(object, at::WORDS);
        let mut digits = String::new();
        for n in (0..length.max(0) as usize).rev() {
            let word = *words.add(n);
            digits.push_str(&if digits.is_empty() { word.to_string() } else { format!("{word:019}") });
        }
        (flags, exponent, if count == 0 { String::new() } else { digits })
    };
    let sign = if flags & NEGATIVE != 0 { "-" } else { "" };
    if flags & INFINITE != 0 {
        return format!("{sign}Infinity");
    }
    if flags & (NAN | SIGNALING) != 0 {
        return format!("{sign}{}NaN{digits}", if flags & SIGNALING != 0 { "s" } else { "" });
    }
    let point = digits.len() as i64 + exponent;
    if exponent <= 0 && point > -6 {
        if exponent == 0 {
            format!("{sign}{digits}")
        } else if point > 0 {
            format!("{sign}{}.{}", &digits[..point as usize], &digits[point as usize..])
        } else {
            format!("{sign}0.{}{digits}", "0".repeat(-point as usize))
        }
    } else {
        let rest = if digits.len() > 1 { format!(".{}", &digits[1..]) } else { String::new() };
        format!("{sign}{}{rest}E{:+}", &digits[..1], point - 1)
    }
}

pub(super) unsafe fn uuid(int: Obj, name: &str, out: &mut Contents) {
    let mut encoded = Vec::new();
    let mut bytes = [0u8; 16];
    // SAFETY: UUID.int is an int below 2**128.
    unsafe {
        if int.is_null() || !raw::is_int(raw::type_of(int)) {
            out.text(name).text("(?)");
            return;
        }
        match raw::small_int(int) {
            Some(n) => bytes[..8].copy_from_slice(&n.to_le_bytes()),
            None => {
                let _ = raw::put_int(int, &mut encoded);
                let magnitude = encoded.get(3..).unwrap_or_default();
                let length = magnitude.len().min(16);
                bytes[..length].copy_from_slice(&magnitude[..length]);
            }
        }
    }
    let hex = format!("{:032x}", u128::from_le_bytes(bytes));
    let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    out.text(name).text("('").text(&parts.join("-")).text("')");
}

/// `str()` of a path: the cached one, else built as pathlib does.
unsafe fn path(object: Obj) -> Vec<u8> {
    // SAFETY: the caller gives a live path; it holds its slots, and those hold strs or exact lists of strs.
    let text = unsafe {
        let cached = attribute(object, "_str");
        if !cached.is_null() {
            return raw::str_bytes(cached);
        }
        let parts = |name| {
            let list = attribute(object, name);
            let is_list = !list.is_null() && raw::is_list(raw::type_of(list));
            let items = if is_list { raw::list_items(list) } else { &[] };
            items.iter().map(|part| raw::str_bytes(*part)).collect::<Vec<_>>()
        };
        if raw::layout().minor >= 12 { joined(parts("_raw_paths")) } else { put_together(&parts("_parts")) }
    };
    let root: &[u8] = match text.iter().take_while(|byte| **byte == b'/').count() {
        0 => b"",
        2 => b"//",
        _ => b"/",
    };
    let parts: Vec<&[u8]> = text.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".").collect();
    let joined = [root, &parts.join(&b'/')].concat();
    if joined.is_empty() { b".".to_vec() } else { joined }
}

/// The text of a path that was made of these, as `os.path.join` has it.
fn joined(parts: Vec<Vec<u8>>) -> Vec<u8> {
    let mut text: Vec<u8> = Vec::new();
    for part in parts {
        if part.starts_with(b"/") {
            text.clear();
        } else if !text.is_empty() && !text.ends_with(b"/") {
            text.push(b'/');
        }
        text.extend(part);
    }
    text
}

/// The text of a path that was parsed into these: the root is a part of its own (up to 3.11).
fn put_together(parts: &[Vec<u8>]) -> Vec<u8> {
    let mut text = parts.join(&b'/');
    if text.starts_with(b"//") && parts.first().is_some_and(|first| first == b"/") {
        text.remove(0);
    }
    text
}

/// `repr` of a str or bytes, cut as `%.NR` does.
fn short_repr(text: &[u8], is_bytes: bool, limit: usize) -> String {
    let is_plain = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'\\');
    if text.iter().all(is_plain)
        && let Ok(plain) = std::str::from_utf8(text)
    {
        let mut shown = String::with_capacity(text.len() + 3);
        shown.push_str(if is_bytes { "b'" } else { "'" });
        shown.push_str(plain);
        shown.push('\'');
        shown.truncate(limit);
        return shown;
    }
    let mut shown = String::new();
    if is_bytes {
        repr::bytes(text, &mut shown)
    } else {
        repr::str(text, &mut shown)
    }
    shown.chars().take(limit).collect()
}

/// The repr of a path.
pub(super) unsafe fn shown_path(object: Obj, name: &str, out: &mut Contents) {
    let mut shown = String::new();
    // SAFETY: the caller gives a live path.
    let path = unsafe { path(object) };
    repr::str(&path, &mut shown);
    out.text(name).text("(").text(&shown).text(")");
}

pub(super) unsafe fn pattern(object: Obj, out: &mut Contents) {
    const NAMES: [(i32, &str); 9] = [
        (1, "TEMPLATE"),
        (2, "IGNORECASE"),
        (4, "LOCALE"),
        (8, "MULTILINE"),
        (16, "DOTALL"),
        (32, "UNICODE"),
        (64, "VERBOSE"),
        (128, "DEBUG"),
        (256, "ASCII"),
    ];
    // SAFETY: the caller gives a live pattern; what it was made of is a str, bytes, or None.
    let (text, is_bytes, flags) = unsafe {
        let (pattern, flags): (Obj, i32) = (field(object, at_pattern::PATTERN), field(object, at_pattern::FLAGS));
        let is_bytes = raw::is_bytes(raw::type_of(pattern));
        let text = if is_bytes { raw::bytes_data(pattern).to_vec() } else { raw::str_bytes(pattern) };
        (text, is_bytes, flags)
    };
    // That a str is matched as such needs no mention.
    let flags = if is_bytes { flags } else { flags & !32 };
    out.text("re.compile(").text(&short_repr(&text, is_bytes, 200));
    let mut separator = ", re.";
    for (_, name) in NAMES.iter().filter(|(bit, _)| flags & bit != 0) {
        out.text(separator).text(name);
        separator = "|re.";
    }
    out.text(")");
}

pub(super) unsafe fn found(object: Obj, out: &mut Contents) {
    // SAFETY: every match has at least one pair of marks.
    unsafe {
        let text: Obj = field(object, at_found::STRING);
        let (start, end): (isize, isize) = (field(object, at_found::START), field(object, at_found::END));
        let range = start.max(0) as usize..end.max(start).max(0) as usize;
        let ty = raw::type_of(text);
        let shown = if raw::is_bytes(ty) {
            short_repr(raw::bytes_data(text).get(range).unwrap_or_default(), true, 50)
        } else {
            // Only the first 50 characters can be visible.
            let mut bytes = Vec::new();
            raw::copy_str_range(text, range.start, range.end.min(range.start + 50), &mut bytes);
            short_repr(&bytes, false, 50)
        };
        out.number(format_args!("<re.Match object; span=({start}, {end}), match={shown}>"));
    }
}

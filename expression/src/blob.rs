//! Texts and bytes that were recorded completely.

use std::borrow::Cow;

use connie_wire::Value;
use connie_wire::value::Blob;

use super::cut;
use super::problem::{Problem, unknown};

/// The maximum number of bytes of a text that an expression creates.
pub(super) const LONGEST: usize = 1 << 22;

/// The text of a completely recorded str.
pub(super) fn whole(text: &Blob) -> Result<Cow<'_, str>, Problem> {
    if text.cut.is_some() {
        return Err(cut::problem(text));
    }
    match std::str::from_utf8(&text.bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => unknown("the text has lone surrogates"),
    }
}

/// The bytes of a completely recorded bytes object.
pub(super) fn all_bytes(bytes: &Blob) -> Result<&[u8], Problem> {
    match bytes.cut {
        Some(_) => Err(super::cut::problem_of_bytes(bytes)),
        None => Ok(&bytes.bytes),
    }
}

/// Bytes as a value.
pub(super) fn bytes_value(bytes: &[u8]) -> Value {
    Value::Bytes(Blob { bytes: bytes.into(), cut: None })
}

/// Whether Python treats a character as white space in a str.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

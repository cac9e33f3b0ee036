//! Escapes text for display: characters that control a terminal, or change the order in which text is read, are written
//! as Python escapes them (`\x1b`, `\u202e`).
//!
//! Recorded texts, names and paths may contain any characters. Code that shows them on a terminal or a page escapes
//! them with this module.

use std::borrow::Cow;
use std::fmt::Write;

/// The notation of escaped characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Notation {
    /// As Python does: `\x1b`.
    #[default]
    Python,
    /// As JSON does: `\u001b`. Such characters only occur within strings of JSON, where this is the same text.
    Json,
}

/// Whether a character has to be escaped: control characters (except line ends and tabs), marks that change the
/// direction of text, and characters without width.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a byte may be the first byte of such a character in UTF-8: other bytes can be skipped.
fn may_hide(byte: u8) -> bool {
    byte < b' ' && byte != b'\n' && byte != b'\t' || matches!(byte, 0x7f | 0xc2 | 0xd8 | 0xe1 | 0xe2 | 0xef | 0xf3)
}

/// Appends an escaped character.
pub fn push(out: &mut String, c: char, notation: Notation) {
    let code = u32::from(c);
    // Writing to a string cannot fail.
    let _ = match (notation, c) {
        (Notation::Python, '\r') => out.write_str("\\r"),
        (Notation::Python, _) if code < 0x100 => write!(out, "\\x{code:02x}"),
        (Notation::Python, _) if code > 0xffff => write!(out, "\\U{code:08x}"),
        (Notation::Json, _) => {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))
        }
        _ => write!(out, "\\u{code:04x}"),
    };
}

/// The text with such characters escaped. A carriage return before a line feed is kept.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    written(text, Notation::Python)
}

/// A name that is printed within a line: line ends become U+FFFD, since the text after them would look like a line of
/// connie's output.
#[must_use]
pub fn one_line(name: &str) -> Cow<'_, str> {
    if name.contains(['\n', '\r']) { Cow::Owned(name.replace(['\n', '\r'], "\u{fffd}")) } else { Cow::Borrowed(name) }
}

/// A text of at most `most` characters: all of it, or the part around the character with a number, with `…` where
/// something is left out.
#[must_use]
pub fn around(text: &str, at: usize, most: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= most {
        return Cow::Borrowed(text);
    }
    let from = at.saturating_sub(most / 3).min(length - most);
    let piece: String = text.chars().skip(from).take(most).collect();
    let (before, after) = (if from > 0 { "…" } else { "" }, if from + most < length { "…" } else { "" });
    Cow::Owned(format!("{before}{piece}{after}"))
}

/// Like [`plain`], in a given notation.
#[must_use]
pub fn written(text: &str, notation: Notation) -> Cow<'_, str> {
    if !text.bytes().any(may_hide) || !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let ends_line = c == '\r' && characters.peek() == Some(&'\n');
        if is_hidden(c) && !ends_line { push(&mut out, c, notation) } else { out.push(c) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_written_out() {
        for (text, shown) in [
            ("plain\ttext é ☃ 👩‍💻\r\n", "plain\ttext é ☃ 👩‍💻\r\n"),
            ("\x1b]0;title\x07\r", "\\x1b]0;title\\x07\\r"),
            ("\u{9b}31m\x7f", "\\x9b31m\\x7f"),
            ("a\u{202e}b\u{2066}c\u{200f}", "a\\u202eb\\u2066c\\u200f"),
            ("\u{e0041}", "\\U000e0041"),
        ] {
            assert_eq!(plain(text), shown);
            let json = serde_json::to_string(text).unwrap();
            let written = written(&json, Notation::Json);
            assert!(!written.chars().any(is_hidden), "{written}");
            assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
        }
    }

    #[test]
    fn names_stay_on_their_line() {
        assert_eq!(one_line("a\nb\r\nc\td"), "a\u{fffd}b\u{fffd}\u{fffd}c\td");
        assert!(matches!(one_line("é b"), Cow::Borrowed("é b")));
    }

    #[test]
    fn a_long_text_is_shown_around_a_character() {
        for (at, shown) in [(0, "éb…"), (3, "…de…"), (9, "…ef"), (usize::MAX, "…ef")] {
            let shown_length = shown.chars().filter(|c| *c != '…').count();
            assert_eq!(around("ébcdef", at, shown_length), shown, "{at}");
        }
        assert!(matches!(around("é b", 2, 3), Cow::Borrowed("é b")));
    }

    #[test]
    fn no_character_is_missed_by_its_first_byte() {
        for c in (0..=0x10_ffff).filter_map(char::from_u32).filter(|c| is_hidden(*c)) {
            assert!(may_hide(c.to_string().as_bytes()[0]), "{:x}", u32::from(c));
        }
    }
}

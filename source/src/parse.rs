//! Parses Python sources that may come from anybody.

use ruff_python_ast::{Mod, ModModule};
use ruff_python_parser::{Mode, ParseError, ParseOptions, Parsed, parse_module, parse_unchecked};

/// The maximum nesting depth of brackets; CPython's own limit is 200. The parser uses stack for each level.
const DEEPEST: usize = 300;
/// The maximum number of names, numbers and operators of an expression between commas. Each may be nested in the next
/// one; CPython's own limit is lower.
const LONGEST: usize = 50_000;
/// The stack size in bytes of a thread that parses: more than the usual size of a process's main thread.
pub const STACK: usize = 16 << 20;

/// Parses a module as far as possible. A text nested too deep for Python gives an empty module.
#[must_use]
pub fn unchecked(text: &str) -> Parsed<Mod> {
    parse_unchecked(within(text), ParseOptions::from(Mode::Module))
}

/// Parses a module.
///
/// # Errors
/// If it is not valid Python.
pub fn module(text: &str) -> Result<Parsed<ModModule>, ParseError> {
    // Text that is nested too deep is not valid either.
    if is_deep(text) { parse_module("(") } else { parse_module(text) }
}

fn within(text: &str) -> &str {
    if is_deep(text) { "" } else { text }
}

/// Whether a text is nested deeper than Python allows; comments and strings do not count.
fn is_deep(text: &str) -> bool {
    let bytes = text.as_bytes();
    // For each open bracket: the length of the expression in it so far.
    let mut lengths = vec![0usize];
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let is_word = byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        let length = lengths.last_mut().map_or(0, |length| {
            *length += usize::from(!byte.is_ascii_whitespace());
            *length
        });
        if length > LONGEST {
            return true;
        }
        match byte {
            b'(' | b'[' | b'{' => lengths.push(0),
            b')' | b']' | b'}' if lengths.len() > 1 => drop(lengths.pop()),
            b',' | b';' => lengths.last_mut().into_iter().for_each(|length| *length = 0),
            b'\n' if lengths.len() == 1 => lengths[0] = 0,
            // The line end does not end the statement.
            b'\\' => at += 1,
            b'#' => {
                at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at);
                continue;
            }
            b'\'' | b'"' => at = end_of_string(bytes, at),
            _ if is_word => {
                let is_end = |byte: &u8| !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte < 0x80;
                at += bytes[at..].iter().position(is_end).unwrap_or(bytes.len() - at);
                continue;
            }
            _ => {}
        }
        if lengths.len() > DEEPEST {
            return true;
        }
        at += 1;
    }
    false
}

/// The position of the last quote of the string that begins at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let quote = bytes[start];
    let is_long = bytes[start..].starts_with(&[quote; 3]);
    let mut at = start + if is_long { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if !is_long => return at,
            byte if *byte == quote && !is_long => return at,
            byte if *byte == quote && bytes[at..].starts_with(&[quote; 3]) => return at + 2,
            _ => {}
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_of_code_count() {
        let many = "(".repeat(1000);
        for text in [
            format!("x = '{many}'"),
            format!("# {many}\nx = 1"),
            format!("'''\n{many}''' + \"\\\"{many}\""),
            format!("{}1{}", "(".repeat(200), ")".repeat(200)),
            "(1)\n".repeat(1000),
            "x = 1 + 2\n".repeat(60_000),
            format!("x = [{}]", "-1, ".repeat(60_000)),
            format!("x = ({})", "'a'\n".repeat(LONGEST / 2)),
        ] {
            assert!(!is_deep(&text), "{text}");
            assert!(!unchecked(&text).tokens().is_empty());
        }
        for text in [
            many.clone(),
            format!("match x:\n case {}", "[".repeat(1000)),
            format!("'' + '\\'' + {many}"),
            format!("x = 1{}", " \\\n+ 1".repeat(60_000)),
            format!("x = f{}", "(1, 2)".repeat(60_000)),
        ] {
            assert!(is_deep(&text) && module(&text).is_err());
        }
    }
}

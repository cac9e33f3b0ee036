//! Methods of str and bytes that do not change them.
//!
//! Upper case and the property of being a letter depend on the version of Unicode for characters outside ASCII, so that
//! they are not evaluated there.

use connie_wire::Value;
use connie_wire::value::text_value;

use super::blob::{LONGEST, all_bytes, bytes_value, is_space, whole};
use super::got::{Got, Outcome};
use super::numbers;
use super::problem::{Problem, raised, unknown};

fn give(text: impl AsRef<str>) -> Outcome {
    Ok(Got::Value(text_value(text.as_ref())))
}

fn truth(truth: bool) -> Outcome {
    Ok(Got::Value(Value::Bool(truth)))
}

fn number(n: i64) -> Outcome {
    Ok(Got::Value(Value::Int(n)))
}

fn list(texts: impl IntoIterator<Item = impl AsRef<str>>) -> Outcome {
    Ok(Got::List(texts.into_iter().map(|text| Got::Value(text_value(text.as_ref()))).collect()))
}

fn wrong<T>(name: &str) -> Result<T, Problem> {
    raised(format!("TypeError: {name}() got arguments of other types"))
}

/// A str among the arguments.
fn text_of(name: &str, value: &Got) -> Result<String, Problem> {
    match value {
        Got::Value(Value::Str(text)) => whole(text).map(std::borrow::Cow::into_owned),
        Got::Value(Value::Object(_)) => unknown("this kind of argument"),
        _ => wrong(name),
    }
}

fn int_of(name: &str, value: &Got) -> Result<i64, Problem> {
    match value {
        Got::Value(Value::Object(_) | Value::BigInt(..)) => unknown("this kind of argument"),
        value => numbers::int(value).map_or_else(|| wrong(name), Ok),
    }
}

/// The texts of a str or a tuple of them.
fn choices(name: &str, value: &Got) -> Result<Vec<String>, Problem> {
    match value {
        Got::Tuple(items) => items.iter().map(|item| text_of(name, item)).collect(),
        Got::Value(Value::Tuple(items)) => items.iter().map(|item| text_of(name, &Got::Value(item.clone()))).collect(),
        value => Ok(vec![text_of(name, value)?]),
    }
}

fn all_ascii(text: &str, is: impl Fn(u8) -> bool) -> Outcome {
    truth(!text.is_empty() && text.bytes().all(is))
}

/// Whether the text has cased letters, and `is` holds for all of them.
fn cased(text: &str, is: impl Fn(&u8) -> bool) -> Outcome {
    let mut letters = text.bytes().filter(u8::is_ascii_alphabetic).peekable();
    truth(letters.peek().is_some() && letters.all(|letter| is(&letter)))
}

fn titled(text: &str) -> String {
    let mut within = false;
    let turn = |c: char| {
        let turned = if within { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
        within = c.is_ascii_alphabetic();
        turned
    };
    text.chars().map(turn).collect()
}

/// Calls a method that depends on properties of letters; `None` for other methods.
fn of_letters(text: &str, name: &str) -> Option<Outcome> {
    const KNOWN: [&str; 15] = [
        "upper",
        "lower",
        "casefold",
        "swapcase",
        "title",
        "capitalize",
        "isdigit",
        "isdecimal",
        "isnumeric",
        "isalpha",
        "isalnum",
        "isspace",
        "isupper",
        "islower",
        "isidentifier",
    ];
    if !KNOWN.contains(&name) {
        return None;
    }
    if !text.is_ascii() {
        return Some(unknown("letters beyond ASCII depend on the version of Unicode"));
    }
    Some(match name {
        "upper" => give(text.to_ascii_uppercase()),
        "lower" | "casefold" => give(text.to_ascii_lowercase()),
        "swapcase" => give(
            text.chars()
                .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                .collect::<String>(),
        ),
        "title" => give(titled(text)),
        "capitalize" => {
            let lower = text.to_ascii_lowercase();
            give(lower.get(..1).unwrap_or_default().to_ascii_uppercase() + lower.get(1..).unwrap_or_default())
        }
        "isdigit" | "isdecimal" | "isnumeric" => all_ascii(text, |byte| byte.is_ascii_digit()),
        "isalpha" => all_ascii(text, |byte| byte.is_ascii_alphabetic()),
        "isalnum" => all_ascii(text, |byte| byte.is_ascii_alphanumeric()),
        "isspace" => all_ascii(text, |byte| is_space(byte.into())),
        "isupper" => cased(text, u8::is_ascii_uppercase),
        "islower" => cased(text, u8::is_ascii_lowercase),
        _ => truth(
            !text.is_empty()
                && !text.as_bytes()[0].is_ascii_digit()
                && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
        ),
    })
}

/// The part that `find`, `count` and similar methods search: its offset in characters, and the text.
fn part<'t>(text: &'t str, name: &str, bounds: &[Got]) -> Result<Option<(usize, &'t str)>, Problem> {
    let length = text.chars().count() as i64;
    let bound = |n: usize, default: i64| match bounds.get(n) {
        None | Some(Got::Value(Value::None)) => Ok(default),
        Some(value) => {
            let at = int_of(name, value)?;
            Ok(if at < 0 { (at + length).max(0) } else { at })
        }
    };
    let (start, end) = (bound(0, 0)?, bound(1, length)?.min(length));
    if start > end {
        return Ok(None);
    }
    let byte = |at: i64| text.char_indices().nth(at as usize).map_or(text.len(), |(byte, _)| byte);
    Ok(Some((start as usize, &text[byte(start)..byte(end)])))
}

fn found(text: &str, name: &str, arguments: &[Got]) -> Outcome {
    let wanted = choices(name, &arguments[0])?;
    let place = part(text, name, &arguments[1..])?;
    match name {
        "startswith" => truth(place.is_some_and(|(_, text)| wanted.iter().any(|wanted| text.starts_with(wanted)))),
        "endswith" => truth(place.is_some_and(|(_, text)| wanted.iter().any(|wanted| text.ends_with(wanted)))),
        _ if !matches!(arguments[0], Got::Value(Value::Str(_))) => wrong(name),
        "count" => number(place.map_or(0, |(_, text)| text.matches(&wanted[0]).count() as i64)),
        _ => {
            let at = place.and_then(|(start, text)| {
                let byte = if name.starts_with('r') { text.rfind(&wanted[0]) } else { text.find(&wanted[0]) };
                byte.map(|byte| (start + text[..byte].chars().count()) as i64)
            });
            match at {
                None if name.ends_with("index") => raised("ValueError: substring not found"),
                at => number(at.unwrap_or(-1)),
            }
        }
    }
}

fn split(text: &str, name: &str, arguments: &[Got]) -> Outcome {
    let most = arguments.get(1).map(|most| int_of(name, most)).transpose()?.and_then(|n| usize::try_from(n).ok());
    let backwards = name == "rsplit";
    let separator = match arguments.first() {
        None | Some(Got::Value(Value::None)) => None,
        Some(separator) => Some(text_of(name, separator)?),
    };
    let Some(separator) = separator else {
        let Some(most) = most else { return list(text.split(is_space).filter(|part| !part.is_empty())) };
        let mut parts = Vec::new();
        let mut rest = if backwards { text.trim_end_matches(is_space) } else { text.trim_start_matches(is_space) };
        while !rest.is_empty() && parts.len() < most {
            let cut = if backwards { rest.rsplit_once(is_space) } else { rest.split_once(is_space) };
            let Some((before, after)) = cut else { break };
            let (part, left) = if backwards { (after, before) } else { (before, after) };
            parts.push(part);
            rest = if backwards { left.trim_end_matches(is_space) } else { left.trim_start_matches(is_space) };
        }
        if !rest.is_empty() {
            parts.push(if backwards { rest.trim_start_matches(is_space) } else { rest.trim_end_matches(is_space) });
            if parts.len() > most {
                // The last part keeps the trailing space.
                let last = parts.len() - 1;
                parts[last] = rest;
            }
        }
        if backwards {
            parts.reverse();
        }
        return list(parts);
    };
    if separator.is_empty() {
        return raised("ValueError: empty separator");
    }
    match (most, backwards) {
        (None, false) => list(text.split(&separator)),
        (None, true) => {
            let mut parts: Vec<&str> = text.rsplit(&separator).collect();
            parts.reverse();
            list(parts)
        }
        (Some(most), false) => list(text.splitn(most + 1, &separator)),
        (Some(most), true) => {
            let mut parts: Vec<&str> = text.rsplitn(most + 1, &separator).collect();
            parts.reverse();
            list(parts)
        }
    }
}

fn lines(text: &str, keep: bool) -> Outcome {
    let ends = |c: char| matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((at, end)) = rest.char_indices().find(|(_, c)| ends(*c)) {
        let after = at + end.len_utf8() + usize::from(rest[at..].starts_with("\r\n"));
        found.push(if keep { &rest[..after] } else { &rest[..at] });
        rest = &rest[after..];
    }
    if !rest.is_empty() {
        found.push(rest);
    }
    list(found)
}

fn filled(text: &str, name: &str, arguments: &[Got]) -> Outcome {
    let width = int_of(name, &arguments[0])?;
    let fill = match arguments.get(1) {
        None => ' ',
        Some(fill) => {
            let fill = text_of(name, fill)?;
            let mut letters = fill.chars();
            match (letters.next(), letters.next()) {
                (Some(fill), None) => fill,
                _ => return raised("TypeError: The fill character must be exactly one character long"),
            }
        }
    };
    if width > LONGEST as i64 {
        return unknown("the result is too long");
    }
    let (width, length) = (width.max(0) as usize, text.chars().count());
    let missing = width.saturating_sub(length);
    let fills = |n: usize| fill.to_string().repeat(n);
    match name {
        "ljust" => give(format!("{text}{}", fills(missing))),
        "rjust" => give(format!("{}{text}", fills(missing))),
        _ => {
            let left = missing / 2 + (missing & width & 1);
            give(format!("{}{text}{}", fills(left), fills(missing - left)))
        }
    }
}

fn zero_filled(text: &str, width: i64) -> Outcome {
    if width > LONGEST as i64 {
        return unknown("the result is too long");
    }
    let missing = (width.max(0) as usize).saturating_sub(text.chars().count());
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (&text[..1], digits),
        None => ("", text),
    };
    give(format!("{sign}{}{digits}", "0".repeat(missing)))
}

/// Supported methods of str, except those without arguments.
pub(super) const METHODS: [&str; 22] = [
    "strip",
    "lstrip",
    "rstrip",
    "startswith",
    "endswith",
    "find",
    "rfind",
    "index",
    "rindex",
    "count",
    "split",
    "rsplit",
    "splitlines",
    "ljust",
    "rjust",
    "center",
    "zfill",
    "replace",
    "removeprefix",
    "removesuffix",
    "partition",
    "rpartition",
];

/// Calls a method of str on evaluated arguments; `None` for methods that are not supported.
pub(super) fn method(text: &str, name: &str, arguments: &[Got]) -> Option<Outcome> {
    if arguments.is_empty()
        && let Some(found) = of_letters(text, name)
    {
        return Some(found);
    }
    let stripped = |chars: &dyn Fn(char) -> bool| match name {
        "strip" => give(text.trim_matches(chars)),
        "lstrip" => give(text.trim_start_matches(chars)),
        _ => give(text.trim_end_matches(chars)),
    };
    Some(match (name, arguments) {
        ("strip" | "lstrip" | "rstrip", [] | [Got::Value(Value::None)]) => stripped(&is_space),
        ("strip" | "lstrip" | "rstrip", [chars]) => match text_of(name, chars) {
            Ok(chars) => stripped(&|c| chars.contains(c)),
            Err(problem) => Err(problem),
        },
        ("startswith" | "endswith" | "find" | "rfind" | "index" | "rindex" | "count", [_] | [_, _] | [_, _, _]) => {
            found(text, name, arguments)
        }
        ("split" | "rsplit", [] | [_] | [_, _]) => split(text, name, arguments),
        ("splitlines", []) => lines(text, false),
        ("splitlines", [Got::Value(Value::Bool(keep))]) => lines(text, *keep),
        ("ljust" | "rjust" | "center", [_] | [_, _]) => filled(text, name, arguments),
        ("zfill", [width]) => int_of(name, width).and_then(|width| zero_filled(text, width)),
        ("replace", [old, new]) => replaced(text, old, new, None),
        ("replace", [old, new, most]) => replaced(text, old, new, Some(most)),
        ("removeprefix", [part]) => text_of(name, part).and_then(|part| give(text.strip_prefix(&part).unwrap_or(text))),
        ("removesuffix", [part]) => text_of(name, part).and_then(|part| give(text.strip_suffix(&part).unwrap_or(text))),
        ("partition" | "rpartition", [separator]) => text_of(name, separator).and_then(|separator| {
            if separator.is_empty() {
                return raised("ValueError: empty separator");
            }
            let parts = if name == "partition" { text.split_once(&separator) } else { text.rsplit_once(&separator) };
            let parts = match parts {
                Some((before, after)) => [before, &separator, after],
                None if name == "partition" => [text, "", ""],
                None => ["", "", text],
            };
            Ok(Got::Tuple(parts.iter().map(|part| Got::Value(text_value(part))).collect()))
        }),
        ("encode", []) => Ok(Got::Value(bytes_value(text.as_bytes()))),
        ("encode", [coding]) => text_of(name, coding).and_then(|coding| match coding.to_lowercase().as_str() {
            "utf-8" | "utf8" => Ok(Got::Value(bytes_value(text.as_bytes()))),
            "ascii" if text.is_ascii() => Ok(Got::Value(bytes_value(text.as_bytes()))),
            "ascii" => raised("UnicodeEncodeError: ordinal not in range(128)"),
            _ => unknown("this coding"),
        }),
        _ => return None,
    })
}

fn replaced(text: &str, old: &Got, new: &Got, most: Option<&Got>) -> Outcome {
    let (old, new) = (text_of("replace", old)?, text_of("replace", new)?);
    let most = most.map(|most| int_of("replace", most)).transpose()?.and_then(|n| usize::try_from(n).ok());
    if (text.len() + 1).saturating_mul(new.len() + 1) > LONGEST {
        return unknown("the result is too long");
    }
    match most {
        Some(most) => give(text.replacen(&old, &new, most)),
        None => give(text.replace(&old, &new)),
    }
}

/// `separator.join(values)`
pub(super) fn joined(separator: &str, values: &[Got]) -> Outcome {
    let texts = values.iter().map(|value| text_of("join", value)).collect::<Result<Vec<_>, _>>()?;
    let length: usize = texts.iter().map(|text| text.len() + separator.len()).sum();
    if length > LONGEST { unknown("the result is too long") } else { give(texts.join(separator)) }
}

/// Calls a method of bytes; `None` for methods that are not supported.
pub(super) fn of_bytes(bytes: &[u8], name: &str, arguments: &[Got]) -> Option<Outcome> {
    Some(match (name, arguments) {
        ("hex", []) => give(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
        ("decode", []) => decoded(bytes, "utf-8"),
        ("decode", [coding]) => text_of(name, coding).and_then(|coding| decoded(bytes, &coding.to_lowercase())),
        ("upper", []) => Ok(Got::Value(bytes_value(&bytes.to_ascii_uppercase()))),
        ("lower", []) => Ok(Got::Value(bytes_value(&bytes.to_ascii_lowercase()))),
        ("strip", []) => {
            let space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
            let start = bytes.iter().position(|byte| !space(byte)).unwrap_or(bytes.len());
            let end = bytes.iter().rposition(|byte| !space(byte)).map_or(start, |at| at + 1);
            Ok(Got::Value(bytes_value(&bytes[start..end])))
        }
        ("startswith" | "endswith" | "find" | "count", [Got::Value(Value::Bytes(wanted))]) => {
            let wanted = match all_bytes(wanted) {
                Ok(wanted) => wanted,
                Err(problem) => return Some(Err(problem)),
            };
            match name {
                "startswith" => truth(bytes.starts_with(wanted)),
                "endswith" => truth(bytes.ends_with(wanted)),
                _ if wanted.is_empty() => number(if name == "find" { 0 } else { bytes.len() as i64 + 1 }),
                "find" => {
                    let at = bytes.windows(wanted.len()).position(|window| window == wanted);
                    number(at.map_or(-1, |at| at as i64))
                }
                _ => {
                    let (mut at, mut count) = (0, 0);
                    while at + wanted.len() <= bytes.len() {
                        let here = bytes[at..].starts_with(wanted);
                        count += i64::from(here);
                        at += if here { wanted.len() } else { 1 };
                    }
                    number(count)
                }
            }
        }
        _ => return None,
    })
}

fn decoded(bytes: &[u8], coding: &str) -> Outcome {
    match coding {
        "utf-8" | "utf8" => match std::str::from_utf8(bytes) {
            Ok(text) => give(text),
            Err(_) => raised("UnicodeDecodeError: invalid utf-8"),
        },
        "ascii" if bytes.is_ascii() => give(String::from_utf8_lossy(bytes)),
        "ascii" => raised("UnicodeDecodeError: ordinal not in range(128)"),
        "latin-1" | "latin1" | "iso-8859-1" => give(bytes.iter().map(|byte| char::from(*byte)).collect::<String>()),
        _ => unknown("this coding"),
    }
}

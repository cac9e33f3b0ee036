//! Texts of which only the beginning was recorded: evaluates what the beginning is enough for.

use connie_wire::Value;
use connie_wire::value::{Blob, text_value};

use super::got::{Got, Outcome};
use super::problem::{Problem, raised};

/// The error for a text that was recorded in part.
pub(super) fn problem(text: &Blob) -> Problem {
    let kept = characters(&text.bytes);
    Problem::Cut { kept, length: text.cut.unwrap_or(kept), unit: "characters" }
}

/// The number of characters of a text, in which surrogates are written as UTF-8 would write them.
fn characters(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64
}

/// Like [`problem`], for bytes.
pub(super) fn problem_of_bytes(bytes: &Blob) -> Problem {
    let kept = bytes.bytes.len() as u64;
    Problem::Cut { kept, length: bytes.cut.unwrap_or(kept), unit: "bytes" }
}

/// The number of characters of a text, or bytes.
pub(super) fn length(text: &Blob, is_text: bool) -> u64 {
    text.cut.unwrap_or_else(|| if is_text { characters(&text.bytes) } else { text.bytes.len() as u64 })
}

/// The recorded characters and the length of the whole text; `None` if the text was not truncated.
fn beginning(text: &Blob) -> Option<(&str, u64)> {
    Some((std::str::from_utf8(&text.bytes).ok()?, text.cut?))
}

fn number(n: usize) -> Outcome {
    Ok(Got::Value(Value::Int(n as i64)))
}

/// The character at an index of a truncated text; `None` if the text was not truncated.
pub(super) fn item(text: &Blob, index: i64) -> Option<Outcome> {
    let (kept, length) = beginning(text)?;
    let at = if index < 0 { index.checked_add(i64::try_from(length).ok()?)? } else { index };
    if at < 0 || at as u64 >= length {
        return Some(raised("IndexError: string index out of range"));
    }
    Some(match kept.chars().nth(at as usize) {
        Some(letter) => Ok(Got::Value(text_value(&letter.to_string()))),
        None => Err(problem(text)),
    })
}

/// The part of a text that a slice covers, if `known` of `length` characters or bytes were recorded.
enum Part {
    /// These positions, all of which are recorded.
    Known(Vec<usize>),
    /// A start position and a length; not all characters are recorded.
    Begun(usize, u64),
    Unknown,
}

fn part(known: usize, length: u64, lower: Option<i64>, upper: Option<i64>, step: i64) -> Option<Part> {
    let (known, length) = (known as i64, i64::try_from(length).ok()?);
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(least, most);
    let start = lower.map_or(if step > 0 { least } else { most }, clamp);
    let stop = upper.map_or(if step > 0 { most } else { least }, clamp);
    let goes_on = |at: i64| if step > 0 { at < stop } else { at > stop };
    if !goes_on(start) {
        return Some(Part::Known(Vec::new()));
    }
    let last = start + (stop - start - step.signum()) / step * step;
    Some(if start.max(last) < known {
        let places = std::iter::successors(Some(start), |at| Some(at.saturating_add(step)));
        Part::Known(places.take_while(|at| goes_on(*at)).map(|at| at as usize).collect())
    } else if step == 1 && start < known {
        Part::Begun(start as usize, (stop - start) as u64)
    } else {
        Part::Unknown
    })
}

/// The indexes of a slice, if it is within the recorded part.
pub(super) fn known_places(
    known: usize,
    length: u64,
    lower: Option<i64>,
    upper: Option<i64>,
    step: i64,
) -> Option<Vec<usize>> {
    match part(known, length, lower, upper, step)? {
        Part::Known(places) => Some(places),
        Part::Begun(..) | Part::Unknown => None,
    }
}

/// A slice of a truncated text. The slice is truncated too if it begins within the recorded part and ends after it.
/// `None` if the text was not truncated.
pub(super) fn slice(text: &Blob, lower: Option<i64>, upper: Option<i64>, step: i64) -> Option<Outcome> {
    let (kept, length) = beginning(text)?;
    let points: Vec<char> = kept.chars().collect();
    let made = |text: String, cut| Ok(Got::Value(Value::Str(Blob { bytes: text.into_bytes().into(), cut })));
    Some(match part(points.len(), length, lower, upper, step)? {
        Part::Known(places) => made(places.into_iter().map(|at| points[at]).collect(), None),
        Part::Begun(start, length) => made(points[start..].iter().collect(), Some(length)),
        Part::Unknown => Err(problem(text)),
    })
}

/// Like [`slice`], for bytes.
pub(super) fn slice_of_bytes(bytes: &Blob, lower: Option<i64>, upper: Option<i64>, step: i64) -> Option<Outcome> {
    let kept = &bytes.bytes;
    let made = |chosen: Vec<u8>, cut| Ok(Got::Value(Value::Bytes(Blob { bytes: chosen.into(), cut })));
    Some(match part(kept.len(), bytes.cut?, lower, upper, step)? {
        Part::Known(places) => made(places.into_iter().map(|at| kept[at]).collect(), None),
        Part::Begun(start, length) => made(kept[start..].to_vec(), Some(length)),
        Part::Unknown => Err(problem_of_bytes(bytes)),
    })
}

/// The byte at an index of truncated bytes; `None` if they were not truncated.
pub(super) fn byte(bytes: &Blob, index: i64) -> Option<Outcome> {
    let length = bytes.cut?;
    let at = if index < 0 { index.checked_add(i64::try_from(length).ok()?)? } else { index };
    if at < 0 || at as u64 >= length {
        return Some(raised("IndexError: index out of range"));
    }
    Some(match bytes.bytes.get(at as usize) {
        Some(byte) => Ok(Got::Value(Value::Int((*byte).into()))),
        None => Err(problem_of_bytes(bytes)),
    })
}

/// Calls a method of a truncated text, if the recorded part is enough; `None` if the whole text is needed, or if the
/// text was not truncated.
pub(super) fn method(text: &Blob, name: &str, arguments: &[Got]) -> Option<Outcome> {
    let (kept, _) = beginning(text)?;
    let [Got::Value(Value::Str(wanted))] = arguments else { return None };
    let wanted = std::str::from_utf8(&wanted.bytes).ok().filter(|_| wanted.cut.is_none())?;
    match name {
        "startswith" if kept.starts_with(wanted) => Some(Ok(Got::Value(Value::Bool(true)))),
        "startswith" if !wanted.starts_with(kept) => Some(Ok(Got::Value(Value::Bool(false)))),
        "find" | "index" => kept.find(wanted).map(|at| number(kept[..at].chars().count())),
        _ => None,
    }
}

/// Whether a truncated text contains another; unknown unless the recorded part does.
pub(super) fn contains(text: &Blob, wanted: &str) -> Option<bool> {
    let (kept, _) = beginning(text)?;
    kept.contains(wanted).then_some(true)
}

/// Compares two texts, one of them truncated, if their recorded parts differ.
pub(super) fn order(left: &Blob, right: &Blob) -> Option<std::cmp::Ordering> {
    let shared = left.bytes.len().min(right.bytes.len());
    let order = left.bytes[..shared].cmp(&right.bytes[..shared]);
    match (left.cut, right.cut) {
        _ if order != std::cmp::Ordering::Equal => Some(order),
        // A complete text orders before a longer one that begins with it.
        (None, Some(_)) if left.bytes.len() <= right.bytes.len() => Some(std::cmp::Ordering::Less),
        (Some(_), None) if right.bytes.len() <= left.bytes.len() => Some(std::cmp::Ordering::Greater),
        _ => None,
    }
}

//! Texts of which only the beginning was recorded: what that is enough for.

use connie_wire::Value;
use connie_wire::value::{Blob, text_value};

use super::got::{Got, Outcome};
use super::problem::{Problem, raised};

/// That a text was recorded in part.
pub(super) fn problem(text: &Blob) -> Problem {
    let kept = std::str::from_utf8(&text.bytes).map_or(text.bytes.len(), |kept| kept.chars().count());
    Problem::Cut { kept: kept as u64, length: text.cut.unwrap_or(kept as u64) }
}

/// The characters that were kept, and how many there were; `None` of a text that is whole.
fn beginning(text: &Blob) -> Option<(&str, u64)> {
    Some((std::str::from_utf8(&text.bytes).ok()?, text.cut?))
}

fn number(n: usize) -> Outcome {
    Ok(Got::Value(Value::Int(n as i64)))
}

/// The character at a place of a text that was cut; `None` of other texts.
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

/// A slice of a text that was cut: whole, or cut itself where it begins within what is known; `None` of other texts.
pub(super) fn slice(text: &Blob, lower: Option<i64>, upper: Option<i64>, step: i64) -> Option<Outcome> {
    let (kept, length) = beginning(text)?;
    let length = i64::try_from(length).ok()?;
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(least, most);
    let start = lower.map_or(if step > 0 { least } else { most }, clamp);
    let stop = upper.map_or(if step > 0 { most } else { least }, clamp);
    let points: Vec<char> = kept.chars().collect();
    let known = points.len() as i64;
    let is_empty = if step > 0 { start >= stop } else { start <= stop };
    let made = |text: String, cut: Option<u64>| {
        Some(Ok(Got::Value(Value::Str(Blob { bytes: text.into_bytes().into(), cut }))))
    };
    if is_empty {
        return made(String::new(), None);
    }
    let last = start + (stop - start - step.signum()) / step * step;
    if start.max(last) < known {
        let mut chosen = String::new();
        let mut at = start;
        while if step > 0 { at < stop } else { at > stop } {
            chosen.push(points[at as usize]);
            at = at.saturating_add(step);
        }
        return made(chosen, None);
    }
    if step == 1 && start < known {
        return made(points[start as usize..].iter().collect(), Some((stop - start) as u64));
    }
    Some(Err(problem(text)))
}

/// A method of a text that was cut, where its beginning is enough; `None` where the whole text is needed, or is there.
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

/// Whether a text that was cut has another in it, where its beginning has.
pub(super) fn contains(text: &Blob, wanted: &str) -> Option<bool> {
    let (kept, _) = beginning(text)?;
    kept.contains(wanted).then_some(true)
}

/// How two texts compare, one of them cut, where their beginnings tell them apart.
pub(super) fn order(left: &Blob, right: &Blob) -> Option<std::cmp::Ordering> {
    let shared = left.bytes.len().min(right.bytes.len());
    let order = left.bytes[..shared].cmp(&right.bytes[..shared]);
    match (left.cut, right.cut) {
        _ if order != std::cmp::Ordering::Equal => Some(order),
        // A text that is whole comes before one that goes on after it.
        (None, Some(_)) if left.bytes.len() <= right.bytes.len() => Some(std::cmp::Ordering::Less),
        (Some(_), None) if right.bytes.len() <= left.bytes.len() => Some(std::cmp::Ordering::Greater),
        _ => None,
    }
}

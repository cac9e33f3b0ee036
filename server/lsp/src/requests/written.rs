//! The writes of a value and its changes for a hover, with the same answers as `:why` and `:history`.

use connie_history::answers::{Change, Every, ValuePlace, What};
use connie_history::loaded::Loaded;
use connie_history::moment::Moment;
use connie_history::stores::Stores;
use connie_history::timeline::{Direction, Position};
use connie_recording::render::{Bounds, Renderer};
use connie_wire::Value as Recorded;

use super::seen::Seen;
use crate::markdown;
use crate::view::View;

/// The maximum number of versions in a value's history.
const HISTORY: usize = 50;

/// The place that an expression names, if it is a variable, attribute, item or cell that was written.
pub fn place_of(loaded: &Loaded, seen: &Seen<'_>) -> Option<ValuePlace> {
    loaded.history().place(seen.text, seen.step, seen.frame).ok()
}

/// The latest change of a place, or within its value.
pub fn latest(loaded: &Loaded, place: &ValuePlace, step: u64) -> Option<Change> {
    connie_history::answers::Changes::new(loaded.history(), place, step, Direction::Backward).next()?.ok()
}

/// The versions of a value up to a step, including writes of equal values, oldest first.
pub fn versions(loaded: &Loaded, place: &ValuePlace, step: u64) -> Vec<Change> {
    let stores = Stores::of(&loaded.recording, &place.target);
    let every = Every::new(loaded.history(), place, &stores, step, Direction::Backward);
    let mut found: Vec<Change> = every.take(HISTORY).map_while(Result::ok).collect();
    found.reverse();
    found
}

/// The writes of the value: the latest change within it, the binding, and a later write of an equal value.
pub fn facts(view: &View<'_>, versions: &[Change]) -> Vec<String> {
    let changes = || versions.iter().rev().filter(|change| !change.write.is_same);
    let mut told = Vec::new();
    if let Some(last) = changes().next() {
        told.push(fact(view, last));
        if matches!(last.what, What::Within(_)) {
            told.extend(changes().find(|change| matches!(change.what, What::Bound)).map(|bound| fact(view, bound)));
        }
    }
    if let Some(again) = versions.last().filter(|last| last.write.is_same) {
        let which = if again.write.is_equal() { ", an equal value" } else { "" };
        told.push(format!("written again{which} at {}, step {}", link(view, &again.write.line), again.write.line.step));
    }
    told
}

fn fact(view: &View<'_>, change: &Change) -> String {
    let (write, link) = (&change.write, link(view, &change.write.line));
    let verb = match &change.what {
        What::Bound | What::Held { .. } => "written",
        What::Within(_) => "changed",
    };
    let version = view.loaded.history().version(change).ok();
    let through = version.as_ref().and_then(|version| version.through.as_ref());
    let through = through.map(|name| format!(", through {}", markdown::name(name))).unwrap_or_default();
    let what = version.map(|version| version.changed).filter(|changed| !changed.is_empty());
    let what = what.map(|changed| format!(": {}", markdown::inline(&changed.join(", ")))).unwrap_or_default();
    match write.since {
        None => format!("{verb} at {link}, step {}{through}{what}", write.line.step),
        Some(since) => {
            format!("{verb} some time in steps {since} to {}, in a call of {link}{what}", write.seen)
        }
    }
}

/// A line, as a link if its file is known.
fn link(view: &View<'_>, at: &Position) -> String {
    let recording = &view.loaded.recording;
    let source = recording.functions.get(at.code as usize).map(|function| function.source);
    let path = source.and_then(|source| recording.sources.get(source as usize)).map(|source| &source.path);
    match path {
        Some(path) if path.starts_with('/') => {
            format!("[line {}]({}#L{})", at.line, markdown::target(&view.uri_of(path)), at.line)
        }
        _ => format!("line {}", at.line),
    }
}

/// The last values, with a curve for numbers.
pub fn curve(loaded: &Loaded, versions: &[Change]) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut distinct = std::collections::HashSet::new();
    let first = versions.len().saturating_sub(8);
    let mut within = false;
    for (n, change) in versions.iter().enumerate() {
        let Some(value) = &change.write.value else { continue };
        // The same object has other contents in each version.
        within |= matches!(change.what, What::Within(_));
        let content = if matches!(change.what, What::Within(_)) { change.write.seen } else { 0 };
        distinct.insert((format!("{value:?}"), content));
        if n >= first
            && let Ok(moment) = Moment::at(&loaded.recording, change.write.seen.min(loaded.recording.last_step()))
        {
            let bounds = Bounds { string: 20, items: 3, depth: 1 };
            texts.push(Renderer::new(&moment.player, bounds).text(value));
        }
    }
    let more = if versions.len() >= HISTORY { " or more" } else { "" };
    let count = if within {
        format!("{}{more} versions", versions.len())
    } else {
        format!("{}{more} writes, {} distinct", versions.len(), distinct.len())
    };
    let dots = if first > 0 { "… " } else { "" };
    let numbers: Option<Vec<f64>> = versions.iter().map(|change| number(change.write.value.as_ref()?)).collect();
    let curve = numbers.map(|numbers| format!(" `{}`", sparkline(&numbers))).unwrap_or_default();
    format!(
        "\n\n{count}:{curve} {dots}{}",
        texts.iter().map(|text| markdown::inline(text)).collect::<Vec<_>>().join(" → ")
    )
}

fn number(value: &Recorded) -> Option<f64> {
    match value {
        Recorded::Int(n) => Some(*n as f64),
        Recorded::Float(bits) => Some(f64::from_bits(*bits)).filter(|n| n.is_finite()),
        _ => None,
    }
}

/// Numbers as a line of blocks.
fn sparkline(numbers: &[f64]) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let (least, most) = numbers.iter().fold((f64::MAX, f64::MIN), |(a, b), n| (a.min(*n), b.max(*n)));
    let span = if most > least { most - least } else { 1.0 };
    numbers.iter().map(|n| BLOCKS[(((n - least) / span) * 7.0).round().clamp(0.0, 7.0) as usize]).collect()
}

#[cfg(test)]
mod tests {
    use super::sparkline;

    #[test]
    fn numbers_become_blocks() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 7.0]), "▁▂▃█");
        assert_eq!(sparkline(&[3.0, 3.0]), "▁▁");
        assert_eq!(sparkline(&[]), "");
    }
}

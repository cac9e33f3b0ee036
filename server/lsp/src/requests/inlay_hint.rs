//! Inlay hints: what assignments, loops, parameters gave, and how often lines ran.

use std::collections::{BTreeSet, HashMap};

use connie_history::beside::Fact;
use connie_recording::plain::plain;
use connie_source::outline::{Kind, Mark};
use serde_json::{Value, json};

use super::hover::{self, Seen};
use crate::worker::{Answer, View, Worker};

/// A value beside a line of the buffer.
pub struct Shown {
    /// Line of the buffer, from 0.
    pub line: usize,
    /// Where it gets its value.
    pub mark: Mark,
    /// The value.
    pub fact: Fact,
}

/// The values beside a range of the buffer's lines.
pub fn shown(view: &mut View<'_>, lines: std::ops::RangeInclusive<usize>) -> Vec<Shown> {
    let outline = view.outline.clone();
    let (mut functions, mut places) = (BTreeSet::new(), HashMap::new());
    for (n, mark) in outline.marks.iter().enumerate() {
        // All of a statement must be as it ran.
        let unchanged = (mark.line..=mark.last_line).all(|line| view.buffer_line(line).is_some());
        let Some(line) = view.buffer_line(mark.shown).filter(|line| unchanged && lines.contains(line)) else {
            continue;
        };
        functions.insert(mark.function);
        places.insert(n, line);
    }
    let mut found = Vec::new();
    let length = view.settings.hints.length;
    for facts in view.loaded.facts(view.source, &outline, functions, length) {
        for fact in facts.iter() {
            if let Some(line) = places.get(&fact.mark).copied() {
                found.push(Shown { line, mark: outline.marks[fact.mark].clone(), fact: fact.clone() });
            }
        }
    }
    found.sort_by_key(|shown| (shown.line, shown.fact.mark));
    found
}

/// The beginning of a value, where that is longer than a hint should be: a pattern, a list of long strings.
pub fn cut(text: &str, most: usize) -> String {
    let text = plain(text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

/// `textDocument/inlayHint`
pub fn hints(view: &mut View<'_>, params: &Value) -> Answer {
    let at = |which: &str| params["range"][which]["line"].as_u64().map(|line| line as usize);
    let count = view.document.lines();
    let (start, end) = (at("start").unwrap_or(0), at("end").unwrap_or(count).min(count));
    if start > end {
        return Ok(json!([]));
    }
    let wanted = view.settings.hints.clone();
    let mut hints = Vec::new();
    if wanted.values || wanted.parameters {
        for one in shown(view, start..=end) {
            let parameter = one.mark.kind == Kind::Parameter;
            let value = cut(&one.fact.text, 2 * wanted.length);
            if parameter && !wanted.parameters || !parameter && !wanted.values {
                continue;
            }
            let text = view.document.line(one.line).unwrap_or_default();
            let label = if parameter { format!("={value}") } else { format!("{} = {value}", one.mark.text) };
            hints.push(json!({
                "position": view.position(one.line, one.mark.column.unwrap_or(text.trim_end().len())),
                "label": label, "paddingLeft": !parameter,
                "data": {"uri": view.uri, "step": one.fact.step, "hit": one.fact.hit, "frame": one.fact.frame, "text": one.mark.text},
            }));
        }
    }
    if wanted.exceptions {
        raised(view, start..=end, &mut hints);
    }
    if wanted.hit_counts {
        let outline = view.outline.clone();
        for line in start..=end {
            let Some(recorded) = view.recorded_line(line) else { continue };
            let times = view.loaded.times(view.source, &outline, recorded).filter(|times| *times > 1);
            let Some(times) = times else { continue };
            let Some(text) = view.document.line(line) else { continue };
            hints.push(json!({
                "position": view.position(line, text.trim_end().len()),
                "label": format!("×{times}"), "paddingLeft": true,
            }));
        }
    }
    Ok(Value::Array(hints))
}

/// What was raised in the calls that are shown.
fn raised(view: &mut View<'_>, lines: std::ops::RangeInclusive<usize>, hints: &mut Vec<Value>) {
    let outline = view.outline.clone();
    let recorded: Vec<u32> = lines.clone().filter_map(|line| view.recorded_line(line)).collect();
    let mut functions: Vec<_> = recorded.iter().map(|line| outline.function_at(*line)).collect();
    functions.sort_unstable();
    functions.dedup();
    for function in functions {
        let Some(raised) = view.loaded.raised(view.source, &outline, function) else { continue };
        for (line, step, text) in raised.iter() {
            let Some(line) = view.buffer_line(*line).filter(|line| lines.contains(line)) else { continue };
            let width = view.document.line(line).unwrap_or_default().trim_end().len();
            hints.push(json!({
                "position": view.position(line, width), "paddingLeft": true,
                "label": format!("⚡ {}", cut(text, 2 * view.settings.hints.length)),
                "data": {"uri": view.uri, "raised": step},
            }));
        }
    }
}

/// `inlayHint/resolve`: the full value, and the way to its step.
pub fn resolve(worker: &mut Worker, hint: &Value) -> Answer {
    let mut hint = hint.clone();
    let data = hint["data"].clone();
    if let (Some(uri), Some(step)) = (data["uri"].as_str(), data["raised"].as_u64()) {
        hint["tooltip"] = json!({"kind": "markdown", "value": format!("raised at step {step}")});
        return Ok(linked(hint, uri, step));
    }
    let (Some(uri), Some(step), Some(frame), Some(text)) =
        (data["uri"].as_str(), data["step"].as_u64(), data["frame"].as_u64(), data["text"].as_str())
    else {
        return Ok(hint);
    };
    let Some(view) = worker.view(uri) else { return Ok(hint) };
    let Some(told) = hover::told(&view, &Seen { text, frame, step }) else { return Ok(hint) };
    let hit = data["hit"].as_u64().unwrap_or(step);
    hint["tooltip"] = json!({"kind": "markdown", "value": told});
    Ok(linked(hint, uri, hit))
}

/// A hint that goes to a step.
fn linked(mut hint: Value, uri: &str, step: u64) -> Value {
    if let Some(label) = hint["label"].as_str().map(str::to_owned) {
        let command = json!({"title": "Go to this step", "command": "connie.goToStep", "arguments": [uri, step]});
        hint["label"] = json!([{"value": label, "command": command}]);
    }
    hint
}

//! Inlay hints: values of assignments, loops and parameters, and hit counts of lines.

use std::collections::{BTreeSet, HashMap};

use connie_history::beside::Fact;
use connie_source::outline::{Mark, MarkKind};
use gen_lsp_types::{InlayHint, InlayHintLabelPart, Label, MarkupContent, Position};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::command::GO_TO_STEP;
use super::hover;
use super::seen::Seen;
use super::words::{cut, flat};
use crate::answer::{Answer, to_value};
use crate::params::{Lenient, Range, read};
use crate::projects::Projects;
use crate::protocol;
use crate::view::View;

/// A value beside a line of the buffer.
pub struct Shown {
    /// Line of the buffer, from 0.
    pub line: usize,
    /// The code that gives the value.
    pub mark: Mark,
    /// The value.
    pub fact: Fact,
}

/// The values beside a range of the buffer's lines.
pub fn shown(view: &mut View<'_>, lines: std::ops::RangeInclusive<usize>) -> Vec<Shown> {
    let outline = view.outline.clone();
    let (mut functions, mut places) = (BTreeSet::new(), HashMap::new());
    for (n, mark) in outline.marks.iter().enumerate() {
        // The whole statement must be unchanged since it ran.
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

/// `textDocument/inlayHint`
pub fn hints(view: &mut View<'_>, range: &Range) -> Vec<InlayHint> {
    let count = view.document.lines();
    let (start, end) = (range.start.line.unwrap_or(0), range.end.line.unwrap_or(count).min(count));
    if start > end {
        return Vec::new();
    }
    let wanted = view.settings.hints.clone();
    let mut hints = Vec::new();
    if wanted.values || wanted.parameters {
        for one in shown(view, start..=end) {
            let parameter = one.mark.kind == MarkKind::Parameter;
            let value = cut(&one.fact.text, 2 * wanted.length);
            if parameter && !wanted.parameters || !parameter && !wanted.values {
                continue;
            }
            let text = view.document.line(one.line).unwrap_or_default();
            let (returned, text_of) = match one.mark.kind {
                MarkKind::Returned | MarkKind::Dropped => (Some(true), None),
                _ => (None, Some(flat(&one.mark.text).into_owned())),
            };
            let data = Data {
                step: Some(one.fact.step),
                hit: Some(one.fact.hit),
                frame: Some(one.fact.frame),
                returned,
                text: text_of,
                ..Data::of(view)
            };
            let at = view.position(one.line, one.mark.column.unwrap_or(text.trim_end().len()));
            hints.push(hint(at, one.mark.label(&value), !parameter, Some(data)));
        }
    }
    if wanted.exceptions {
        raised(view, start..=end, &mut hints);
    }
    choices(view, start..=end, &mut hints);
    if wanted.hit_counts {
        let outline = view.outline.clone();
        for line in start..=end {
            let Some(recorded) = view.recorded_line(line) else { continue };
            let times = view.loaded.times(view.source, &outline, recorded).filter(|times| *times > 1);
            let Some(times) = times else { continue };
            let Some(text) = view.document.line(line) else { continue };
            hints.push(hint(view.position(line, text.trim_end().len()), format!("×{times}"), true, None));
        }
    }
    hints
}

/// Marks the lines that show another call, or iteration, than the current one.
fn choices(view: &mut View<'_>, lines: std::ops::RangeInclusive<usize>, hints: &mut Vec<InlayHint>) {
    for (line, text) in super::choice::lines(view) {
        let Some(line) = view.buffer_line(line).filter(|line| lines.contains(line)) else { continue };
        let width = view.document.line(line).unwrap_or_default().trim_end().len();
        hints.push(hint(view.position(line, width), text, true, None));
    }
}

/// Adds the exceptions of the shown calls.
fn raised(view: &mut View<'_>, lines: std::ops::RangeInclusive<usize>, hints: &mut Vec<InlayHint>) {
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
            let label = format!("⚡ {}", cut(text, 2 * view.settings.hints.length));
            let data = Data { raised: Some(*step), ..Data::of(view) };
            hints.push(hint(view.position(line, width), label, true, Some(data)));
        }
    }
}

/// The data of a hint, which the client sends back when it resolves the hint.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
struct Data {
    uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    frame: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    returned: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The step of an exception.
    #[serde(skip_serializing_if = "Option::is_none")]
    raised: Option<u64>,
}

impl Data {
    fn of(view: &View<'_>) -> Self {
        Self { uri: Some(view.uri.clone()), ..Self::default() }
    }
}

fn hint(position: Position, label: String, is_padded: bool, data: Option<Data>) -> InlayHint {
    InlayHint {
        position,
        label: label.into(),
        kind: None,
        text_edits: None,
        tooltip: None,
        padding_left: Some(is_padded),
        padding_right: None,
        data: data.and_then(|data| serde_json::to_value(data).ok()),
    }
}

/// The fields read from a hint that is resolved.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    label: Lenient<Option<String>>,
    data: Lenient<Data>,
}

/// A hint with the fields that were added.
#[derive(Serialize)]
struct Resolved {
    #[serde(flatten)]
    given: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tooltip: Option<MarkupContent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Label>,
}

/// `inlayHint/resolve`: adds the full value, and a link to its step.
pub fn resolve(projects: &mut Projects, hint: Value) -> Answer<Value> {
    let Given { label, data } = read(hint.clone());
    let Value::Object(given) = hint else { return Ok(hint) };
    let mut resolved = Resolved { given, tooltip: None, label: None };
    if let (Some(uri), Some(step)) = (data.uri.as_deref(), data.raised) {
        resolved.tooltip = Some(protocol::markdown(format!("raised at step {step}")));
        resolved.label = label.0.map(|label| linked(label, uri, step));
    } else if let (Some(uri), Some(step), Some(frame)) = (data.uri.as_deref(), data.step, data.frame)
        && let Some(view) = projects.view(uri)
    {
        let told = match data.text.as_deref() {
            Some(text) => hover::text(&view, &Seen { text, frame, step }),
            None => hover::returned_at(&view, step),
        };
        resolved.tooltip = told.map(protocol::markdown);
        resolved.label = label.0.map(|label| linked(label, uri, data.hit.unwrap_or(step)));
    }
    to_value(&resolved)
}

/// A label that goes to a step.
fn linked(label: String, uri: &str, step: u64) -> Label {
    let command = protocol::command("Go to this step", GO_TO_STEP, vec![uri.into(), step.into()]);
    vec![InlayHintLabelPart { value: label, command: Some(command), ..InlayHintLabelPart::default() }].into()
}

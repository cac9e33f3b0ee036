//! Inline values, for clients that ask for them while their debugger is stopped.

use connie_source::outline::Kind;
use serde_json::{Value, json};

use super::inlay_hint::{flat, shown};
use crate::worker::{Answer, View};

/// `textDocument/inlineValue`: what the lines up to the stop gave, in the function of the stop.
pub fn values(view: &mut View<'_>, params: &Value) -> Answer {
    let line = |value: &Value| value["line"].as_u64().map(|line| line as usize);
    let start = line(&params["range"]["start"]).unwrap_or(0);
    let end = line(&params["range"]["end"]).unwrap_or(usize::MAX / 2);
    let stop = line(&params["context"]["stoppedLocation"]["start"]).unwrap_or(end);
    let function = view.recorded_line(stop).and_then(|line| view.outline.function_at(line));
    let found = shown(view, start..=end.min(stop));
    let one = |one: &super::inlay_hint::Shown| {
        let range = view.line_range(one.line);
        let value = flat(&one.fact.text);
        let is_parameter = one.mark.kind == Kind::Parameter;
        let text = if is_parameter { format!("{} = {value}", one.mark.text) } else { one.mark.label(&value) };
        json!({"range": range, "text": text})
    };
    Ok(found.iter().filter(|one| one.mark.function == function).map(one).collect())
}

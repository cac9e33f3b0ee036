//! Inline values, for clients that ask for them while their debugger is stopped.

use serde_json::{Value, json};

use super::inlay_hint::shown;
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
        json!({"range": range, "text": format!("{} = {}", one.mark.text, one.fact.text)})
    };
    Ok(found.iter().filter(|one| one.mark.function == function).map(one).collect())
}

//! Code actions: go to the step of a value, to the one that wrote it, or of an exception.

use connie_recording::timeline::Direction;
use connie_recording::writes;
use serde_json::{Value, json};

use super::{hover, place};
use crate::worker::{Answer, View};

/// `textDocument/codeAction`
pub fn actions(view: &mut View<'_>, params: &Value) -> Answer {
    let uri = view.uri.clone();
    let go = |title: String, step: u64| json!({"title": title, "command": {"title": title, "command": "connie.goToStep", "arguments": [uri, step]}});
    let mut found = Vec::new();
    for diagnostic in params["context"]["diagnostics"].as_array().into_iter().flatten() {
        if let Some(step) = diagnostic["data"]["step"].as_u64() {
            found.push(go(format!("connie: go to the exception (step {step})"), step));
        }
    }
    if let Some(place) = place::at(view, &params["range"]["start"]) {
        let loaded = &*view.loaded;
        found.push(go(format!("connie: go to step {} ({} is this)", place.step, place.text), place.step));
        let write = hover::target_of(loaded, view.source, &place).and_then(|target| {
            writes::near(&loaded.recording, &loaded.timeline, &target, place.step, Direction::Backward).ok().flatten()
        });
        if let Some(write) = write {
            let (line, step) = (write.line.line, write.line.step);
            found.push(go(format!("connie: go to line {line}, which wrote {} (step {step})", place.text), step));
        }
    }
    Ok(Value::Array(found))
}

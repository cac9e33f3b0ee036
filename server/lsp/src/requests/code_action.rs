//! Code actions: go to the step of a value, to the one that wrote it, or of an exception; stop at the next
//! write; copy the value; open it in a browser.

use connie_history::timeline::Direction;
use connie_history::writes;
use serde_json::{Value, json};

use super::command::VIEW;
use super::{hover, place};
use crate::worker::{Answer, View};

/// The command of clients that copy a text, which they name below `experimental.commands` of their capabilities.
pub const COPY: &str = "connie.copyValue";

/// `textDocument/codeAction`
pub fn actions(view: &mut View<'_>, params: &Value) -> Answer {
    let uri = view.uri.clone();
    // Bare commands: every client takes them.
    let action = |title: String, command: &str, arguments: Value| json!({"title": title, "command": command, "arguments": arguments});
    let go = |title: String, step: u64| action(title, "connie.goToStep", json!([uri, step]));
    let mut found = Vec::new();
    for diagnostic in params["context"]["diagnostics"].as_array().into_iter().flatten() {
        if let Some(step) = diagnostic["data"]["step"].as_u64() {
            found.push(go(format!("connie: go to the exception (step {step})"), step));
            found.push(action("connie: open it in the viewer".into(), VIEW, json!([uri, step])));
        }
    }
    if let Some(place) = place::at(view, &params["range"]["start"]) {
        let loaded = &*view.loaded;
        found.push(go(format!("connie: go to step {} ({} is this)", place.step, place.text), place.step));
        let seen = place.seen();
        let target = hover::target_of(loaded, view.source, &seen);
        let write = target.as_ref().and_then(|target| {
            writes::near(&loaded.recording, &loaded.timeline, target, place.step, Direction::Backward).ok().flatten()
        });
        if let Some(write) = write {
            let (line, step) = (write.line.line, write.line.step);
            found.push(go(format!("connie: go to line {line}, which wrote {} (step {step})", place.text), step));
        }
        if target.is_some() && view.debugged {
            let title = format!("connie: stop when {} changes", place.text);
            let arguments = json!([uri, place.text, place.step, place.call.frame]);
            found.push(action(title, "connie.breakWhenChanged", arguments));
        }
        if view.copies
            && let Some(value) = hover::value_of(loaded, view.source, &seen)
        {
            found.push(action(format!("connie: copy the value of {}", place.text), COPY, json!([value])));
        }
        found.push(action(format!("connie: open step {} in the viewer", place.step), VIEW, json!([uri, place.step])));
    }
    Ok(Value::Array(found))
}

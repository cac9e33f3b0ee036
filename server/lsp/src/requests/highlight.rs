//! Document highlight: the write that reached this read.

use connie_history::timeline::Direction;
use connie_history::writes;
use serde_json::{Value, json};

use super::{hover, place};
use crate::worker::{Answer, View};

/// `textDocument/documentHighlight`
pub fn highlights(view: &mut View<'_>, params: &Value) -> Answer {
    let Some(place) = place::at(view, &params["position"]) else { return Ok(json!([])) };
    let loaded = &*view.loaded;
    let write = hover::target_of(loaded, view.source, &place.seen()).and_then(|target| {
        writes::near(&loaded.recording, &loaded.timeline, &target, place.step, Direction::Backward).ok().flatten()
    });
    let range = |line, (start, end): (usize, usize)| json!({"start": view.position(line, start), "end": view.position(line, end)});
    let mut found = vec![json!({"range": range(place.line, place.columns), "kind": 2})];
    if let Some(write) = write {
        let is_here = loaded.recording.functions.get(write.line.code as usize).is_some_and(|f| f.source == view.source);
        if let Some(line) = view.buffer_line(write.line.line).filter(|_| is_here) {
            // The name on the writing line, where it is the same; else the line.
            let text = view.document.line(line).unwrap_or_default();
            let own =
                text.match_indices(&place.text).map(|(at, _)| (at, at + place.text.len())).find(|(start, end)| {
                    let word = |c: char| c.is_alphanumeric() || c == '_';
                    !text[..*start].ends_with(word) && !text[*end..].starts_with(word)
                });
            let range = own.map_or_else(|| view.line_range(line), |columns| range(line, columns));
            found.retain(|read| read["range"] != range);
            found.push(json!({"range": range, "kind": 3}));
        }
    }
    Ok(Value::Array(found))
}

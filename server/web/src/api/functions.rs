//! Where the time went: calls and times of each function, who called it, whom it called.

use std::sync::Arc;

use axum::extract::{Path, State};
use connie_history::calls::Edge;
use connie_history::profile;
use connie_recording::Recording;
use serde_json::{Value, json};

use super::{Answer, ask};
use crate::Shared;
use crate::failure::Failure;

/// Calls of a function that are listed.
const CALLS: usize = 200;

fn named(recording: &Recording, code: u32) -> Value {
    let Some(function) = recording.functions.get(code as usize) else { return Value::Null };
    json!({"code": code, "name": function.name, "source": function.source, "line": function.line})
}

/// `GET /api/run/{id}/functions`: times in nanoseconds, with and without what they called.
pub async fn profile(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answer {
    ask(&shared, &id, |loaded| {
        let recording = &loaded.recording;
        Ok(json!({"functions": profile::profile(recording)?, "counted": recording.info.is_counted()}))
    })
    .await
}

/// `GET /api/run/{id}/function/{code}`: its callers and callees, and its first calls.
pub async fn one(State(shared): State<Arc<Shared>>, Path((id, code)): Path<(String, u32)>) -> Answer {
    ask(&shared, &id, move |loaded| {
        let function = loaded.recording.functions.get(code as usize);
        let function = function.ok_or_else(|| Failure::missing(format!("there is no function {code}")))?;
        let (source, line) = (function.source, function.line);
        let edges: Vec<Edge> = loaded.edges().iter().filter(|edge| edge.times > 0).copied().collect();
        let outline = loaded.outline(source);
        let at = outline.functions.iter().position(|known| known.line == line && !known.is_class);
        let calls = at.map(|at| loaded.calls(source, &outline, at)).unwrap_or_default();
        let recording = &loaded.recording;
        let other = |edge: &Edge, code: u32| {
            let mut shown = named(recording, code);
            (shown["from"], shown["times"], shown["time"]) = (edge.line.into(), edge.times.into(), edge.time.into());
            shown
        };
        let callers: Vec<Value> =
            edges.iter().filter(|edge| edge.callee == code).map(|edge| other(edge, edge.caller)).collect();
        let callees: Vec<Value> =
            edges.iter().filter(|edge| edge.caller == code).map(|edge| other(edge, edge.callee)).collect();
        let first: Vec<u64> = calls.iter().take(CALLS).copied().collect();
        let mut found = named(recording, code);
        (found["callers"], found["callees"]) = (callers.into(), callees.into());
        (found["first"], found["known"]) = (json!(first), json!(calls.len()));
        Ok(found)
    })
    .await
}

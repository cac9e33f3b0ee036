//! One recording at a glance.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::{Answer, ask, recordings};
use crate::Shared;

/// `GET /api/run/{id}`: what `connie show` says, and the sources that ran.
pub async fn summary(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answer {
    ask(&shared, &id, |loaded| {
        let recording = &loaded.recording;
        let mut found = recordings::row(recording.path(), &recording.info);
        let mut sources: Vec<Value> = Vec::new();
        for (number, source) in recording.sources.iter().enumerate() {
            let hits = connie_history::profile::sum(recording.line_hits(number as u32)?.iter().map(|(_, hits)| *hits));
            sources.push(json!({
                "number": number, "path": source.path, "known": source.text.is_some(), "hits": hits,
            }));
        }
        let [functions, lines, exceptions, output] = recording.counts()?;
        found["counts"] = json!({"functions": functions, "lines": lines, "exceptions": exceptions, "output": output});
        found["sources"] = sources.into();
        Ok(found)
    })
    .await
}

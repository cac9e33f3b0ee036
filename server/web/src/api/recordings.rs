//! The recordings of the project.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use connie_recording::reader::{self, Info};
use serde_json::{Value, json};

use super::Answer;
use crate::Shared;
use crate::failure::Failure;

/// A recording, for a list. Times in nanoseconds; `started` since 1970.
pub fn row(path: &std::path::Path, info: &Info) -> Value {
    json!({
        "id": path.file_stem().map(|stem| stem.to_string_lossy()), "path": path, "program": info.program,
        "argv": info.argv, "cwd": info.cwd, "root": info.root, "python": info.python,
        "started": info.started / 1_000_000, "duration": info.ended.map(|ended| ended - info.started),
        "result": info.result, "outcome": info.outcome(), "steps": info.steps, "dropped": info.dropped,
        "exception": info.exception, "trouble": info.trouble,
        "size": std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
    })
}

/// `GET /api/recordings`: the newest first.
pub async fn list(State(shared): State<Arc<Shared>>) -> Answer {
    let read = move || {
        let mut found: Vec<Value> = Vec::new();
        for path in shared.host.recordings().into_iter().rev() {
            found.push(match reader::info(&path) {
                Ok(info) => row(&path, &info),
                // It is there: it is shown with what is wrong.
                Err(error) => json!({
                    "id": path.file_stem().map(|stem| stem.to_string_lossy()), "path": path,
                    "error": error.to_string(),
                }),
            });
        }
        found.sort_by_key(|row| std::cmp::Reverse(row["started"].as_i64()));
        json!({"recordings": found})
    };
    let found = tokio::task::spawn_blocking(read).await;
    found.map(Json).map_err(|error| Failure::unreadable(&error))
}

/// `POST /api/recordings/{id}/delete`
pub async fn delete(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answer {
    let path = shared.find(&id).ok_or_else(|| Failure::missing(format!("there is no recording {id}")))?;
    shared.desks.close(&path);
    shared.host.remove(&path).map_err(|error| Failure::unreadable(&error))?;
    Ok(Json(json!({"deleted": id})))
}

//! The recordings of the project.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Json;
use axum::extract::{Path as Named, State};
use connie_recording::reader::{self, Info};
use serde_json::{Value, json};

use super::Answer;
use crate::Shared;
use crate::failure::Failure;

/// A recording, for a list. Times in nanoseconds; `started` since 1970.
pub fn row(path: &Path, info: &Info) -> Value {
    json!({
        "id": path.file_stem().map(|stem| stem.to_string_lossy()), "path": path, "program": info.program,
        "argv": info.argv, "cwd": info.cwd, "root": info.root, "python": info.python,
        "started": info.started / 1_000_000, "duration": info.duration(),
        "result": info.result, "outcome": info.outcome(), "steps": info.steps, "dropped": info.dropped,
        "exception": info.exception, "trouble": info.trouble,
        "size": std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
    })
}

/// Time and size of a file, and its row.
type Known = (Option<SystemTime>, u64, Value);

/// Rows of recordings that have ended, each with its file's time and size: pages ask again and again.
#[derive(Default)]
pub struct Rows(Mutex<HashMap<PathBuf, Known>>);

impl Rows {
    fn of(&self, path: &Path) -> Value {
        let metadata = std::fs::metadata(path).ok();
        let time = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
        let size = metadata.map_or(0, |metadata| metadata.len());
        let mut known = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if let Some((then, large, row)) = known.get(path)
            && (*then, *large) == (time, size)
        {
            return row.clone();
        }
        match reader::info(path) {
            Ok(info) => {
                let row = row(path, &info);
                if info.ended.is_some() {
                    known.insert(path.into(), (time, size, row.clone()));
                }
                row
            }
            // It is there: it is shown with what is wrong.
            Err(error) => json!({
                "id": path.file_stem().map(|stem| stem.to_string_lossy()), "path": path, "error": error.to_string(),
            }),
        }
    }
}

/// `GET /api/recordings`: the newest first.
pub async fn list(State(shared): State<Arc<Shared>>) -> Answer {
    let read = move || {
        let paths = shared.host.recordings().into_iter().rev();
        let mut found: Vec<Value> = paths.map(|path| shared.rows.of(&path)).collect();
        found.sort_by_key(|row| std::cmp::Reverse(row["started"].as_i64()));
        json!({"recordings": found})
    };
    let found = tokio::task::spawn_blocking(read).await;
    found.map(Json).map_err(|error| Failure::unreadable(&error))
}

/// `POST /api/recordings/{id}/delete`
pub async fn delete(State(shared): State<Arc<Shared>>, Named(id): Named<String>) -> Answer {
    let path = shared.find(&id).ok_or_else(|| Failure::missing(format!("there is no recording {id}")))?;
    shared.desks.close(&path);
    shared.host.remove(&path).map_err(|error| Failure::unreadable(&error))?;
    Ok(Json(json!({"deleted": id})))
}

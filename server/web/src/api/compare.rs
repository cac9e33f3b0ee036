//! Where two recordings part.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use connie_history::compare::{Options, compare};
use connie_recording::Recording;
use connie_recording::render::Bounds;
use serde_json::{Value, json};

use super::{Answer, recordings};
use crate::Shared;
use crate::failure::Failure;

/// How long is looked for differences; what was found by then is told.
const PATIENCE: Duration = Duration::from_secs(60);
/// Values, and places where they part, that are told.
const MOST: usize = 50;
/// How much of values is compared, as `connie compare` has it.
const BOUNDS: Bounds = Bounds { string: 4096, items: 100, depth: 3 };

/// `GET /api/compare/{left}/{right}`
pub async fn parted(State(shared): State<Arc<Shared>>, Path((left, right)): Path<(String, String)>) -> Answer {
    let find = |id: &str| shared.find(id).ok_or_else(|| Failure::missing(format!("there is no recording {id}")));
    let paths = [find(&left)?, find(&right)?];
    let read = move || -> Result<Value, Failure> {
        let (left, right) = (Recording::open(&paths[0])?, Recording::open(&paths[1])?);
        let begun = Instant::now();
        let progress = |_| begun.elapsed() < PATIENCE;
        let options = Options { most: MOST, ignored: &|_| false, bounds: BOUNDS, progress: &progress };
        let found = compare(&left, &right, &options)?;
        let runs = [&left, &right].map(|one| recordings::row(one.path(), &one.info));
        let is_same = found.is_same();
        let found = serde_json::to_value(found).map_err(|error| Failure::unreadable(&error))?;
        Ok(json!({"runs": runs, "same": is_same, "found": found}))
    };
    tokio::task::spawn_blocking(read).await.map_err(|error| Failure::unreadable(&error))?.map(Json)
}

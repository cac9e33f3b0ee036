//! Searches all text in a recording.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use connie_history::search::{self, Found};
use serde::Deserialize;

use super::{Answer, ask_long};
use crate::Shared;

/// The maximum number of results of each kind.
const MAX_RESULTS: usize = 100;
/// The maximum number of characters of a result.
const LENGTH: usize = 200;

/// The query.
#[derive(Deserialize)]
pub struct Asked {
    q: String,
}

/// `GET /api/run/{id}/search?q=…`
pub async fn search(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(Asked { q }): Query<Asked>,
) -> Answer<Found> {
    ask_long(&shared, &id, move |loaded| {
        let is_stopped = || loaded.timeline.is_interrupted();
        let mut found = search::search_until(&loaded.recording, &q, MAX_RESULTS, &is_stopped)?;
        let texts = found.lines.iter_mut().map(|line| &mut line.text);
        let steps = found.output.iter_mut().chain(&mut found.exceptions).map(|step| &mut step.text);
        for text in texts.chain(steps) {
            if let Some((end, _)) = text.char_indices().nth(LENGTH) {
                text.truncate(end);
            }
        }
        Ok(found)
    })
    .await
}

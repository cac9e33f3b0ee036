//! Shows where two recordings differ.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, State};
use connie_history::compare::{Comparison, Options, compare};
use connie_recording::Recording;
use connie_recording::render::Bounds;
use serde::Serialize;

use super::recordings::Row;
use super::{Answer, work};
use crate::Shared;
use crate::recording_threads::Unwanted;

/// The time limit of a comparison. The differences found by then are the answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// The maximum number of values, and of places where control flow differs.
const MAX_DIFFERENCES: usize = 50;
/// How much of values is compared; the same as in `connie compare`.
const BOUNDS: Bounds = Bounds { string: 4096, items: 100, depth: 3 };

/// Two recordings, and their differences.
#[derive(Serialize)]
pub struct Compared {
    runs: [Row; 2],
    same: bool,
    found: Comparison,
}

/// `GET /api/compare/{left}/{right}`
pub async fn parted(
    State(shared): State<Arc<Shared>>,
    Path((left, right)): Path<(String, String)>,
) -> Answer<Compared> {
    let paths = [shared.find(&left)?, shared.find(&right)?];
    let unwanted = Unwanted::default();
    let is_wanted = unwanted.is_wanted();
    work(move || {
        let (left, right) = (Recording::open(&paths[0])?, Recording::open(&paths[1])?);
        let begun = Instant::now();
        let progress = |_| begun.elapsed() < PATIENCE && is_wanted();
        let options = Options { most: MAX_DIFFERENCES, ignored: &|_| false, bounds: BOUNDS, progress: &progress };
        let found = compare(&left, &right, &options)?;
        let runs = [&left, &right].map(|one| Row::new(one.path(), &one.info));
        Ok(Compared { runs, same: found.is_same(), found })
    })
    .await
}

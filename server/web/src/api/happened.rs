//! What happened in a run, page by page: output and exceptions.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use connie_history::happened::{Exception, Piece, uncaught};
use connie_recording::reader::Raised;
use serde::{Deserialize, Serialize};

use super::{Answer, ask};
use crate::Shared;

/// The number of items on a page, and the most that can be asked for.
const PAGE: usize = 500;
const MAX_PAGE: usize = 5000;

/// A page: after a step, or before one.
#[derive(Deserialize)]
pub struct Asked {
    after: Option<u64>,
    before: Option<u64>,
    count: Option<usize>,
}

/// `GET /api/run/{id}/output`
#[derive(Serialize)]
pub struct Output {
    /// In the order of time.
    output: Vec<Piece>,
    /// Whether there is more beyond the page, in the direction that was asked for.
    more: bool,
    /// The number of all pieces.
    total: u64,
}

/// `GET /api/run/{id}/output?after=…` or `?before=…`: a page of the output.
pub async fn output(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Output> {
    ask(&shared, &id, move |loaded| {
        let recording = &loaded.recording;
        let count = asked.count.unwrap_or(PAGE).clamp(1, MAX_PAGE);
        let mut found = match asked.before {
            Some(before) => recording.output_before(before, count + 1)?,
            None => recording.output_after(asked.after.unwrap_or(0), count + 1)?,
        };
        let more = found.len() > count;
        if more && asked.before.is_some() {
            found.remove(0);
        }
        found.truncate(count);
        let [.., total] = recording.counts()?;
        Ok(Output { output: found.into_iter().map(Piece::from).collect(), more, total })
    })
    .await
}

/// `GET /api/run/{id}/exceptions`
#[derive(Serialize)]
pub struct Exceptions {
    /// Those that nothing caught; the first of them, and the one that ended the run.
    uncaught: Vec<Exception>,
    /// A page of all.
    exceptions: Vec<Exception>,
    /// The step after which to ask for more.
    next: Option<u64>,
    /// The number of all exceptions.
    total: u64,
}

/// `GET /api/run/{id}/exceptions?after=…`: a page of the exceptions, and those that nothing caught.
pub async fn exceptions(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Exceptions> {
    ask(&shared, &id, move |loaded| {
        let recording = &loaded.recording;
        let count = asked.count.unwrap_or(PAGE).clamp(1, MAX_PAGE);
        let mut found = recording.exceptions_after(asked.after.unwrap_or(0), count + 1)?;
        let more = found.len() > count;
        found.truncate(count);
        let next = found.last().filter(|_| more).map(|last| last.step);
        let [.., total, _] = recording.counts()?;
        let all = |some: &[Raised]| some.iter().map(|raised| Exception::of(recording, raised)).collect();
        Ok(Exceptions { uncaught: all(&uncaught(recording)?), exceptions: all(&found), next, total })
    })
    .await
}

//! What happened in a run, page by page: output and exceptions.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use connie_recording::reader::{Raised, Which, Written};
use connie_recording::{Error, Recording};
use serde::{Deserialize, Serialize};

use super::{Answer, ask};
use crate::Shared;

/// The number of items on a page, and the most that can be asked for.
const PAGE: usize = 500;
const MAX_PAGE: usize = 5000;
/// The maximum number of uncaught exceptions that are listed besides the page.
const MAX_UNCAUGHT: usize = 100;

/// A page: after a step, or before one.
#[derive(Deserialize)]
pub struct Asked {
    after: Option<u64>,
    before: Option<u64>,
    count: Option<usize>,
}

/// A piece of output.
#[derive(Serialize)]
pub struct Piece {
    step: u64,
    category: &'static str,
    text: String,
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

impl From<Written> for Piece {
    fn from(written: Written) -> Self {
        let category = if written.stream == 2 { "stderr" } else { "stdout" };
        Self { step: written.step, category, text: written.text }
    }
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

/// An exception.
#[derive(Serialize)]
pub struct Exception {
    step: u64,
    text: String,
    uncaught: bool,
    line: u32,
    function: Option<String>,
    /// The path of its source.
    file: Option<String>,
}

impl Exception {
    /// The exception, with its place.
    pub fn of(recording: &Recording, raised: &Raised) -> Self {
        let (code, line) = raised.traceback.last().copied().unwrap_or((u32::MAX, 0));
        let function = recording.function(code);
        Self {
            step: raised.step,
            text: raised.to_string(),
            uncaught: raised.uncaught,
            line,
            function: function.map(|function| function.name.clone()),
            file: function.map(|function| recording.short(function.source).to_owned()),
        }
    }
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

/// The first uncaught exceptions, and the one that ended the run.
///
/// # Errors
/// If the tables cannot be read.
pub fn uncaught(recording: &Recording) -> Result<Vec<Raised>, Error> {
    let mut found: Vec<Raised> = Vec::new();
    while found.len() < MAX_UNCAUGHT {
        let last = found.last().map_or(0, |raised| raised.step);
        let Some(raised) = recording.exception_near(last, true, Which::Uncaught)? else { break };
        found.push(raised);
    }
    if let Some(end) = recording.ended_by()?.filter(|end| end.uncaught) {
        found.retain(|raised| raised.step != end.step);
        found.push(end);
    }
    Ok(found)
}

//! The summary of one recording.

use std::sync::Arc;

use axum::extract::{Path, State};
use connie_history::profile;
use connie_recording::{Error, Recording};
use serde::Serialize;

use super::recordings::Row;
use super::{Answer, ask};
use crate::Shared;

/// A recording, with its counts and sources.
#[derive(Serialize)]
pub struct Summary {
    #[serde(flatten)]
    row: Row,
    counts: Counts,
    sources: Vec<Ran>,
}

/// Counts.
#[derive(Serialize)]
struct Counts {
    functions: u64,
    lines: u64,
    exceptions: u64,
    output: u64,
}

/// A source that ran.
#[derive(Serialize)]
struct Ran {
    number: usize,
    path: String,
    /// Whether its text is known.
    known: bool,
    /// The number of steps in it.
    hits: u64,
}

impl Summary {
    /// The summary of a recording.
    ///
    /// # Errors
    /// If its tables cannot be read.
    pub fn of(recording: &Recording) -> Result<Self, Error> {
        let mut sources = Vec::new();
        for (number, source) in recording.sources.iter().enumerate() {
            let hits = profile::sum(recording.line_hits(number as u32)?.iter().map(|(_, hits)| *hits));
            sources.push(Ran { number, path: source.path.clone(), known: source.text.is_some(), hits });
        }
        let [functions, lines, exceptions, output] = recording.counts()?;
        Ok(Self {
            row: Row::new(recording.path(), &recording.info),
            counts: Counts { functions, lines, exceptions, output },
            sources,
        })
    }

    /// The summary without the place of the recording on this machine.
    pub fn without_path(mut self) -> Self {
        self.row.forget_path();
        self
    }
}

/// `GET /api/run/{id}`: the facts that `connie show` prints, and the sources that ran.
pub async fn summary(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answer<Summary> {
    ask(&shared, &id, |loaded| Ok(Summary::of(&loaded.recording)?)).await
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn summary(row: Row) -> Summary {
        let counts = Counts { functions: 1, lines: 2, exceptions: 3, output: 4 };
        Summary { row, counts, sources: vec![Ran { number: 0, path: "a.py".into(), known: true, hits: 5 }] }
    }
}

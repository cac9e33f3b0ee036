//! The summary of one recording.

use std::sync::Arc;

use axum::extract::{Path, State};
use connie_history::profile;
use connie_recording::{Error, Recording};
use serde::Serialize;

use super::cells::{self, Cells};
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
    /// What it is called in the notebook whose cell it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
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
            sources.push(Ran { number, path: source.path.clone(), known: source.text.is_some(), hits, name: None });
        }
        let [functions, lines, exceptions, output] = recording.counts()?;
        Ok(Self {
            row: Row::new(recording.path(), &recording.info),
            counts: Counts { functions, lines, exceptions, output },
            sources,
        })
    }

    /// Names the sources that are cells of a notebook. `first` is the source of the code that ran first.
    fn with_cells(mut self, recording: &Recording, cells: &Cells, first: Option<u32>) -> Self {
        for (number, source) in self.sources.iter_mut().enumerate() {
            source.name = cells.name(&source.path);
            // A recorded cell gives its name to the recording.
            if source.name.is_none() && first == Some(number as u32) && cells::is_cell(&source.path) {
                source.name = Some(recording.info.program.clone()).filter(|name| name.starts_with("In["));
            }
        }
        self
    }

    /// The summary without the place of the recording on this machine.
    pub fn without_path(mut self) -> Self {
        self.row.forget_path();
        self
    }
}

/// `GET /api/run/{id}`: the facts that `connie show` prints, and the sources that ran.
pub async fn summary(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answer<Summary> {
    let names = Arc::clone(&shared);
    ask(&shared, &id, move |loaded| {
        let recording = &loaded.recording;
        let first = loaded.timeline.position(recording, 1).ok().and_then(|first| recording.function(first.code));
        let first = first.map(|function| function.source);
        Ok(Summary::of(recording)?.with_cells(recording, &names.cells, first))
    })
    .await
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn summary(row: Row) -> Summary {
        let counts = Counts { functions: 1, lines: 2, exceptions: 3, output: 4 };
        Summary {
            row,
            counts,
            sources: vec![Ran { number: 0, path: "a.py".into(), known: true, hits: 5, name: Some("In[3]".into()) }],
        }
    }
}

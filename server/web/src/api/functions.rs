//! Profile: calls and times of each function, its callers and its callees.

use std::sync::Arc;

use axum::extract::{Path, State};
use connie_history::calls::Edge;
use connie_history::profile::{self, Spent};
use connie_recording::{Error, Recording};
use serde::Serialize;

use super::{Answer, ask};
use crate::Shared;
use crate::failure::Failure;

/// The maximum number of calls listed for a function.
const CALLS: usize = 200;

/// All functions that were called.
#[derive(Serialize)]
pub struct Profile {
    functions: Vec<Spent>,
    /// Whether the recorder has stored calls and times, which it does at the end.
    counted: bool,
}

impl Profile {
    /// The profile of a recording.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn of(recording: &Recording) -> Result<Self, Error> {
        Ok(Self { functions: profile::profile(recording)?, counted: recording.info.is_counted() })
    }
}

/// A function, with its location.
#[derive(Serialize)]
struct Named {
    code: u32,
    name: String,
    source: u32,
    line: u32,
}

/// A caller or callee of a function, for one line.
#[derive(Serialize)]
struct Other {
    #[serde(flatten)]
    function: Option<Named>,
    /// The line of the call.
    from: u32,
    times: u64,
    /// Nanoseconds.
    time: u64,
}

/// A function, with its calls.
#[derive(Serialize)]
pub struct Function {
    #[serde(flatten)]
    function: Option<Named>,
    callers: Vec<Other>,
    callees: Vec<Other>,
    /// The steps of the first calls.
    first: Vec<u64>,
    /// The number of calls.
    known: usize,
}

fn named(recording: &Recording, code: u32) -> Option<Named> {
    let function = recording.functions.get(code as usize)?;
    Some(Named { code, name: function.name.clone(), source: function.source, line: function.line })
}

/// `GET /api/run/{id}/functions`: times in nanoseconds, with and without callees.
pub async fn profile(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answer<Profile> {
    ask(&shared, &id, |loaded| Ok(Profile::of(&loaded.recording)?)).await
}

/// `GET /api/run/{id}/function/{code}`: its callers and callees, and its first calls.
pub async fn one(State(shared): State<Arc<Shared>>, Path((id, code)): Path<(String, u32)>) -> Answer<Function> {
    ask(&shared, &id, move |loaded| {
        let function = loaded.recording.functions.get(code as usize).ok_or(Failure::NoFunction(code))?;
        let (source, line) = (function.source, function.line);
        let edges: Vec<Edge> = loaded.edges().iter().filter(|edge| edge.times > 0).copied().collect();
        let outline = loaded.outline(source);
        let at = outline.functions.iter().position(|known| known.line == line && !known.is_class);
        let calls = at.map(|at| loaded.calls(source, &outline, at)).unwrap_or_default();
        let recording = &loaded.recording;
        let other = |edge: &Edge, code: u32| Other {
            function: named(recording, code),
            from: edge.line,
            times: edge.times,
            time: edge.time,
        };
        Ok(Function {
            function: named(recording, code),
            callers: edges.iter().filter(|edge| edge.callee == code).map(|edge| other(edge, edge.caller)).collect(),
            callees: edges.iter().filter(|edge| edge.caller == code).map(|edge| other(edge, edge.callee)).collect(),
            first: calls.iter().take(CALLS).copied().collect(),
            known: calls.len(),
        })
    })
    .await
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn others() -> impl Serialize {
        let known = Named { code: 1, name: "f".into(), source: 0, line: 2 };
        // A damaged recording may refer to a function that does not exist.
        [Some(known), None].map(|function| Other { function, from: 3, times: 4, time: 5 })
    }
}

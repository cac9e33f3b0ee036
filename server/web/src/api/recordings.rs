//! The recordings of the project.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use axum::Json;
use axum::extract::{Path as Named, State};
use connie_recording::reader::{self, Info};
use connie_wire::arguments::CommandLine;
use serde::Serialize;

use super::{Answer, work};
use crate::Shared;

/// A recording in the list.
#[derive(Clone, Serialize)]
pub struct Row {
    id: Option<String>,
    path: String,
    program: String,
    argv: Vec<String>,
    /// The program's own arguments: those after the script, the module or the code. A test has none.
    arguments: Vec<String>,
    cwd: String,
    root: String,
    python: Option<String>,
    /// Milliseconds since 1970.
    started: i64,
    /// Nanoseconds.
    duration: Option<i64>,
    result: String,
    /// The outcome, in a word or two.
    outcome: String,
    steps: u64,
    dropped: u64,
    exception: Option<u64>,
    /// The exception that ended the run.
    raised: Option<String>,
    trouble: Option<String>,
    /// The size of the file in bytes.
    size: u64,
}

/// A recording that cannot be read, listed with the reason.
#[derive(Serialize)]
pub struct Broken {
    id: Option<String>,
    path: String,
    error: String,
}

/// An entry of the list.
#[derive(Serialize)]
#[serde(untagged)]
enum Listed {
    Read(Box<Row>),
    Broken(Broken),
}

/// `GET /api/recordings`
#[derive(Serialize)]
pub struct List {
    recordings: Vec<Listed>,
}

/// `POST /api/recordings/{id}/delete`
#[derive(Serialize)]
pub struct Deleted {
    deleted: String,
}

/// Id and path of a recording. JSON cannot express names that are not UTF-8.
fn names(path: &Path) -> (Option<String>, String) {
    (path.file_stem().map(|stem| stem.to_string_lossy().into_owned()), path.to_string_lossy().into_owned())
}

/// The program's arguments in a command line.
fn arguments(argv: &[String]) -> Vec<String> {
    let words: Vec<&[u8]> = argv.iter().skip(1).map(String::as_bytes).collect();
    argv.iter().skip(1 + CommandLine::read(&words).rest).cloned().collect()
}

impl Row {
    /// The row of a recording.
    pub fn new(path: &Path, info: &Info) -> Self {
        let (id, name) = names(path);
        let has_failed = info.exception.is_some() || info.result == "failed";
        Self {
            id,
            path: name,
            program: info.program.clone(),
            argv: info.argv.clone(),
            arguments: if info.program.contains("::") { Vec::new() } else { arguments(&info.argv) },
            cwd: info.cwd.clone(),
            root: info.root.clone(),
            python: info.python.clone(),
            started: info.started / 1_000_000,
            duration: info.duration(),
            result: info.result.clone(),
            outcome: info.outcome(),
            steps: info.steps,
            dropped: info.dropped,
            exception: info.exception,
            raised: has_failed.then(|| reader::uncaught(path).ok().flatten()).flatten(),
            trouble: info.trouble.clone(),
            size: std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
        }
    }

    /// Drops the place of the recording on this machine.
    pub fn forget_path(&mut self) {
        self.path.clear();
    }
}

impl Listed {
    fn started(&self) -> Option<i64> {
        match self {
            Self::Read(row) => Some(row.started),
            Self::Broken(_) => None,
        }
    }
}

/// Time and size of a file, and its row.
type Known = (Option<SystemTime>, u64, Row);

/// A cache of rows of finished recordings, by the file's time and size, because pages request the list repeatedly.
#[derive(Default)]
pub struct Rows(Mutex<HashMap<PathBuf, Known>>);

impl Rows {
    fn of(&self, path: &Path) -> Listed {
        let metadata = std::fs::metadata(path).ok();
        let time = metadata.as_ref().and_then(|metadata| metadata.modified().ok());
        let size = metadata.map_or(0, |metadata| metadata.len());
        let mut known = self.0.lock().unwrap_or_else(|e| e.into_inner());
        if let Some((then, large, row)) = known.get(path)
            && (*then, *large) == (time, size)
        {
            return Listed::Read(Box::new(row.clone()));
        }
        match reader::info(path) {
            Ok(info) => {
                let row = Row::new(path, &info);
                if info.ended.is_some() {
                    known.insert(path.into(), (time, size, row.clone()));
                }
                Listed::Read(Box::new(row))
            }
            Err(error) => {
                let (id, path) = names(path);
                Listed::Broken(Broken { id, path, error: error.to_string() })
            }
        }
    }
}

/// `GET /api/recordings`: the newest first.
pub async fn list(State(shared): State<Arc<Shared>>) -> Answer<List> {
    work(move || {
        let paths = shared.host.recordings().into_iter().rev();
        let mut recordings: Vec<Listed> = paths.map(|path| shared.rows.of(&path)).collect();
        recordings.sort_by_key(|listed| Reverse(listed.started()));
        Ok(List { recordings })
    })
    .await
}

/// `POST /api/recordings/{id}/delete`
pub async fn delete(State(shared): State<Arc<Shared>>, Named(id): Named<String>) -> Answer<Deleted> {
    let path = shared.find(&id)?;
    shared.desks.close(|open| *open == path);
    shared.comparing.close(|open| open.contains(&path));
    shared.host.remove(&path)?;
    Ok(Json(Deleted { deleted: id }))
}

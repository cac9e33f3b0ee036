//! What the server needs of the program that it is a part of: where recordings are, and how they are made.

use std::path::PathBuf;
use std::time::Duration;

use crate::stop::Stop;

/// Finds and makes recordings.
pub trait Host: Send + Sync + 'static {
    /// The recordings of the project, the oldest first.
    ///
    /// # Errors
    /// If the folder of recordings cannot be read.
    fn recordings(&self) -> Result<Vec<PathBuf>, String>;

    /// The recording of the project with this name: `latest`, an id or its beginning, or the node id of a test. A path
    /// is no name.
    ///
    /// # Errors
    /// If there is none, or more than one.
    fn find(&self, name: &str) -> Result<PathBuf, String>;

    /// Runs a program and records it, until it ends, its time is over, or `stop` says so.
    ///
    /// # Errors
    /// If nothing can be run or recorded.
    fn record(&self, request: &Request, stop: &Stop) -> Result<Ran, String>;
}

/// A program to be recorded.
#[derive(Debug)]
pub struct Request {
    /// What `connie run` is given: a script, `-m MODULE` or `-c CODE`, and its arguments.
    pub command: Vec<String>,
    /// The working folder, as seen from the project's root.
    pub cwd: Option<String>,
    /// It is ended after so long.
    pub patience: Duration,
    /// So many bytes of each stream are kept, the last ones.
    pub kept: usize,
}

/// What a run came to.
#[derive(Debug)]
pub struct Ran {
    /// The recording; none if nothing was recorded.
    pub recording: Option<PathBuf>,
    /// The exit code; none if a signal ended it.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// It was ended because its time was over.
    pub timed_out: bool,
    /// What it wrote last to stdout.
    pub stdout: String,
    /// What it wrote last to stderr.
    pub stderr: String,
}

//! The functions that the server needs from the program that contains it: finding and making recordings.

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

    /// The recording of the project with this name: `latest`, an id or its beginning, or the node id of a test. Paths
    /// are not accepted.
    ///
    /// # Errors
    /// If there is none, or more than one.
    fn find(&self, name: &str) -> Result<PathBuf, String>;

    /// Runs a program and records it, until it ends, its time limit is reached, or `stop` is stopped.
    ///
    /// # Errors
    /// If no program can be run or recorded.
    fn record(&self, request: &Request, stop: &Stop) -> Result<Ran, String>;
}

/// A program to be recorded.
#[derive(Debug)]
pub struct Request {
    /// The arguments of `connie run`: a script, `-m MODULE` or `-c CODE`, and its arguments.
    pub command: Vec<String>,
    /// The working folder, relative to the project's root.
    pub cwd: Option<String>,
    /// The time limit.
    pub patience: Duration,
    /// The number of bytes of each stream that are kept, from its end.
    pub kept: usize,
}

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    /// The recording; `None` if nothing was recorded.
    pub recording: Option<PathBuf>,
    /// The exit code; `None` if a signal ended it.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether it was ended because of the time limit.
    pub timed_out: bool,
    /// The end of its output to stdout.
    pub stdout: String,
    /// The end of its output to stderr.
    pub stderr: String,
}

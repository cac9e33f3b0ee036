//! Starts a program with the tracer on its path.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use connie_wire::config::Config;

use super::{Budget, Bundle};
use crate::failure::Failure;

/// The program to run, with options.
pub struct Launch {
    /// The interpreter, or the launcher.
    pub python: PathBuf,
    /// Whether this is a command that starts Python, such as uv, and not an interpreter.
    pub is_launcher: bool,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The tracer's config; `ring` is filled in here.
    pub config: Config,
    /// Whether to show no progress line.
    pub quiet: bool,
    /// The limits of the recording.
    pub budget: Budget,
    /// What the program reads on stdin; if `None`, connie's own stdin.
    pub input: Option<Vec<u8>>,
}

/// Starts the program; the tracer reads `config`.
///
/// # Errors
/// If the interpreter cannot be run.
pub(super) fn start(launch: &Launch, bundle: &Bundle, config: &Path) -> Result<Child, Failure> {
    let mut command = Command::new(&launch.python);
    command.args(&launch.arguments).env("CONNIE_CONFIG", config);
    let before = std::env::var_os("PYTHONPATH").filter(|path| !path.is_empty());
    let mut path = bundle.folder.clone().into_os_string();
    if let Some(before) = before {
        path.push(":");
        path.push(&before);
        command.env("CONNIE_PYTHONPATH", before);
    }
    command.env("PYTHONPATH", path);
    if launch.is_launcher {
        // Processes that it starts and that cannot be recorded run all the same.
        let real = launch.python.canonicalize().unwrap_or_else(|_| launch.python.clone());
        command.env("CONNIE_LAUNCHER", real).env("CONNIE_CHILD", "1");
    }
    // No variable name contains this character.
    let names: Vec<OsString> = std::env::vars_os().map(|(name, _)| name).collect();
    command.env("CONNIE_NAMES", names.join(OsStr::new("=")));
    if launch.input.is_some() {
        command.stdin(Stdio::piped());
    }
    let cannot = |error| Failure::Interpreter(format!("cannot run {}: {error}", launch.python.display()));
    let mut child = command.spawn().map_err(cannot)?;
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), launch.input.clone()) {
        // A program may end before it has read everything.
        std::thread::spawn(move || pipe.write_all(&input));
    }
    Ok(child)
}

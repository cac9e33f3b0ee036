//! `connie watch`: record again whenever a file is saved.

mod changes;
mod child;
mod files;
mod kept;
mod keys;
mod lines_by_test;
mod notice;
mod plan;
mod session;
mod status;
mod target;
mod tests;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use crate::commands::pytest::Keep;
use crate::failure::Failure;
use crate::numbers;
use crate::run::what::Passed;

/// Record a program or tests again whenever a file is saved.
#[derive(clap::Args)]
#[command(after_help = "Examples:
    connie watch script.py arguments
    connie watch -m package.module arguments
    connie watch pytest tests/

Each run replaces the recording of the run before. In a terminal, r or Enter runs again, q ends with 0; Ctrl-C ends with \
130. The program reads nothing on stdin, or the file of --input.")]
pub struct Arguments {
    #[command(flatten)]
    passed: Passed,
    /// Run a module, as python -m does
    #[arg(short, value_name = "MODULE")]
    module: Option<String>,
    /// Pass this option to the interpreter: --python-arg=-O (may be repeated)
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    python_arg: Vec<String>,
    /// Memory that the tracer may use inside the program, in MiB [default: 128]
    #[arg(long, value_name = "MIB", value_parser = numbers::within("MiB", 8..=1 << 16), allow_negative_numbers = true)]
    memory: Option<u64>,
    /// Which tests to keep recordings of [default: those that failed, and few that touch a change]
    #[arg(long, value_enum)]
    connie: Option<Keep>,
    /// Run the tests that touch a change or failed before, and not the rest
    #[arg(long)]
    first_only: bool,
    /// Also run again when any file in this folder is saved (may be repeated)
    #[arg(long, value_name = "FOLDER")]
    folder: Vec<PathBuf>,
    /// The program reads this file on stdin, from its start at each run
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// Seconds that a run may take to end after SIGINT, before it is terminated
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = numbers::within("seconds", 0..=3600), allow_negative_numbers = true)]
    grace: u64,
    /// Read the files every second, as network file systems need it
    #[arg(long)]
    poll: bool,
    /// Leave the terminal as it is before a run
    #[arg(long)]
    no_clear: bool,
    /// The script and its arguments, or pytest and its arguments; with -m, the arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "SCRIPT|pytest|ARGS")]
    program: Vec<OsString>,
}

/// Something that happened.
pub(super) enum Event {
    /// Something happened to these files or folders; none: to any.
    Files(Vec<PathBuf>),
    /// A key.
    Key(u8),
    /// A signal to this process.
    Signal(i32),
}

/// Runs the command until the user ends it.
///
/// # Errors
/// If what is named cannot be run, or nothing can be recorded here.
pub fn run(arguments: Arguments) -> Result<i32, Failure> {
    let target = target::Target::new(&arguments)?;
    let mut folders = Vec::new();
    for folder in &arguments.folder {
        let found = folder.canonicalize().ok().filter(|folder| folder.is_dir());
        folders.push(found.ok_or_else(|| Failure::NotFound(format!("there is no folder {}", folder.display())))?);
    }
    let (sender, events) = mpsc::channel();
    keys::heed_signals(&sender)?;
    let notice = notice::Notice::new(&sender, arguments.poll);
    let keys = keys::Keys::read(&sender);
    let given = session::Given {
        grace: Duration::from_secs(arguments.grace),
        first_only: arguments.first_only,
        clears: !arguments.no_clear,
        folders,
    };
    session::Session::new(target, given, notice, keys, events)?.run()
}

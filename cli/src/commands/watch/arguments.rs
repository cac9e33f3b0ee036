//! The command line of `connie watch`.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::commands::pytest::Keep;
use crate::numbers;
use crate::run::what::Passed;

/// Record a program or tests again whenever a file is saved.
#[derive(clap::Args)]
#[command(after_help = "Examples:
    connie watch script.py arguments
    connie watch -m package.module arguments
    connie watch pytest tests/

Each run replaces the recording of the previous run. In a terminal, r or Enter runs again, q ends with 0; Ctrl-C ends with \
130. The program's stdin is empty, or the file given by --input.")]
pub struct Arguments {
    #[command(flatten)]
    pub(super) passed: Passed,
    /// Run a module, as python -m does
    #[arg(short, value_name = "MODULE")]
    pub(super) module: Option<String>,
    /// Pass this option to the interpreter: --python-arg=-O (may be repeated)
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    pub(super) python_arg: Vec<String>,
    /// Memory that the tracer may use inside the program, in MiB [default: 128]
    #[arg(long, value_name = "MIB", value_parser = numbers::within("MiB", 8..=1 << 16), allow_negative_numbers = true)]
    pub(super) memory: Option<u64>,
    /// Which tests to keep recordings of [default: those that failed, and a few that touch a change]
    #[arg(long, value_enum)]
    pub(super) connie: Option<Keep>,
    /// Run only the tests that touch a change or failed before
    #[arg(long)]
    pub(super) first_only: bool,
    /// Also run again when any file in this folder is saved (may be repeated)
    #[arg(long, value_name = "FOLDER")]
    pub(super) folder: Vec<PathBuf>,
    /// The program reads this file on stdin, from its beginning in each run
    #[arg(long, value_name = "FILE")]
    pub(super) input: Option<PathBuf>,
    /// Seconds to wait for a run to end after SIGINT, before it is terminated
    #[arg(long, value_name = "SECONDS", default_value_t = 3, value_parser = numbers::within("seconds", 0..=3600), allow_negative_numbers = true)]
    pub(super) grace: u64,
    /// Read the files every second, for network file systems that report no changes
    #[arg(long)]
    pub(super) poll: bool,
    /// Do not clear the terminal before a run
    #[arg(long)]
    pub(super) no_clear: bool,
    /// The script and its arguments, or pytest and its arguments; with -m, the arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "SCRIPT|pytest|ARGS")]
    pub(super) program: Vec<OsString>,
}

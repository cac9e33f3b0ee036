//! `connie pytest`: runs pytest and makes a separate recording of each failed test.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;

use connie_recording::recorder::Run;
use connie_wire::config::Config;

use crate::failure::Failure;
use crate::run::lines::Teller;
use crate::run::what::{self, UNLIMITED, What};
use crate::run::{Budget, Launch, Segments, settings_text, supervise_segments};
use crate::{folder, project};

/// Run pytest and keep a recording of each test that fails.
#[derive(clap::Args)]
#[command(after_help = "The exit code is that of pytest. Options of connie come before those of pytest: \
    connie pytest --all -- -x tests/")]
pub struct Arguments {
    #[command(flatten)]
    what: What<UNLIMITED>,
    /// Which tests to keep recordings of
    #[arg(long, value_enum, default_value_t)]
    connie: Keep,
    /// Begin the ids of recordings so, for connie watch
    #[arg(long, hide = true, value_name = "ID")]
    prefix: Option<String>,
    /// Write which lines each test ran to this file, for connie watch
    #[arg(long, hide = true, value_name = "FILE")]
    lines: Option<PathBuf>,
    /// Read from this file which tests are to run, for connie watch
    #[arg(long, hide = true, value_name = "FILE")]
    chosen: Option<PathBuf>,
    /// Arguments for pytest
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "PYTEST ARGS")]
    arguments: Vec<OsString>,
}

/// Which tests to keep recordings of.
#[derive(Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Keep {
    /// Tests that failed
    #[default]
    Failed,
    /// All tests
    All,
}

/// Runs the command. Returns pytest's exit code.
///
/// # Errors
/// If pytest cannot be run or recorded.
pub fn run(arguments: Arguments) -> Result<i32, Failure> {
    let cwd = std::env::current_dir()?;
    let root = project::root(&cwd);
    let options = arguments.what.within(&project::settings(&root)?, &cwd);
    let python = project::interpreter(arguments.what.python.as_deref(), &root)?;
    let prefix = arguments.prefix.unwrap_or_else(folder::new_id);
    let keep = if arguments.connie == Keep::All { "all" } else { "failed" };
    let config = Config { segments: prefix, keep: keep.into(), ..what::config(&options, &root, &cwd) };
    let mut program: Vec<OsString> = ["-m", "pytest", "-p", "connie_pytest"].map(OsString::from).to_vec();
    program.extend(arguments.arguments);
    let argv = std::iter::once(python.as_os_str()).chain(program.iter().map(OsString::as_os_str));
    let run = Run {
        id: String::new(),
        name: String::new(),
        argv: argv.map(|part| part.to_string_lossy().into_owned()).collect(),
        cwd: cwd.to_string_lossy().into_owned(),
        root: root.to_string_lossy().into_owned(),
        settings: settings_text(&config),
        redact: config.redact.clone(),
        command: None,
    };
    let mut segments = Segments::new(folder::create(&root)?, run, Budget::default());
    segments.alone = Some("connie pytest records the tests, not the processes that they start");
    segments.lines = arguments.lines.map(|path| Teller::new(&path, &cwd)).transpose()?;
    segments.chosen = arguments.chosen.map(std::fs::read_to_string).transpose()?;
    let launch = Launch {
        python,
        is_launcher: false,
        arguments: program,
        config,
        quiet: true,
        budget: Budget::default(),
        input: None,
    };
    let status = supervise_segments(launch, segments)?;
    Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
}

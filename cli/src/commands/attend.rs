//! `connie attend` (hidden): the recorder of a process that asked for one, through `import connie`.

use std::io::{BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use connie_recording::recorder::Run;
use connie_wire::config::Config;
use serde::Serialize;

use crate::failure::Failure;
use crate::run::what::{self, UNLIMITED, What};
use crate::run::{Attended, Budget, Segments, settings_text};
use crate::{folder, numbers, project};

/// Record a process that asks for it. Prints what the tracer has to know, in JSON, and continues in the background.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    what: What<UNLIMITED>,
    /// The id of the process
    #[arg(value_parser = numbers::process(), allow_negative_numbers = true)]
    pid: u32,
    /// Its script, or the folder it was started in
    #[arg(long, value_name = "PATH")]
    start: PathBuf,
    /// What to call its recordings
    #[arg(long, value_name = "NAME")]
    name: String,
    /// Its command line, in JSON
    #[arg(long, value_name = "JSON", default_value = "[]")]
    argv: String,
    /// This is the recorder, in the background already
    #[arg(long, hide = true)]
    here: bool,
}

/// What the tracer needs to know.
#[derive(Serialize)]
struct Answer<'a> {
    config: &'a Path,
    folder: &'a Path,
    prefix: &'a str,
    recordings: &'a Path,
}

/// Runs the command.
///
/// # Errors
/// If the recorder cannot be started.
pub fn run(arguments: Arguments) -> Result<i32, Failure> {
    if !arguments.here {
        return in_background();
    }
    let cwd = std::env::current_dir()?;
    let start = cwd.join(&arguments.start);
    let start = if start.is_dir() { start } else { start.parent().unwrap_or(&cwd).to_path_buf() };
    let root = project::root(&start);
    let options = arguments.what.within(&project::settings(&root)?, &cwd);
    let prefix = folder::new_id();
    let config =
        Config { segments: prefix.clone(), switched: true, children: false, ..what::config(&options, &root, &cwd) };
    let recordings = folder::create(&root)?;
    let run = Run {
        id: String::new(),
        name: arguments.name,
        argv: serde_json::from_str(&arguments.argv).unwrap_or_default(),
        cwd: config.cwd.clone(),
        root: config.root.clone(),
        settings: settings_text(&config),
        redact: config.redact.clone(),
        command: None,
    };
    let segments = Segments::new(recordings.clone(), run, Budget::of(&options));
    let mut attended = Attended::new(arguments.pid, &config, segments, true)?;
    let answer =
        Answer { config: attended.config(), folder: attended.bundle(), prefix: &prefix, recordings: &recordings };
    let mut out = std::io::stdout();
    writeln!(out, "{}", serde_json::to_string(&answer).map_err(std::io::Error::from)?)?;
    out.flush()?;
    let_go();
    attended.watch(|_| false);
    attended.end();
    Ok(0)
}

/// Starts the recorder in a new session. It then gets no signals of the program's terminal or process group, and the
/// program has no unexpected child.
fn in_background() -> Result<i32, Failure> {
    let own = std::env::current_exe()?;
    let mut command = Command::new(own);
    command.args(std::env::args_os().skip(1)).arg("--here").stdin(Stdio::null()).stdout(Stdio::piped());
    // SAFETY: setsid may be called between fork and exec.
    unsafe {
        command.pre_exec(|| {
            libc::setsid();
            Ok(())
        });
    }
    let mut child = command.spawn()?;
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        std::io::BufReader::new(out).read_line(&mut line)?;
    }
    if line.is_empty() {
        // It has printed the reason.
        return Ok(child.wait()?.code().unwrap_or(1));
    }
    print!("{line}");
    Ok(0)
}

/// Closes the program's streams: a reader that waits for their end must not wait for the recorder.
fn let_go() {
    if let Ok(null) = std::fs::File::options().write(true).open("/dev/null") {
        use std::os::fd::AsRawFd;
        // SAFETY: both are open descriptors of ours.
        unsafe {
            libc::dup2(null.as_raw_fd(), 1);
            libc::dup2(null.as_raw_fd(), 2);
        }
    }
}

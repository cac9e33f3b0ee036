//! `connie delete`: remove recordings.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use connie_recording::{Error, reader};

use crate::failure::Failure;
use crate::{folder, screen, style};

/// Delete recordings.
#[derive(clap::Args)]
pub struct Arguments {
    /// The recordings: latest, ids or their beginnings, or paths
    #[arg(value_name = "RUN", required = true)]
    recordings: Vec<String>,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
    /// Also delete recordings that are still being made: recording ends, the program goes on
    #[arg(long)]
    force: bool,
}

/// How long a recorder may take to finish.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the command.
///
/// # Errors
/// If a recording does not exist; then none is deleted.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let mut paths = Vec::new();
    for name in &arguments.recordings {
        let path = folder::resolve(name)?;
        // Whatever path was given, only recordings are deleted.
        match connie_recording::schema::open(&path) {
            Err(error @ connie_recording::Error::NotARecording(_))
                if path.extension().is_none_or(|e| e != folder::EXTENSION) =>
            {
                return Err(error.into());
            }
            _ => paths.push(path),
        }
    }
    paths.dedup();
    if !arguments.force {
        paths.iter().try_for_each(|path| refuse_unfinished(path))?;
    }
    if !arguments.yes {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::Usage("connie cannot ask for confirmation without a terminal: use --yes".into()));
        }
        let names: Vec<_> = paths.iter().map(|path| folder::shown_id(path)).collect();
        screen::print(format_args!("{}Delete {}?{:#} [y/N] ", style::BOLD, names.join(", "), style::BOLD));
        std::io::stderr().flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !answer.trim().eq_ignore_ascii_case("y") && !answer.trim().eq_ignore_ascii_case("yes") {
            return Ok(1);
        }
    }
    for path in paths {
        if arguments.force && reader::is_being_made(&path) && !reader::stop_recorder(&path, PATIENCE) {
            let why = format!("{} is still being made, and its recorder did not stop", path.display());
            return Err(Failure::CannotCreate(why));
        }
        folder::remove(&path).map_err(|source| Error::Io { path, source })?;
    }
    Ok(0)
}

/// A recording in progress is deleted only on request.
fn refuse_unfinished(path: &Path) -> Result<(), Failure> {
    if !reader::is_being_made(path) {
        return Ok(());
    }
    let by = reader::recorder_of(path).map(|pid| format!(" by process {pid}")).unwrap_or_default();
    let way_out = "wait until it ends, or use --force: recording stops and the program goes on";
    Err(Failure::Usage(format!("{} is being made{by}: {way_out}", path.display())))
}

//! `connie delete`: remove recordings.

use std::io::{IsTerminal, Write};

use crate::failure::Failure;
use crate::{folder, screen, style};

/// Delete recordings.
#[derive(clap::Args)]
pub struct Arguments {
    /// latest, ids or their beginnings, or paths
    #[arg(value_name = "RUN", required = true)]
    recordings: Vec<String>,
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

/// Runs the command.
///
/// # Errors
/// Where a recording is not there; then none is deleted.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let mut paths = Vec::new();
    for name in &arguments.recordings {
        let path = folder::resolve(name)?;
        // Whatever was named: only recordings are deleted.
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
    if !arguments.yes {
        if !std::io::stdin().is_terminal() {
            return Err(Failure::Usage("nobody is there to ask: say --yes to delete".into()));
        }
        let names: Vec<_> = paths.iter().map(|path| folder::id(path)).collect();
        screen::print(format_args!("{}Delete {}?{:#} [y/N] ", style::BOLD, names.join(", "), style::BOLD));
        std::io::stderr().flush()?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer)?;
        if !answer.trim().eq_ignore_ascii_case("y") && !answer.trim().eq_ignore_ascii_case("yes") {
            return Ok(1);
        }
    }
    for path in paths {
        folder::remove(&path)?;
    }
    Ok(0)
}

//! `connie mcp`: answers questions about recordings for clients of the Model Context Protocol.

mod record;

use std::path::PathBuf;

use connie_mcp::{Host, Options, Ran, Request, Stop};

use crate::failure::Failure;
use crate::{folder, project};

/// Start the server of the Model Context Protocol, through which assistants query recordings, on stdin and stdout.
#[derive(clap::Args)]
#[command(after_help = "MCP clients start this command. To set up yours, see docs/how-to/mcp.md. They can query the \
        recordings of the project and those that are named here; they can open no other file.")]
pub struct Arguments {
    /// Recordings to serve in addition to those of the project: ids or their beginnings, or paths
    #[arg(value_name = "RUN")]
    recordings: Vec<String>,
    /// Let clients run and record programs
    #[arg(long)]
    allow_run: bool,
    /// Serve the recordings of this project [default: the project of the working folder]
    #[arg(long, value_name = "FOLDER")]
    project: Option<PathBuf>,
}

/// Runs the command until its client leaves.
///
/// # Errors
/// If a recording does not exist, or the client does not speak the protocol.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let mut here = std::env::current_dir()?;
    if let Some(project) = &arguments.project {
        here = here.join(project);
        if !here.is_dir() {
            return Err(Failure::NotFound(format!("there is no folder {}", project.display())));
        }
    }
    let given = |name: &String| Ok((name.clone(), folder::resolve_from(name, &here)?));
    let recordings = arguments.recordings.iter().map(given).collect::<Result<Vec<_>, Failure>>()?;
    // A vanished client is noticed when reading from it.
    // SAFETY: sets a signal disposition before any thread exists.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let options = Options { allow_run: arguments.allow_run, recordings };
    connie_mcp::serve(Box::new(Here { folder: here }), options).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => Failure::Assistant(error.to_string()),
        _ => error.into(),
    })?;
    Ok(0)
}

/// The project and its options.
struct Here {
    folder: PathBuf,
}

impl Host for Here {
    fn recordings(&self) -> Result<Vec<PathBuf>, String> {
        let Some(folder) = folder::find_from(&self.folder) else { return Ok(Vec::new()) };
        folder::readable(&folder).map_err(|failure| failure.to_string())?;
        Ok(folder::recordings(&folder))
    }

    fn find(&self, name: &str) -> Result<PathBuf, String> {
        folder::resolve_name(name, &self.folder).map_err(|failure| failure.to_string())
    }

    fn record(&self, request: &Request, stop: &Stop) -> Result<Ran, String> {
        record::record(&project::root(&self.folder), request, stop)
    }
}

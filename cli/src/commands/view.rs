//! `connie view`: shows recordings in a browser.

use std::io::{BufRead, IsTerminal, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connie_adapter::Log;
use connie_recording::Error;
use connie_web::{Host, Viewer};

use crate::commands::dap;
use crate::failure::Failure;
use crate::{browser, folder, numbers, project, screen, style};

/// Open recordings in a browser.
#[derive(clap::Args)]
#[command(after_help = "The viewer accepts only clients on this machine that use the address it prints. From another \
        machine: ssh -L 8000:127.0.0.1:8000 HOST, and on HOST: connie view --port 8000 --no-browser")]
pub struct Arguments {
    /// The recording: latest, an id or its beginning, or a path; without it, the list of recordings
    #[arg(value_name = "RUN")]
    recording: Option<String>,
    /// Open the recording at this step
    #[arg(long, value_name = "N", value_parser = numbers::step(), allow_negative_numbers = true, requires = "recording")]
    step: Option<u64>,
    /// Port to serve on [default: any free port]
    #[arg(short, long, value_name = "PORT", default_value_t = 0, hide_default_value = true, value_parser = numbers::port(), allow_negative_numbers = true)]
    port: u16,
    /// Print the address and open no browser
    #[arg(long)]
    no_browser: bool,
    /// End when stdin does
    #[arg(long, hide = true)]
    until_stdin_ends: bool,
}

/// Runs the command until it is interrupted.
///
/// # Errors
/// If there is no such recording, or the port is taken.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let path = arguments.recording.as_deref().map(folder::resolve).transpose()?;
    if let Some(path) = &path {
        // A recording that cannot be read is reported here, not on a page.
        let info = connie_recording::reader::info(path)?;
        if let Some(step) = arguments.step.filter(|step| !info.is_going_on() && !(1..=info.steps).contains(step)) {
            return Err(Error::NoStep { step, last: info.steps }.into());
        }
    }
    let cannot = |error: std::io::Error| {
        let port = arguments.port;
        Failure::CannotCreate(format!("cannot serve on port {port} of 127.0.0.1: {error}; choose another with --port"))
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).map_err(cannot)?;
    // If there are no recordings yet, use the folder where they will be.
    let here = || std::env::current_dir().map(|here| project::root(&here).join(".connie")).ok();
    let beside = || path.as_deref()?.parent().map(Path::to_path_buf);
    let project = folder::find().or_else(beside).or_else(here);
    let viewer = Viewer::start(listener, Arc::new(Here { project })).map_err(cannot)?;
    let address = match &path {
        Some(path) => viewer.open(&path.canonicalize().unwrap_or_else(|_| path.clone()), arguments.step),
        None => viewer.list(),
    };
    // Only the address goes to stdout, so that scripts can read it.
    writeln!(screen::stdout(), "{address}")?;
    let shown = !arguments.no_browser && browser::open(&address);
    if std::io::stderr().is_terminal() {
        let opening = "Opening it in your browser; if nothing shows there, open the address yourself";
        let text = if shown { opening } else { "Open this address in your browser" };
        screen::say!("{}{text}; end with Ctrl-C.{:#}", style::DIM, style::DIM);
    }
    if arguments.until_stdin_ends {
        // A program that started this viewer may end in any way, and with it the other end of the pipe.
        let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        return Ok(0);
    }
    viewer.wait();
    Ok(0)
}

/// The functions of this crate that the viewer needs.
pub struct Here {
    /// The folder whose recordings are listed.
    pub project: Option<PathBuf>,
}

impl Host for Here {
    fn recordings(&self) -> Vec<PathBuf> {
        self.project.as_deref().map(folder::recordings).unwrap_or_default()
    }

    fn remove(&self, path: &Path) -> std::io::Result<()> {
        folder::remove(path)
    }

    fn debug(&self, input: Box<dyn BufRead + Send>, output: Box<dyn Write + Send>) {
        // Another error is of no use to a page that does not speak the protocol.
        let _ = connie_adapter::serve(input, output, Box::new(dap::Here), &Log::default());
    }
}

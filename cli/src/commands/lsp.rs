//! `connie lsp`: the language server, on stdio.

use std::io::BufReader;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use connie_lsp::Host;
use connie_web::Viewer;

use crate::commands::view;
use crate::failure::Failure;
use crate::{browser, folder, temporary};

/// Start the language server, which shows recorded values beside the code, on stdin and stdout.
#[derive(clap::Args)]
#[command(after_help = "Editors start this for Python files. To set up your editor, see docs/editors/README.md.")]
pub struct Arguments {
    /// Has no effect: the server always uses stdin and stdout
    #[arg(long)]
    stdio: bool,
}

/// Runs the command until its client leaves; the exit code is the protocol's.
///
/// # Errors
/// If the client does not speak the protocol.
pub fn run(_: &Arguments) -> Result<i32, Failure> {
    // A vanished client is noticed when reading from it.
    // SAFETY: sets a signal disposition before any thread exists.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let code = connie_lsp::serve(BufReader::new(std::io::stdin()), std::io::stdout(), Box::new(Here::default()))?;
    temporary::clean();
    // Stdin may stay open after `exit`; do not wait for it.
    std::process::exit(code)
}

#[derive(Default)]
struct Here {
    /// The viewer, started when the first recording is opened in a browser.
    viewer: Option<Viewer>,
}

impl Host for Here {
    fn recordings(&self, folder: &Path) -> Vec<PathBuf> {
        folder::recordings(folder)
    }

    fn latest(&self, folder: &Path) -> Option<PathBuf> {
        folder::latest(&folder::recordings(folder))
    }

    fn view(&mut self, recording: &Path, step: Option<u64>) -> Result<String, String> {
        let viewer = match self.viewer.take() {
            Some(viewer) => viewer,
            None => {
                let host = view::Here { project: recording.parent().map(Path::to_path_buf) };
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
                let viewer = listener.and_then(|listener| Viewer::start(listener, Arc::new(host)));
                viewer.map_err(|error| format!("the viewer cannot be served: {error}"))?
            }
        };
        Ok(self.viewer.insert(viewer).open(recording, step))
    }

    fn browse(&self, address: &str) -> bool {
        browser::is_here() && browser::open(address)
    }
}

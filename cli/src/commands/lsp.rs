//! `connie lsp`: the language server, on stdio.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use connie_lsp::Host;

use crate::failure::Failure;
use crate::folder;

/// Speak the Language Server Protocol on stdin and stdout.
#[derive(clap::Args)]
#[command(after_help = "Editors start this for Python files; docs/language-server.md has what to paste into yours.")]
pub struct Arguments {
    /// Accepted because clients pass it: there is no other way yet
    #[arg(long)]
    stdio: bool,
}

/// Runs the command until its client leaves; the exit code is the protocol's.
///
/// # Errors
/// None.
pub fn run(_: &Arguments) -> Result<i32, Failure> {
    // A client that vanishes is noticed where it is read from.
    // SAFETY: sets a signal disposition before any thread exists.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_IGN) };
    let code = connie_lsp::serve(BufReader::new(std::io::stdin()), std::io::stdout(), Box::new(Here));
    // Stdin may stay open after `exit`: nothing waits for it.
    std::process::exit(code)
}

struct Here;

impl Host for Here {
    fn recordings(&self, folder: &Path) -> Vec<PathBuf> {
        folder::recordings(folder)
    }
}

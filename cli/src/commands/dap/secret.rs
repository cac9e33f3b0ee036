//! The token that clients on a port have to show.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use connie_framing::Token;

use crate::failure::Failure;

/// The environment variable with a token, for editors that choose the token beforehand.
const VARIABLE: &str = "CONNIE_DAP_TOKEN";

/// The maximum size of a token file; a token is shorter.
const LONG: u64 = 4096;

/// Where the token comes from.
#[derive(clap::Args)]
pub struct Choice {
    /// Read the token that clients must send from FILE. If FILE does not exist, it is created with a new token
    #[arg(long, value_name = "FILE", requires = "listen", conflicts_with = "no_token")]
    token_file: Option<PathBuf>,
    /// Require no token: accept the first client, which may be any user or program of this machine
    #[arg(long, requires = "listen")]
    no_token: bool,
}

/// A token, and a message about it.
pub struct Chosen {
    /// The token that clients have to show; `None` if everybody who can connect is let in.
    pub token: Option<Token>,
    /// A message for people.
    pub said: Option<String>,
}

impl Choice {
    /// Gets or creates the token. `variable` is the value of the environment variable. If `guarded`, strangers cannot
    /// connect anyway, so that a token is used only if the user asked for one.
    ///
    /// # Errors
    /// If the given token is not valid, or its file can be read by others.
    pub fn token(&self, variable: Option<String>, guarded: bool) -> Result<Chosen, Failure> {
        let from = |token, place: &dyn std::fmt::Display| Chosen {
            token: Some(token),
            said: Some(format!("clients must send the token of {place} as \"token\" in their arguments")),
        };
        match (&self.token_file, variable) {
            _ if self.no_token => Ok(Chosen { token: None, said: None }),
            (Some(path), _) => Ok(from(kept(path)?, &path.display())),
            (None, Some(text)) => {
                let token = Token::chosen(&text).map_err(|why| Failure::Usage(format!("{VARIABLE}: {why}")))?;
                Ok(from(token, &VARIABLE))
            }
            (None, None) if guarded => Ok(Chosen { token: None, said: None }),
            (None, None) => {
                let token = Token::random()?;
                let said = format!(
                    "the token is {}: clients must send it as \"token\" in their launch or attach arguments",
                    token.reveal()
                );
                Ok(Chosen { token: Some(token), said: Some(said) })
            }
        }
    }
}

/// Takes the token out of the environment, so that started programs do not see it.
pub fn take_variable() -> Option<String> {
    let given = std::env::var(VARIABLE).ok()?;
    // SAFETY: called at the start of the command, while no other thread reads the environment.
    unsafe { std::env::remove_var(VARIABLE) };
    Some(given).filter(|text| !text.is_empty())
}

/// Reads the token from a file, which is created if it does not exist.
fn kept(path: &Path) -> Result<Token, Failure> {
    let open = || OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK | libc::O_CLOEXEC).open(path);
    let cannot = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound => Failure::NotFound(format!("there is no file {}", path.display())),
        _ => Failure::CannotCreate(format!("cannot read {}: {error}", path.display())),
    };
    match open() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let token = Token::random()?;
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
                Ok(mut file) => {
                    writeln!(file, "{}", token.reveal())?;
                    Ok(token)
                }
                // Another process created it in the meantime.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => read(path, &open().map_err(cannot)?),
                Err(error) => Err(Failure::CannotCreate(format!("cannot create {}: {error}", path.display()))),
            }
        }
        opened => read(path, &opened.map_err(cannot)?),
    }
}

fn read(path: &Path, file: &File) -> Result<Token, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::Usage(format!("{}: {why}", path.display()));
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(wrong(&"it is not a file"));
    }
    if found.mode() & 0o077 != 0 {
        return Err(wrong(&"other users can read it: run chmod 600 on it, and put a new token in"));
    }
    let mut text = String::new();
    file.take(LONG).read_to_string(&mut text)?;
    Token::chosen(text.trim()).map_err(|why| wrong(&why))
}

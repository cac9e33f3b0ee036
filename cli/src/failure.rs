//! Errors for people: one clear sentence, a distinct exit code.

use connie_recording::Error;
use thiserror::Error as ThisError;

use crate::{screen, style};

/// The exit code of a command line that makes no sense.
pub const USAGE: i32 = 64;

/// Why a command could not do what it was asked to. Exit codes are those of sysexits(3).
#[derive(Debug, ThisError)]
pub enum Failure {
    /// The command line makes no sense (64).
    #[error("{0}")]
    Usage(String),
    /// A file or recording that is not there (66).
    #[error("{0}")]
    NotFound(String),
    /// No interpreter that can be recorded (69).
    #[error("{0}")]
    Interpreter(String),
    /// Something that cannot be made (73).
    #[error("{0}")]
    CannotCreate(String),
    /// A recording that cannot be read (65), or another of its errors.
    #[error(transparent)]
    Recording(#[from] Error),
    /// Whoever is at the other end is no client, or may not be (76).
    #[error(transparent)]
    Client(#[from] connie_adapter::Ended),
    /// The same of the language server's client (76).
    #[error("the client does not speak the Language Server Protocol: {0}")]
    Editor(#[from] connie_framing::Error),
    /// Reading or writing failed (74).
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Failure {
    /// The exit code.
    pub fn code(&self) -> i32 {
        match self {
            Failure::Usage(_) => USAGE,
            Failure::NotFound(_) => 66,
            Failure::Interpreter(_) => 69,
            Failure::CannotCreate(_) => 73,
            Failure::Io(_) => 74,
            Failure::Client(_) | Failure::Editor(_) => 76,
            Failure::Recording(error) => match error {
                Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => 66,
                Error::Io { .. } => 74,
                Error::NoStep { .. } => 66,
                _ => 65,
            },
        }
    }

    /// Prints the sentence.
    pub fn print(&self) {
        screen::say!("{}connie:{:#} {self}", style::ERROR, style::ERROR);
    }
}

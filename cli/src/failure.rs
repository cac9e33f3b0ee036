//! Errors for people: one clear sentence and an exit code.

use connie_recording::Error;
use connie_recording::plain::one_line;
use thiserror::Error as ThisError;

use crate::{screen, style};

/// The exit code for a wrong command line.
pub const USAGE: i32 = 64;
/// The exit code if there is no interpreter that can be recorded.
pub const INTERPRETER: i32 = 69;

/// Why a command failed. Exit codes are those of sysexits(3).
#[derive(Debug, ThisError)]
pub enum Failure {
    /// The command line is wrong (64).
    #[error("{0}")]
    Usage(String),
    /// A file, recording or process does not exist (66).
    #[error("{0}")]
    NotFound(String),
    /// There is no interpreter that can be recorded (69).
    #[error("{0}")]
    Interpreter(String),
    /// A file or folder cannot be created (73).
    #[error("{0}")]
    CannotCreate(String),
    /// A recording cannot be read (65), or has another error.
    #[error(transparent)]
    Recording(#[from] Error),
    /// The client does not speak the protocol, or was not admitted (76).
    #[error(transparent)]
    Client(#[from] connie_adapter::Ended),
    /// The client of the language server does not speak the protocol (76).
    #[error("the client does not speak the Language Server Protocol: {0}")]
    Editor(#[from] connie_framing::Error),
    /// The client of `connie mcp` does not speak the protocol (76).
    #[error("the client does not speak the Model Context Protocol: {0}")]
    Assistant(String),
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
            Failure::Interpreter(_) => INTERPRETER,
            Failure::CannotCreate(_) => 73,
            Failure::Io(_) => 74,
            Failure::Client(_) | Failure::Editor(_) | Failure::Assistant(_) => 76,
            Failure::Recording(error) => match error {
                Error::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => 66,
                Error::Io { .. } => 74,
                Error::NoStep { .. } => 66,
                _ => 65,
            },
        }
    }

    /// Prints the message.
    pub fn print(&self) {
        let text = self.to_string();
        // Messages about recordings contain names of files.
        let text = if matches!(self, Failure::Recording(_)) { one_line(&text) } else { text.into() };
        screen::say!("{}connie:{:#} {text}", style::ERROR, style::ERROR);
    }
}

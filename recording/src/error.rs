//! Errors of recordings, as messages for people.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// An error about a recording. Its message says what to do, or what it means.
#[derive(Debug, Error)]
pub enum Error {
    /// The file is not a recording.
    #[error("{0} is not a connie recording")]
    NotARecording(PathBuf),
    /// The file has contents that do not belong in a recording.
    #[error("{path} is not a recording made by connie: {why}")]
    Refused {
        /// Which file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// The file was made by a newer connie.
    #[error(
        "{path} was made by a newer connie (format {found}, this one reads up to {known}): update connie to open it"
    )]
    Newer {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// The newest format known here.
        known: i32,
    },
    /// The file has an old format that is no longer read.
    #[error("{path} has format {found}, which this connie no longer reads")]
    Older {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i32,
    },
    /// The file has an old format, from which secrets cannot be removed.
    #[error("{path} has format {found}: secrets can be removed from recordings of format {needed} only")]
    NotCleaned {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// The format that can be cleaned.
        needed: i32,
    },
    /// A part of the file does not match what was written.
    #[error("steps {first} to {last} of {path} cannot be read: {why}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// First affected step.
        first: u64,
        /// Last affected step.
        last: u64,
        /// What was found.
        why: String,
    },
    /// The question was cancelled.
    #[error("cancelled")]
    Interrupted,
    /// A step outside the recording.
    #[error("there is no step {step}: this recording has steps 1 to {last}")]
    NoStep {
        /// The requested step.
        step: u64,
        /// The last one.
        last: u64,
    },
    /// An expression cannot be evaluated or followed; the message says why.
    #[error("{0}")]
    Expression(String),
    /// An error of SQLite.
    #[error("{path}{}{}", words_of_sqlite(source), hint_of_sqlite(source))]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// The error.
        source: rusqlite::Error,
    },
    /// An error of the file system.
    #[error("{path}: {source}{}", hint(source.kind()))]
    Io {
        /// Which file.
        path: PathBuf,
        /// The error.
        source: std::io::Error,
    },
    /// The traced process sent something that cannot be decoded.
    #[error("the event stream of the traced process is broken: {0}")]
    Wire(#[from] connie_wire::WireError),
}

/// The error for a file that has a name that connie needs but that was not made by connie.
pub(crate) fn foreign(path: PathBuf) -> Error {
    let source = std::io::Error::new(
        ErrorKind::AlreadyExists,
        "connie did not make this file, and needs its name for a recording: move the file, or record into another file",
    );
    Error::Io { path, source }
}

/// Advice about an error of the file system, if it is not obvious.
#[must_use]
pub fn hint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PermissionDenied => "; run connie as the user who owns it, or change its mode (chmod)",
        ErrorKind::FileTooLarge => "; raise the limit of file sizes (ulimit -f)",
        _ => "",
    }
}

fn words_of_sqlite(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt) => " is damaged: a part of it is missing or was changed".into(),
        _ => format!(": {error}"),
    }
}

fn hint_of_sqlite(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => "; the disk may be full, or the limit of file sizes (ulimit -f) reached",
        Some(ErrorCode::DatabaseCorrupt) => "; copy it again, or make a new recording",
        Some(ErrorCode::OutOfMemory) => "; raise the limit of memory (ulimit -v)",
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "; it, its side files or its folder may not be accessible to this user"
        }
        _ => "",
    }
}

impl Error {
    /// The error for what SQLite reports about a file.
    pub(crate) fn sqlite(path: &Path, source: rusqlite::Error) -> Self {
        if source.sqlite_error_code() == Some(rusqlite::ErrorCode::OperationInterrupted) {
            let why = "there is more to read than a file of its size can hold".into();
            return Error::Refused { path: path.into(), why };
        }
        Error::Sqlite { path: path.into(), source }
    }

    /// Whether a full disk or a limit of the user (`ulimit`, a quota) is the cause.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        match self {
            Error::Sqlite { source, .. } => matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::SystemIoFailure | ErrorCode::DiskFull | ErrorCode::OutOfMemory)
            ),
            Error::Io { source, .. } => matches!(
                source.kind(),
                ErrorKind::FileTooLarge | ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::OutOfMemory
            ),
            _ => false,
        }
    }
}

//! What can go wrong with recordings, in sentences for people.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use thiserror::Error;

/// An error about a recording. Every one names what to do about it, or what it means.
#[derive(Debug, Error)]
pub enum Error {
    /// The file is something else.
    #[error("{0} is not a connie recording")]
    NotARecording(PathBuf),
    /// The file has what no recording has, or what no program writes.
    #[error("{path} is not a recording that connie made: {why}")]
    Refused {
        /// Which file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// Made by a later connie.
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
    /// Made by an earlier connie, in a format that is not read any more.
    #[error("{path} has format {found}, which this connie no longer reads")]
    Older {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i32,
    },
    /// Made by an earlier connie: secrets cannot be taken out.
    #[error("{path} has format {found}: secrets can be taken out of recordings of format {needed} alone")]
    NotCleaned {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i32,
        /// The format that can be cleaned.
        needed: i32,
    },
    /// A part of the file does not read back as it was written.
    #[error("steps {first} to {last} of {path} cannot be read: {why}")]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// First step concerned.
        first: u64,
        /// Last step concerned.
        last: u64,
        /// What was found.
        why: String,
    },
    /// The answer was not wanted any more.
    #[error("cancelled")]
    Interrupted,
    /// A step outside the recording.
    #[error("there is no step {step}: this recording has steps 1 to {last}")]
    NoStep {
        /// The step asked for.
        step: u64,
        /// The last one.
        last: u64,
    },
    /// An expression that cannot be followed; the sentence says why.
    #[error("{0}")]
    Expression(String),
    /// SQLite says no.
    #[error("{path}: {source}{}", hint_of_sqlite(source))]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// Its words.
        source: rusqlite::Error,
    },
    /// The file system says no.
    #[error("{path}: {source}{}", hint(source.kind()))]
    Io {
        /// Which file.
        path: PathBuf,
        /// Its words.
        source: std::io::Error,
    },
    /// The traced process sent something that makes no sense.
    #[error("the event stream of the traced process is broken: {0}")]
    Wire(#[from] connie_wire::WireError),
}

/// A file that has the name of one of ours, and is not.
pub(crate) fn foreign(path: PathBuf) -> Error {
    let source = std::io::Error::new(
        ErrorKind::AlreadyExists,
        "this file is not connie's, and a recording needs its name: move it, or record into another file",
    );
    Error::Io { path, source }
}

/// What to do about an error of the file system, where that is not plain.
#[must_use]
pub fn hint(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::PermissionDenied => "; run connie as the user who owns it, or have its mode changed (chmod)",
        ErrorKind::FileTooLarge => "; a larger limit of file sizes (ulimit -f) allows more",
        _ => "",
    }
}

fn hint_of_sqlite(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => "; the disk may be full, or the limit of file sizes (ulimit -f) reached",
        Some(ErrorCode::OutOfMemory) => "; a larger limit of memory (ulimit -v) allows more",
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            "; it, its side files or its folder may not be accessible to this user"
        }
        _ => "",
    }
}

impl Error {
    /// What SQLite says of a file.
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

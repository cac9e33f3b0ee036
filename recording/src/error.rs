//! What can go wrong with recordings, in sentences for people.

use std::path::PathBuf;

use thiserror::Error;

/// An error about a recording. Every one names what to do about it, or what it means.
#[derive(Debug, Error)]
pub enum Error {
    /// The file is something else.
    #[error("{0} is not a connie recording")]
    NotARecording(PathBuf),
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
    #[error("{path}: {source}")]
    Sqlite {
        /// Which file.
        path: PathBuf,
        /// Its words.
        source: rusqlite::Error,
    },
    /// The file system says no.
    #[error("{path}: {source}")]
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

impl Error {
    /// Whether the disk is full.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Error::Sqlite { source, .. } => source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull),
            Error::Io { source, .. } => source.kind() == std::io::ErrorKind::StorageFull,
            _ => false,
        }
    }
}

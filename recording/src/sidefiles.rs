//! The files that SQLite keeps beside a recording: its write-ahead log (`-wal`), and the log's index (`-shm`).
//!
//! A finished recording is one file. It has a log during recording, and afterwards only if there was not enough disk
//! space to merge the log into the file.

use std::fs::Permissions;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use connie_wire::files;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::{Error, foreign};
use crate::{format, guard, reserve};

const SUFFIXES: [&str; 2] = ["-wal", "-shm"];

fn beside(recording: &Path, suffix: &str) -> PathBuf {
    let mut name = recording.as_os_str().to_os_string();
    name.push(suffix);
    name.into()
}

/// The log beside a recording, if it is not empty: both files together are then the recording.
#[must_use]
pub fn log_of(recording: &Path) -> Option<PathBuf> {
    let log = beside(recording, "-wal");
    log.symlink_metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0).then_some(log)
}

/// Merges the log of a finished recording into its file, if no other process reads it and there is enough disk space.
pub fn settle(recording: &Path) {
    // A file that is not a recording must not be written to.
    if reserve::is_held(recording) || !is_recording(recording) {
        return;
    }
    if let Ok(connection) = Connection::open_with_flags(recording, OpenFlags::SQLITE_OPEN_READ_WRITE) {
        // If another process is reading, the last reader merges the log.
        let _ = connection.busy_timeout(Duration::from_millis(200));
        let _ = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=MEMORY;");
    }
}

/// Whether a file begins like a recording, and the files beside it may be SQLite's.
fn is_recording(path: &Path) -> bool {
    let mut head = [0; 72];
    let read = files::open(path).and_then(|mut file| file.read_exact(&mut head));
    read.is_ok()
        && head.starts_with(b"SQLite format 3\0")
        && head.ends_with(&format::APPLICATION_ID.to_be_bytes())
        && guard::beside(path).is_ok()
}

/// Opens a database for reading, with its log if it has one.
///
/// # Errors
/// If it cannot be read.
pub(crate) fn open(recording: &Path) -> Result<Connection, Error> {
    files::open(recording).map_err(|source| Error::Io { path: recording.into(), source })?;
    if log_of(recording).is_some() {
        settle(recording);
    }
    let sqlite = |source| Error::Sqlite { path: recording.into(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(recording, flags).map_err(sqlite)?;
    let read = connection.query_row("PRAGMA application_id", [], |row| row.get::<_, i32>(0));
    match read.map_err(|error| error.sqlite_error_code()) {
        // SQLite needs to write an index of the log, which is not permitted here.
        Err(Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly)) => read_only(recording),
        _ => Ok(connection),
    }
}

/// Opens a database in a read-only folder: directly if it has no log, otherwise a copy of both files.
fn read_only(recording: &Path) -> Result<Connection, Error> {
    let sqlite = |source| Error::Sqlite { path: recording.into(), source };
    let io = |source| Error::Io { path: recording.into(), source };
    let Some(log) = log_of(recording) else {
        let escaped = recording.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        return Connection::open_with_flags(format!("file:{escaped}?immutable=1"), flags).map_err(sqlite);
    };
    let folder = tempfile::Builder::new().prefix("connie-").tempdir().map_err(io)?;
    let copy = folder.path().join("copy");
    std::fs::copy(recording, &copy).map_err(io)?;
    std::fs::copy(&log, beside(&copy, "-wal")).map_err(|source| Error::Io { path: log, source })?;
    for path in [copy.clone(), beside(&copy, "-wal")] {
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(io)?;
    }
    let connection = Connection::open(&copy).map_err(sqlite)?;
    connection.execute_batch("PRAGMA journal_mode=DELETE; PRAGMA query_only=ON;").map_err(sqlite)?;
    // The connection keeps the file open; its name is removed.
    Ok(connection)
}

/// Removes the side files left over from a deleted recording: SQLite would merge their rows into a new one. Keeps
/// everything if there is a file with the recording's name.
///
/// # Errors
/// If there is a file with such a name that is not SQLite's.
pub(crate) fn remove_left_over(recording: &Path) -> Result<(), Error> {
    if recording.symlink_metadata().is_ok() {
        return Ok(());
    }
    for path in SUFFIXES.map(|suffix| beside(recording, suffix)) {
        match path.symlink_metadata() {
            Err(_) => {}
            Ok(metadata) if metadata.is_file() && is_of_sqlite(&path) => {
                let _ = std::fs::remove_file(&path);
            }
            Ok(_) => return Err(foreign(path)),
        }
    }
    Ok(())
}

/// Whether a file begins like one of SQLite's logs or log indexes, or is empty.
fn is_of_sqlite(path: &Path) -> bool {
    let Ok(start) = files::head(path, 4) else { return false };
    let word = <[u8; 4]>::try_from(start.as_slice()).map(u32::from_be_bytes);
    match word {
        Ok(word) => matches!(word, 0x377f_0682 | 0x377f_0683) || [word, word.swap_bytes()].contains(&3_007_000),
        Err(_) => start.is_empty(),
    }
}

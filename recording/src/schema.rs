//! The tables of a recording; creates and opens the file.

use std::io::ErrorKind;
use std::path::Path;

use rusqlite::Connection;

use crate::error::Error;
use crate::files;
use crate::guard::{self, Meter};
use crate::sidefiles;

pub use crate::format::{APPLICATION_ID, VERSION};

/// All tables in one list of statements. Times are in nanoseconds; `started` and `ended` since 1970.
const TABLES: &str = "
CREATE TABLE recording (
    id TEXT NOT NULL, name TEXT NOT NULL, argv TEXT NOT NULL, cwd TEXT NOT NULL, root TEXT NOT NULL,
    started INTEGER NOT NULL, ended INTEGER, steps INTEGER NOT NULL DEFAULT 0,
    result TEXT NOT NULL DEFAULT 'recording', exit_code INTEGER, signal INTEGER, complete INTEGER NOT NULL DEFAULT 0,
    exception INTEGER, trouble TEXT, settings TEXT NOT NULL, ticks_per_second REAL, waited INTEGER, connie TEXT NOT NULL);
CREATE TABLE processes (id INTEGER PRIMARY KEY, pid INTEGER, parent INTEGER, executable TEXT, version TEXT, argv TEXT,
    started INTEGER, ended INTEGER);
CREATE TABLE threads (id INTEGER PRIMARY KEY, process INTEGER NOT NULL, ident INTEGER, name TEXT NOT NULL,
    first_step INTEGER NOT NULL, last_step INTEGER NOT NULL, steps INTEGER NOT NULL);
CREATE TABLE tasks (id INTEGER PRIMARY KEY, thread INTEGER NOT NULL, name TEXT NOT NULL, first_step INTEGER NOT NULL);
CREATE TABLE namespaces (process INTEGER NOT NULL, source INTEGER NOT NULL, object INTEGER NOT NULL);
CREATE TABLE blocks (block INTEGER PRIMARY KEY, process INTEGER NOT NULL);
CREATE TABLE strings (id INTEGER PRIMARY KEY, text BLOB NOT NULL);
CREATE TABLE sources (id INTEGER PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT, text BLOB);
CREATE TABLE types (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, module INTEGER NOT NULL, name INTEGER NOT NULL,
    class INTEGER NOT NULL DEFAULT 0, descriptor INTEGER NOT NULL DEFAULT 0);
CREATE TABLE functions (id INTEGER PRIMARY KEY, source INTEGER NOT NULL, name TEXT NOT NULL, line INTEGER NOT NULL,
    flags INTEGER NOT NULL, arguments INTEGER NOT NULL, free INTEGER NOT NULL DEFAULT 0, slots TEXT NOT NULL,
    calls INTEGER NOT NULL DEFAULT 0, total_time INTEGER NOT NULL DEFAULT 0, self_time INTEGER NOT NULL DEFAULT 0,
    level INTEGER NOT NULL DEFAULT 0);
CREATE TABLE lines (source INTEGER NOT NULL, line INTEGER NOT NULL, hits INTEGER NOT NULL,
    PRIMARY KEY (source, line)) WITHOUT ROWID;
CREATE TABLE exceptions (step INTEGER PRIMARY KEY, thread INTEGER NOT NULL, function INTEGER NOT NULL, line INTEGER NOT NULL,
    type TEXT NOT NULL, text TEXT NOT NULL, traceback TEXT NOT NULL, uncaught INTEGER NOT NULL,
    left_code INTEGER NOT NULL DEFAULT 0, chain TEXT, last_text TEXT);
CREATE TABLE output (step INTEGER PRIMARY KEY, thread INTEGER NOT NULL, stream INTEGER NOT NULL, text BLOB NOT NULL);
CREATE TABLE chunks (id INTEGER PRIMARY KEY, first_step INTEGER NOT NULL, steps INTEGER NOT NULL,
    births BLOB NOT NULL, checksum INTEGER NOT NULL, lines BLOB NOT NULL,
    depths BLOB NOT NULL DEFAULT x'');
CREATE TABLE chunk_data (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE late (object INTEGER NOT NULL, slot INTEGER, first_step INTEGER NOT NULL, last_step INTEGER NOT NULL);
CREATE TABLE object_chunks (object INTEGER NOT NULL, chunk INTEGER NOT NULL, PRIMARY KEY (object, chunk)) WITHOUT ROWID;
";

/// Creates a recording with its first row. The file gets its name only when readers can read it.
///
/// # Errors
/// If the file exists already or cannot be created.
pub fn create(
    path: &Path,
    first_row: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
) -> Result<Connection, Error> {
    let io = |source| Error::Io { path: path.into(), source };
    guard::beside(path).map_err(io)?;
    // Recordings contain values of the program, so that only the owner may read them. The temporary name is
    // unpredictable too: SQLite writes to files beside it.
    let folder = files::folder_of(path);
    let making = tempfile::Builder::new().prefix(".connie-").suffix(".new").tempfile_in(folder).map_err(io)?;
    let making = making.into_temp_path();
    let made = || -> rusqlite::Result<()> {
        let connection = Connection::open(&making)?;
        connection.execute_batch(&format!(
            "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;
             PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={VERSION}; BEGIN; {TABLES}"
        ))?;
        first_row(&connection)?;
        connection.execute_batch("COMMIT")?;
        connection.close().map_err(|(_, error)| error)
    };
    let sqlite = |source| Error::Sqlite { path: path.into(), source };
    // Unlike a rename, a hard link never replaces another file; some file systems do not support hard links.
    let link = || match std::fs::hard_link(&making, path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists && !path.exists() => std::fs::rename(&making, path),
        other => other,
    };
    made().map_err(sqlite).and_then(|()| link().map_err(io))?;
    drop(making);
    let connection = Connection::open(path).map_err(sqlite)?;
    connection
        .execute_batch("PRAGMA synchronous=OFF; PRAGMA cache_size=-4096; PRAGMA secure_delete=FAST;")
        .map_err(sqlite)?;
    Ok(connection)
}

/// Opens a recording for reading. It may come from anybody: see [`guard`].
///
/// # Errors
/// If the file is not a recording, or has an unknown version.
pub fn open(path: &Path) -> Result<Connection, Error> {
    open_metered(path).map(|(connection, _)| connection)
}

/// Like [`open`], but also returns the meter that limits each statement.
///
/// # Errors
/// As for [`open`].
pub(crate) fn open_metered(path: &Path) -> Result<(Connection, Meter), Error> {
    let io = |source| Error::Io { path: path.into(), source };
    let metadata = std::fs::metadata(path).map_err(io)?;
    let not_one = || Error::NotARecording(path.into());
    if !metadata.is_file() || metadata.len() < 512 {
        return Err(not_one());
    }
    // SQLite looks for side files beside the target of a link.
    let real = path.canonicalize().map_err(io)?;
    guard::beside(&real).map_err(io)?;
    let connection = sidefiles::open(&real)?;
    let meter = guard::bound(&connection, &real).map_err(|source| Error::sqlite(path, source))?;
    let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
    let (id, version) = (pragma("application_id"), pragma("user_version"));
    match (id, version) {
        (Ok(APPLICATION_ID), Ok(1..=VERSION)) => {}
        (Ok(APPLICATION_ID), Ok(found)) if found > VERSION => {
            return Err(Error::Newer { path: path.into(), found, known: VERSION });
        }
        (Ok(APPLICATION_ID), Ok(found)) => return Err(Error::Older { path: path.into(), found }),
        (Ok(_), _) => return Err(not_one()),
        (Err(error), _) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(not_one());
        }
        (Err(source), _) => return Err(Error::sqlite(path, source)),
    }
    guard::check_schema(&connection, path)?;
    meter.reset();
    Ok((connection, meter))
}

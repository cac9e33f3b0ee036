//! Checks a file before it is read as a recording, since it may come from anybody.
//!
//! A recording has plain tables and nothing else. Other features of SQLite (views, triggers, virtual tables, generated
//! columns, indexes on expressions) would run code of the file's author. Even a file of a few kilobytes can keep SQLite
//! busy for hours if its pages refer to each other in circles, so that work is limited in proportion to the size of the
//! file.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;

use crate::error::Error;

/// The maximum number of tables and indexes: a file with more belongs to another program.
const MAX_OBJECTS: usize = 100;
/// The number of SQLite's virtual machine instructions between two checks of the limit.
const OFTEN: i32 = 1000;
/// The number of instructions that any statement may take, whatever the size of the file.
const LEAST: u64 = 5_000_000;
/// The number of instructions for each byte of the file: a row takes about ten, and has at least four bytes.
const FOR_EACH_BYTE: u64 = 16;
/// The number of bytes by which a copy may exceed twice the size of the file.
const LARGER: u64 = 16 << 20;
/// The number of bytes of memory that SQLite may use in this process.
const MEMORY: u64 = 1 << 30;

/// The progress of the current statement.
pub(crate) struct Meter {
    instructions: Arc<AtomicU64>,
    path: PathBuf,
}

impl Meter {
    /// Resets the count for the next statement.
    pub(crate) fn reset(&self) {
        self.instructions.store(0, Ordering::Relaxed);
    }

    /// Aborts statements that take more instructions than the file can require, and copies that grow larger than the
    /// file allows.
    pub(crate) fn watch(&self, connection: &Connection, copy: Option<&Path>) {
        let (counted, path, copy) = (Arc::clone(&self.instructions), self.path.clone(), copy.map(PathBuf::from));
        let is_too_much = move || {
            let done = counted.fetch_add(1, Ordering::Relaxed) * OFTEN as u64;
            // Sizes are read only now and then: the file may grow.
            let is_large =
                |copy: &PathBuf| done.is_multiple_of(100 * OFTEN as u64) && size(copy) > LARGER + 2 * size(&path);
            copy.as_ref().is_some_and(is_large) || done > LEAST && done > LEAST + size(&path) * FOR_EACH_BYTE
        };
        connection.progress_handler(OFTEN, Some(is_too_much));
    }
}

/// Checks that the files beside a recording are those that SQLite creates.
///
/// # Errors
/// If one of them is a link, a pipe or a folder, or an unfinished transaction of another program.
pub(crate) fn beside(path: &Path) -> std::io::Result<()> {
    for suffix in ["-wal", "-shm", "-journal"] {
        let mut name = path.as_os_str().to_os_string();
        name.push(suffix);
        let Ok(metadata) = Path::new(&name).symlink_metadata() else { continue };
        let why = match metadata.is_file() {
            false => "is not a regular file",
            // connie makes none. SQLite would apply its contents to the recording, and to other files that it names.
            true if suffix == "-journal" && metadata.len() > 0 => "is not connie's",
            true => continue,
        };
        let name = name.to_string_lossy();
        return Err(std::io::Error::other(format!("{name} {why}; remove it to open the recording")));
    }
    Ok(())
}

/// The size of a recording on disk in bytes.
fn size(path: &Path) -> u64 {
    let mut log = path.as_os_str().to_os_string();
    log.push("-wal");
    [path, Path::new(&log)].into_iter().map(|path| path.metadata().map_or(0, |metadata| metadata.len())).sum()
}

/// Limits what a file can make SQLite do.
pub(crate) fn bound(connection: &Connection, path: &Path) -> rusqlite::Result<Meter> {
    for (setting, value) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
    ] {
        connection.set_db_config(setting, value)?;
    }
    for (limit, value) in [
        (Limit::SQLITE_LIMIT_LENGTH, 1 << 30),
        (Limit::SQLITE_LIMIT_SQL_LENGTH, 1 << 16),
        (Limit::SQLITE_LIMIT_COLUMN, 64),
        (Limit::SQLITE_LIMIT_EXPR_DEPTH, 64),
        (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 4),
        (Limit::SQLITE_LIMIT_VDBE_OP, 10_000),
        (Limit::SQLITE_LIMIT_FUNCTION_ARG, 8),
        (Limit::SQLITE_LIMIT_ATTACHED, 0),
        (Limit::SQLITE_LIMIT_TRIGGER_DEPTH, 1),
        (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
    ] {
        connection.set_limit(limit, value)?;
    }
    connection.execute_batch(&format!(
        "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;
         PRAGMA hard_heap_limit={MEMORY};"
    ))?;
    let meter = Meter { instructions: Arc::default(), path: path.into() };
    meter.watch(connection, None);
    Ok(meter)
}

/// Checks that a file has tables and nothing else.
///
/// # Errors
/// If it has anything else, or its schema cannot be read.
pub(crate) fn check_schema(connection: &Connection, path: &Path) -> Result<(), Error> {
    let sqlite = |source| Error::sqlite(path, source);
    let refused = |why: String| Err(Error::Refused { path: path.into(), why });
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_schema").map_err(sqlite)?;
    let mut rows = statement.query([]).map_err(sqlite)?;
    let mut tables: Vec<String> = Vec::new();
    let mut found = 0;
    while let Some(row) = rows.next().map_err(sqlite)? {
        found += 1;
        if found > MAX_OBJECTS {
            return refused(format!("it has more than {MAX_OBJECTS} tables"));
        }
        let column = |n: usize| row.get::<_, Option<String>>(n).map_err(sqlite);
        let (kind, name, sql) = (column(0)?.unwrap_or_default(), column(1)?.unwrap_or_default(), column(2)?);
        let sql = sql.map(|sql| sql.trim_start().to_ascii_uppercase());
        match (kind.as_str(), sql) {
            ("table", Some(sql)) if sql.starts_with("CREATE TABLE") => tables.push(name),
            ("table", Some(_)) => return refused(format!("its table {name} is a virtual one")),
            // Indexes that belong to a primary key.
            ("index", None) if name.starts_with("sqlite_autoindex_") => {}
            (kind, _) => return refused(format!("it has the {kind} {name}")),
        }
    }
    for table in tables {
        let sql = "SELECT count(1) FROM pragma_table_xinfo(?) WHERE hidden <> 0";
        let computed: i64 = connection.query_row(sql, [&table], |row| row.get(0)).map_err(sqlite)?;
        if computed > 0 {
            return refused(format!("its table {table} has computed columns"));
        }
    }
    Ok(())
}

/// Reads all rows of a table.
///
/// # Errors
/// If they cannot be read, or there are more than the file can hold.
pub(crate) fn rows<T>(
    connection: &Connection,
    sql: &str,
    mut each: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut tally = Tally::new(connection);
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        tally.add(row, columns)?;
        found.push(each(row)?);
    }
    Ok(found)
}

/// Counts the data read from a table: each row occupies a different place in the file.
struct Tally {
    path: Option<PathBuf>,
    rows: u64,
    bytes: u64,
    most: u64,
}

impl Tally {
    /// Creates a count for a statement that reads rows of one table.
    fn new(connection: &Connection) -> Self {
        Self { path: connection.path().map(PathBuf::from), rows: 0, bytes: 0, most: 1 << 22 }
    }

    /// Counts a row.
    ///
    /// # Errors
    /// If there are more rows than the file can hold.
    fn add(&mut self, row: &rusqlite::Row<'_>, columns: usize) -> rusqlite::Result<()> {
        use rusqlite::types::ValueRef;
        self.rows += 1;
        for n in 0..columns {
            if let ValueRef::Text(bytes) | ValueRef::Blob(bytes) = row.get_ref(n)? {
                self.bytes += bytes.len() as u64;
            }
        }
        if self.bytes.max(4 * self.rows) <= self.most {
            return Ok(());
        }
        self.most = self.path.as_deref().map_or(0, size).max(self.most);
        if self.bytes.max(4 * self.rows) <= self.most {
            return Ok(());
        }
        Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_INTERRUPT), None))
    }
}

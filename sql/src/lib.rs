//! SQL over recordings: tables about what programs did, read from the recording while a query runs.
//!
//! Nothing is copied: each table is an SQLite virtual table. A query for a step, a line or a function only reads the
//! chunks that may contain it. [`Database`] holds any number of recordings, which the column `run` distinguishes.

mod authorize;
mod filter;
mod row;
mod run;
mod table;
mod tables;
mod vtab;

use std::path::PathBuf;
use std::rc::Rc;

use rusqlite::Connection;
pub use rusqlite::types::Value;

pub use run::Run;
pub use table::{Column, Table};
pub use tables::TABLES;

/// The message for statements that do more than read.
const REFUSED: &str = "queries can only read the tables of recordings: begin with SELECT or WITH";

/// The reason why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A recording cannot be read.
    #[error(transparent)]
    Recording(#[from] connie_recording::Error),
    /// The query is invalid, or reads damaged data.
    #[error("{0}")]
    Query(String),
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Self::Query(match error {
            rusqlite::Error::SqliteFailure(_, Some(text)) if text == "not authorized" => REFUSED.to_owned(),
            rusqlite::Error::SqliteFailure(_, Some(text)) => text,
            rusqlite::Error::SqlInputError { msg, .. } if msg == "not authorized" => REFUSED.to_owned(),
            rusqlite::Error::SqlInputError { msg, .. } => msg,
            rusqlite::Error::MultipleStatement => "only one query can be run at a time".to_owned(),
            other => other.to_string(),
        })
    }
}

/// The recordings that queries read.
pub struct Database {
    connection: Connection,
}

impl Database {
    /// Opens recordings. If two have the same id, both are read, with the same `run`.
    ///
    /// # Errors
    /// If one cannot be opened.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Error> {
        let runs = paths.iter().map(|path| Run::open(path).map(Rc::new)).collect::<Result<Vec<_>, _>>()?;
        Self::of(runs)
    }

    /// Like [`Self::open`], but passes the errors of recordings that cannot be read to `refused`.
    ///
    /// # Errors
    /// If SQLite has not enough memory.
    pub fn open_readable(paths: &[PathBuf], mut refused: impl FnMut(connie_recording::Error)) -> Result<Self, Error> {
        let mut runs = Vec::new();
        for path in paths {
            match Run::open(path) {
                Ok(run) => runs.push(Rc::new(run)),
                Err(error) => refused(error),
            }
        }
        Self::of(runs)
    }

    fn of(runs: Vec<Rc<Run>>) -> Result<Self, Error> {
        let runs: Rc<[Rc<Run>]> = runs.into();
        let connection = Connection::open_in_memory()?;
        for table in TABLES {
            vtab::create(&connection, table, &runs)?;
        }
        authorize::read_only(&connection);
        Ok(Self { connection })
    }

    /// A handle that stops a running query, from another thread or from a signal handler's thread.
    #[must_use]
    pub fn interrupt_handle(&self) -> rusqlite::InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    /// Runs a query. `row` gets the names of its columns and each row, and returns whether to continue. Returns the
    /// names of the columns.
    ///
    /// # Errors
    /// If the query is invalid, would change something, or reads damaged data.
    pub fn query(&self, query: &str, mut row: impl FnMut(&[String], Vec<Value>) -> bool) -> Result<Vec<String>, Error> {
        let mut statement = self.connection.prepare(query)?;
        let names: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
        if names.is_empty() {
            return Err(Error::Query("this is not a query: begin with SELECT or WITH".to_owned()));
        }
        let mut rows = statement.query([])?;
        while let Some(found) = rows.next()? {
            let values = (0..names.len()).map(|n| found.get(n)).collect::<Result<Vec<Value>, _>>()?;
            if !row(&names, values) {
                break;
            }
        }
        Ok(names)
    }
}

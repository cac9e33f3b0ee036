//! SQL over recordings: what programs did, as tables that are read from the recording while a query runs.
//!
//! Nothing is copied: each table is an SQLite virtual table. A query that asks for a step, a line or a function reads
//! only the chunks that can have it. [`Database`] holds any number of recordings; the column `run` tells them apart.

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

/// What is said of statements that do more than read.
const REFUSED: &str = "queries can only read the tables of recordings: begin with SELECT or WITH";

/// Why a query has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A recording cannot be read.
    #[error(transparent)]
    Recording(#[from] connie_recording::Error),
    /// The query is wrong, or what it reads is damaged.
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
            rusqlite::Error::MultipleStatement => "only one query can be asked at a time".to_owned(),
            other => other.to_string(),
        })
    }
}

/// Recordings that queries are asked of.
pub struct Database {
    connection: Connection,
}

impl Database {
    /// Opens recordings; of two with the same id, both are read and have the same `run`.
    ///
    /// # Errors
    /// If one cannot be opened.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Error> {
        let runs = paths.iter().map(|path| Run::open(path).map(Rc::new)).collect::<Result<Vec<_>, _>>()?;
        Self::of(runs)
    }

    /// As [`Self::open`], without those that cannot be read: these are told to `refused`.
    ///
    /// # Errors
    /// Where SQLite has no memory.
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

    /// Stops a query that runs; from another thread, or from a signal handler's thread.
    #[must_use]
    pub fn interrupt_handle(&self) -> rusqlite::InterruptHandle {
        self.connection.get_interrupt_handle()
    }

    /// Asks a query: `row` is given the names of its columns and each row, and says whether it wants more.
    /// Returns the names of the columns.
    ///
    /// # Errors
    /// If the query is wrong, would change something, or reads what is damaged.
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

//! The definition of a table: its columns, and how its rows are read.

use connie_recording::Error;

use crate::filter::Filter;
use crate::row::Row;
use crate::run::Run;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// `INTEGER`, `REAL` or `TEXT`.
    pub kind: &'static str,
    /// Its meaning, in a sentence without a final period.
    pub about: &'static str,
    /// Whether a condition on it reduces the data that is read.
    pub narrows: bool,
}

/// A column of text.
pub const fn text(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: "TEXT", about, narrows: false }
}

/// A column of whole numbers.
pub const fn integer(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: "INTEGER", about, narrows: false }
}

/// A column of numbers.
pub const fn real(name: &'static str, about: &'static str) -> Column {
    Column { name, kind: "REAL", about, narrows: false }
}

impl Column {
    /// Marks the column as one on which conditions reduce the data that is read.
    #[must_use]
    pub const fn narrowing(self) -> Self {
        Self { narrows: true, ..self }
    }
}

/// The first column of each table.
pub const RUN: Column = text("run", "the id of the recording").narrowing();

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The meaning of a row, in a sentence without a final period.
    pub about: &'static str,
    /// Its columns; the first is [`RUN`].
    pub columns: &'static [Column],
    /// About how many rows there are, so that SQLite reads the smaller table first.
    pub size: fn(&Run) -> u64,
    /// Starts reading the rows of one recording.
    pub(crate) scan: fn(&Run, &Filter) -> Box<dyn Scan>,
}

impl Table {
    /// Its definition in SQL.
    pub fn schema(&self) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("{} {}", column.name, column.kind)).collect();
        format!("CREATE TABLE {}({})", self.name, columns.join(", "))
    }
}

/// Reads the rows of a table page by page.
pub(crate) trait Scan {
    /// Adds the rows of the next page (possibly none), without their first column. Returns whether there may be more
    /// pages.
    ///
    /// # Errors
    /// If the recording is damaged.
    fn page(&mut self, run: &Run, filter: &Filter, rows: &mut Vec<Row>) -> Result<bool, Error>;
}

/// A table that is read in one page.
pub(crate) struct Once<F>(pub F);

impl<F: FnMut(&Run, &Filter, &mut Vec<Row>) -> Result<(), Error>> Scan for Once<F> {
    fn page(&mut self, run: &Run, filter: &Filter, rows: &mut Vec<Row>) -> Result<bool, Error> {
        (self.0)(run, filter, rows)?;
        Ok(false)
    }
}

/// A table that is read chunk by chunk.
pub(crate) struct Chunks<F> {
    /// The next chunk.
    pub next: usize,
    /// Reads the rows of a chunk.
    pub read: F,
}

impl<F: FnMut(&Run, &Filter, usize, &mut Vec<Row>) -> Result<(), Error>> Scan for Chunks<F> {
    fn page(&mut self, run: &Run, filter: &Filter, rows: &mut Vec<Row>) -> Result<bool, Error> {
        if self.next >= run.recording.chunks.len() {
            return Ok(false);
        }
        (self.read)(run, filter, self.next, rows)?;
        self.next += 1;
        Ok(self.next < run.recording.chunks.len())
    }
}

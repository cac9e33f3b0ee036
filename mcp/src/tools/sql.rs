//! `sql`: runs a query over the tables of a recording.

use connie_history::loaded::Loaded;
use connie_sql::{Database, Error, Value};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Recorded, WriteLines};
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Sql;

/// A query.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
    /// One SELECT statement of SQLite, over the tables runs, steps, calls, writes, values_at, hits, exceptions, output,
    /// functions, sources, threads, tasks and objects. Without it, the answer lists their columns.
    query: Option<String>,
    /// The `next` of the previous answer, to get the next page. The other arguments must stay the same.
    cursor: Option<String>,
    /// How many rows, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// A cell.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Cell {
    /// NULL.
    Null(()),
    /// A whole number.
    Integer(i64),
    /// Another number.
    Real(f64),
    /// A text.
    Text(Recorded),
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null(()),
            Value::Integer(n) => Self::Integer(n),
            Value::Real(x) if x.is_finite() => Self::Real(x),
            Value::Real(x) => Self::Text(Recorded::new(&x.to_string())),
            Value::Text(text) => Self::Text(Recorded::new(&text)),
            Value::Blob(bytes) => Self::Text(Recorded::new(&String::from_utf8_lossy(&bytes))),
        }
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null(()) => f.write_str("NULL"),
            Self::Integer(n) => write!(f, "{n}"),
            Self::Real(x) => write!(f, "{x}"),
            Self::Text(text) => write!(f, "{text}"),
        }
    }
}

/// Rows of a query.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The names of the columns.
    columns: Vec<Recorded>,
    /// The rows; each has a cell for each column.
    rows: Vec<Vec<Cell>>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        let columns: Vec<String> = self.columns.iter().map(ToString::to_string).collect();
        lines.push(columns.join(" | "));
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
            lines.push(cells.join(" | "));
        }
    }
}

/// Runs a query on a recording. `row` gets each row, and returns whether to continue.
pub fn ask(
    loaded: &Loaded,
    query: &str,
    stop: &Stop,
    mut row: impl FnMut(Vec<Value>) -> bool,
) -> Result<Vec<String>, Refusal> {
    let failed = |error| match error {
        _ if stop.is_stopped() => Refusal::Cancelled,
        Error::Recording(error) => error.into(),
        Error::Query(why) => Refusal::argument("query", why),
    };
    let database = Database::open(std::slice::from_ref(&loaded.path)).map_err(failed)?;
    let interrupt = database.interrupt_handle();
    stop.on_stop(move || interrupt.interrupt());
    database.query(query, |_, cells| row(cells)).map_err(failed)
}

/// Adds the tables with their columns.
fn tables(page: &mut Page<Vec<Cell>>) -> Vec<String> {
    let text = |text: &str| Cell::Text(Recorded::within(text, 4000));
    for table in connie_sql::TABLES {
        let column = |column: &connie_sql::Column| format!("{} {} ({})", column.name, column.kind, column.about);
        let columns: Vec<String> = table.columns.iter().map(column).collect();
        if !page.push(0, || vec![text(table.name), text(table.about), text(&columns.join(", "))]) {
            break;
        }
    }
    ["table", "about", "columns"].map(str::to_owned).to_vec()
}

impl Question for Sql {
    const ABOUT: About = About {
        name: "sql",
        title: "Query a recording with SQL",
        description: "Runs one read-only SELECT over the tables of a recording: calls with arguments and results, \
            writes, hits of lines, exceptions, output, values at a step and more. Use it for counts and groups that \
            no other tool gives. Without a query, it lists tables and columns.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(input: Input, loaded: &mut Loaded, stop: &Stop) -> Result<Answer<Output>, Refusal> {
        let mut page = Page::new(Cursor::read(input.cursor.as_deref())?, input.limit)?;
        let row = |cells: Vec<Value>| cells.into_iter().map(Cell::from).collect();
        let columns = match &input.query {
            Some(query) => ask(loaded, query, stop, |cells| page.push(0, || row(cells)))?,
            None => tables(&mut page),
        };
        let (rows, next) = page.done();
        Ok(Answer::new(Output { columns: columns.iter().map(|name| Recorded::new(name)).collect(), rows }).next(next))
    }
}

//! `connie sql`: queries over recordings.

use std::io::{Read, Write};
use std::path::PathBuf;

use comfy_table::{CellAlignment, Table, presets};
use connie_sql::{Database, Error, TABLES, Value};

use crate::failure::Failure;
use crate::format::{self, Format};
use crate::screen::cell;
use crate::{folder, screen, style};

const SUPPORTED: &[Format] = &[Format::Table, Format::Json, Format::Jsonl, Format::Csv];

/// Query recordings with SQL.
#[derive(clap::Args)]
#[command(after_help = "Tables: runs, steps, calls, writes, values_at, hits, exceptions, output, functions, sources, \
    threads, tasks, objects; connie sql --tables lists their columns.\n\n\
    Examples:\n  \
    connie sql \"SELECT line, hits, text FROM hits ORDER BY hits DESC LIMIT 10\"\n  \
    connie sql \"SELECT arguments, result FROM calls WHERE function = 'total'\"\n  \
    connie sql --all \"SELECT run, type, text FROM exceptions WHERE uncaught\"")]
pub struct Arguments {
    /// Recordings (latest, an id or its beginning, or a path; the latest if none is named), then the query; - reads
    /// the query from stdin
    #[arg(value_name = "RUN… QUERY", required_unless_present = "tables")]
    words: Vec<String>,
    /// Query all recordings of the project
    #[arg(long)]
    all: bool,
    /// List the tables and their columns
    #[arg(long, conflicts_with = "words")]
    tables: bool,
    /// Show at most N rows in a table for people
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = crate::numbers::count("rows"), allow_negative_numbers = true)]
    most: usize,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = format::among(SUPPORTED))]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If a recording cannot be read, or the query is invalid.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    if arguments.tables {
        return tables(arguments.format).map(|()| 0);
    }
    let Some((query, runs)) = arguments.words.split_last() else { return Ok(0) };
    let query = if query == "-" { from_stdin()? } else { query.clone() };
    if runs.is_empty() && !query.contains(char::is_whitespace) {
        let why = format!("the last argument has to be a query, as in: connie sql {query} 'SELECT * FROM exceptions'");
        return Err(Failure::Usage(why));
    }
    let paths = paths(runs, arguments.all)?;
    let database = if arguments.all {
        let refused = |error| screen::say!("{}connie:{:#} {error}", style::WARNING, style::WARNING);
        Database::open_readable(&paths, refused)
    } else {
        Database::open(&paths)
    };
    let database = database.map_err(failure)?;
    match arguments.format {
        Format::Json | Format::Jsonl => objects(&database, &query, arguments.format == Format::Json)?,
        Format::Csv => csv(&database, &query)?,
        _ => table(&database, &query, arguments.most)?,
    }
    Ok(0)
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Recording(error) => Failure::Recording(error),
        Error::Query(why) => Failure::Usage(why),
    }
}

fn from_stdin() -> Result<String, Failure> {
    let mut query = String::new();
    std::io::stdin().read_to_string(&mut query)?;
    Ok(query)
}

fn paths(runs: &[String], all: bool) -> Result<Vec<PathBuf>, Failure> {
    let mut paths = runs.iter().map(|run| folder::resolve(run)).collect::<Result<Vec<_>, _>>()?;
    if all {
        let folder = folder::find().ok_or_else(|| Failure::NotFound("there are no recordings here".to_owned()))?;
        folder::readable(&folder)?;
        paths.extend(folder::recordings(&folder));
    } else if paths.is_empty() {
        paths.push(folder::resolve("latest")?);
    }
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// A cell as text for people: NULL is empty.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(n) => n.to_string(),
        Value::Real(x) => format!("{x}"),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn json(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Integer(n) => n.into(),
        Value::Real(x) => x.into(),
        Value::Text(text) => text.into(),
        Value::Blob(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
    }
}

fn table(database: &Database, query: &str, most: usize) -> Result<(), Failure> {
    let (mut found, mut more) = (Vec::new(), false);
    let names = database.query(query, |_, row| {
        more = found.len() >= most;
        if !more {
            found.push(row);
        }
        !more
    });
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table.set_header(names.map_err(failure)?.iter().map(|name| cell(name.to_uppercase())));
    for row in &found {
        table.add_row(row.iter().map(|value| match value {
            Value::Integer(_) | Value::Real(_) => cell(text(value)).set_alignment(CellAlignment::Right),
            _ => cell(text(value)),
        }));
    }
    screen::stdout().table(&table)?;
    if more {
        let more = format!("there are more than {most} rows: --most N prints more of them, --format csv all");
        screen::say!("{}{more}{:#}", style::DIM, style::DIM);
    }
    Ok(())
}

fn csv(database: &Database, query: &str) -> Result<(), Failure> {
    let mut writer = csv::Writer::from_writer(screen::stdout());
    let (mut is_first, mut result) = (true, Ok(()));
    let names = database.query(query, |names, row| {
        let header = if std::mem::take(&mut is_first) { writer.write_record(names) } else { Ok(()) };
        result = header.and_then(|()| writer.write_record(row.iter().map(text)));
        result.is_ok()
    });
    let names = names.map_err(failure)?;
    if is_first {
        result = writer.write_record(&names);
    }
    result.map_err(std::io::Error::other)?;
    Ok(writer.flush()?)
}

/// Makes names distinct: a second `line` becomes `line_2`, since an object has each key only once.
pub fn distinct(names: &[String]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for name in names {
        let again = (2..).map(|n| format!("{name}_{n}"));
        let free = std::iter::once(name.clone()).chain(again).find(|name| !found.contains(name));
        found.extend(free);
    }
    found
}

/// Prints objects, one per line; as an array if requested.
fn objects(database: &Database, query: &str, in_array: bool) -> Result<(), Failure> {
    let mut out = screen::json();
    let (mut keys, mut count, mut result) = (Vec::new(), 0, Ok(()));
    let asked = database.query(query, |names, row| {
        if keys.is_empty() {
            keys = distinct(names);
        }
        let object: serde_json::Map<_, _> = keys.iter().cloned().zip(row.into_iter().map(json)).collect();
        let object = serde_json::Value::Object(object);
        let before = if count == 0 { "[\n" } else { ",\n" };
        count += 1;
        result = if in_array { write!(out, "{before}{object}") } else { writeln!(out, "{object}") };
        result.is_ok()
    });
    result?;
    if in_array && asked.is_ok() {
        writeln!(out, "{}", if count == 0 { "[]" } else { "\n]" })?;
    }
    asked.map(|_| ()).map_err(failure)
}

/// A column of a table.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Column {
    table: &'static str,
    column: &'static str,
    kind: &'static str,
    about: &'static str,
}

/// Prints the tables and their columns.
fn tables(format: Format) -> Result<(), Failure> {
    let of = |table: &'static connie_sql::Table| {
        let name = table.name;
        table.columns.iter().map(move |column| Column {
            table: name,
            column: column.name,
            kind: column.kind,
            about: column.about,
        })
    };
    let columns = TABLES.iter().flat_map(|table| of(table));
    match format {
        Format::Json => return format::json(&columns.collect::<Vec<_>>()),
        Format::Jsonl => {
            for column in columns {
                writeln!(screen::json(), "{}", serde_json::to_string(&column).map_err(std::io::Error::from)?)?;
            }
            return Ok(());
        }
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(screen::stdout());
            for column in columns {
                writer.serialize(column).map_err(std::io::Error::other)?;
            }
            return Ok(writer.flush()?);
        }
        _ => {}
    }
    let mut out = screen::stdout();
    for (n, table) in TABLES.iter().enumerate() {
        if n > 0 {
            writeln!(out)?;
        }
        writeln!(out, "{}{}{:#}  {}", style::BOLD, table.name, style::BOLD, table.about)?;
        for column in table.columns {
            let head = format!("{:<12} {:<8}", column.name, column.kind);
            writeln!(out, "  {head} {}{}{:#}", style::DIM, column.about, style::DIM)?;
        }
    }
    Ok(())
}

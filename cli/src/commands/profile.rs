//! `connie profile`: shows where the time of a run went.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use comfy_table::{Cell, CellAlignment, Color, Table, presets};
use connie_history::calls::edges;
use connie_history::profile::{Spent, profile, sum};
use connie_recording::Recording;
use connie_recording::plain::one_line;

use super::export::{calls, place};
use super::list;
use crate::failure::Failure;
use crate::format::{self, Format};
use crate::screen::{Screen, cell};
use crate::{folder, numbers, style};

/// Orders of functions.
#[derive(Clone, Copy, Default, ValueEnum)]
enum Order {
    /// Time in the function itself.
    #[default]
    Own,
    /// Time in the function and everything that it called.
    Total,
    /// Number of calls.
    Calls,
    /// Qualified name.
    Name,
}

/// Show where the time went, function by function.
#[derive(clap::Args)]
#[command(
    after_help = "Times are those of the recorded run. Recording slows down small functions more than large ones."
)]
pub struct Arguments {
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    /// Order of the functions
    #[arg(long, value_enum, default_value_t)]
    sort: Order,
    /// Show at most N functions
    #[arg(long, value_name = "N", value_parser = numbers::count("functions"), allow_negative_numbers = true)]
    top: Option<usize>,
    /// Show the callers of this function, given by its name or the end of it: from where, how often and for how long
    #[arg(long, value_name = "FUNCTION")]
    callers: Option<String>,
    /// Draw a flame graph: the functions on the stack, as wide as the time of their calls (.svg)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["callers", "graph"])]
    flame: Option<PathBuf>,
    /// Draw the call graph (.svg, or .dot for Graphviz)
    #[arg(long, value_name = "FILE", conflicts_with = "callers")]
    graph: Option<PathBuf>,
    /// With --flame or --graph: overwrite the file if it exists
    #[arg(long)]
    force: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = format::among(format::ROWS))]
    format: Format,
}

/// All calls from one line. Times are in nanoseconds.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Caller {
    function: String,
    called_by: String,
    place: String,
    calls: u64,
    time: u64,
}

/// A function. Times are in nanoseconds.
#[derive(serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row {
    function: String,
    calls: u64,
    total: u64,
    own: u64,
    raised: u64,
    place: String,
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read, or has no such function.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let path = folder::resolve(&arguments.recording)?;
    let recording = Recording::open(&path)?;
    if let Some(file) = &arguments.flame {
        return draw(file, arguments.force, |out| calls::flame(&recording, out));
    }
    if let Some(file) = &arguments.graph {
        let is_dot = file.extension().is_some_and(|extension| extension == "dot" || extension == "gv");
        return draw(file, arguments.force, |out| match is_dot {
            true => calls::dot(&recording, out),
            false => calls::graph(&recording, out),
        });
    }
    if !recording.info.is_counted() {
        let text = "times are stored when a recording ends: this one is still being made, or was interrupted";
        return Err(Failure::NotFound(text.into()));
    }
    match &arguments.callers {
        Some(name) => list::print(&callers(&recording, name)?, arguments.format, |rows| {
            table(rows, &["FUNCTION", "CALLED BY", "PLACE", "CALLS", "TIME"], |row| {
                vec![
                    cell(one_line(&row.function)),
                    cell(one_line(&row.called_by)),
                    cell(one_line(&row.place)),
                    right(style::grouped(row.calls)),
                    right(style::duration(row.time)),
                ]
            })
        })?,
        None => functions(&recording, arguments)?,
    }
    Ok(0)
}

type Out<'a> = Screen<Box<dyn Write + 'a>>;

/// Writes a picture to a file, or to stdout for `-`.
fn draw(file: &Path, force: bool, write: impl FnOnce(&mut Out<'_>) -> Result<(), Failure>) -> Result<i32, Failure> {
    if file == Path::new("-") {
        write(&mut Screen::text(Box::new(BufWriter::new(std::io::stdout().lock()))))?;
    } else {
        place(file, force, |temporary| write(&mut Screen::text(Box::new(BufWriter::new(temporary.as_file())))))?;
    }
    Ok(0)
}

fn functions(recording: &Recording, arguments: &Arguments) -> Result<(), Failure> {
    let mut spent = profile(recording)?;
    let all = sum(spent.iter().map(|one| one.own));
    match arguments.sort {
        Order::Own => {}
        Order::Total => spent.sort_by_key(|one| std::cmp::Reverse(one.total)),
        Order::Calls => spent.sort_by_key(|one| std::cmp::Reverse(one.calls)),
        Order::Name => spent.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    spent.truncate(arguments.top.unwrap_or(usize::MAX));
    let row = |one: Spent| Row {
        place: place_of(recording, one.source, one.line),
        function: one.name,
        calls: one.calls,
        total: one.total,
        own: one.own,
        raised: one.raised,
    };
    let rows: Vec<Row> = spent.into_iter().map(row).collect();
    list::print(&rows, arguments.format, |rows| {
        table(rows, &["FUNCTION", "CALLS", "TOTAL", "OWN", "SHARE", "PLACE"], |row| {
            let share = 100.0 * row.own as f64 / all.max(1) as f64;
            let name = cell(one_line(&row.function));
            vec![
                if row.raised > 0 { name.fg(Color::Red) } else { name },
                right(style::grouped(row.calls)),
                right(style::duration(row.total)),
                right(style::duration(row.own)),
                cell(format!("{share:5.1} % {}", "▇".repeat((share / 5.0).round() as usize))).fg(Color::Blue),
                cell(one_line(&row.place)),
            ]
        })
    })
}

fn right(text: String) -> Cell {
    cell(text).set_alignment(CellAlignment::Right)
}

/// `stock.py:12`, relative to the project's root.
fn place_of(recording: &Recording, source: u32, line: u32) -> String {
    format!("{}:{line}", recording.short(source))
}

fn callers(recording: &Recording, name: &str) -> Result<Vec<Caller>, Failure> {
    let is_it = |known: &str| known == name || known.strip_suffix(name).is_some_and(|before| before.ends_with('.'));
    let function = |code: u32| recording.function(code);
    if !recording.functions.iter().any(|function| is_it(&function.name)) {
        return Err(Failure::NotFound(format!("no function {name} ran in this recording: see connie profile")));
    }
    let edges = edges(recording).into_iter().filter(|edge| edge.times > 0);
    let mut found: Vec<Caller> = edges
        .filter_map(|edge| {
            let (caller, callee) = (function(edge.caller)?, function(edge.callee)?);
            is_it(&callee.name).then(|| Caller {
                function: callee.name.clone(),
                called_by: caller.name.clone(),
                place: place_of(recording, caller.source, edge.line),
                calls: edge.times,
                time: edge.time,
            })
        })
        .collect();
    found.sort_by_key(|caller| std::cmp::Reverse(caller.time));
    Ok(found)
}

/// Creates a table with these columns.
fn table<T>(rows: &[T], header: &[&str], cells: impl Fn(&T) -> Vec<Cell>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_header(header.to_vec());
    for row in rows {
        table.add_row(cells(row));
    }
    table
}

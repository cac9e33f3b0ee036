//! `connie trace`: prints every hit of a line or function.

use std::io::Write;

use comfy_table::{CellAlignment, Table, presets};
use connie_expression::Expression;
use connie_expression::field::{Piece, pieces};
use connie_history::History;
use connie_history::breakpoint::Failures;
use connie_history::levels;
use connie_history::moment::Modules;
use connie_history::places;
use connie_history::timeline::Timeline;
use connie_history::trace::{self, Cell, Column, Hit};
use connie_recording::Recording;
use connie_recording::amounts::counted;
use connie_wire::Value;

use super::sql::distinct;
use crate::failure::Failure;
use crate::format::{self, Format};
use crate::screen::cell;
use crate::{folder, numbers, screen, style};

const SUPPORTED: &[Format] = &[Format::Text, Format::Table, Format::Json, Format::Jsonl, Format::Csv];

/// Print the values of expressions at every hit of a line or function.
#[derive(clap::Args)]
#[command(
    after_help = "Fields are written as in f-strings: {total}, {word!r}, {count:>4}, {x=}. The exit code is 1 if \
        there is no hit.\n\n\
        Examples:\n  \
        connie trace app.py:12 'item {count}: {price * count}'\n  \
        connie trace app.py:12 '{count} {price}' --where 'price > 100' --format csv\n  \
        connie trace Cart.add '{self.items=} {count}'\n  \
        connie trace app.py:12 '{price}' --plot"
)]
pub struct Arguments {
    /// The place: FILE:LINE (FILE may be the end of a path), or a function by its name or qualified name
    #[arg(value_name = "PLACE")]
    place: String,
    /// Text to print, with fields in braces [default: the variables of the frame]
    #[arg(value_name = "TEXT", default_value = "", hide_default_value = true)]
    message: String,
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    /// Only hits at which this expression is true
    #[arg(long = "where", value_name = "EXPRESSION")]
    condition: Option<String>,
    /// Show at most N hits
    #[arg(long, value_name = "N", value_parser = numbers::count("hits"), allow_negative_numbers = true)]
    most: Option<usize>,
    /// Plot the first field over the hits
    #[arg(long, conflicts_with = "format")]
    plot: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(SUPPORTED))]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read, or there is no such place.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let recording = Recording::open(&folder::resolve(&arguments.recording)?)?;
    let place = places::place(&recording, &arguments.place).map_err(|none| Failure::NotFound(none.to_string()))?;
    let condition = arguments.condition.as_deref().map(Expression::parse).transpose();
    let condition = condition.map_err(|problem| Failure::Usage(format!("--where: {problem}")))?;
    let message =
        if arguments.message.is_empty() { trace::variables(&recording, &place) } else { arguments.message.clone() };
    let pieces = pieces(&message);
    let columns = trace::columns(&pieces).map_err(Failure::Usage)?;
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording: &recording, timeline: &timeline, modules: &modules };
    let most = arguments.most.unwrap_or(if arguments.plot { usize::MAX } else { limit(arguments.format) });
    let mut printer = Printer::new(arguments, &recording, &pieces, &columns);
    let mut result = Ok(());
    let mut shown = 0;
    let mut more = false;
    let unknown = levels::without_lines_at(&recording, &place);
    let traced = trace::trace(&history, place, condition.as_ref(), &columns, |hit| {
        more = shown >= most;
        if !more {
            shown += 1;
            result = printer.hit(hit);
        }
        !more && result.is_ok()
    })?;
    result?;
    printer.end()?;
    if more {
        screen::say!("{}there are more hits than {most}: --most N prints more of them{:#}", style::DIM, style::DIM);
    }
    complain("the condition", &traced.condition);
    for (column, failures) in columns.iter().zip(&traced.fields) {
        complain(&format!("{{{}}}", column.name), failures);
    }
    if shown == 0 && traced.condition.hits == 0 {
        let why = match (unknown, condition.is_some()) {
            (Some(why), _) => why,
            (None, true) => "the condition was never true".to_owned(),
            (None, false) => "it never ran".to_owned(),
        };
        screen::say!("{}no hit: {why}{:#}", style::DIM, style::DIM);
    }
    Ok(i32::from(shown == 0))
}

/// The maximum number of hits printed for people, unless more are requested.
const MAX_TEXT: usize = 10_000;

fn limit(format: Format) -> usize {
    if matches!(format, Format::Text | Format::Table) { MAX_TEXT } else { usize::MAX }
}

fn complain(what: &str, failures: &Failures) {
    if failures.hits > 0 {
        screen::say!("{}connie:{:#} {what} {failures}", style::WARNING, style::WARNING);
    }
}

enum Sink {
    Text(screen::Screen<crate::pager::Output>),
    Table(Table),
    Csv(Box<csv::Writer<screen::Screen<crate::pager::Output>>>),
    Json(screen::Screen<crate::pager::Output>, bool),
    Plot(Vec<f64>),
}

struct Printer<'a> {
    recording: &'a Recording,
    pieces: &'a [Piece],
    names: Vec<String>,
    sink: Sink,
    count: usize,
}

impl<'a> Printer<'a> {
    fn new(arguments: &Arguments, recording: &'a Recording, pieces: &'a [Piece], columns: &[Column]) -> Self {
        let names = columns.iter().map(|column| column.name.clone()).collect();
        let sink = match arguments.format {
            _ if arguments.plot => Sink::Plot(Vec::new()),
            Format::Text => Sink::Text(screen::stdout()),
            Format::Table => Sink::Table(Table::new()),
            Format::Csv => Sink::Csv(Box::new(csv::Writer::from_writer(screen::stdout()))),
            format => Sink::Json(screen::json(), format == Format::Json),
        };
        Self { recording, pieces, names, sink, count: 0 }
    }

    /// The message of a hit.
    fn message(&self, hit: &Hit) -> String {
        let mut cells = hit.cells.iter();
        let text = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Field(..) => cells.next().map(|(_, text)| text.clone()).unwrap_or_default(),
        };
        self.pieces.iter().map(text).collect()
    }

    fn place(&self, hit: &Hit) -> (String, String) {
        let function = self.recording.function(hit.code);
        let file = function.map_or("?", |function| self.recording.short(function.source));
        (format!("{file}:{}", hit.line), function.map_or_else(String::new, |function| function.name.clone()))
    }

    fn hit(&mut self, hit: Hit) -> std::io::Result<()> {
        let (place, function) = self.place(&hit);
        let message = self.message(&hit);
        let is_first = self.count == 0;
        self.count += 1;
        let head = ["step", "place", "function"].into_iter().map(str::to_owned).chain(self.names.iter().cloned());
        match &mut self.sink {
            Sink::Text(out) => {
                let step = style::grouped(hit.step);
                writeln!(out, "{}step {step:>9}  {place}{:#}  {message}", style::DIM, style::DIM)
            }
            Sink::Table(table) => {
                if is_first {
                    table.load_preset(presets::NOTHING).set_header(head.enumerate().map(|(n, name)| {
                        // A field is an expression, whose letters must not change.
                        cell(if n < 3 { name.to_uppercase() } else { name })
                    }));
                }
                let fields = hit.cells.iter().map(|(value, text)| match value {
                    Cell::Scalar(Value::Int(_) | Value::BigInt(..) | Value::Float(_)) => {
                        cell(text).set_alignment(CellAlignment::Right)
                    }
                    _ => cell(text),
                });
                let step = cell(hit.step).set_alignment(CellAlignment::Right);
                table.add_row([step, cell(place), cell(function)].into_iter().chain(fields));
                Ok(())
            }
            Sink::Csv(writer) => {
                if is_first {
                    writer.write_record(head).map_err(std::io::Error::other)?;
                }
                let fields = hit.cells.into_iter().map(|(_, text)| text);
                let row = [hit.step.to_string(), place, function].into_iter().chain(fields);
                writer.write_record(row).map_err(std::io::Error::other)
            }
            Sink::Json(out, in_array) => {
                let fields = hit.cells.into_iter().map(|(value, text)| json(value, text));
                let cells = [hit.step.into(), place.into(), function.into()].into_iter().chain(fields);
                // A field may have the same name as one of the fixed keys, or occur twice.
                let head = distinct(&head.collect::<Vec<_>>());
                let object = serde_json::Value::Object(head.into_iter().zip(cells).collect());
                match (*in_array, is_first) {
                    (true, true) => write!(out, "[\n{object}"),
                    (true, false) => write!(out, ",\n{object}"),
                    (false, _) => writeln!(out, "{object}"),
                }
            }
            Sink::Plot(points) => {
                points.extend(hit.cells.first().and_then(|(value, _)| number(value)));
                Ok(())
            }
        }
    }

    fn end(self) -> Result<(), Failure> {
        match self.sink {
            Sink::Text(_) => {}
            Sink::Table(table) if self.count > 0 => screen::stdout().table(&table)?,
            Sink::Table(_) => {}
            Sink::Csv(mut writer) => writer.flush()?,
            Sink::Json(mut out, true) => writeln!(out, "{}", if self.count == 0 { "[]" } else { "\n]" })?,
            Sink::Json(..) => {}
            Sink::Plot(points) => plot(&points, self.names.first().map_or("", String::as_str))?,
        }
        Ok(())
    }
}

fn number(value: &Cell) -> Option<f64> {
    match value {
        Cell::Scalar(Value::Int(n)) => Some(*n as f64),
        Cell::Scalar(Value::Float(x)) => Some(f64::from_bits(*x)).filter(|x| x.is_finite()),
        Cell::Scalar(Value::Bool(truth)) => Some(f64::from(u8::from(*truth))),
        _ => None,
    }
}

/// A field as JSON. Numbers that JSON cannot represent become strings, as Python writes them.
fn json(value: Cell, written: String) -> serde_json::Value {
    match value {
        Cell::Scalar(Value::Bool(truth)) => truth.into(),
        Cell::Scalar(Value::Int(n)) => n.into(),
        Cell::Scalar(Value::Float(x)) if f64::from_bits(x).is_finite() => f64::from_bits(x).into(),
        Cell::Scalar(Value::BigInt(..) | Value::Float(_)) => written.into(),
        Cell::Scalar(Value::Str(text)) => String::from_utf8_lossy(&text.bytes).into_owned().into(),
        Cell::Scalar(_) | Cell::Unknown(_) => serde_json::Value::Null,
        Cell::Text(text) => text.into(),
    }
}

/// The maximum width and height of a plot, in characters.
const PLOT: (u32, u32) = (100, 15);

/// Reduces numbers to at most `most`. Of the numbers that share a position, the one furthest from the last drawn number
/// is kept, so that no peak is lost.
fn thinned(numbers: &[f64], most: usize) -> Vec<f64> {
    let mut last = numbers.first().copied().unwrap_or_default();
    let furthest = |some: &[f64]| {
        last = some.iter().copied().max_by(|a, b| (a - last).abs().total_cmp(&(b - last).abs())).unwrap_or(last);
        last
    };
    numbers.chunks(numbers.len().div_ceil(most).max(1)).map(furthest).collect()
}

/// Draws a number over all hits.
fn plot(numbers: &[f64], name: &str) -> Result<(), Failure> {
    let mut out = screen::stdout();
    if numbers.is_empty() {
        return Err(Failure::Usage(format!("{{{name}}} is not a number at any hit: there is nothing to plot")));
    }
    let config = rasciigraph::Config::default().with_height(PLOT.1);
    writeln!(out, "{}{name}{:#} over {}", style::BOLD, style::BOLD, counted(numbers.len() as u64, "hit"))?;
    writeln!(out, "{}", rasciigraph::plot(thinned(numbers, PLOT.0 as usize), config))?;
    Ok(())
}

//! Finds steps at which an expression holds, and places that held a value.

use std::io::Write;

use connie_expression::Expression;
use connie_history::History;
use connie_history::moment::Modules;
use connie_history::occurrences;
use connie_history::places;
use connie_history::timeline::Timeline;
use connie_history::trace::{self, Span};
use connie_recording::Recording;
use connie_recording::plain::one_line;
use serde::Serialize;

use super::Arguments;
use crate::failure::Failure;
use crate::format::{self, Format};
use crate::{screen, style};

/// Consecutive steps at which an expression held.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Holding {
    first_step: u64,
    last_step: u64,
    /// The number of lines at which it held.
    lines: u64,
    function: String,
    file: String,
    line: u32,
}

/// A place that held a value.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Held {
    step: u64,
    what: String,
    function: String,
    file: Option<String>,
    line: u32,
}

fn file_of(recording: &Recording, code: u32) -> (String, String) {
    let function = recording.function(code);
    let file = function.map_or("?", |function| recording.short(function.source));
    (function.map_or_else(String::new, |function| function.name.clone()), file.to_owned())
}

/// Finds the steps at which an expression holds.
///
/// # Errors
/// If it is not an expression, or the recording is damaged.
pub fn holding(recording: &Recording, condition: &str, arguments: &Arguments) -> Result<i32, Failure> {
    let condition = Expression::parse(condition).map_err(|problem| Failure::Usage(format!("--where: {problem}")))?;
    let codes = arguments.function.as_deref().map(|name| places::functions(recording, name)).transpose();
    let codes = codes.map_err(|none| Failure::NotFound(none.to_string()))?;
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording, timeline: &timeline, modules: &modules };
    let (mut found, mut more) = (Vec::new(), false);
    let searched = trace::spans(&history, &condition, codes.as_deref(), |span| {
        more = found.len() >= arguments.most;
        if !more {
            found.push(holding_of(recording, span));
        }
        !more
    })?;
    found.sort_by_key(|holding| holding.first_step);
    match arguments.format {
        Format::Json => format::json(&found)?,
        _ => {
            let mut out = screen::stdout();
            for holding in &found {
                let steps = match holding.first_step == holding.last_step {
                    true => format!("step {}", style::grouped(holding.first_step)),
                    false => {
                        let (first, last) = (style::grouped(holding.first_step), style::grouped(holding.last_step));
                        let lines = if holding.lines == 1 { "line" } else { "lines" };
                        format!("steps {first} to {last} ({} {lines})", style::grouped(holding.lines))
                    }
                };
                let place = format!("{}:{}", one_line(&holding.file), holding.line);
                writeln!(out, "{steps}  {}{place}{:#}  {}", style::DIM, style::DIM, one_line(&holding.function))?;
            }
        }
    }
    tell_more(more, arguments.most);
    // Most names exist only in some functions.
    if searched.evaluated == 0 && searched.failures.hits > 0 {
        let failures = searched.failures;
        screen::say!("{}connie:{:#} the expression {failures}", style::WARNING, style::WARNING);
    }
    Ok(i32::from(found.is_empty()))
}

fn holding_of(recording: &Recording, span: Span) -> Holding {
    let (function, file) = file_of(recording, span.code);
    Holding { first_step: span.first, last_step: span.last, lines: span.lines, function, file, line: span.line }
}

fn tell_more(more: bool, most: usize) {
    if more {
        screen::say!("{}there are more than {most}: --most N finds more of them{:#}", style::DIM, style::DIM);
    }
}

/// Finds the places that held a value.
///
/// # Errors
/// If the recording's tables cannot be read.
pub fn held(recording: &Recording, value: &str, arguments: &Arguments) -> Result<i32, Failure> {
    let page = occurrences::of_scalar(recording, &occurrences::scalar(value), 0, arguments.most, &|| false)?;
    let found: Vec<Held> = page
        .found
        .into_iter()
        .map(|one| Held {
            step: one.step,
            what: one.what,
            function: one.function,
            file: one.source.map(|source| recording.short(source).to_owned()),
            line: one.line,
        })
        .collect();
    match arguments.format {
        Format::Json => format::json(&found)?,
        _ => {
            let mut out = screen::stdout();
            for one in &found {
                let step = style::grouped(one.step);
                let place =
                    one.file.as_ref().map_or_else(String::new, |file| format!("{}:{}", one_line(file), one.line));
                let dim = style::DIM;
                writeln!(
                    out,
                    "{dim}step {step:>11}{dim:#}  {}  {dim}{place}{dim:#}  {}",
                    one.what,
                    one_line(&one.function)
                )?;
            }
        }
    }
    tell_more(page.next.is_some(), arguments.most);
    Ok(i32::from(found.is_empty()))
}

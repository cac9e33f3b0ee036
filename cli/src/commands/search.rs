//! `connie search`: searches everything in a recording that has a text.

use std::io::Write;

use clap::ValueEnum;
use connie_history::search::{Found, StepFound, search};
use connie_recording::Recording;

use crate::failure::Failure;
use crate::{folder, numbers, screen, style};

/// Output formats.
#[derive(Clone, Copy, Default, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
}

/// Search functions, output, exceptions and sources of a recording for a text.
#[derive(clap::Args)]
#[command(after_help = "Case is ignored unless TEXT has upper case. The exit code is 1 if nothing is found. \
    To see a step: connie view RUN --step N")]
pub struct Arguments {
    /// The text to search for
    #[arg(value_name = "TEXT")]
    text: String,
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    /// Show at most N results of each kind
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = numbers::count("finds"), allow_negative_numbers = true)]
    most: usize,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let path = folder::resolve(&arguments.recording)?;
    let recording = Recording::open(&path)?;
    let found = search(&recording, &arguments.text, arguments.most)?;
    let is_empty = found == Found::default();
    match arguments.format {
        Format::Json => {
            let text = serde_json::to_string_pretty(&found).map_err(std::io::Error::from)?;
            writeln!(screen::json(), "{text}")?;
        }
        Format::Text => print(&recording, &found)?,
    }
    Ok(i32::from(is_empty))
}

fn print(recording: &Recording, found: &Found) -> Result<(), Failure> {
    let mut out = screen::stdout();
    let root = format!("{}/", recording.info.root);
    let short = |path: &str| path.strip_prefix(&root).unwrap_or(path).to_owned();
    let path = |source: u32| recording.sources.get(source as usize).map_or("?", |source| source.path.as_str());
    let head = |out: &mut screen::Screen<anstream::Stdout>, name: &str, any: bool| -> std::io::Result<()> {
        if any { writeln!(out, "{}{name}{:#}", style::BOLD, style::BOLD) } else { Ok(()) }
    };
    head(&mut out, "functions", !found.functions.is_empty())?;
    for function in &found.functions {
        let place = format!("{}:{}", short(path(function.source)), function.line);
        writeln!(out, "  {}  {}{place}{:#}", function.name, style::DIM, style::DIM)?;
    }
    let steps: [(&str, &[StepFound]); 2] = [("output", &found.output), ("exceptions", &found.exceptions)];
    for (name, all) in steps {
        head(&mut out, name, !all.is_empty())?;
        for one in all {
            let step = style::grouped(one.step);
            writeln!(out, "  {}step {step:>11}{:#}  {}", style::DIM, style::DIM, one.text)?;
        }
    }
    head(&mut out, "source", !found.lines.is_empty())?;
    for line in &found.lines {
        let place = format!("{}:{}", short(&line.path), line.line);
        writeln!(out, "  {}{place}{:#}  {}", style::DIM, style::DIM, line.text)?;
    }
    Ok(())
}

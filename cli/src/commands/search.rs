//! `connie search`: searches all text in a recording, finds the steps at which an expression holds, or the places that
//! held a value.

pub mod moments;

use std::io::Write;

use connie_history::search::{Found, StepFound, search};
use connie_recording::Recording;
use connie_recording::plain::one_line;

use crate::failure::Failure;
use crate::format::{self, Format};
use crate::{folder, numbers, screen, style};

/// Search a recording for a text, for steps at which an expression holds, or for a value.
#[derive(clap::Args)]
#[command(
    override_usage = "connie search [OPTIONS] TEXT [RUN]\n       connie search --where EXPRESSION [RUN]\n       \
    connie search --value VALUE [RUN]",
    after_help = "TEXT is searched for in functions, output, exceptions and sources. Case is ignored unless \
    TEXT has upper case.\n\nExamples:\n  connie search timeout\n  \
    connie search --where 'len(queue) > 5' --function Worker.run\n  \
    connie search --value kiwi\n\nThe exit code is 1 if nothing is found. To see a step: connie view RUN --step N"
)]
pub struct Arguments {
    /// The text to search for, unless --where or --value is given; then the recording: latest, an id or its
    /// beginning, or a path
    #[arg(value_name = "TEXT RUN", num_args = 0..=2)]
    words: Vec<String>,
    /// Find the steps at which this expression is true
    #[arg(long = "where", value_name = "EXPRESSION", conflicts_with = "value")]
    condition: Option<String>,
    /// With --where: search only in this function
    #[arg(long, value_name = "NAME", requires = "condition")]
    function: Option<String>,
    /// Find everything that held this value: a Python literal, else a string
    #[arg(long, value_name = "VALUE")]
    value: Option<String>,
    /// Show at most N results of each kind
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = numbers::count("finds"), allow_negative_numbers = true)]
    most: usize,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(format::TEXT))]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let asks_of_moments = arguments.condition.is_some() || arguments.value.is_some();
    let (text, run) = match (&arguments.words[..], asks_of_moments) {
        ([], true) => ("", "latest"),
        ([run], true) => ("", run.as_str()),
        ([text], false) => (text.as_str(), "latest"),
        ([text, run], false) => (text.as_str(), run.as_str()),
        ([], false) => return Err(Failure::Usage("say what to look for: connie search TEXT".to_owned())),
        (_, true) => {
            return Err(Failure::Usage("with --where or --value, only a recording can be named".to_owned()));
        }
        (_, false) => return Err(Failure::Usage("connie search takes TEXT and RUN".to_owned())),
    };
    let recording = Recording::open(&folder::resolve(run)?)?;
    if let Some(condition) = &arguments.condition {
        return moments::holding(&recording, condition, arguments);
    }
    if let Some(value) = &arguments.value {
        return moments::held(&recording, value, arguments);
    }
    let found = search(&recording, text, arguments.most)?;
    let is_empty = found == Found::default();
    match arguments.format {
        Format::Json => format::json(&found)?,
        _ => print(&recording, &found)?,
    }
    Ok(i32::from(is_empty))
}

fn print(recording: &Recording, found: &Found) -> Result<(), Failure> {
    let mut out = screen::stdout();
    let root = format!("{}/", recording.info.root);
    let short = |path: &str| path.strip_prefix(&root).unwrap_or(path).to_owned();
    let path = |source: u32| recording.sources.get(source as usize).map_or("?", |source| source.path.as_str());
    let head = |out: &mut screen::Screen<crate::pager::Output>, name: &str, any: bool| -> std::io::Result<()> {
        if any { writeln!(out, "{}{name}{:#}", style::BOLD, style::BOLD) } else { Ok(()) }
    };
    head(&mut out, "functions", !found.functions.is_empty())?;
    for function in &found.functions {
        let place = format!("{}:{}", one_line(&short(path(function.source))), function.line);
        writeln!(out, "  {}  {}{place}{:#}", one_line(&function.name), style::DIM, style::DIM)?;
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
        let place = format!("{}:{}", one_line(&short(&line.path)), line.line);
        writeln!(out, "  {}{place}{:#}  {}", style::DIM, style::DIM, line.text)?;
    }
    Ok(())
}

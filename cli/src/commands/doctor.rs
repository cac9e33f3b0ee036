//! `connie doctor`: checks whether connie can work here, and says what to do where it cannot.

mod check;
mod clients;
mod places;
mod python;

use std::path::Path;

use serde::Serialize;

use check::{Check, State};

use crate::failure::Failure;
use crate::format::{self, Format};
use crate::screen::Style;
use crate::{project, screen, style};

/// Check the interpreter, permissions, limits and editors, and say what to do.
#[derive(clap::Args)]
#[command(after_help = "The exit code is 1 if something keeps connie from recording.")]
pub struct Arguments {
    /// Check this interpreter instead of the one that connie run would use
    #[arg(long, value_name = "PYTHON")]
    python: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(format::TEXT))]
    format: Format,
}

/// The answer of `connie doctor --format json`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    /// The version of connie.
    version: &'static str,
    /// The path of this program.
    program: String,
    /// Whether connie can record.
    works: bool,
    /// What was checked.
    checks: Vec<Check>,
}

/// Runs the command.
///
/// # Errors
/// If stdout cannot be written to, or there is no working folder.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let root = project::root(&std::env::current_dir()?);
    let report = examine(arguments.python.as_deref(), &root);
    match arguments.format {
        Format::Json => format::json(&report)?,
        _ => print(&report)?,
    }
    Ok(i32::from(!report.works))
}

fn examine(python: Option<&str>, root: &Path) -> Report {
    let mut checks = python::checks(python, root);
    checks.extend(places::checks(root));
    checks.extend(clients::checks());
    let program = std::env::current_exe().map_or_else(|_| String::new(), |path| path.to_string_lossy().into_owned());
    let works = checks.iter().all(|check| check.state != State::Bad);
    Report { version: env!("CARGO_PKG_VERSION"), program, works, checks }
}

fn print(report: &Report) -> Result<(), Failure> {
    use std::io::Write;
    let mut out = screen::stdout();
    let (bold, dim) = (style::BOLD, style::DIM);
    writeln!(out, "{bold}connie {}{bold:#} {dim}{}{dim:#}\n", report.version, report.program)?;
    let width = report.checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    for check in &report.checks {
        let (mark, style) = mark(check.state);
        writeln!(out, "{style}{mark}{style:#} {:width$}  {}", check.name, check.found)?;
        if let Some(advice) = &check.advice {
            writeln!(out, "  {:width$}  {dim}→{dim:#} {advice}", "")?;
        }
    }
    let summary =
        if report.works { "connie can record here." } else { "connie cannot record here: see the lines with ✗." };
    writeln!(out, "\n{summary}")?;
    Ok(out.flush()?)
}

/// The mark of a state. The marks differ also without colours.
fn mark(state: State) -> (char, Style) {
    match state {
        State::Good => ('✓', style::GOOD),
        State::Note => ('!', style::WARNING),
        State::Bad => ('✗', style::ERROR),
    }
}

//! `connie explain`: why a run failed.

use std::io::Write;

use connie_history::History;
use connie_history::explain::{Branch, Explanation, Failure as Failed, passing};
use connie_history::moment::Modules;
use connie_history::timeline::Timeline;
use connie_recording::amounts::counted;
use connie_recording::{Error, Recording};

use super::when::{self, When};
use crate::failure::Failure;
use crate::format::{self, Format};
use crate::{folder, screen, style};

const MOMENT: &str = "Without --step and --at, the exception that ended the run is explained; in the recording of a test, the one \
    that made it fail. Each line shows its rank (1 is the most relevant), its place in the code, and what it did. A \
    line depends on the lines below it.";

/// Explain why a run failed: from the exception back to the lines that it depends on, the most relevant first.
#[derive(clap::Args)]
#[command(after_help = MOMENT)]
pub struct Arguments {
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    /// Compare with this run, which passed: an id or its beginning, a path, or none [default: for a test, its newest
    /// passing run before the failure, else after it]
    #[arg(long, value_name = "RUN")]
    against: Option<String>,
    #[command(flatten)]
    when: When,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(format::TEXT))]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If nothing failed, or the recording cannot be read.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let recording = Recording::open(&folder::resolve(&arguments.recording)?)?;
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording: &recording, timeline: &timeline, modules: &modules };
    let at = arguments.when.is_given().then(|| when::moment(&history, &arguments.when)).transpose()?;
    let step = at.map(|at| at.step);
    let passing = match arguments.against.as_deref() {
        None => passing::beside(&recording),
        Some("none") => None,
        Some(run) => Some(Recording::open(&folder::resolve(run)?)?),
    };
    let explanation = history.explain(step, passing.as_ref()).map_err(|error| match error {
        Error::Expression(why) => Failure::NotFound(format!("{why}: --step N or --at FILE:LINE")),
        error => error.into(),
    })?;
    match arguments.format {
        Format::Json => format::json(&explanation)?,
        _ => print(&explanation)?,
    }
    Ok(0)
}

fn print(explanation: &Explanation) -> std::io::Result<()> {
    let Explanation { failure, tree, slice, is_cut, passing, .. } = explanation;
    let mut out = screen::stdout();
    let (bold, dim) = (style::BOLD, style::DIM);
    writeln!(out, "{bold}{}{bold:#}", title(failure))?;
    let rows = tree.rows();
    let place = |branch: &Branch| {
        let by = branch.spot.by.as_ref().map_or_else(String::new, |by| format!(" {by}"));
        format!("{}:{} {}{by}", branch.spot.file, branch.spot.line, branch.spot.function)
    };
    let width = rows.iter().map(|row| (row.lines.chars().count() + place(row.branch).chars().count()).min(60)).max();
    for row in &rows {
        let rank = row.branch.rank.map_or_else(|| " ".to_owned(), |rank| rank.to_string());
        let place = place(row.branch);
        let used = row.lines.chars().count() + place.chars().count();
        let space = " ".repeat(width.unwrap_or(0).saturating_sub(used));
        let (name, step) = (style::NAME, style::grouped(row.branch.spot.step));
        writeln!(
            out,
            "{bold}{rank}{bold:#} {dim}{}{dim:#}{name}{place}{name:#}{space}  {}  {dim}step {step}{dim:#}",
            row.lines, row.branch.why
        )?;
    }
    let more = if *is_cut { ", and maybe more" } else { "" };
    writeln!(out, "{dim}of {} that this depends on{more}{dim:#}", counted(slice.len() as u64, "line"))?;
    for row in passing.iter().flat_map(passing::Passing::rows) {
        writeln!(out, "{dim}{row}{dim:#}")?;
    }
    Ok(())
}

/// The failure on one line.
fn title(failure: &Failed) -> String {
    let at = format!("step {}, {}", style::grouped(failure.spot.step), failure.spot);
    match &failure.ty {
        Some(ty) if failure.message.is_empty() => format!("{ty} at {at}"),
        Some(ty) => format!("{ty}: {} at {at}", failure.message.lines().next().unwrap_or_default()),
        None => format!("what happened at {at}"),
    }
}

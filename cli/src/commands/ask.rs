//! `connie why`, `connie history` and `connie origin`: questions about a value.

use std::io::Write;

use connie_history::History;
use connie_history::answers::{Answer, Asked, Question, Spot, Version};
use connie_history::moment::Modules;
use connie_history::origin::Trail;
use connie_history::timeline::{Direction, Timeline};
use connie_history::when;
use connie_recording::Recording;
use serde::Serialize;

use super::when::When;
use crate::failure::Failure;
use crate::format::{self, Format};
use crate::{folder, numbers, screen, style};

/// The value in question, and the moment.
#[derive(clap::Args)]
pub struct Of {
    /// A variable, attribute, item or key: total, self.items, rows[3]
    #[arg(value_name = "EXPRESSION")]
    expression: String,
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    #[command(flatten)]
    when: When,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(format::TEXT))]
    format: Format,
}

const MOMENT: &str = "Without --step and --at, the question is about the step of the exception that ended the run, else about the \
    end of the run. A variable that does not exist there is looked up in the last call of a function that has it.";

/// Show which line wrote a value.
#[derive(clap::Args)]
#[command(after_help = MOMENT)]
pub struct Why {
    #[command(flatten)]
    of: Of,
}

/// Show where a value came from, hop by hop.
#[derive(clap::Args)]
#[command(after_help = MOMENT)]
pub struct Origin {
    #[command(flatten)]
    of: Of,
}

/// Show every value of a variable, attribute or item, the latest first.
#[derive(clap::Args)]
#[command(after_help = MOMENT)]
pub struct Versions {
    #[command(flatten)]
    of: Of,
    /// Show the values after that moment, the earliest first
    #[arg(long)]
    later: bool,
    /// Show at most N values
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = numbers::count("versions"), allow_negative_numbers = true)]
    most: usize,
}

/// An answer, with its question.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Answered<'a> {
    expression: &'a str,
    at: Spot,
    #[serde(flatten)]
    answer: &'a Answer,
}

/// Runs `connie why`.
///
/// # Errors
/// If the expression names nothing, or the recording cannot be read.
pub fn why(arguments: &Why) -> Result<i32, Failure> {
    ask(&arguments.of, Question::Why)
}

/// Runs `connie origin`.
///
/// # Errors
/// As for [`why`].
pub fn origin(arguments: &Origin) -> Result<i32, Failure> {
    ask(&arguments.of, Question::Origin)
}

/// Runs `connie history`.
///
/// # Errors
/// As for [`why`].
pub fn history(arguments: &Versions) -> Result<i32, Failure> {
    let direction = if arguments.later { Direction::Forward } else { Direction::Backward };
    ask(&arguments.of, |of| Question::History { of, direction, most: arguments.most })
}

fn ask(of: &Of, question: impl Fn(Asked) -> Question) -> Result<i32, Failure> {
    let recording = Recording::open(&folder::resolve(&of.recording)?)?;
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording: &recording, timeline: &timeline, modules: &modules };
    let (here, answer) = when::ask(&history, &of.expression, &of.when.asked(), question)?;
    let at = Spot::of(&history, &here);
    match of.format {
        Format::Json => format::json(&Answered { expression: &of.expression, at, answer: &answer })?,
        _ => {
            let dim = style::DIM;
            let step = style::grouped(at.step);
            screen::say!("{dim}{} at step {step}, {at}{dim:#}", of.expression);
            print(&answer)?;
        }
    }
    let is_empty = match &answer {
        Answer::Why { writes } => writes.is_empty(),
        Answer::History { versions, .. } => versions.is_empty(),
        Answer::Origin(trail) => trail.hops.is_empty(),
    };
    Ok(i32::from(is_empty))
}

fn print(answer: &Answer) -> std::io::Result<()> {
    match answer {
        Answer::Why { writes } if writes.is_empty() => {
            screen::say!("no earlier write of it is known");
            Ok(())
        }
        Answer::Why { writes } => versions(writes),
        Answer::History { versions: all, next } => {
            versions(all)?;
            if next.is_some() {
                screen::say!("{}there are more: --most N prints more of them{:#}", style::DIM, style::DIM);
            }
            Ok(())
        }
        Answer::Origin(trail) => hops(trail),
    }
}

fn place(spot: &Spot) -> String {
    let by = spot.by.as_ref().map_or_else(String::new, |by| format!(", {by}"));
    let dim = style::DIM;
    format!(
        "{dim}step {:>9}{dim:#}  {}:{}  {dim}{}{by}{dim:#}",
        style::grouped(spot.step),
        spot.file,
        spot.line,
        spot.function
    )
}

fn versions(versions: &[Version]) -> std::io::Result<()> {
    let mut out = screen::stdout();
    for version in versions {
        let value = version.value.as_deref().unwrap_or("deleted");
        let unsure = if version.is_unsure { "?" } else { "" };
        let what = match version.changed.as_slice() {
            [] => format!("{value}{unsure}"),
            changed => format!("{}  {}→ {value}{unsure}{:#}", changed.join(", "), style::DIM, style::DIM),
        };
        let equal = if version.is_equal { " (an equal value)" } else { "" };
        let since = version.since.map_or_else(String::new, |since| {
            format!(" (some time in steps {} to {})", style::grouped(since), style::grouped(version.seen))
        });
        let through = version
            .through
            .as_ref()
            .map_or_else(String::new, |name| format!(" (through {name}, which changed in the same way)"));
        writeln!(out, "{}  {what}{equal}{since}{through}", place(&version.at))?;
    }
    Ok(())
}

fn hops(trail: &Trail) -> std::io::Result<()> {
    let mut out = screen::stdout();
    for hop in &trail.hops {
        writeln!(out, "{}  {} {} = {}", place(&hop.spot), hop.how.word(), hop.text, hop.value)?;
    }
    writeln!(out, "{}", trail.end)
}

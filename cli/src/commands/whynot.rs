//! `connie whynot`: shows why a line or function did not run.

use std::io::Write;

use connie_history::History;
use connie_history::moment::Modules;
use connie_history::timeline::Timeline;
use connie_history::whynot::{NoAnswer, Verdict, Wanted, WhyNot};
use connie_recording::Recording;
use serde::Serialize;

use super::when::{self, When};
use crate::failure::Failure;
use crate::format::{self, Format};
use crate::{folder, screen, style};

/// Show why a line or function did not run.
#[derive(clap::Args)]
#[command(
    after_help = "Without --step and --at, the question is about all calls. With either of them, the question is \
    about the call that is on the stack at that moment.\n\n\
    Examples:\n  \
    connie whynot app.py:12\n  \
    connie whynot Cart.total\n  \
    connie whynot app.py:12 --at app.py:10:3\n  \
    connie whynot app.py:12 --where 'price > 100'"
)]
pub struct Arguments {
    /// The place: FILE:LINE (FILE may be the end of a path), or a function by its name or qualified name
    #[arg(value_name = "PLACE")]
    place: String,
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    #[command(flatten)]
    when: When,
    /// Show why a breakpoint with this condition was never hit
    #[arg(long = "where", value_name = "EXPRESSION", conflicts_with_all = ["step", "at"])]
    condition: Option<String>,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(format::TEXT))]
    format: Format,
}

/// The answer, with its question.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Answered<'a> {
    place: &'a str,
    #[serde(flatten)]
    answer: &'a WhyNot,
}

/// Runs the command.
///
/// # Errors
/// If no place has this name, or the recording cannot be read.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let recording = Recording::open(&folder::resolve(&arguments.recording)?)?;
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording: &recording, timeline: &timeline, modules: &modules };
    let at = arguments.when.is_given().then(|| when::moment(&history, &arguments.when)).transpose()?;
    let wanted = Wanted {
        text: arguments.place.clone(),
        condition: arguments.condition.clone(),
        at: at.map(|at| (at.step, at.frame)),
        source: None,
    };
    let answer = history.why_not(&wanted).map_err(|none| match none {
        NoAnswer::Location(none) => Failure::NotFound(none.to_string()),
        NoAnswer::Question(why) => Failure::Usage(why),
        NoAnswer::Recording(error) => error.into(),
    })?;
    match arguments.format {
        Format::Json => format::json(&Answered { place: &arguments.place, answer: &answer })?,
        _ => {
            let mut out = screen::stdout();
            writeln!(out, "{}{}{:#}", style::BOLD, answer.headline(), style::BOLD)?;
            for line in answer.lines() {
                writeln!(out, "{line}")?;
            }
        }
    }
    let is_never = matches!(answer.verdict, Verdict::Never | Verdict::NotInCall { .. });
    Ok(i32::from(is_never && answer.reasons.is_empty()))
}

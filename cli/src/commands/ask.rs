//! `connie why`, `connie history` and `connie origin`: questions about a value.

use std::io::Write;

use clap::ValueEnum;
use connie_history::History;
use connie_history::answers::{Answer, Asked, Question, Spot, Version};
use connie_history::breakpoint::{Breakpoint, Location};
use connie_history::moment::Modules;
use connie_history::origin::Trail;
use connie_history::places;
use connie_history::timeline::{Direction, Position, Timeline};
use connie_recording::{Error, Recording};
use serde::Serialize;

use crate::failure::Failure;
use crate::{folder, numbers, screen, style};

/// Output formats of answers.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Text for people
    #[default]
    Text,
    /// One JSON object
    Json,
}

/// The value in question, and the moment.
#[derive(clap::Args)]
pub struct Of {
    /// A variable, attribute, item or key: total, self.items, rows[3]
    #[arg(value_name = "EXPRESSION")]
    expression: String,
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    /// Ask at this step
    #[arg(long, value_name = "N", value_parser = numbers::step(), conflicts_with = "at", allow_negative_numbers = true)]
    step: Option<u64>,
    /// Ask where this line is about to run: for the last time, or at this hit
    #[arg(long, value_name = "FILE:LINE[:HIT]")]
    at: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

const MOMENT: &str = "Without --step and --at, the question is asked at the exception that ended the run, else at the end of the run. A \
    variable that is not known there is looked up in the last call of a function that has it.";

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
    /// Show the values after the moment, the next first
    #[arg(long)]
    later: bool,
    /// Show at most N values
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = numbers::count("versions"), allow_negative_numbers = true)]
    most: usize,
}

/// An answer, and what it is the answer to.
#[derive(Serialize)]
struct Answered<'a> {
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
    let mut here = moment(&history, of)?;
    let asked = |here: &Position| Asked { text: of.expression.clone(), step: here.step, frame: here.frame };
    let mut answer = history.ask(&question(asked(&here)));
    if matches!(answer, Err(Error::Expression(_)))
        && of.step.is_none()
        && of.at.is_none()
        && let Some(there) = last_with(&history, &of.expression)
        && let Ok(found) = history.ask(&question(asked(&there)))
    {
        (here, answer) = (there, Ok(found));
    }
    let answer = answer.map_err(|error| match error {
        Error::Expression(why) => Failure::Usage(why),
        error => error.into(),
    })?;
    let at = Spot::of(&history, &here);
    match of.format {
        Format::Json => {
            let answered = Answered { expression: &of.expression, at, answer: &answer };
            let text = serde_json::to_string_pretty(&answered).map_err(std::io::Error::from)?;
            writeln!(screen::json(), "{text}")?;
        }
        Format::Text => {
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

/// The moment that a question is about.
fn moment(history: &History<'_>, of: &Of) -> Result<Position, Failure> {
    let recording = history.recording;
    if let Some(step) = of.step {
        return Ok(history.timeline.position(recording, step)?);
    }
    if let Some(at) = &of.at {
        return hit(history, at);
    }
    if let Some(step) = recording.info.exception {
        return Ok(history.timeline.position(recording, step)?);
    }
    // Not the last event of all: generators may be closed when the interpreter ends.
    let first = history.timeline.find(recording, 0, Direction::Forward, |_| true, |p| p.frame != 0)?;
    let of_first = |first: Position| {
        history.timeline.find(recording, u64::MAX, Direction::Backward, |_| true, |p| p.frame == first.frame)
    };
    let end = first.map(of_first).transpose()?.flatten();
    if end.is_none() {
        // A damaged recording says so.
        (0..recording.chunks.len()).try_for_each(|index| recording.chunk(index).map(drop))?;
    }
    end.ok_or_else(|| Failure::NotFound("nothing was recorded in this run".to_owned()))
}

/// `FILE:LINE` or `FILE:LINE:HIT`.
///
/// # Errors
/// If the line did not run.
pub fn hit(history: &History<'_>, at: &str) -> Result<Position, Failure> {
    let counted = at.rsplit_once(':').and_then(|(place, hit)| Some((place, hit.parse::<u64>().ok()?)));
    // In `app.py:12` the number is the line.
    let (place, wanted) = match counted {
        Some((place, hit)) if place.rsplit_once(':').is_some_and(|(_, line)| line.parse::<u32>().is_ok()) => {
            (place, Some(hit))
        }
        _ => (at, None),
    };
    if wanted == Some(0) {
        return Err(Failure::Usage(format!("hits count from 1, not 0: {at}")));
    }
    let found = places::place(history.recording, place).map_err(|none| Failure::NotFound(none.to_string()))?;
    if matches!(found, Location::Function(_)) {
        return Err(Failure::Usage(format!("--at takes FILE:LINE or FILE:LINE:HIT, not {at}")));
    }
    let hits = Breakpoint::new(found, None, None);
    let step = match wanted {
        None => hits.near(history, u64::MAX, Direction::Backward),
        Some(wanted) => {
            let mut step = 0;
            (0..wanted)
                .try_for_each(|_| hits.near(history, step, Direction::Forward).map(|next| step = next))
                .map(|()| step)
        }
    };
    let step = step.filter(|step| *step > 0).ok_or_else(|| {
        let which = wanted.map_or_else(String::new, |hit| format!(" {hit} times"));
        Failure::NotFound(format!("{place} did not run{which} in this recording"))
    })?;
    Ok(history.timeline.position(history.recording, step)?)
}

/// The last step of a call of a function that has a variable.
fn last_with(history: &History<'_>, expression: &str) -> Option<Position> {
    let end = expression.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(expression.len());
    let name = &expression[..end];
    let has = |code: u32| {
        history.recording.function(code).is_some_and(|function| function.slots.iter().any(|slot| slot == name))
    };
    let found = history.timeline.find(
        history.recording,
        u64::MAX,
        Direction::Backward,
        |_| true,
        |p| p.frame != 0 && has(p.code),
    );
    found.ok().flatten()
}

fn print(answer: &Answer) -> std::io::Result<()> {
    match answer {
        Answer::Why { writes } if writes.is_empty() => {
            screen::say!("nothing is known to have written it before");
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
            format!(
                " (by code that was not recorded, in steps {} to {})",
                style::grouped(since),
                style::grouped(version.seen)
            )
        });
        writeln!(out, "{}  {what}{equal}{since}", place(&version.at))?;
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

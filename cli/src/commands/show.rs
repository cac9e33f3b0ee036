//! `connie show`: one recording at a glance.

use std::io::Write;

use connie_recording::Recording;
use connie_recording::amounts::counted;
use connie_recording::plain::one_line;

use super::list::local_time;
use crate::failure::Failure;
use crate::format::{self, Format};
use crate::{folder, screen, style};

/// Show facts about a recording: command, result, threads, sources.
#[derive(clap::Args)]
pub struct Arguments {
    /// The recording: latest, an id or its beginning, or a path
    #[arg(value_name = "RUN", default_value = "latest")]
    recording: String,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(format::TEXT))]
    format: Format,
    /// The same as --format json
    #[arg(long, hide = true)]
    json: bool,
}

/// `1 piece of output`, `2 pieces of output`.
fn pieces(n: u64) -> String {
    format!("{} of output", counted(n, "piece"))
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let path = folder::resolve(&arguments.recording)?;
    let recording = Recording::open(&path)?;
    let info = &recording.info;
    if arguments.json || arguments.format == Format::Json {
        return format::json(info).map(|()| 0);
    }
    let mut out = screen::stdout();
    let [functions, lines, exceptions, output] = recording.counts()?;
    let (bold, plain) = (style::BOLD, style::BOLD);
    let mut row = |name: &str, value: String| {
        // The text of an exception may have several lines; names have one.
        let value = if name == "exception" { value.into() } else { one_line(&value) };
        writeln!(out, "{bold}{name:<12}{plain:#}{value}")
    };
    row("recording", folder::id(&path))?;
    row("file", format!("{} ({})", path.display(), style::size(std::fs::metadata(&path).map_or(0, |m| m.len()))))?;
    row("command", info.argv.join(" "))?;
    row("in", info.cwd.clone())?;
    row("python", info.python.clone().unwrap_or_else(|| "unknown".into()))?;
    row("started", local_time(info.started))?;
    match info.duration() {
        Some(took) => row("took", style::duration(took.unsigned_abs()))?,
        None => row("took", "still recording, or the recorder was killed".into())?,
    }
    // Missing data is reported below.
    let is_orderly = info.complete || info.ended.is_none() || info.trouble.is_some();
    let orderly = if is_orderly { "" } else { " (ended without shutting down)" };
    row("result", format!("{}{orderly}", info.outcome()))?;
    let dropped = match info.dropped {
        0 => String::new(),
        dropped => format!(" (the last ones; {} earlier steps were not kept)", style::grouped(dropped)),
    };
    row("steps", format!("{}{dropped}", style::grouped(info.steps)))?;
    if !info.levels.is_empty() {
        row("level", info.levels.join(", "))?;
    }
    let (lines, so_far) = match info.is_going_on() {
        true => (String::new(), " so far"),
        false => (format!(", {} run", counted(lines, "line")), ""),
    };
    row("code", format!("{}{lines}{so_far}", counted(functions, "function")))?;
    row("seen", format!("{}, {}{so_far}", counted(exceptions, "exception"), pieces(output)))?;
    // Output of a kernel goes to the notebook, not through a file descriptor.
    let in_kernel = recording.sources.iter().any(|source| source.path.contains("/ipykernel_"));
    let cells = if in_kernel { ", what cells print into their notebook" } else { "" };
    row("not seen", format!("output of C code and of programs that are not Python{cells}"))?;
    let known = recording.thread_names()?;
    let names = |id| known.iter().find(|(known, _)| *known == id).map_or("", |(_, name)| name.as_str());
    for thread in recording.threads()? {
        let steps = thread.steps.map_or_else(String::new, |steps| format!(" ({})", counted(steps, "step")));
        row("thread", format!("{} {}{steps}", thread.id, names(thread.id)))?;
    }
    for source in &recording.sources {
        row("source", format!("{}{}", source.path, if source.text.is_none() { " (text unknown)" } else { "" }))?;
    }
    if let Some(raised) = recording.ended_by()? {
        row("exception", format!("{} (step {})", raised.at_the_end(), raised.step))?;
    }
    if let Some(trouble) = &info.trouble {
        row("trouble", trouble.clone())?;
    }
    Ok(0)
}

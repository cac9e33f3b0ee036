//! `connie report`: writes a recording as a folder of pages that need no server.

mod place;
mod range;
mod writing;

use std::io::Write;
use std::path::PathBuf;

use connie_history::loaded::Loaded;
use connie_recording::{Error, Recording};
use connie_web::report::{Asked, Failed, PAGE};
use serde::Serialize;

use super::export;
use crate::failure::Failure;
use crate::format::{self, Format};
use crate::{folder, numbers, screen, style};
use place::Place;
use range::{MOST, Range};
use writing::Writing;

/// Write a recording as a folder of pages that need no server, to be opened from a file or put on any host.
#[derive(clap::Args)]
#[command(
    after_help = "Open index.html of the folder in a browser: it needs nothing else. The folder contains values and \
    sources of the program: check it before you share it. Only you can read a new folder; to publish it: chmod -R a+rX DIR"
)]
pub struct Arguments {
    /// The recording: latest, an id or its beginning, or a path [default: latest]
    #[arg(value_name = "RUN")]
    recording: Option<String>,
    /// Folder to write [default: ID-report in this folder]
    #[arg(long, short, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Only the last N steps [default: all, up to 1,000,000]
    #[arg(long, value_name = "N", value_parser = numbers::within("steps", 1..=u64::MAX), allow_negative_numbers = true)]
    last: Option<u64>,
    /// Only the steps from A to B; one of them may be left out
    #[arg(long, value_name = "A..B", conflicts_with = "last")]
    steps: Option<Range>,
    /// Open the page at this step [default: the step of the uncaught exception, else the last step]
    #[arg(long, value_name = "STEP", value_parser = numbers::step(), allow_negative_numbers = true)]
    step: Option<u64>,
    /// Redact secrets: values whose names are on the built-in list or match PATTERN, and values that look like a
    /// secret. value:TEXT redacts TEXT itself
    #[arg(long, value_name = "PATTERN", num_args = 0..)]
    redact: Option<Vec<String>>,
    /// Write into a folder that has other files, beside these
    #[arg(long)]
    force: bool,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(format::TEXT))]
    format: Format,
}

/// A report that was written.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Made {
    /// The page to open.
    page: String,
    /// The number of its files.
    files: u64,
    /// Their size in bytes.
    size: u64,
    /// The first step that it has; 0 if there is none.
    first: u64,
    /// The last step that it has.
    last: u64,
    /// The number of steps of the run.
    steps: u64,
}

/// Runs the command.
///
/// # Errors
/// If the recording cannot be read, or the folder cannot be written.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let (run, redact) = export::what(arguments.recording.as_deref(), arguments.redact.as_deref());
    let path = folder::resolve(&run)?;
    let target = arguments.output.clone().unwrap_or_else(|| PathBuf::from(format!("{}-report", folder::id(&path))));
    let place = Place::check(&target, arguments.force)?;
    let cleaned = redact.map(|patterns| export::clean(&path, &patterns)).transpose()?;
    let mut loaded = Loaded::open(cleaned.as_deref().unwrap_or(&path))?;
    let mut asked = asked(&loaded.recording, arguments)?;
    if let Some((_, id)) = asked.about.iter_mut().find(|(name, _)| name == "recording") {
        *id = folder::id(&path);
    }
    if let Some(part) = asked.part.as_ref().filter(|_| arguments.last.is_none() && arguments.steps.is_none()) {
        screen::say!("{}connie:{:#} {part} --last and --steps choose another part", style::WARNING, style::WARNING);
    }
    let mut writing = Writing::new(&place, asked.steps)?;
    let damaged = match connie_web::report::write(&mut loaded, &asked, &mut writing) {
        Ok(damaged) => damaged,
        Err(_) if writing.signal().is_some() => {
            let signal = writing.signal().unwrap_or_default();
            drop((writing, cleaned));
            screen::say!("{}connie:{:#} stopped: no report was written", style::DIM, style::DIM);
            return Ok(128 + signal);
        }
        Err(Failed::Recording(error)) => return Err(error.into()),
        Err(Failed::Folder(error)) => return Err(place.cannot(&error)),
    };
    let (files, size) = (writing.files, writing.size);
    place.put(writing.finish())?;
    // As for `connie replay`: what can be read is there, and the exit code says that it is not all.
    let code = if damaged.is_empty() { 0 } else { 65 };
    for error in damaged {
        screen::say!("{}connie:{:#} {error}", style::WARNING, style::WARNING);
    }
    let page = place.path.join(PAGE);
    let (first, last) = asked.steps;
    let steps = loaded.recording.last_step();
    if arguments.format == Format::Json {
        let page = page.to_string_lossy().into_owned();
        return format::json(&Made { page, files, size, first, last, steps }).map(|()| code);
    }
    let (size, files) = (style::size(size), style::grouped(files));
    writeln!(screen::stdout(), "{} · {size} in {files} files", page.display())?;
    Ok(code)
}

/// What the report is about.
fn asked(recording: &Recording, arguments: &Arguments) -> Result<Asked, Failure> {
    let (begin, end) = (recording.chunks.first().map_or(0, |chunk| chunk.first_step), recording.last_step());
    let range = match (arguments.steps, arguments.last) {
        (Some(range), _) => range,
        (None, last) => Range::last(last.unwrap_or(MOST), end),
    };
    let steps = range.within(begin, end).ok_or(Error::NoStep { step: range.from, last: end })?;
    let is_in = |step: &u64| (steps.0..=steps.1).contains(step);
    let (first, last) = (style::grouped(steps.0), style::grouped(steps.1));
    let moment = match arguments.step {
        Some(step) if !(begin..=end).contains(&step) || step == 0 => {
            return Err(Error::NoStep { step, last: end }.into());
        }
        Some(step) if !is_in(&step) => {
            return Err(Failure::Usage(format!(
                "--step {step} is not one of the steps {first} to {last} of the report"
            )));
        }
        Some(step) => step,
        None => recording.info.exception.filter(is_in).unwrap_or(steps.1),
    };
    let part = (steps != (begin, end))
        .then(|| format!("This report has the steps {first} to {last} of {}.", style::grouped(end)));
    let version = ("connie".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    let facts = export::facts(recording).into_iter().map(|(name, value)| (name.to_owned(), value));
    Ok(Asked { steps, moment, about: facts.chain([version]).collect(), part })
}

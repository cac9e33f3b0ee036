//! `connie types`: derives annotations from recorded arguments and results.

use std::io::Write;
use std::path::{Path, PathBuf};

use connie_history::moment::Modules;
use connie_history::timeline::Timeline;
use connie_history::types::{self, Edited, FunctionTypes, Observed, Options};
use connie_history::{History, places};
use connie_recording::plain::one_line;
use connie_recording::{Error, Recording};
use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;
use crate::format::{self, Format};
use crate::{folder, numbers, screen, style};

/// Show type annotations for functions, from recorded arguments and results, or write them into a file.
#[derive(clap::Args)]
#[command(
    override_usage = "connie types [OPTIONS] [RUN]... [FILE|FUNCTION]\n       connie types --apply FILE [OPTIONS] [RUN]...",
    after_help = "An annotation describes the recorded values, not the intended ones. Values that were cut, \
        redacted or not recorded give no annotation. Annotations that a source already has are never changed.\n\n\
        Examples:\n  connie types\n  connie types shop.py\n  connie types latest Cart.add\n  \
        connie types --apply shop.py --diff\n\nThe exit code is 1 if there is no annotation to show, or none to add."
)]
pub struct Arguments {
    /// Recordings: latest, an id or its beginning, or a path [default: latest]; then a file or a function, to show only
    /// its annotations
    #[arg(value_name = "RUN FILE|FUNCTION")]
    words: Vec<String>,
    /// Write the annotations of this file's functions into it
    #[arg(long, value_name = "FILE")]
    apply: Option<PathBuf>,
    /// With --apply: show what would be changed, and change nothing
    #[arg(long, requires = "apply")]
    diff: bool,
    /// Examine at most N calls of each function
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = numbers::within("calls", 1..=u64::MAX), allow_negative_numbers = true)]
    most: u64,
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = format::among(format::TEXT))]
    format: Format,
}

/// Runs the command. The exit code is 1 if no annotation is known, or no annotation is new.
///
/// # Errors
/// If a recording cannot be read, has no such file or function, or the file cannot be written.
pub fn run(arguments: &Arguments) -> Result<i32, Failure> {
    let (runs, what) = words(arguments)?;
    let mut what = what.map(str::to_owned);
    if let Some(file) = &arguments.apply {
        if let Some(what) = what {
            return Err(Failure::Usage(format!("with --apply, only recordings can be named, not {what}")));
        }
        what = Some(file.to_string_lossy().into_owned());
    }
    let mut all = Vec::new();
    for run in &runs {
        let recording = Recording::open(run)?;
        let observed = observe(&recording, what.as_deref(), arguments)?;
        all.push((recording, observed));
    }
    let Some((recording, mut observed)) = all.pop() else { return Ok(1) };
    for (_, others) in &all {
        types::merge(&mut observed, others);
    }
    observed.sort_by(|a, b| (&a.path, a.line).cmp(&(&b.path, b.line)));
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording: &recording, timeline: &timeline, modules: &modules };
    let found = types::annotations(&recording, &history, &observed);
    match &arguments.apply {
        Some(file) => apply(&recording, file, &observed, &found, arguments),
        None => show(&found, arguments.format),
    }
}

/// The given recordings, and the file or function of interest.
fn words(arguments: &Arguments) -> Result<(Vec<PathBuf>, Option<&str>), Failure> {
    let (mut runs, mut what) = (Vec::new(), None);
    for (n, word) in arguments.words.iter().enumerate() {
        match folder::resolve(word) {
            // A source file is not a recording, even if a recording could be found by its path.
            Ok(run) if !word.ends_with(".py") => runs.push(run),
            _ if n + 1 == arguments.words.len() => what = Some(word.as_str()),
            Ok(_) => return Err(Failure::Usage(format!("a file or a function must be the last argument: {word}"))),
            Err(failure) => return Err(failure),
        }
    }
    if runs.is_empty() {
        runs.push(folder::resolve("latest")?);
    }
    Ok((runs, what))
}

/// The codes of a file, of a function, or of all functions in the project.
fn codes(recording: &Recording, what: Option<&str>) -> Result<Vec<u32>, Failure> {
    let of = |wanted: &dyn Fn(u32) -> bool| {
        let all = (0u32..).zip(&recording.functions);
        all.filter(|(_, function)| wanted(function.source)).map(|(code, _)| code).collect::<Vec<_>>()
    };
    let Some(what) = what else {
        let root = Path::new(&recording.info.root);
        let is_own = |source: u32| {
            recording.sources.get(source as usize).is_some_and(|source| Path::new(&source.path).starts_with(root))
        };
        return Ok(of(&is_own));
    };
    if what.ends_with(".py") || what.contains('/') {
        let sources = places::sources(recording, what).map_err(|none| Failure::NotFound(none.to_string()))?;
        return Ok(of(&|source| sources.contains(&source)));
    }
    places::functions(recording, what).map_err(|none| Failure::NotFound(none.to_string()))
}

fn observe(recording: &Recording, what: Option<&str>, arguments: &Arguments) -> Result<Vec<Observed>, Failure> {
    let codes = codes(recording, what)?;
    let (timeline, modules) = (Timeline::default(), Modules::default());
    let history = History { recording, timeline: &timeline, modules: &modules };
    // It is only shown on a terminal.
    let bar = ProgressBar::new(recording.info.steps);
    if let Ok(style) = ProgressStyle::with_template("reading calls {wide_bar} {human_pos} of {human_len} steps") {
        bar.set_style(style);
    }
    let progress = |step: u64| {
        bar.set_position(step);
        true
    };
    let observed = types::observe(&history, &codes, &Options { calls: arguments.most, progress: &progress })?;
    bar.finish_and_clear();
    Ok(observed)
}

fn show(found: &[FunctionTypes], format: Format) -> Result<i32, Failure> {
    match format {
        Format::Json => format::json(found)?,
        _ => {
            let mut out = screen::stdout();
            for one in found {
                let place = format!("{}:{}", one_line(&one.file), one.line);
                let calls = if one.calls == 1 { "call" } else { "calls" };
                let class = one.function.rsplit_once('.').map_or(String::new(), |(class, _)| format!("{class}: "));
                let dim = style::DIM;
                writeln!(
                    out,
                    "{dim}{place}  {}{dim:#}{}  {dim}{} {calls}{dim:#}",
                    one_line(&class),
                    one_line(&one.signature),
                    style::grouped(one.calls)
                )?;
            }
        }
    }
    let is_known = |one: &FunctionTypes| one.annotations.iter().any(|one| one.annotation.is_some());
    Ok(i32::from(!found.iter().any(is_known)))
}

fn apply(
    recording: &Recording,
    file: &Path,
    observed: &[Observed],
    found: &[FunctionTypes],
    arguments: &Arguments,
) -> Result<i32, Failure> {
    let source = connie_history::mapping::number(recording, &file.to_string_lossy());
    let source = source.or_else(|| observed.first().map(|one| one.source));
    let source = source
        .ok_or_else(|| Failure::NotFound(format!("no function of {} was called in this recording", file.display())))?;
    let edited = types::edited(recording, source, observed, found)
        .map_err(|refused| Failure::Recording(Error::Expression(refused.to_string())))?;
    if arguments.diff {
        write!(screen::stdout(), "{}", edited.diff())?;
    } else if edited.before != edited.after {
        replace(&edited)?;
    }
    let said = if arguments.diff { "would be annotated" } else { "annotated" };
    let functions = if edited.annotated == 1 { "function" } else { "functions" };
    screen::say!(
        "{}connie:{:#} {} · {} {functions} {said}",
        style::DIM,
        style::DIM,
        edited.path.display(),
        edited.annotated
    );
    for (function, why) in &edited.left {
        screen::say!("{}connie:{:#} {}: not annotated: {}", style::DIM, style::DIM, one_line(function), one_line(why));
    }
    Ok(i32::from(edited.annotated == 0))
}

/// Replaces the file atomically and keeps its permissions.
fn replace(edited: &Edited) -> Result<(), Failure> {
    // Replace the target of a link, not the link.
    let path = edited.path.canonicalize()?;
    let cannot =
        |error: &dyn std::fmt::Display| Failure::CannotCreate(format!("cannot write {}: {error}", path.display()));
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot(&error))?;
    temporary.write_all(edited.after.as_bytes()).map_err(|error| cannot(&error))?;
    let permissions = std::fs::metadata(&path)?.permissions();
    temporary.as_file().set_permissions(permissions).map_err(|error| cannot(&error))?;
    if std::fs::read(&path)? != edited.before.as_bytes() {
        return Err(cannot(&"it was changed meanwhile"));
    }
    temporary.persist(&path).map_err(|error| cannot(&error.error))?;
    Ok(())
}

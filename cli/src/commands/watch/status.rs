//! Prints the status of runs as short lines on stderr.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use connie_recording::plain::one_line;
use connie_recording::{Recording, reader};

use crate::{folder, screen, style};

/// The maximum number of changed files that are named.
const MAX_NAMED: usize = 3;

/// A path as people write it in a folder.
fn short(path: &Path, cwd: &Path) -> String {
    one_line(&path.strip_prefix(cwd).unwrap_or(path).to_string_lossy()).into_owned()
}

/// `a.py, b.py and 3 others`
pub fn named(paths: &[PathBuf], cwd: &Path) -> String {
    let names: Vec<String> = paths.iter().take(MAX_NAMED).map(|path| short(path, cwd)).collect();
    match paths.len().saturating_sub(MAX_NAMED) {
        0 => names.join(", "),
        1 => format!("{} and 1 other", names.join(", ")),
        others => format!("{} and {others} others", names.join(", ")),
    }
}

/// Prints what is run.
pub fn begins(what: &str, why: &str) {
    let dim = style::DIM;
    let why = if why.is_empty() { String::new() } else { format!("{why}: ") };
    screen::say!("{dim}connie: {why}running {what}{dim:#}");
}

/// Prints what the watch waits for.
pub fn waits(files: usize, has_keys: bool) {
    let dim = style::DIM;
    let keys = if has_keys { " · Enter or r: run again · q: quit" } else { "" };
    let plural = if files == 1 { "" } else { "s" };
    screen::say!("{dim}connie: waiting for changes of {files} file{plural}{keys}{dim:#}");
}

/// How a program ended, in words; `None` if it succeeded.
fn ending(status: ExitStatus) -> Option<String> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(format!("exit code {code}")),
        (None, signal) => Some(format!("signal {}", signal.unwrap_or(0))),
    }
}

/// The exception that ended a program, and where it appeared: `ValueError: no · shop.py:3`.
fn exception(recording: &Path, cwd: &Path) -> Option<String> {
    let text = reader::uncaught(recording).ok().flatten()?;
    let place = || {
        let recording = Recording::open(recording).ok()?;
        let raised = recording.ended_by().ok().flatten()?;
        let (code, line) = *raised.traceback.last()?;
        let source = recording.function(code)?.source;
        let path = &recording.sources.get(source as usize)?.path;
        Some(format!("{}:{line}", short(Path::new(path), cwd)))
    };
    let first = text.lines().next().unwrap_or_default();
    Some(place().map_or_else(|| first.to_owned(), |place| format!("{first} · {place}")))
}

/// The recording that is there after a run.
pub struct Shown<'p> {
    /// Its path.
    pub latest: Option<&'p Path>,
    /// Whether it is that of the run.
    pub is_new: bool,
    /// Whether it replaced one of a run that had not failed, while this one did.
    pub replaces_passed: bool,
}

/// Reports the end of a program.
pub fn program_ended(name: &str, status: ExitStatus, said: Option<&str>, shown: Shown<'_>) {
    let Shown { latest, is_new, replaces_passed } = shown;
    let (colour, how) = match (ending(status), said) {
        (None, _) => (style::GOOD, format!("{name} succeeded")),
        (Some(ending), Some(said)) => (style::ERROR, format!("{said} · {ending}")),
        (Some(ending), None) => (style::ERROR, format!("{name} ended with {ending}")),
    };
    let recording = match latest.filter(|latest| latest.exists()) {
        Some(latest) if is_new => {
            let steps = reader::info(latest).map_or(0, |info| info.steps);
            let plural = if steps == 1 { "" } else { "s" };
            let replaces = if replaces_passed { ", which replaces the recording of the run that passed" } else { "" };
            format!(
                " · {} step{plural} · see it with: connie replay {}{replaces}",
                style::grouped(steps),
                folder::shown_id(latest)
            )
        }
        Some(latest) => {
            format!(" · nothing was recorded: the previous recording stays, {}", folder::shown_id(latest))
        }
        None => " · nothing was recorded".into(),
    };
    screen::say!("{colour}connie:{colour:#} {how}{recording}");
}

/// The message about a program's end: its exception.
pub fn exception_text(recording: &Path, cwd: &Path) -> Option<String> {
    exception(recording, cwd)
}

/// The lines of the syntax error of a file that is not valid Python.
pub fn syntax_error(path: &Path) -> Option<String> {
    let bytes = connie_recording::files::read(path, connie_recording::files::SOURCE).ok()?;
    let text = connie_source::source_text::decode(&bytes);
    let error = connie_source::parse::module(&text).err()?;
    let at = usize::from(error.location.start()).min(text.len());
    let line = String::from_utf8_lossy(&text.as_bytes()[..at]).matches('\n').count() + 1;
    Some(format!("{}:{line}: {}", path.file_name().unwrap_or_default().to_string_lossy(), error.error))
}

/// Reports the end of tests: how many ran, which failed, and how to inspect them.
pub fn tests_ended(status: ExitStatus, ran: usize, failed: &BTreeSet<String>, recorded: &[String], rest: &str) {
    let plural = if ran == 1 { "" } else { "s" };
    let (colour, how) = match status.code() {
        Some(0) => (style::GOOD, format!("{ran} test{plural} passed or were skipped")),
        Some(1) => (style::ERROR, format!("{} of {ran} test{plural} failed", failed.len())),
        Some(5) => (style::WARNING, "no test ran".into()),
        _ => (style::ERROR, format!("pytest ended with {}", ending(status).unwrap_or_default())),
    };
    let first = recorded.iter().find(|test| failed.contains(*test)).or(recorded.first());
    let look = first.map(|test| format!(" · see it with: connie replay '{}'", one_line(test))).unwrap_or_default();
    screen::say!("{colour}connie:{colour:#} {how}{rest}{look}");
}

/// Prints that a run was stopped.
pub fn stopped() {
    let dim = style::DIM;
    screen::say!("{dim}connie: the run was stopped{dim:#}");
}

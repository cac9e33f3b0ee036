//! Reports finished recordings as dim lines on stderr.

use std::path::Path;

use connie_recording::amounts::counted;
use connie_recording::plain::one_line;
use connie_recording::recorder::Summary;
use connie_recording::sidefiles;

use super::Segments;
use crate::{folder, screen, style};

/// The maximum number of messages about missing parts printed for tests; `connie show` has all of them.
const MAX_MISSING: usize = 3;

/// Reports a finished recording: its size, and how to open it. `is_path` says that it is not in the project's folder.
pub fn finished(path: &Path, summary: &Summary, is_path: bool) {
    if summary.is_empty && summary.trouble.is_some() {
        return trouble_of(summary);
    }
    let Ok(metadata) = std::fs::metadata(path) else {
        // It was deleted during recording.
        return trouble_of(summary);
    };
    let log = sidefiles::log_of(path).and_then(|log| log.metadata().ok()).map_or(0, |log| log.len());
    let size = metadata.len() + log;
    let steps = counted(summary.steps, "step");
    let name = if is_path { one_line(&path.to_string_lossy()).into_owned() } else { folder::shown_id(path) };
    let (dim, plain) = (style::DIM, style::DIM);
    screen::say!("{dim}connie: {name} · {steps} · {} · see it with: connie replay {name}{plain:#}", style::size(size));
    trouble_of(summary);
    if summary.no_room
        && let Some(words) = log_beside(path)
    {
        screen::say!(
            "{}connie:{:#} no room is left (a full disk, or ulimit -f): {words}",
            style::WARNING,
            style::WARNING
        );
    }
}

fn trouble_of(summary: &Summary) {
    if let Some(trouble) = &summary.trouble {
        screen::say!("{}connie:{:#} {trouble}", style::WARNING, style::WARNING);
    }
}

/// A message about a recording that consists of two files because there was not enough space to merge them; `None` for
/// others.
pub fn log_beside(path: &Path) -> Option<String> {
    let log = sidefiles::log_of(path)?;
    let log = log.to_string_lossy();
    let log = one_line(&log);
    Some(format!(
        "keep {log} beside the recording: the next command that opens the recording joins them, if there is enough room"
    ))
}

/// Reports segments that began or ended since the last call.
pub fn segments(segments: &mut Segments) {
    let (dim, plain) = (style::DIM, style::DIM);
    for id in segments.begun.drain(..) {
        screen::say!("{dim}connie: recording {id}{plain:#}");
    }
    for (path, summary) in segments.kept.drain(..) {
        finished(&path, &summary, false);
    }
}

/// Reports missing parts of recordings that were not reported yet, and errors.
pub fn trouble(segments: &Segments, quiet: bool) {
    if quiet && segments.alone.is_some() {
        for why in segments.missing.iter().take(MAX_MISSING) {
            screen::say!("{}connie:{:#} {why}", style::WARNING, style::WARNING);
        }
    }
    if let Some(error) = &segments.trouble {
        let style = style::ERROR;
        screen::say!("{style}connie:{style:#} not all was recorded, the program was not disturbed: {error}");
    }
}

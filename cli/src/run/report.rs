//! What is said of recordings when they are made: dim lines on stderr.

use std::path::Path;

use connie_recording::recorder::Summary;

use super::Segments;
use crate::{folder, screen, style};

/// A finished recording: how large it is, and how to see it. `is_path`: it is not in the project's folder.
pub fn finished(path: &Path, summary: &Summary, is_path: bool) {
    let size = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    let steps = style::grouped(summary.steps);
    let name = if is_path { path.to_string_lossy().into_owned() } else { folder::id(path) };
    let (dim, plain) = (style::DIM, style::DIM);
    screen::say!(
        "{dim}connie: {name} · {steps} steps · {} · see it with: connie replay {name}{plain:#}",
        style::size(size)
    );
    if let Some(trouble) = &summary.trouble {
        screen::say!("{}connie:{:#} {trouble}", style::WARNING, style::WARNING);
    }
}

/// Segments that began or ended since this was last asked.
pub fn segments(segments: &mut Segments) {
    let (dim, plain) = (style::DIM, style::DIM);
    for id in segments.begun.drain(..) {
        screen::say!("{dim}connie: recording {id}{plain:#}");
    }
    for (path, summary) in segments.kept.drain(..) {
        finished(&path, &summary, false);
    }
}

/// What went wrong with them, if anything.
pub fn trouble(segments: &Segments) {
    if let Some(error) = &segments.trouble {
        let style = style::ERROR;
        screen::say!("{style}connie:{style:#} not all was recorded, the program was not disturbed: {error}");
    }
}

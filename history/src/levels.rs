//! Code whose lines are not recorded, as readers report it.

use connie_recording::reader::Recording;
use connie_wire::level::Level;

use crate::breakpoint::Location;

/// How much is recorded of a source: `--level` applies to files.
#[must_use]
pub fn level_of(recording: &Recording, source: u32) -> Level {
    let of_source = recording.functions.iter().filter(|function| function.source == source);
    of_source.map(|function| function.level).max().unwrap_or_default()
}

/// Why nothing is known of the lines of a source, if they are not recorded.
#[must_use]
pub fn without_lines(recording: &Recording, source: u32) -> Option<String> {
    let level = level_of(recording, source);
    (level != Level::Lines)
        .then(|| format!("{} is recorded at level {}: its lines are not known", recording.short(source), level.name()))
}

/// The same for a place, if it is one of lines.
#[must_use]
pub fn without_lines_at(recording: &Recording, place: &Location) -> Option<String> {
    match place {
        Location::Lines(lines) => lines.iter().find_map(|(source, _)| without_lines(recording, *source)),
        Location::Function(_) => None,
    }
}

//! Finds what stops the view next.

use connie_history::timeline::Direction;
use connie_recording::Recording;
use connie_recording::reader::{Raised, Which};

use super::View;
use super::breakpoints::Hit;
use super::moves::Moved;
use crate::requests::marks::{PARTS, end_of_part};

impl View {
    /// The hits of line breakpoints, as steps and breakpoint numbers: of each breakpoint all if they are few, otherwise the
    /// first in each of a thousand parts of the run.
    pub fn hits(&self, recording: &Recording) -> Vec<(u64, i64)> {
        let (history, last_step) = (self.history_of(recording), recording.last_step());
        let mut found = Vec::new();
        for breakpoint in self.breakpoints.lines.iter().filter(|breakpoint| breakpoint.log.is_none()) {
            let Some(known) = &breakpoint.found else { continue };
            let next = |step: &u64| known.near(&history, *step, Direction::Forward);
            let mut hits: Vec<u64> = std::iter::successors(next(&0), next).take(PARTS as usize + 1).collect();
            if hits.len() > PARTS as usize {
                let spread = |step: &u64| next(&end_of_part(*step, last_step));
                hits = std::iter::successors(next(&0), spread).collect();
            }
            found.extend(hits.into_iter().map(|step| (step, breakpoint.id)));
        }
        found.sort_unstable();
        found
    }

    /// The nearest hit beyond a step.
    pub fn nearest(&self, recording: &Recording, step: u64, direction: Direction) -> Option<Hit> {
        let history = self.history_of(recording);
        let mut hits: Vec<Hit> = Vec::new();
        let mut add = |step: u64, reason: &'static str, text: Option<String>, id: Option<i64>| {
            if let Ok(position) = self.timeline.position(recording, step) {
                hits.push(Hit { position, reason, text, ids: id.into_iter().collect() });
            }
        };
        for breakpoint in self.breakpoints.lines.iter().filter(|breakpoint| breakpoint.log.is_none()) {
            if let Some(at) = breakpoint.found.as_ref().and_then(|found| found.near(&history, step, direction)) {
                add(at, "breakpoint", None, Some(breakpoint.id));
            }
        }
        for breakpoint in &self.breakpoints.functions {
            if let Some(at) = breakpoint.found.as_ref().and_then(|found| found.near(&history, step, direction)) {
                add(at, "function breakpoint", None, Some(breakpoint.id));
            }
        }
        for breakpoint in &self.breakpoints.data {
            if let Some((line, access)) = breakpoint.near(&history, step, direction) {
                add(line, "data breakpoint", access.words().map(str::to_owned), Some(breakpoint.id));
            }
        }
        for (which, types) in &self.breakpoints.exceptions {
            if let Some(raised) = next_exception(recording, types, *which, step, direction) {
                add(raised.step, "exception", Some(raised.to_string()), None);
            }
        }
        let nearest = match direction {
            Direction::Forward => hits.iter().map(|hit| hit.position.step).min(),
            Direction::Backward => hits.iter().map(|hit| hit.position.step).max(),
        }?;
        let mut same = hits.into_iter().filter(|hit| hit.position.step == nearest);
        let mut first = same.next()?;
        first.ids.extend(same.flat_map(|hit| hit.ids));
        Some(first)
    }

    /// Stops the view at a hit.
    pub fn stop_at_hit(&mut self, hit: Hit) -> Moved {
        self.stop(hit.position, hit.reason, hit.text, &hit.ids)
    }
}

/// The nearest exception of these types; of any type if none is given.
fn next_exception(
    recording: &Recording,
    types: &[String],
    which: Which,
    step: u64,
    direction: Direction,
) -> Option<Raised> {
    let mut from = step;
    loop {
        let raised = recording.exception_near(from, direction == Direction::Forward, which).ok()??;
        let is_it = |name: &String| *name == raised.ty || raised.ty.ends_with(&format!(".{name}"));
        if types.is_empty() || types.iter().any(is_it) {
            return Some(raised);
        }
        from = raised.step;
    }
}

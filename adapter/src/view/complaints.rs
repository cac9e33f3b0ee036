//! Reports conditions and log messages that could not be evaluated at some hits, once for each.

use std::time::Duration;

use connie_expression::Expression;
use connie_history::breakpoint::Failures;
use connie_history::history::History;

use super::View;
use super::breakpoints::Breakpoints;

impl Breakpoints {
    /// The failures of conditions that were not reported yet, with their places.
    fn new_failures(&mut self, history: &History<'_>) -> Vec<String> {
        let (mut found, mut messages) = (Vec::new(), Vec::new());
        let quoted = |condition: &Option<Expression>| condition.as_ref().map_or("", |text| &text.text).to_owned();
        let mut add = |place: String, condition: String, failures: Failures| {
            found.push(format!("{place}: the condition {condition} {failures}. It counts as false there\n"));
        };
        for breakpoint in self.lines.iter_mut().filter(|breakpoint| !breakpoint.failures_reported) {
            let name = breakpoint.path.rsplit('/').next().unwrap_or(&breakpoint.path);
            let place = format!("{name}:{}", breakpoint.reported.0.unwrap_or(breakpoint.line));
            breakpoint.failures_reported |= !breakpoint.failed.is_empty();
            messages
                .extend(breakpoint.failed.iter().map(|(field, failures)| format!("{place}: {{{field}}} {failures}\n")));
            let Some(known) = breakpoint.found.as_ref().filter(|known| known.has_failed()) else { continue };
            breakpoint.failures_reported = true;
            add(place, quoted(&breakpoint.condition), known.failures(history, PATIENCE));
        }
        for breakpoint in self.functions.iter_mut().filter(|breakpoint| !breakpoint.failures_reported) {
            let Some(known) = breakpoint.found.as_ref().filter(|known| known.has_failed()) else { continue };
            breakpoint.failures_reported = true;
            add(breakpoint.name.clone(), quoted(&breakpoint.condition), known.failures(history, PATIENCE));
        }
        for breakpoint in &mut self.data {
            let failures = breakpoint.failures.get_mut();
            if let Some(failures) = failures.take_new() {
                add("data breakpoint".into(), quoted(&breakpoint.condition), failures);
            }
        }
        found.extend(messages);
        found
    }
}

/// How long the hits of a condition are searched for failures.
const PATIENCE: Duration = Duration::from_millis(500);

impl View {
    /// The messages about conditions and log messages that could not be evaluated: how often, and why. Each is given
    /// once.
    pub fn new_failures(&mut self) -> Vec<String> {
        let Some(recording) = self.recording.clone().filter(|_| !self.waiting || !self.grows) else {
            return Vec::new();
        };
        let mut breakpoints = std::mem::take(&mut self.breakpoints);
        let found = breakpoints.new_failures(&self.history_of(&recording));
        self.breakpoints = breakpoints;
        found
    }
}

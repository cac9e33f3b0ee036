//! Moves of the view while the recording grows, and at its ends.

use connie_history::timeline::Direction;

use super::View;
use super::first;
use super::moves::{Move, Moved, StopAt};

/// The text for a stop at an end of the recording.
fn end_of_history(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "End of the recording",
        Direction::Backward => "Start of the recording",
    }
}

impl View {
    /// The first stop in a recording: a breakpoint, else the uncaught exception, else the start. In the recording of a
    /// test, it is in the test's own frame.
    pub fn show(&mut self) -> Moved {
        let Some(recording) = self.recording.clone() else { return Move::Stays.into() };
        if let Some(mut hit) = self.nearest(&recording, 0, Direction::Forward) {
            if hit.reason == "exception" && recording.info.exception == Some(hit.position.step) {
                hit.position = first::failure(&recording, &self.timeline, hit.position);
            }
            return self.stop_at_hit(hit);
        }
        let uncaught = recording.info.exception.and_then(|step| self.timeline.position(&recording, step).ok());
        if let Some(position) = uncaught {
            let position = first::failure(&recording, &self.timeline, position);
            return self.stop(position, "exception", None, &[]);
        }
        if self.grows {
            self.waiting = true;
            return Move::Waiting.into();
        }
        let start = || self.timeline.end(&recording, Direction::Backward).ok().flatten();
        match first::line(&recording, &self.timeline).or_else(start) {
            Some(position) => self.stop(position, "entry", None, &[]),
            None => self.stop_at_end(Direction::Backward),
        }
    }

    /// Finds a stop for a waiting view, after the recording has grown or has `ended`.
    pub fn look_for_stop(&mut self, ended: bool, stop_at: StopAt) -> Moved {
        let Some(recording) = self.recording.clone() else { return Move::Stays.into() };
        if let Some(moved) = self.step_again(&recording) {
            return moved;
        }
        let from = self.here.map_or(0, |here| here.step);
        let first = self.here.is_none();
        if first && stop_at == StopAt::Entry {
            if let Ok(Some(position)) = self.timeline.end(&recording, Direction::Backward) {
                return self.stop(position, "entry", None, &[]);
            }
        } else if (!first || stop_at == StopAt::Breakpoint)
            && let Some(hit) = self.nearest(&recording, from, Direction::Forward)
        {
            return self.stop_at_hit(hit);
        }
        if !ended {
            return Move::Waiting.into();
        }
        let uncaught = match (first, stop_at) {
            (true, StopAt::Breakpoint | StopAt::Exception) => recording.info.exception,
            _ => None,
        };
        match uncaught.and_then(|step| self.timeline.position(&recording, step).ok()) {
            Some(position) => {
                let raised = recording.exception_at(position.step).ok().flatten();
                self.stop(position, "exception", raised.map(|raised| raised.text), &[])
            }
            None => self.stop_at_end(Direction::Forward),
        }
    }

    /// Stops at an end of the recording, and says so on the console, as clients show little of a stop's text.
    pub fn reach_end(&mut self, direction: Direction) -> Moved {
        let before = self.here;
        let moved = self.stop_at_end(direction);
        match self.here.filter(|_| self.recording.is_some() && !self.timeline.is_interrupted()) {
            Some(here) => {
                let again =
                    if before == Some(here) { "still here" } else { "nothing else stopped the view on the way" };
                moved.saying(format!("{} (step {}): {again}\n", end_of_history(direction), here.step))
            }
            None => moved,
        }
    }

    /// Stops at an end of the recording.
    pub fn stop_at_end(&mut self, direction: Direction) -> Moved {
        let Some(recording) = self.recording.clone() else { return Move::Stays.into() };
        if self.timeline.is_interrupted() {
            return Move::Stays.into();
        }
        match self.timeline.end(&recording, direction) {
            Ok(Some(position)) => self.stop(position, "pause", Some(end_of_history(direction).into()), &[]),
            _ => {
                self.waiting = false;
                let why = recording.info.trouble.as_deref().unwrap_or("no line of the project ran");
                Move::End(why.strip_prefix("nothing was recorded: ").unwrap_or(why).to_owned()).into()
            }
        }
    }
}

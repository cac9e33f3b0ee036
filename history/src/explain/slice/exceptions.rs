//! Finds exceptions that were handled on the way to a failure.

use connie_recording::error::Error;
use connie_recording::reader::{Raised, Which};
use rustc_hash::FxHashMap;

use super::{Edge, How, MAX_EXCEPTIONS, MAX_OF_LINE, Slicer, unless_cancelled};
use crate::explain::reads::Focus;
use crate::timeline::{At, Direction, Position};

impl Slicer<'_, '_> {
    /// Adds exceptions that were silently handled shortly before the failure: the skipped code may have been needed.
    pub(super) fn swallowed(&mut self) -> Result<(), Error> {
        let mut step = self.until;
        let mut found: Vec<(Position, String)> = Vec::new();
        let mut of_line: FxHashMap<(u32, u32), u32> = FxHashMap::default();
        for _ in 0..MAX_EXCEPTIONS {
            let near = self.history.recording.exception_near(step, false, Which::Any);
            let Some(raised) = unless_cancelled(near)?.flatten() else { break };
            step = raised.step;
            if let Some(handler) = self.handler_of(&raised)? {
                let source = self.source_of(&handler).unwrap_or(u32::MAX);
                *of_line.entry((source, handler.line)).or_default() += 1;
                found.push((handler, raised.to_string()));
            }
        }
        let mut weight = 0.35;
        for (handler, text) in found {
            let source = self.source_of(&handler).unwrap_or(u32::MAX);
            // An exception that occurs often is part of normal operation.
            if of_line.get(&(source, handler.line)).is_some_and(|count| *count <= MAX_OF_LINE)
                && self.add(Some(0), handler, Focus::All, Edge::new(How::Handled, weight).named(text)).is_some()
            {
                weight *= 0.85;
            }
        }
        Ok(())
    }

    /// The handler that received an exception, if it ignores the exception.
    pub(super) fn handler_of(&self, raised: &Raised) -> Result<Option<Position>, Error> {
        let recording = self.history.recording;
        let Some(at) = unless_cancelled(self.history.timeline.position(recording, raised.step))? else {
            return Ok(None);
        };
        let (mut step, mut handler) = (at.step, None::<Position>);
        // Several handlers are tried, one after another.
        for _ in 0..8 {
            let line = |p: &Position| p.at == At::Line && p.thread == at.thread && p.depth <= at.depth;
            let next = self.history.timeline.find(recording, step, Direction::Forward, |_| true, line);
            let Some(next) = unless_cancelled(next)?.flatten() else { return Ok(None) };
            let Some(source) = self.source_of(&next) else { return Ok(None) };
            let Some(code) = self.code(source) else { return Ok(None) };
            let handlers = self.handlers(source, &code);
            match handlers.get(&next.line) {
                Some(_) => handler = Some(next),
                None => {
                    let is_silent = |handler: &Position| {
                        let body = handlers.get(&handler.line).copied().unwrap_or_default();
                        handler.frame == next.frame
                            && (body.0..=body.1).contains(&next.line)
                            && code.is_silent(handler.line)
                    };
                    return Ok(handler.filter(is_silent));
                }
            }
            step = next.step;
        }
        Ok(None)
    }

    /// Follows a handler to the line that raised its exception.
    pub(super) fn handled(&mut self, index: usize, step: u64, factor: f64) -> Result<bool, Error> {
        let near = self.history.recording.exception_near(step, false, Which::Any);
        let Some(raised) = unless_cancelled(near)?.flatten() else { return Ok(false) };
        self.raised(index, raised.step, factor)
    }

    pub(super) fn raised(&mut self, index: usize, step: u64, factor: f64) -> Result<bool, Error> {
        let Some(raised) = unless_cancelled(self.history.recording.exception_at(step))?.flatten() else {
            return Ok(false);
        };
        let text = raised.to_string();
        let Some(start) = unless_cancelled(self.history.start_of(raised))?.flatten() else { return Ok(false) };
        let weight = self.nodes[index].weight * factor;
        Ok(self.add(Some(index), start.line, Focus::All, Edge::new(How::Raised, weight).named(text)).is_some())
    }
}

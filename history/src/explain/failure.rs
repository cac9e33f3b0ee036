//! Determines the start of an explanation: the exception that ended the run, or the exception at a given moment.

use connie_recording::error::Error;
use connie_recording::player::Event;
use connie_recording::reader::{Raised, Which};
use connie_wire::Value;
use schemars::JsonSchema;
use serde::Serialize;

use crate::History;
use crate::answers::Spot;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};

/// The failure to explain.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Failure {
    /// The type of the exception; `None` for a moment without an exception.
    #[serde(rename = "type")]
    pub ty: Option<String>,
    /// Its text.
    pub message: String,
    /// The line that raised, or the given moment.
    pub spot: Spot,
}

/// The maximum number of earlier exceptions searched for the same exception.
const MAX_EARLIER: usize = 30;

/// The start of an explanation.
pub(super) struct Start {
    /// The exception.
    pub raised: Option<Raised>,
    /// The line that was running.
    pub line: Position,
    /// The last step that belongs to it.
    pub until: u64,
}

impl History<'_> {
    /// The exception that an explanation of a run is about: the one that ended the run, otherwise the last one that
    /// left recorded code, for example that of a test.
    ///
    /// # Errors
    /// If the recording cannot be read.
    pub fn failure(&self) -> Result<Option<Raised>, Error> {
        if let Some(raised) = self.recording.ended_by()? {
            return Ok(Some(raised));
        }
        let end = self.recording.last_step() + 1;
        self.recording.exception_near(end, false, Which::LeftCode)
    }

    /// The start for a step: the exception that appeared there, or at the current line; otherwise that line.
    pub(super) fn start_at(&self, step: u64) -> Result<Option<Start>, Error> {
        let at = self.timeline.position(self.recording, step)?;
        let raised = match self.recording.exception_at(step)? {
            Some(raised) => Some(raised),
            None if at.at == At::Line => self.raised_by(&at)?,
            None => None,
        };
        match raised {
            Some(raised) => self.start_of(raised),
            None => {
                let line = if at.at == At::Line { Some(at) } else { self.line_at(&at)? };
                Ok(line.map(|line| Start { raised: None, line, until: step.max(line.step) }))
            }
        }
    }

    /// The exception that a line raised itself.
    fn raised_by(&self, line: &Position) -> Result<Option<Raised>, Error> {
        let next = |p: &Position| p.at != At::Output;
        let after = (line.step, Direction::Forward);
        let next = self.timeline.find_frame(self.recording, line.frame, after, |_| true, next)?;
        match next {
            Some(next) if next.at == At::Raise => self.recording.exception_at(next.step),
            _ => Ok(None),
        }
    }

    /// The start for an exception: the line of the frame in which it appeared.
    pub(super) fn start_of(&self, raised: Raised) -> Result<Option<Start>, Error> {
        let raised = self.first_of(raised)?;
        let at = self.timeline.position(self.recording, raised.step)?;
        let line = self.line_at(&at)?;
        Ok(line.map(|line| Start { until: raised.step, line, raised: Some(raised) }))
    }

    /// The first appearance of an exception: another thread or task may have received it from the one that raised it.
    fn first_of(&self, raised: Raised) -> Result<Raised, Error> {
        let object = |step: u64| -> Result<Option<Value>, Error> {
            Ok(match Moment::at(self.recording, step)?.step.event {
                Event::Raise(value @ Value::Object(_)) => Some(value),
                _ => None,
            })
        };
        let Some(wanted) = object(raised.step)? else { return Ok(raised) };
        let (mut first, mut step) = (raised, 0);
        for _ in 0..MAX_EARLIER {
            let from = if step == 0 { first.step } else { step };
            let Some(earlier) = self.recording.exception_near(from, false, Which::Any)? else { break };
            step = earlier.step;
            if earlier.ty == first.ty && object(step)?.as_ref() == Some(&wanted) {
                first = earlier;
            }
        }
        Ok(first)
    }

    /// The line that a frame was running at a position.
    fn line_at(&self, at: &Position) -> Result<Option<Position>, Error> {
        let begins = |p: &Position| p.at == At::Line && p.thread == at.thread;
        self.timeline.find_frame(self.recording, at.frame, (at.step, Direction::Backward), |_| true, begins)
    }
}

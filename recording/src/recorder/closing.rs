//! Handles the GeneratorExit of generators and coroutines that are closed: it is raised where they wait, and ends
//! there.
//!
//! Such an exception is independent of the exceptions that propagate at that time. It counts as one of them only if it
//! reaches another frame.

use connie_wire::Value;

use super::state::Recorder;
use super::types::Closing;
use crate::error::Error;

impl Recorder {
    /// Notes what a raised exception means for generators that are being closed. Returns whether the exception is
    /// handled here, and is to be ignored for the others.
    pub(super) fn closes(&mut self, line: u32, value: &Value) -> Result<bool, Error> {
        let (id, depth) = (self.context.thread, self.context.stack().len());
        let Some(thread) = self.threads.current() else { return Ok(false) };
        let went_on = std::mem::take(&mut thread.went_on);
        let Some(top) = self.context.top() else { return Ok(false) };
        if let Some(closing) = thread.closing.take_if(|closing| closing.exception.value == *value) {
            if top.frame == closing.frame || depth >= closing.depth {
                thread.closing = Some(closing);
                return Ok(true);
            }
            // It was thrown by a caller that sees it come back.
            thread.raised_at = closing.depth;
            let before = thread.raised.replace(closing.exception);
            self.exception(id, before, false)?;
            return Ok(false);
        }
        if !went_on || self.describe(value).0 != "GeneratorExit" {
            return Ok(false);
        }
        let step = self.steps;
        if let Value::Object(object) = value {
            self.raised_at.insert(*object, step);
        }
        let exception = self.on_its_way(value, (top.code, line), None);
        let closing = Closing { exception, frame: top.frame, depth };
        let before = self.threads.current().and_then(|thread| thread.closing.replace(closing));
        self.closed(id, before)?;
        Ok(true)
    }

    /// Stores a GeneratorExit that went no further.
    pub(super) fn closed(&mut self, thread: u32, closing: Option<Closing>) -> Result<(), Error> {
        self.exception(thread, closing.map(|closing| closing.exception), false)
    }
}

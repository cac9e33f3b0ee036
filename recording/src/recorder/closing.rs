//! GeneratorExit of generators and coroutines that are closed: it is raised where they wait, and ends there.
//!
//! It says nothing of the exceptions that are on their way, and is none of them unless it comes through to another frame.

use connie_wire::Op;

use super::state::Recorder;
use super::types::Closing;
use crate::chunk::StackFrame;
use crate::error::Error;

impl Recorder {
    /// Notes what an op means for generators that are closed; whether it is no matter of other exceptions.
    pub(super) fn closes(&mut self, op: &Op, top: Option<&StackFrame>) -> Result<bool, Error> {
        let id = self.context.thread;
        let Some(thread) = self.threads.get_mut(&id) else { return Ok(false) };
        let went_on = thread.went_on;
        if op.is_step() {
            // Up to 3.11 a frame that is closed begins anew.
            thread.went_on = matches!(op, Op::Resume { .. } | Op::Call { .. });
        }
        let Some(top) = top else { return Ok(false) };
        match op {
            Op::Unwind { .. } => Ok(thread.closing.as_ref().is_some_and(|closing| closing.frame == top.frame)),
            Op::Raise { line, value } => {
                let depth = self.context.stack().len();
                if let Some(closing) = thread.closing.take_if(|closing| closing.exception.value == *value) {
                    if top.frame == closing.frame || depth >= closing.depth {
                        thread.closing = Some(closing);
                        return Ok(true);
                    }
                    // It was thrown by somebody who sees it come back.
                    thread.raised_at = closing.depth;
                    let before = thread.raised.replace(closing.exception);
                    self.exception(id, before, false)?;
                    return Ok(false);
                }
                if !went_on || self.describe(value).0 != "GeneratorExit" {
                    return Ok(false);
                }
                let step = self.steps;
                if let connie_wire::Value::Object(object) = value {
                    self.raised_at.insert(*object, step);
                }
                let exception = self.on_its_way(value, (top.code, *line), None);
                let closing = Closing { exception, frame: top.frame, depth };
                let before = self.threads.get_mut(&id).and_then(|thread| thread.closing.replace(closing));
                self.closed(id, before)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Stores one that went no further.
    pub(super) fn closed(&mut self, thread: u32, closing: Option<Closing>) -> Result<(), Error> {
        self.exception(thread, closing.map(|closing| closing.exception), false)
    }
}

//! An expression at a moment, the subject of requests.

use connie_expression::Expression;
use connie_history::loaded::Loaded;
use connie_history::moment::Moment;
use connie_recording::chunk::StackFrame;

/// An expression, with the frame and step at which it is evaluated.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The expression.
    pub text: &'a str,
    /// The frame.
    pub frame: u64,
    /// The step.
    pub step: u64,
}

impl Seen<'_> {
    /// Passes its moment, frame and globals to a question.
    pub fn ask<T>(
        &self,
        loaded: &Loaded,
        source: u32,
        question: impl FnOnce(&Expression, &Moment<'_>, StackFrame, Option<u64>) -> Option<T>,
    ) -> Option<T> {
        let moment = Moment::at(&loaded.recording, self.step).ok()?;
        let frame = moment.player.stack().iter().rev().find(|frame| frame.frame == self.frame).copied()?;
        let globals = loaded.modules.namespace(&loaded.recording, &loaded.timeline, source, frame.frame);
        moment.player.view_from(Some(frame));
        question(&Expression::parse(self.text).ok()?, &moment, frame, globals)
    }
}

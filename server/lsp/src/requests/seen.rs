//! An expression at a moment, which requests ask about.

use connie_expression::Expression;
use connie_history::loaded::Loaded;
use connie_history::moment::Moment;
use connie_recording::chunk::StackFrame;

/// An expression, and where and when it is looked at.
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
    /// Gives its moment, frame and the globals there to a question.
    pub fn ask<T>(
        &self,
        loaded: &Loaded,
        source: u32,
        question: impl FnOnce(&Expression, &Moment<'_>, StackFrame, Option<u64>) -> Option<T>,
    ) -> Option<T> {
        let moment = Moment::at(&loaded.recording, self.step).ok()?;
        let frame = moment.player.stack().iter().rev().find(|frame| frame.frame == self.frame).copied()?;
        let globals = loaded.modules.namespace(&loaded.recording, &loaded.timeline, source, frame.frame);
        question(&Expression::parse(self.text).ok()?, &moment, frame, globals)
    }
}

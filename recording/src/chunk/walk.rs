//! Iterates over the ops of a chunk, each with the state before it.

use connie_wire::Op;

use super::{Chunk, Context, Entry};

/// An iterator over the entries of a chunk.
///
/// The context is the state before the last returned op: that op is applied when the next entry is requested.
#[derive(Debug)]
pub struct Walk<'c> {
    entries: std::slice::Iter<'c, Entry>,
    context: Context,
    step: u64,
    /// The returned op that is not applied yet.
    given: Option<&'c Op>,
}

impl<'c> Walk<'c> {
    /// The next entry: an op, or the contents of a frame or object.
    pub fn next_entry(&mut self) -> Option<&'c Entry> {
        self.apply();
        let entry = self.entries.next()?;
        if let Entry::Op(op) = entry {
            self.given = Some(op);
        }
        Some(entry)
    }

    /// The next op.
    pub fn next_op(&mut self) -> Option<&'c Op> {
        loop {
            if let Entry::Op(op) = self.next_entry()? {
                return Some(op);
            }
        }
    }

    /// Applies the last op at once, for callers that need the context after it.
    pub fn apply(&mut self) {
        if let Some(op) = self.given.take() {
            self.context.apply(op);
            self.step += u64::from(op.is_step());
        }
    }

    /// The current state.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The step of the next op to be applied: changes belong to the step that follows them.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }
}

impl Chunk {
    /// Iterates over the chunk, given the number of its first step.
    #[must_use]
    pub fn walk(&self, first_step: u64) -> Walk<'_> {
        Walk { entries: self.entries.iter(), context: self.context.clone(), step: first_step, given: None }
    }
}

#[cfg(test)]
mod tests {
    use connie_wire::Value;

    use super::*;
    use crate::chunk::Entity;

    #[test]
    fn each_op_comes_with_what_holds_before_it_and_its_step() {
        let call = |frame| Op::Call { frame, code: 0, namespace: 0, time: 0, line: 1, slots: Vec::new() };
        let entries = vec![
            Entry::Op(call(1)),
            Entry::Snapshot(Entity { ty: None, length: 0, items: Vec::new() }, 1),
            Entry::Op(Op::Slot { slot: 0, value: Value::None }),
            Entry::Op(Op::Line { line: 2 }),
            Entry::Op(Op::Return { time: 0, value: Value::None }),
        ];
        let chunk = Chunk { context: Context::default(), entries };
        let mut walk = chunk.walk(10);
        let mut seen = Vec::new();
        while walk.next_op().is_some() {
            seen.push((walk.step(), walk.context().top().map(|frame| frame.line)));
        }
        assert_eq!(seen, [(10, None), (11, Some(1)), (11, Some(1)), (12, Some(2))]);
        assert_eq!((walk.step(), walk.context().top()), (13, None));

        let mut walk = chunk.walk(10);
        walk.next_op();
        walk.apply();
        assert_eq!((walk.step(), walk.context().top().map(|frame| frame.line)), (11, Some(1)));
        assert!(matches!(walk.next_entry(), Some(Entry::Snapshot(..))));
    }
}

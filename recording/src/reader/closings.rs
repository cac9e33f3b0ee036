//! Detects exceptions that are the GeneratorExit of a generator or coroutine that was only closed.

use std::rc::Rc;

use connie_wire::Op;
use rustc_hash::{FxHashMap, FxHashSet};

use super::Recording;
use crate::chunk::Entry;
use crate::rows::Raised;

impl Recording {
    /// Whether an exception is the GeneratorExit of a generator or coroutine that was closed by `close`, at its end or
    /// by the garbage collector, and that did not propagate: this is not a failure.
    #[must_use]
    pub fn is_closing(&self, raised: &Raised) -> bool {
        // It may be raised again after a `finally` in the same code.
        let stays =
            || raised.traceback.iter().all(|(code, _)| Some(code) == raised.traceback.first().map(|(code, _)| code));
        raised.ty == "GeneratorExit"
            && stays()
            && self.chunk_of(raised.step).is_ok_and(|index| self.thrown_in(index).contains(&raised.step))
    }

    /// The steps of a chunk at which an exception appears where a frame resumes, before it ran a line.
    fn thrown_in(&self, index: usize) -> Rc<FxHashSet<u64>> {
        let id = self.chunks[index].id;
        if let Some(known) = self.thrown.borrow().get(&id) {
            return Rc::clone(known);
        }
        // By thread: whether its last event was the beginning or resumption of a frame.
        let mut went_on: FxHashMap<u32, bool> = FxHashMap::default();
        let mut found = FxHashSet::default();
        for index in index.saturating_sub(1)..=index {
            let Ok(chunk) = self.chunk(index) else { continue };
            let mut thread = chunk.context.thread;
            let mut step = self.chunks[index].first_step;
            for entry in &chunk.entries {
                match entry {
                    Entry::Op(Op::Thread { thread: next, .. }) => thread = *next,
                    Entry::Op(op) if op.is_step() => {
                        let before = went_on.insert(thread, matches!(op, Op::Resume { .. } | Op::Call { .. }));
                        if before == Some(true) && matches!(op, Op::Raise { .. }) {
                            found.insert(step);
                        }
                        step += 1;
                    }
                    _ => {}
                }
            }
        }
        let found = Rc::new(found);
        self.thrown.borrow_mut().insert(id, Rc::clone(&found));
        found
    }
}

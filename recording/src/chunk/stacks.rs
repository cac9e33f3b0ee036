//! The stacks of all threads. Nearly every op uses the stack of the current thread, so that access to it is fast.

use super::frame::StackFrame;

/// Stacks by thread, outermost frame first. A stack without frames is equal to a missing one.
#[derive(Clone, Debug)]
pub struct Stacks {
    /// Ordered by thread; the current thread always has an entry.
    all: Vec<(u32, Vec<StackFrame>)>,
    current: usize,
}

impl Default for Stacks {
    fn default() -> Self {
        Self { all: vec![(0, Vec::new())], current: 0 }
    }
}

impl Stacks {
    /// The stack of the current thread.
    #[must_use]
    #[inline]
    pub fn current(&self) -> &[StackFrame] {
        &self.all[self.current].1
    }

    #[inline]
    pub(super) fn current_mut(&mut self) -> &mut Vec<StackFrame> {
        &mut self.all[self.current].1
    }

    /// Makes a thread the current one.
    pub(super) fn switch(&mut self, thread: u32) {
        if self.all[self.current].0 == thread {
            return;
        }
        self.current = self.all.binary_search_by_key(&thread, |(known, _)| *known).unwrap_or_else(|place| {
            self.all.insert(place, (thread, Vec::new()));
            place
        });
    }

    /// The stack of a thread, if it has frames.
    #[must_use]
    pub fn get(&self, thread: u32) -> Option<&[StackFrame]> {
        let at = self.all.binary_search_by_key(&thread, |(known, _)| *known).ok()?;
        Some(self.all[at].1.as_slice()).filter(|stack| !stack.is_empty())
    }

    /// The threads that have frames, ascending, with their stacks.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &[StackFrame])> {
        self.all.iter().filter(|(_, stack)| !stack.is_empty()).map(|(thread, stack)| (*thread, stack.as_slice()))
    }

    /// The frames of all threads.
    pub fn frames(&self) -> impl Iterator<Item = &StackFrame> {
        self.all.iter().flat_map(|(_, stack)| stack)
    }
}

impl PartialEq for Stacks {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Stacks {}

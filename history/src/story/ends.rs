//! Where the activation of a frame begins and ends: what is left out when a call is folded.

use connie_recording::Recording;
use connie_recording::error::Error;

use crate::timeline::{At, Position, Timeline};

/// A frame on the stack of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Activation {
    pub thread: u32,
    /// The number of frames on the stack up to it.
    pub depth: u32,
    pub frame: u64,
    /// Whether it may leave the stack and come back: it is a generator or coroutine, or may be one.
    pub suspends: bool,
}

/// Chunks that are read one after the other before the rest is searched by halves.
const NEAR: usize = 2;

impl Activation {
    /// The last step of an activation that goes on at a step.
    ///
    /// # Errors
    /// If the question was interrupted, or there is no such step.
    pub fn end(&self, recording: &Recording, timeline: &Timeline, from: u64) -> Result<u64, Error> {
        let first = recording.chunk_of(from.max(1))?;
        let count = recording.chunks.len();
        let near = (first + NEAR).min(count);
        for index in first..near {
            if let Some(end) = self.end_in(recording, timeline, index, from)? {
                return Ok(end);
            }
        }
        let mut start = near;
        if !self.suspends {
            // Such a frame is on the stack at the start of all chunks until it ends.
            let (mut low, mut high) = (near, count);
            while low < high {
                let middle = low.midpoint(high);
                if self.is_on_stack(recording, middle) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            start = low.saturating_sub(1).max(near);
        }
        for index in start..count {
            if let Some(end) = self.end_in(recording, timeline, index, from)? {
                return Ok(end);
            }
        }
        Ok(recording.last_step())
    }

    fn is_on_stack(&self, recording: &Recording, index: usize) -> bool {
        let has = |stack: &[connie_recording::chunk::StackFrame]| stack.iter().any(|frame| frame.frame == self.frame);
        recording.chunk(index).is_ok_and(|chunk| chunk.context.stacks.get(self.thread).is_some_and(has))
    }

    /// The end, if it is in a chunk (by index).
    fn end_in(
        &self,
        recording: &Recording,
        timeline: &Timeline,
        index: usize,
        from: u64,
    ) -> Result<Option<u64>, Error> {
        let positions = match timeline.chunk(recording, index) {
            Ok(positions) => positions,
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            // What cannot be read is left out.
            Err(_) => return Ok(None),
        };
        let mut last = None;
        let later = positions.partition_point(|position| position.step <= from);
        for position in positions[later..].iter().filter(|position| position.thread == self.thread) {
            if self.ends_at(position) {
                return Ok(Some(position.step));
            }
            if self.is_outside(position) {
                return Ok(Some(last.unwrap_or(position.step - 1)));
            }
            last = Some(position.step);
        }
        Ok(None)
    }

    /// Whether a position is its end by a return or a yield.
    pub fn ends_at(&self, position: &Position) -> bool {
        position.frame == self.frame && matches!(position.at, At::Return | At::Yield)
    }

    /// Whether a position of its thread proves that it has ended.
    fn is_outside(&self, position: &Position) -> bool {
        position.depth < self.depth || position.depth == self.depth && position.frame != self.frame
    }

    /// The step at which the activation began that goes on at a step; `None` if it is not found quickly.
    pub fn start(&self, recording: &Recording, timeline: &Timeline) -> Option<u64> {
        if self.suspends {
            return None;
        }
        let birth = recording.birth_of(self.frame)?;
        (birth..(birth + 2).min(recording.chunks.len())).find_map(|index| {
            let positions = timeline.chunk(recording, index).ok()?;
            let is_it = |position: &&Position| position.frame == self.frame && position.at == At::Call;
            positions.iter().find(is_it).map(|position| position.step)
        })
    }
}

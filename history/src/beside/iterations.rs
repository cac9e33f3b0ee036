//! The iterations of a loop within a call.

use super::{Call, Ground};
use crate::timeline::{At, Direction, Position};
use connie_recording::amounts;
use connie_recording::reader::ChunkInfo;
use connie_source::outline::Loop;

/// The maximum number of iterations that are distinguished.
pub const MAX_ITERATIONS: usize = 100_000;

/// The iterations of a loop within a whole call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Iterations {
    /// The steps at which the body began; at most [`MAX_ITERATIONS`].
    pub steps: Vec<u64>,
    /// Whether there were more iterations.
    pub more: bool,
}

impl Iterations {
    /// The iteration (from 0) that contains a step or comes before it; `None` before the first.
    #[must_use]
    pub fn at(&self, step: u64) -> Option<usize> {
        self.steps.partition_point(|begun| *begun <= step).checked_sub(1)
    }

    /// The number of iterations as text: "36", or "100,000+".
    #[must_use]
    pub fn total(&self) -> String {
        if self.more { format!("{}+", grouped(MAX_ITERATIONS)) } else { grouped(self.steps.len()) }
    }

    /// The name of an iteration, counted from 1. The last one that is distinguished may stand for more.
    #[must_use]
    pub fn name(&self, index: usize) -> String {
        let is_last = self.more && index + 1 >= self.steps.len();
        if is_last { self.total() } else { grouped(index + 1) }
    }
}

/// A number with commas between thousands.
#[must_use]
pub fn grouped(n: usize) -> String {
    amounts::grouped(n as u64)
}

impl Ground<'_> {
    /// The iterations of a loop in a whole call, independent of the current view. An iteration begins where control
    /// passes from the head into the body. There are none if both are on one line, since nothing distinguishes them.
    #[must_use]
    pub fn iterations(&self, call: &Call, each: &Loop, suspends: bool) -> Iterations {
        let mut found = Iterations::default();
        if each.is_on_one_line() {
            return found;
        }
        let mut in_head = false;
        let start = self.history.recording.chunks.partition_point(|chunk| chunk.first_step + chunk.steps <= call.first);
        for index in start..self.history.recording.chunks.len() {
            if !self.has_lines(&self.history.recording.chunks[index], (each.line, each.body_last)) {
                continue;
            }
            let Ok(positions) = self.history.timeline.chunk(self.history.recording, index) else { continue };
            for p in positions.iter().filter(|p| p.step >= call.first) {
                if p.frame != call.frame {
                    // The call has ended, unless its frame is suspended.
                    if !suspends && p.thread == call.thread && p.depth <= call.depth && p.step > call.first {
                        return found;
                    }
                    continue;
                }
                match p.at {
                    At::Line if (each.body..=each.body_last).contains(&p.line) => {
                        if in_head && found.steps.len() == MAX_ITERATIONS {
                            found.more = true;
                            return found;
                        }
                        if in_head {
                            found.steps.push(p.step);
                        }
                        in_head = false;
                    }
                    At::Line => in_head = (each.line..=each.head_last).contains(&p.line),
                    At::Return => return found,
                    _ => {}
                }
            }
        }
        found
    }

    /// The last step of an iteration: where control returns to the loop's head before the body begins at `next`.
    #[must_use]
    pub fn end_of_iteration(&self, call: &Call, each: &Loop, next: u64) -> u64 {
        // A head that spans several lines has several events; this is the first of them.
        let of_head = |p: &Position| (each.line..=each.head_last).contains(&p.line);
        let is_line = |p: &Position| p.at == At::Line;
        let chunks = |chunk: &ChunkInfo| self.has_lines(chunk, (each.line, each.body_last));
        let mut end = next;
        let near = |from| {
            self.history
                .timeline
                .find_frame(self.history.recording, call.frame, (from, Direction::Backward), chunks, is_line)
                .ok()
                .flatten()
        };
        while let Some(p) = near(end).filter(of_head) {
            end = p.step;
        }
        if end == next { next - 1 } else { end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_told() {
        let few = Iterations { steps: vec![5, 9, 12], more: false };
        assert_eq!([4, 5, 8, 12, 99].map(|step| few.at(step)), [None, Some(0), Some(0), Some(2), Some(2)]);
        assert_eq!((few.total(), few.name(1)), ("3".into(), "2".into()));
        let many = Iterations { steps: (0..MAX_ITERATIONS as u64).collect(), more: true };
        assert_eq!(
            (many.total(), many.name(1_233), many.name(MAX_ITERATIONS - 1)),
            ("100,000+".into(), "1,234".into(), "100,000+".into())
        );
        assert_eq!([7, 999, 1_000, 1_234_567].map(grouped), ["7", "999", "1,000", "1,234,567"]);
    }
}

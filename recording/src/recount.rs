//! Recomputes the data that a recorder stores at the end of the run, for recordings that were interrupted before.

use connie_wire::Op;
use rustc_hash::FxHashMap;

use crate::reader::Recording;

/// The steps of a thread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Steps {
    pub last: u64,
    pub count: u64,
}

/// The recomputed data.
#[derive(Debug, Default)]
pub(crate) struct Recount {
    /// By source and line: the number of times it ran.
    pub lines: FxHashMap<(u32, u32), u64>,
    /// By thread.
    pub threads: FxHashMap<u32, Steps>,
}

/// Recomputes the data in one pass over the recording. Damaged chunks are skipped.
pub(crate) fn recount(recording: &Recording) -> Recount {
    let mut counted = Recount::default();
    for (index, info) in recording.chunks.iter().enumerate() {
        let Ok(chunk) = recording.chunk(index) else { continue };
        let mut walk = chunk.walk(info.first_step);
        while let Some(op) = walk.next_op() {
            let step = walk.step();
            walk.apply();
            let context = walk.context();
            if let (Op::Line { line }, Some(frame)) = (op, context.top())
                && let Some(function) = recording.function(frame.code)
            {
                *counted.lines.entry((function.source, *line)).or_default() += 1;
            }
            if op.is_step() {
                let thread = counted.threads.entry(context.thread).or_default();
                *thread = Steps { last: step, count: thread.count + 1 };
            }
        }
    }
    counted
}

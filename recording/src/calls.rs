//! Who called whom, from where, how often: of everything that ran.

use connie_wire::Op;
use rustc_hash::FxHashMap;

use crate::chunk::Entry;
use crate::reader::Recording;

/// Calls of one function from one line of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Code of the caller.
    pub caller: u32,
    /// The caller's line.
    pub line: u32,
    /// Code of what was called.
    pub callee: u32,
    /// How often.
    pub times: u64,
}

/// All calls between recorded functions, by caller and line; one pass over the recording. A call that came
/// through code that was not recorded counts as the recorded caller's. Damaged chunks are passed over.
#[must_use]
pub fn edges(recording: &Recording) -> Vec<Edge> {
    let mut counted: FxHashMap<(u32, u32, u32), u64> = FxHashMap::default();
    for index in 0..recording.chunks.len() {
        let Ok(chunk) = recording.chunk(index) else { continue };
        let mut context = chunk.context.clone();
        for entry in &chunk.entries {
            let Entry::Op(op) = entry else { continue };
            if let (Op::Call { code, .. }, Some(caller)) = (op, context.top()) {
                *counted.entry((caller.code, caller.line, *code)).or_default() += 1;
            }
            context.apply(op);
        }
    }
    let edge = |((caller, line, callee), times)| Edge { caller, line, callee, times };
    let mut edges: Vec<Edge> = counted.into_iter().map(edge).collect();
    edges.sort_unstable_by_key(|edge| (edge.caller, edge.line, edge.callee));
    edges
}

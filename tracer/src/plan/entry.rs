//! The line with which a code object's frames begin. Nothing can happen between the start of a frame and this line.

use super::flow::Flow;
use super::lines::Entry;
use crate::opcodes::Opcode as O;

/// Finds the line; `None` if it is reached again later, so that reaching it does not show the start.
pub fn entry(flow: &Flow) -> Option<Entry> {
    // From 3.15 on, a generator expression has another start before its frame becomes that of a generator.
    let all = &flow.instructions;
    let made = all.iter().position(|instruction| instruction.op == O::ReturnGenerator).unwrap_or(0);
    let start = all[made..].iter().find(|instruction| instruction.is_start())?;
    let first = all.iter().find(|instruction| instruction.unit == start.next)?;
    let is_back = |instruction: &super::flow::Instruction| {
        instruction.unit >= first.unit && instruction.successors().contains(&Some(first.unit))
    };
    (!all.iter().any(is_back)).then_some(Entry { unit: first.unit, line: first.line? })
}

//! Which instructions have a line event before them, as CPython decides it (`initialize_lines` in instrumentation.c).
//!
//! An instruction begins a line if its line differs from that of the previous instruction *in the code*, if it is the
//! target of a jump, or if it handles exceptions. The event occurs if the instruction that ran before has another line.
//! So an instruction that is reached only by leaving a loop at its end may have no event, although its line differs:
//! its effects belong to the line of the last event.

use rustc_hash::FxHashMap;

use super::flow::Instruction;
use crate::opcodes::Opcode as O;

/// Marks the instructions that begin a line.
pub fn mark(instructions: &mut [Instruction], place: &FxHashMap<u32, usize>, handlers: &[usize], minor: u32) {
    // Instructions before the frame's start never have events.
    let first = instructions.iter().rposition(|instruction| instruction.is_start()).unwrap_or(0);
    let mut before = None;
    for instruction in &mut instructions[first..] {
        if !is_skipped(instruction.op, minor) {
            instruction.begins = instruction.line.is_some() && instruction.line != before;
            before = instruction.line;
        }
    }
    for n in first..instructions.len() {
        let instruction = &instructions[n];
        let [next, jump] = instruction.successors();
        let target = match instruction.op {
            O::JumpForward | O::JumpBackward | O::JumpBackwardNoInterrupt => next,
            // The target is after END_SEND.
            O::Send => jump.map(|unit| unit + 1),
            _ => jump,
        };
        if let Some(&n) = target.and_then(|unit| place.get(&unit)) {
            begin(&mut instructions[n], minor);
        }
    }
    for &n in handlers {
        if instructions[n].op != O::EndAsyncFor {
            begin(&mut instructions[n], minor);
        }
    }
}

fn begin(instruction: &mut Instruction, minor: u32) {
    instruction.begins |= instruction.line.is_some() && !(minor >= 14 && instruction.op == O::PopIter);
}

/// Instructions that the previous one jumps over, or that have no events.
fn is_skipped(op: O, minor: u32) -> bool {
    matches!(op, O::EndAsyncFor | O::EndFor | O::EndSend | O::Resume) || minor >= 14 && op == O::PopIter
}

//! Which line can follow which: the instructions of a code object as a graph, and the same by lines.

use rustc_hash::{FxHashMap, FxHashSet};

use super::CodeView;
use crate::opcodes::Opcode as O;

/// An instruction, with its extended arguments.
pub struct Instruction {
    /// Code unit at which it begins.
    pub unit: u32,
    /// Code unit of the next one.
    pub next: u32,
    /// What it does.
    pub op: O,
    /// Its whole argument.
    pub arg: u32,
    /// Its line.
    pub line: Option<u32>,
}

impl Instruction {
    /// Whether a frame starts here, rather than going on.
    pub fn is_start(&self) -> bool {
        self.op == O::Resume && self.arg & 3 == 0
    }

    /// The code units at which execution may go on, other than by an exception.
    pub fn successors(&self) -> [Option<u32>; 2] {
        match self.op {
            O::ReturnValue | O::ReturnConst | O::RaiseVarargs | O::Reraise | O::InterpreterExit => [None, None],
            O::JumpForward => [Some(self.next + self.arg), None],
            O::JumpBackward | O::JumpBackwardNoInterrupt => [self.next.checked_sub(self.arg), None],
            O::PopJumpIfFalse | O::PopJumpIfTrue | O::PopJumpIfNone | O::PopJumpIfNotNone | O::ForIter | O::Send => {
                [Some(self.next), Some(self.next + self.arg)]
            }
            _ => [Some(self.next), None],
        }
    }
}

/// The lines of a code object and what follows on what.
#[derive(Default)]
pub struct Flow {
    /// All instructions, in order.
    pub instructions: Vec<Instruction>,
    /// Lines whose events can follow on a line's.
    pub after: FxHashMap<u32, Vec<u32>>,
    /// Lines on which a line's event can follow.
    pub before: FxHashMap<u32, Vec<u32>>,
    /// Lines that jump back to themselves.
    pub loops: FxHashSet<u32>,
    /// Lines with which frames begin, or that an exception leads to.
    pub elsewhere: FxHashSet<u32>,
}

impl Flow {
    /// The flow of code of 3.12 or later; `None` where it has instructions that are not known.
    pub fn of(view: &CodeView<'_>) -> Option<Self> {
        let mut flow = Self { instructions: instructions(view)?, ..Self::default() };
        let place: FxHashMap<u32, usize> =
            flow.instructions.iter().enumerate().map(|(n, instruction)| (instruction.unit, n)).collect();
        let mut found = Vec::new();
        for instruction in &flow.instructions {
            let Some(line) = instruction.line else { continue };
            for unit in instruction.successors().into_iter().flatten() {
                flow.lines_from(&place, unit, Some(line), &mut found);
            }
            if instruction.op == O::JumpBackward
                && let [Some(unit), _] = instruction.successors()
                && place.get(&unit).is_some_and(|n| flow.instructions[*n].line == Some(line))
            {
                flow.loops.insert(line);
            }
            for to in found.drain(..) {
                let after = flow.after.entry(line).or_default();
                if !after.contains(&to) {
                    after.push(to);
                    flow.before.entry(to).or_default().push(line);
                }
            }
        }
        let handlers = view.handlers.iter().map(|offset| offset / 2);
        for unit in handlers.chain([0]) {
            flow.lines_from(&place, unit, None, &mut found);
        }
        // A frame's first instructions have the line of its definition: what follows on RESUME is its first line.
        for instruction in flow.instructions.iter().filter(|instruction| instruction.is_start()) {
            flow.lines_from(&place, instruction.next, None, &mut found);
        }
        flow.elsewhere.extend(found);
        Some(flow)
    }

    /// The lines that are told first where execution goes on at a unit. Instructions without a line are
    /// told of nothing; on the same line as before nothing is told either.
    fn lines_from(&self, place: &FxHashMap<u32, usize>, unit: u32, line: Option<u32>, found: &mut Vec<u32>) {
        let (mut todo, mut seen) = (vec![(unit, line)], FxHashSet::default());
        while let Some((unit, line)) = todo.pop() {
            let Some(instruction) = place.get(&unit).map(|n| &self.instructions[*n]) else { continue };
            match instruction.line {
                Some(to) if Some(to) == line => {}
                Some(to) => found.push(to),
                None if seen.insert(unit) => {
                    todo.extend(instruction.successors().into_iter().flatten().map(|unit| (unit, None)));
                }
                None => {}
            }
        }
    }
}

fn instructions(view: &CodeView<'_>) -> Option<Vec<Instruction>> {
    let mut ranges = view.lines.iter().peekable();
    let mut found = Vec::new();
    let (mut at, mut begin, mut extended) = (0, 0, 0);
    while let Some(&[op, arg]) = view.bytes.get(2 * at..2 * at + 2) {
        let (op, caches) = view.table[usize::from(op)];
        let arg = extended << 8 | u32::from(arg);
        if op == O::Unknown {
            return None;
        }
        at += 1 + usize::from(caches);
        if op == O::ExtendedArg {
            extended = arg;
            continue;
        }
        let offset = 2 * begin as u32;
        while ranges.peek().is_some_and(|range| range.1 <= offset) {
            ranges.next();
        }
        let line = ranges.peek().filter(|range| range.0 <= offset).and_then(|range| range.2);
        found.push(Instruction { unit: begin as u32, next: at as u32, op, arg, line });
        (begin, extended) = (at, 0);
    }
    Some(found)
}

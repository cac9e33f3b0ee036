//! Which line can follow which: the instructions of a code object as a graph, and the same for lines. Lines are those
//! of line events (see [`super::told`]).

use rustc_hash::{FxHashMap, FxHashSet};

use super::told;
use super::view::CodeView;
use crate::opcodes::Opcode as O;

/// An instruction, with its extended arguments.
pub struct Instruction {
    /// Index of its first code unit.
    pub unit: u32,
    /// Index of the next instruction's first code unit.
    pub next: u32,
    /// The opcode.
    pub op: O,
    /// The whole argument.
    pub arg: u32,
    /// Its line.
    pub line: Option<u32>,
    /// Whether a line event may come before it.
    pub begins: bool,
}

impl Instruction {
    /// Whether a frame starts here, rather than resumes.
    pub fn is_start(&self) -> bool {
        self.op == O::Resume && self.arg & 3 == 0
    }

    /// Whether it jumps back within its own line.
    fn jumps_within<'a>(&self, at: impl Fn(u32) -> Option<&'a Self>) -> bool {
        self.op == O::JumpBackward && self.successors()[0].and_then(at).is_some_and(|target| target.line == self.line)
    }

    /// The code units at which execution may continue, without exceptions.
    pub fn successors(&self) -> [Option<u32>; 2] {
        match self.op {
            O::ReturnValue | O::ReturnConst | O::RaiseVarargs | O::Reraise | O::InterpreterExit => [None, None],
            O::JumpForward => [Some(self.next + self.arg), None],
            O::JumpBackward | O::JumpBackwardNoInterrupt => [self.next.checked_sub(self.arg), None],
            O::PopJumpIfFalse | O::PopJumpIfTrue | O::PopJumpIfNone | O::PopJumpIfNotNone | O::Send => {
                [Some(self.next), Some(self.next + self.arg)]
            }
            // The target is after END_FOR.
            O::ForIter => [Some(self.next), Some(self.next + self.arg + 1)],
            _ => [Some(self.next), None],
        }
    }
}

/// The lines of a code object, and which can follow which.
#[derive(Default)]
pub struct Flow {
    /// All instructions, in order.
    pub instructions: Vec<Instruction>,
    /// For each instruction, the lines of the last line event when it runs. It is the instruction's own line if that
    /// has an event.
    pub told: Vec<Vec<u32>>,
    /// For each line, the lines whose events can follow its event.
    pub after: FxHashMap<u32, Vec<u32>>,
    /// For each line, the lines whose events its event can follow.
    pub before: FxHashMap<u32, Vec<u32>>,
    /// Lines that jump back to themselves.
    pub loops: FxHashSet<u32>,
    /// Lines with which frames begin, or which an exception can lead to.
    pub elsewhere: FxHashSet<u32>,
    /// Pairs (line of the last event, own line) of instructions that run as a part of another line.
    pub untold: FxHashSet<(u32, u32)>,
}

impl Flow {
    /// The flow of code of 3.12 or later; `None` if it has unknown instructions.
    pub fn of(view: &CodeView<'_>) -> Option<Self> {
        let mut instructions = instructions(view)?;
        let place: FxHashMap<u32, usize> =
            instructions.iter().enumerate().map(|(n, instruction)| (instruction.unit, n)).collect();
        let handlers: Vec<usize> =
            view.handlers.iter().filter_map(|offset| place.get(&(offset / 2)).copied()).collect();
        told::mark(&mut instructions, &place, &handlers, view.minor);
        let mut flow = Self { told: vec![Vec::new(); instructions.len()], instructions, ..Self::default() };
        flow.spread(&place, &handlers, view.minor);
        for (instruction, told) in flow.instructions.iter().zip(&flow.told) {
            if let Some(line) = instruction.line {
                flow.untold.extend(told.iter().filter(|told| **told != line).map(|told| (*told, line)));
                if instruction.jumps_within(|unit| Some(&flow.instructions[*place.get(&unit)?])) {
                    flow.loops.insert(line);
                }
            }
        }
        Some(flow)
    }

    /// Follows execution from all points where it can begin, and notes the line events on the way.
    fn spread(&mut self, place: &FxHashMap<u32, usize>, handlers: &[usize], minor: u32) {
        let mut todo = Vec::new();
        // A frame's first instructions have the line of its definition. The first line event comes after RESUME.
        let starts = self.instructions.iter().filter(|instruction| instruction.is_start());
        let starts: Vec<usize> = starts.filter_map(|start| place.get(&start.next).copied()).collect();
        let first = (!self.instructions.is_empty()).then_some(0);
        for n in handlers.iter().copied().chain(first).chain(starts) {
            let line = self.instructions[n].line.filter(|_| self.instructions[n].begins);
            self.elsewhere.extend(line);
            // If that line was already running, an exception causes no event.
            todo.push((n, line));
        }
        let mut seen: FxHashSet<(usize, Option<u32>)> = todo.iter().copied().collect();
        while let Some((n, told)) = todo.pop() {
            if let Some(told) = told
                && !self.told[n].contains(&told)
            {
                self.told[n].push(told);
            }
            let instruction = &self.instructions[n];
            if instruction.is_start() {
                continue;
            }
            let (own, is_jump) = (instruction.line, instruction.op == O::JumpBackward);
            // In 3.12, a call that returns into the middle of an instruction makes its line have an event again.
            let repeats = minor == 12 && instruction.next - instruction.unit > 1;
            for to in instruction.successors().into_iter().flatten().filter_map(|unit| place.get(&unit).copied()) {
                let Instruction { line, begins, .. } = self.instructions[to];
                let jumps = is_jump && own.is_some() && line == own;
                let is_told = jumps || begins && line != own;
                // A loop within one line is not a way to another line.
                let is_way = is_told && !(jumps && line == told);
                let may_be_told = repeats && begins && line == own;
                if is_way || may_be_told {
                    self.lead(told, line);
                }
                let told = if is_told { line } else { told };
                for next in [Some(told), may_be_told.then_some(line)].into_iter().flatten() {
                    if seen.insert((to, next)) {
                        todo.push((to, next));
                    }
                }
            }
        }
    }

    /// Notes that one line's event can follow another's. Without a line before, a frame begins or an exception is
    /// caught.
    fn lead(&mut self, from: Option<u32>, to: Option<u32>) {
        let (Some(from), Some(line)) = (from, to) else { return self.elsewhere.extend(to) };
        let after = self.after.entry(from).or_default();
        if !after.contains(&line) {
            after.push(line);
            self.before.entry(line).or_default().push(from);
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
        found.push(Instruction { unit: begin as u32, next: at as u32, op, arg, line, begins: false });
        (begin, extended) = (at, 0);
    }
    Some(found)
}

//! Instructions that make and call functions.

use super::super::symbols::{FRESH, MADE, Sym, SymId, UNKNOWN};
use super::super::walk::Walk;
use crate::opcodes::Opcode as O;

impl Walk<'_> {
    /// Handles an instruction of this family. Returns false for other instructions.
    pub(super) fn calls(&mut self, op: O, arg: u32) -> bool {
        let minor = self.view.minor;
        match op {
            O::MakeFunction => {
                let operands = if minor >= 13 { 0 } else { (arg & 15).count_ones() };
                self.drop_n(operands + if minor == 10 { 2 } else { 1 });
                self.push(Sym::Made);
            }
            O::SetFunctionAttribute => {
                self.drop_n(2);
                self.push(Sym::Made);
            }
            O::KwNames => self.keywords = self.width(arg),
            O::CallFunction => {
                let last = (arg > 0).then(|| self.peek(1));
                self.give(self.peek(arg + 1), arg, 0);
                self.note_called(self.depth_below(arg), arg as usize, 0);
                self.drop_n(arg);
                let callee = self.pop();
                self.call_with(callee, last);
            }
            O::CallFunctionKw => {
                self.give(self.peek(arg + 2), arg, 1);
                self.note_called(self.depth_below(arg + 1), arg as usize, self.names_above());
                self.drop_n(arg + 1);
                let callee = self.pop();
                self.call(callee);
            }
            O::CallMethod => {
                self.give(self.peek(arg + 2), arg, 0);
                self.note_called(self.depth_below(arg), arg as usize, 0);
                self.drop_n(arg + 1);
                let callee = self.pop();
                self.call(callee);
            }
            O::Call | O::CallKw => {
                let last = (arg > 0).then(|| self.peek(1));
                let names = u32::from(op == O::CallKw);
                let before = std::mem::take(&mut self.keywords);
                let keywords = if op == O::CallKw { self.names_above() } else { before };
                let mut given: Vec<SymId> = (1..=arg).rev().map(|back| self.peek(names + back)).collect();
                self.drop_n(arg + names);
                let (upper, lower) = (self.pop(), self.pop());
                // Two entries, callable and self-or-NULL, whose order differs between versions.
                let callee = if lower == FRESH { upper } else { lower };
                if upper == MADE && callee == lower {
                    // The decorated function takes the place of self.
                    given.insert(0, upper);
                }
                let count = given.len() as u32;
                let last = last.or(given.last().copied());
                let callee =
                    if matches!(self.plans.symbols[callee as usize], Sym::Const(_)) { UNKNOWN } else { callee };
                // Treats them as if they were still on the stack.
                self.stack.extend(&given);
                self.give(callee, count, 0);
                self.note_called(self.depth_below(count), count as usize, keywords);
                self.drop_n(count);
                self.call_with(callee, last);
            }
            O::CallFunctionEx => {
                // Keyword arguments are above; since 3.14 there is always an entry.
                let above = if minor >= 14 { 1 } else { arg & 1 };
                self.unpack(self.peek(1 + above));
                self.drop_n(1 + above);
                let (upper, lower) = if minor >= 11 { (self.pop(), self.pop()) } else { (self.pop(), FRESH) };
                self.call(if lower == FRESH { upper } else { lower });
            }
            O::CallIntrinsic1 => {
                // 2 is `import *`; the others make something from their operand.
                self.line().dirty |= arg == 2;
                self.line().globals |= arg == 2;
                self.drop_n(1);
                self.push(Sym::Fresh);
            }
            O::CallIntrinsic2 => {
                self.drop_n(2);
                self.push(Sym::Unknown);
            }
            _ => return false,
        }
        true
    }
}

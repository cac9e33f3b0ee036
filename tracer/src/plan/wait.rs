//! Handles `yield`, `yield from` and `await`: what they do to the stack of symbols and to the line's plan.

use super::symbols::{Sym, SymId, UNKNOWN};
use super::walk::Walk;
use crate::opcodes::Opcode as O;

impl Walk<'_> {
    /// Handles an instruction that passes a value out, or waits for one.
    pub(super) fn wait(&mut self, op: O, arg: u32, next: u32) {
        let minor = self.view.minor;
        match op {
            // For example, a new list.
            O::GetYieldFromIter if self.is_fresh(self.peek(1)) && minor < 15 => {}
            O::GetAwaitable | O::GetYieldFromIter
                if matches!(self.plans.symbols[self.peek(1) as usize], Sym::Call(_) | Sym::Slot(_)) && minor < 15 => {}
            O::YieldFrom => {
                let receiver = self.receiver();
                self.site(receiver);
                // While 3.10 waits, it is at the previous instruction.
                self.plans.sends.push((self.offset.saturating_sub(2), self.offset + 2));
                self.drop_n(2);
                self.push(Sym::Unknown);
            }
            O::Send => {
                let receiver = self.receiver();
                self.site(receiver);
                self.plans.sends.push((self.offset, next + 2 * arg));
                self.drop_n(1);
                self.push(Sym::Unknown);
                self.forward(arg, next);
            }
            O::EndSend => {
                self.drop_n(if minor >= 15 { 3 } else { 2 });
                self.push(Sym::Unknown);
            }
            O::CleanupThrow => {
                // Effects on the target of a throw are those of the thrower's line.
                self.drop_n(3);
                self.push(Sym::Unknown);
                self.push(Sym::Unknown);
            }
            O::GetAnext => {
                self.line().dirty = true;
                self.push(Sym::Unknown);
            }
            _ => {
                // The code that resumes this frame has run meanwhile; if it is unknown, it begins a new epoch. An await
                // is followed by a send, which shows whether its target is known.
                self.line().dirty |= op == O::GetAiter;
                self.drop_n(1);
                self.push(Sym::Unknown);
            }
        }
    }

    /// The object that a value is sent to, below that value.
    fn receiver(&mut self) -> SymId {
        // From 3.15 on, an index is in between.
        let base = if self.view.minor >= 15 { UNKNOWN } else { self.peek(2) };
        self.sym(Sym::Iter(base))
    }
}

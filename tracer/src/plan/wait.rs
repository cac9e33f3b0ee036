//! What `yield`, `yield from` and `await` do to the stack of symbols and to the line's plan.

use super::symbols::{Sym, SymId, UNKNOWN};
use super::walk::Walk;
use crate::opcodes::Opcode as O;

impl Walk<'_> {
    /// An instruction that gives a value away, or waits for one.
    pub(super) fn wait(&mut self, op: O, arg: u32, next: u32) {
        let minor = self.view.minor;
        match op {
            // A new list, say.
            O::GetYieldFromIter if self.is_fresh(self.peek(1)) && minor < 15 => {}
            O::GetAwaitable | O::GetYieldFromIter
                if matches!(self.plans.symbols[self.peek(1) as usize], Sym::Call(_) | Sym::Slot(_)) && minor < 15 => {}
            O::YieldFrom => {
                let receiver = self.receiver();
                self.site(receiver);
                // While it waits, 3.10 stands at the instruction before.
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
                // What was thrown to, whoever threw has to answer for.
                self.drop_n(3);
                self.push(Sym::Unknown);
                self.push(Sym::Unknown);
            }
            O::GetAnext => {
                self.line().dirty = true;
                self.push(Sym::Unknown);
            }
            _ => {
                // Whoever resumes this frame has run meanwhile; what is not known of it counts
                // up the epoch. What awaits has to send next, which tells whether it was known.
                self.line().dirty |= op == O::GetAiter;
                self.drop_n(1);
                self.push(Sym::Unknown);
            }
        }
    }

    /// What is sent to, below what is sent.
    fn receiver(&mut self) -> SymId {
        // From 3.15 on an index lies between.
        let base = if self.view.minor >= 15 { UNKNOWN } else { self.peek(2) };
        self.sym(Sym::Iter(base))
    }
}

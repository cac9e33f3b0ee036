//! What each instruction does to the stack of symbols and to the line's plan, with one file per family of instructions.

mod attributes;
mod builders;
mod calls;
mod control;
mod items;
mod names;
mod operators;
mod stack;

use super::symbols::Sym;
use super::walk::Walk;
use crate::opcodes::Opcode as O;

impl Walk<'_> {
    pub(super) fn step(&mut self, op: O, arg: u32, next: u32) {
        let is_understood = self.stack(op, arg)
            || self.names(op, arg)
            || self.attributes(op, arg)
            || self.items(op, arg)
            || self.operators(op, arg)
            || self.builders(op, arg)
            || self.calls(op, arg)
            || self.control(op, arg, next);
        if !is_understood {
            self.not_understood(op);
        }
    }

    /// Handles instructions with unknown effects: the line is dirty. The stack is kept if that is easy.
    pub(super) fn not_understood(&mut self, op: O) {
        self.line().dirty = true;
        match op {
            O::ImportName => {
                self.drop_n(2);
                self.push(Sym::Unknown);
            }
            O::ImportFrom => self.push(Sym::Unknown),
            O::ImportStar => {
                self.drop_n(1);
                self.line().globals = true;
            }
            O::BeforeWith | O::BeforeAsyncWith | O::LoadSpecial => {
                self.drop_n(1);
                self.push(Sym::Unknown);
                self.push(Sym::Unknown);
            }
            O::SetupWith | O::SetupAsyncWith => {
                self.drop_n(1);
                self.push(Sym::Unknown);
                self.push(Sym::Unknown);
            }
            O::SetupFinally => {}
            O::MatchMapping | O::MatchSequence => self.push(Sym::Fresh),
            O::MatchKeys => {
                self.push(Sym::Unknown);
                if self.view.minor == 10 {
                    self.push(Sym::Fresh);
                }
            }
            O::MatchClass => {
                self.drop_n(3);
                self.push(Sym::Unknown);
                if self.view.minor == 10 {
                    self.push(Sym::Fresh);
                }
            }
            _ => {
                self.stack.clear();
                self.unaligned = true;
            }
        }
    }
}

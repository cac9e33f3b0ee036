//! Instructions for loops, jumps, and the start and end of frames.

use super::super::operands::of_operator;
use super::super::symbols::Sym;
use super::super::walk::Walk;
use crate::opcodes::Opcode as O;
use crate::uses;

impl Walk<'_> {
    /// Handles an instruction of this family. Returns false for other instructions.
    pub(super) fn control(&mut self, op: O, arg: u32, next: u32) -> bool {
        let minor = self.view.minor;
        match op {
            O::GetIter => {
                let base = self.pop();
                self.push(Sym::Iter(base));
                if minor >= 15 {
                    // The index in a list or tuple, or NULL.
                    self.push(Sym::Fresh);
                }
            }
            O::ForIter => {
                let iterator = self.peek(if minor >= 15 { 2 } else { 1 });
                self.line().iterators.push(iterator);
                self.looped = Some(iterator);
                // At the end, 3.10 and 3.11 pop the iterator; 3.12 and later leave it for END_FOR.
                let kept = self.stack.clone();
                if minor < 12 {
                    self.drop_n(1);
                } else {
                    self.push(Sym::Fresh);
                }
                self.forward(arg, next);
                self.stack = kept;
                self.push(Sym::Unknown);
            }
            O::PopJumpIfFalse | O::PopJumpIfTrue | O::PopJumpIfNone | O::PopJumpIfNotNone => {
                self.operands(1, of_operator(op));
                self.drop_n(1);
                if minor == 10 { self.absolute(arg, next) } else { self.forward(arg, next) }
            }
            O::PopJumpForwardIfFalse
            | O::PopJumpForwardIfTrue
            | O::PopJumpForwardIfNone
            | O::PopJumpForwardIfNotNone => {
                self.operands(1, of_operator(op));
                self.drop_n(1);
                self.forward(arg, next);
            }
            O::PopJumpBackwardIfFalse
            | O::PopJumpBackwardIfTrue
            | O::PopJumpBackwardIfNone
            | O::PopJumpBackwardIfNotNone => {
                self.operands(1, of_operator(op));
                self.drop_n(1);
            }
            O::JumpIfFalseOrPop | O::JumpIfTrueOrPop => {
                self.operands(1, uses::TRUTH);
                if minor == 10 {
                    self.absolute(arg, next)
                } else {
                    self.forward(arg, next)
                }
                self.drop_n(1);
            }
            O::JumpIfNotExcMatch => {
                self.drop_n(2);
                self.absolute(arg, next);
            }
            O::JumpForward => self.forward(arg, next),
            O::JumpAbsolute => self.absolute(arg, next),
            O::JumpBackward | O::JumpBackwardNoInterrupt => {}
            O::ReturnValue | O::RaiseVarargs => {
                for back in 1..=if op == O::RaiseVarargs { arg } else { 0 } {
                    self.raise(self.peek(back));
                }
                self.drop_n(if op == O::RaiseVarargs { arg } else { 1 });
            }
            O::ReturnConst => {}
            O::YieldValue
            | O::AsyncGenWrap
            | O::GetAwaitable
            | O::GetYieldFromIter
            | O::GetAiter
            | O::YieldFrom
            | O::Send
            | O::EndSend
            | O::CleanupThrow
            | O::GetAnext => self.wait(op, arg, next),
            O::PushExcInfo => self.push(Sym::Unknown),
            O::CheckExcMatch => {
                self.drop_n(1);
                self.push(Sym::Fresh);
            }
            O::PopExcept => self.drop_n(if minor == 10 { 3 } else { 1 }),
            O::Reraise => self.drop_n(if minor == 10 { 3 } else { 1 }),
            O::ReturnGenerator => self.push(Sym::Unknown),
            _ => return false,
        }
        true
    }
}

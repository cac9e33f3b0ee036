//! Instructions for items and slices.

use super::super::lines::Check;
use super::super::symbols::{Sym, SymId};
use super::super::walk::Walk;
use crate::opcodes::Opcode as O;
use crate::uses;

/// The argument of BINARY_OP for subscripts, since 3.14.
const SUBSCRIPT: u32 = 26;

impl Walk<'_> {
    /// Handles an instruction of this family. Returns false for other instructions.
    pub(super) fn items(&mut self, op: O, arg: u32) -> bool {
        match op {
            O::BinarySubscr | O::BinaryOp if op == O::BinarySubscr || arg == SUBSCRIPT => {
                self.subscript(self.peek(2), self.peek(1));
                let (key, base) = (self.pop(), self.pop());
                if !self.is_fresh(base) {
                    self.line().checks.push(Check::Read(base));
                }
                self.push(Sym::Item(base, key));
            }
            O::BinarySlice => {
                self.operands(2, uses::CONVERT);
                let base = self.peek(3);
                self.operate(base, uses::ITEM);
                self.drop_n(3);
                self.slice(base);
            }
            O::StoreSubscr => {
                self.subscript(self.peek(2), self.peek(1));
                let (key, base) = (self.pop(), self.pop());
                if self.is_slice(key) {
                    self.unpack(self.peek(1));
                }
                self.drop_n(1);
                if !self.is_fresh(base) {
                    self.line().checks.push(Check::Item(base, key));
                }
            }
            O::DeleteSubscr => {
                self.subscript(self.peek(2), self.peek(1));
                self.drop_n(1);
                let base = self.pop();
                self.touch(base);
            }
            O::StoreSlice => {
                self.operands(2, uses::CONVERT);
                self.operate(self.peek(3), uses::ITEM);
                self.unpack(self.peek(4));
                self.drop_n(2);
                let base = self.pop();
                self.drop_n(1);
                self.touch(base);
            }
            _ => return false,
        }
        true
    }

    /// Handles an item that is read, stored or deleted.
    fn subscript(&mut self, base: SymId, key: SymId) {
        self.operate(base, uses::ITEM);
        self.operate(key, uses::HASH | uses::COMPARE | uses::CONVERT);
    }
}

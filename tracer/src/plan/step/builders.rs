//! Instructions that make, fill and unpack containers.

use super::super::symbols::Sym;
use super::super::walk::Walk;
use crate::opcodes::Opcode as O;
use crate::uses;

impl Walk<'_> {
    /// Handles an instruction of this family. Returns false for other instructions.
    pub(super) fn builders(&mut self, op: O, arg: u32) -> bool {
        match op {
            O::BuildString | O::BuildSlice => {
                self.operands(arg, if op == O::BuildSlice { uses::CONVERT } else { 0 });
                self.drop_n(arg);
                self.push(Sym::Fresh);
            }
            O::BuildList | O::BuildTuple => self.build(arg),
            O::BuildSet => {
                self.operands(arg, uses::HASH | uses::COMPARE);
                self.build(arg);
            }
            O::BuildMap => {
                for pair in 0..arg {
                    self.operate(self.peek(2 * pair + 2), uses::HASH | uses::COMPARE);
                }
                self.build(2 * arg);
            }
            O::BuildTemplate | O::BuildInterpolation => {
                let operands = if op == O::BuildTemplate { 2 } else { 2 + (arg & 1) };
                self.operands(operands, uses::TEXT);
                self.drop_n(operands);
                self.push(Sym::Fresh);
            }
            O::BuildConstKeyMap => {
                self.drop_n(1);
                self.build(arg);
            }
            O::ListAppend | O::SetAdd => {
                self.operands(1, if op == O::SetAdd { uses::HASH | uses::COMPARE } else { 0 });
                self.drop_n(1);
                let target = self.peek(arg);
                self.touch(target);
            }
            O::ListExtend | O::SetUpdate | O::DictMerge | O::DictUpdate => {
                self.unpack(self.peek(1));
                let keys = matches!(op, O::SetUpdate | O::DictUpdate | O::DictMerge);
                self.operands(1, if keys { uses::ITEM | uses::HASH | uses::COMPARE } else { 0 });
                self.drop_n(1);
                let target = self.peek(arg);
                self.touch(target);
            }
            O::MapAdd => {
                self.operate(self.peek(2), uses::HASH | uses::COMPARE);
                self.drop_n(2);
                let target = self.peek(arg);
                self.touch(target);
            }
            O::ListToTuple => {
                self.drop_n(1);
                self.push(Sym::Fresh);
            }
            O::UnpackSequence => {
                if let Some(iterator) = self.looped {
                    self.unpack_each(iterator);
                }
                self.operands(1, uses::ITERATE | uses::GENERATE);
                self.drop_n(1);
                for _ in 0..arg {
                    self.push(Sym::Unknown);
                }
            }
            O::UnpackEx => {
                if let Some(iterator) = self.looped {
                    self.unpack_each(iterator);
                }
                self.operands(1, uses::ITERATE | uses::GENERATE);
                self.drop_n(1);
                for _ in 0..(arg & 0xff) + (arg >> 8) + 1 {
                    self.push(Sym::Unknown);
                }
            }
            _ => return false,
        }
        true
    }
}

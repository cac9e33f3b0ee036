//! Operators, and instructions that make texts from values.

use super::super::lines::Check;
use super::super::operands::of_operator;
use super::super::symbols::Sym;
use super::super::walk::Walk;
use crate::opcodes::Opcode as O;
use crate::uses;

impl Walk<'_> {
    /// Handles an instruction of this family. Returns false for other instructions.
    pub(super) fn operators(&mut self, op: O, arg: u32) -> bool {
        match op {
            O::UnaryPositive
            | O::UnaryNegative
            | O::UnaryNot
            | O::UnaryInvert
            | O::ToBool
            | O::GetLen
            | O::FormatSimple
            | O::ConvertValue => {
                if op == O::GetLen {
                    self.push(Sym::Fresh);
                } else {
                    self.operands(1, of_operator(op));
                    self.drop_n(1);
                    self.push(Sym::Fresh);
                }
            }
            O::ContainsOp => {
                let among = self.peek(1);
                self.operate(among, uses::ITERATE | uses::GENERATE | uses::COMPARE);
                self.operate(self.peek(2), uses::HASH | uses::COMPARE);
                self.drop_n(2);
                self.push(Sym::Fresh);
            }
            O::FormatWithSpec | O::IsOp | O::CompareOp => {
                self.operands(2, of_operator(op));
                self.drop_n(2);
                self.push(Sym::Fresh);
            }
            O::FormatValue => {
                self.operands(2, uses::TEXT);
                self.drop_n(if arg & 4 != 0 { 2 } else { 1 });
                self.push(Sym::Fresh);
            }
            O::BinaryOp => {
                if matches!(arg, 6 | 19) {
                    self.modulo();
                }
                self.binary(arg >= 13);
            }
            O::BinaryModulo | O::InplaceModulo => {
                self.modulo();
                self.binary(op == O::InplaceModulo);
            }
            O::BinaryAdd
            | O::BinarySubtract
            | O::BinaryMultiply
            | O::BinaryPower
            | O::BinaryFloorDivide
            | O::BinaryTrueDivide
            | O::BinaryMatrixMultiply
            | O::BinaryLshift
            | O::BinaryRshift
            | O::BinaryAnd
            | O::BinaryOr
            | O::BinaryXor => self.binary(false),
            O::InplaceAdd
            | O::InplaceSubtract
            | O::InplaceMultiply
            | O::InplacePower
            | O::InplaceFloorDivide
            | O::InplaceTrueDivide
            | O::InplaceMatrixMultiply
            | O::InplaceLshift
            | O::InplaceRshift
            | O::InplaceAnd
            | O::InplaceOr
            | O::InplaceXor => self.binary(true),
            _ => return false,
        }
        true
    }

    pub(super) fn binary(&mut self, in_place: bool) {
        if in_place {
            // A list is extended by any iterable.
            self.operands(1, uses::ITERATE | uses::GENERATE);
        }
        self.operands(2, uses::ARITHMETIC | uses::CONVERT);
        self.drop_n(1);
        let left = self.pop();
        if in_place {
            // `xs += …` may change xs in place. The result is the old object, or a new one.
            match self.plans.symbols[left as usize] {
                Sym::Slot(_) | Sym::Name(_) | Sym::Attr(..) | Sym::Item(..) => self.stack.push(left),
                _ => self.push(Sym::Unknown),
            }
            match self.plans.symbols[left as usize] {
                Sym::Slot(slot) => self.line().updated.push(slot),
                Sym::Fresh | Sym::Built(_) => {}
                _ => self.line().checks.push(Check::InPlace(left)),
            }
        } else {
            self.push(Sym::Fresh);
        }
    }

    /// `"%(name)s" % values` reads items of `values` by key.
    fn modulo(&mut self) {
        let values = self.peek(1);
        self.operate(values, uses::TEXT | uses::ITEM);
        if self.is_visible(values) {
            self.line().checks.push(Check::Read(values));
        }
    }
}

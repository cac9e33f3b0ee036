//! Instructions for variables: local, shared, global.

use super::super::symbols::Sym;
use super::super::walk::Walk;
use crate::opcodes::Opcode as O;

impl Walk<'_> {
    /// Handles an instruction of this family. Returns false for other instructions.
    pub(super) fn names(&mut self, op: O, arg: u32) -> bool {
        let minor = self.view.minor;
        match op {
            O::LoadConst => self.push(Sym::Const(arg)),
            O::LoadSmallInt => self.push(Sym::Int(arg)),
            O::LoadFast | O::LoadFastCheck | O::LoadFastBorrow => self.push(Sym::Slot(arg)),
            O::LoadClosure => self.push(Sym::Fresh),
            O::LoadFastAndClear => {
                self.store(arg);
                self.push(Sym::Unknown);
            }
            O::LoadFastLoadFast | O::LoadFastBorrowLoadFastBorrow => {
                self.push(Sym::Slot(arg >> 4));
                self.push(Sym::Slot(arg & 15));
            }
            O::StoreFast | O::StoreDeref => {
                self.drop_n(1);
                let slot = if op == O::StoreDeref { self.cell(arg) } else { arg };
                self.store(slot);
            }
            O::StoreFastLoadFast => {
                self.drop_n(1);
                self.store(arg >> 4);
                self.push(Sym::Slot(arg & 15));
            }
            O::StoreFastStoreFast => {
                self.drop_n(2);
                self.store(arg >> 4);
                self.store(arg & 15);
            }
            O::DeleteFast => self.store(arg),
            O::DeleteDeref => {
                let slot = self.cell(arg);
                self.store(slot);
            }
            O::LoadDeref | O::LoadClassderef => {
                let slot = self.cell(arg);
                self.cells.insert(slot);
                self.push(Sym::Slot(slot));
            }
            O::LoadGlobal => {
                if minor >= 11 {
                    if arg & 1 == 1 && minor < 13 {
                        self.push(Sym::Fresh);
                    }
                    self.push(Sym::Name(arg >> 1));
                    if arg & 1 == 1 && minor >= 13 {
                        self.push(Sym::Fresh);
                    }
                } else {
                    self.push(Sym::Name(arg));
                }
            }
            O::LoadName => self.push(Sym::Name(arg)),
            O::LoadFromDictOrGlobals | O::LoadFromDictOrDeref => {
                self.drop_n(1);
                self.push(Sym::Unknown);
            }
            O::LoadLocals | O::LoadBuildClass => {
                self.line().dirty |= op == O::LoadBuildClass;
                self.push(Sym::Unknown);
            }
            O::StoreName | O::StoreGlobal => {
                self.drop_n(1);
                self.line().globals = true;
                self.line().names.push(arg);
            }
            O::DeleteName | O::DeleteGlobal => {
                self.line().globals = true;
                self.line().names.push(arg);
            }
            _ => return false,
        }
        true
    }
}

//! Attributes.

use super::super::lines::Check;
use super::super::symbols::{Sym, UNKNOWN};
use super::super::walk::Walk;
use crate::opcodes::Opcode as O;

impl Walk<'_> {
    /// Handles an instruction of this family. Returns false for other instructions.
    pub(super) fn attributes(&mut self, op: O, arg: u32) -> bool {
        let minor = self.view.minor;
        match op {
            O::LoadAttr if minor >= 12 => {
                let base = self.pop();
                self.load(base, arg >> 1);
                let attribute = Sym::Attr(base, arg >> 1);
                if arg & 1 == 1 {
                    // 3.12: the method is below self; 3.13: the order is the same.
                    self.push(attribute);
                    self.push(Sym::Fresh);
                } else {
                    self.push(attribute);
                }
            }
            O::LoadAttr => {
                let base = self.pop();
                self.load(base, arg);
                self.push(Sym::Attr(base, arg));
            }
            O::LoadMethod => {
                let base = self.pop();
                self.load(base, arg);
                self.push(Sym::Attr(base, arg));
                self.push(Sym::Fresh);
            }
            O::LoadSuperAttr => {
                let name = self.peek(3);
                let own = self.plans.symbols[self.peek(1) as usize] == Sym::Slot(0);
                self.drop_n(3);
                let base = if own { self.sym(Sym::Super(name)) } else { UNKNOWN };
                self.push(Sym::Attr(base, arg >> 2));
                if arg & 1 == 1 {
                    self.push(Sym::Fresh);
                }
            }
            O::StoreAttr => {
                let base = self.pop();
                self.drop_n(1);
                self.line().dirty |= self.view.class_name == Some(arg);
                if !self.is_fresh(base) {
                    let name = arg;
                    self.line().checks.push(Check::Attr(base, name));
                }
            }
            O::DeleteAttr => {
                let base = self.pop();
                self.touch(base);
                if !self.is_fresh(base) {
                    // Its class may run code, as when an attribute is assigned.
                    self.line().checks.push(Check::Attr(base, arg));
                }
            }
            _ => return false,
        }
        true
    }
}

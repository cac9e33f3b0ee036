//! Instructions that only move values on the stack.

use super::super::symbols::Sym;
use super::super::walk::Walk;
use crate::opcodes::Opcode as O;

impl Walk<'_> {
    /// Handles an instruction of this family. Returns false for other instructions.
    pub(super) fn stack(&mut self, op: O, arg: u32) -> bool {
        let minor = self.view.minor;
        match op {
            O::Nop
            | O::Cache
            | O::Resume
            | O::MakeCell
            | O::CopyFreeVars
            | O::Precall
            | O::GenStart
            | O::SetupAnnotations
            | O::PopBlock
            | O::InterpreterExit
            | O::Reserved
            | O::NotTaken
            | O::ExitInitCheck => {}
            O::PopTop | O::PopIter => self.drop_n(if op == O::PopIter && minor >= 15 { 2 } else { 1 }),
            O::EndFor if minor >= 13 => self.drop_n(1),
            O::EndFor => self.drop_n(2),
            O::PushNull | O::LoadAssertionError | O::LoadCommonConstant => self.push(Sym::Fresh),
            O::Copy => {
                let sym = self.peek(arg);
                self.stack.push(sym);
            }
            O::Swap => {
                let top = self.stack.len();
                if arg as usize <= top && arg >= 1 {
                    self.stack.swap(top - 1, top - arg as usize);
                } else {
                    self.stack.clear();
                    self.unaligned = true;
                }
            }
            O::DupTop => {
                let sym = self.peek(1);
                self.stack.push(sym);
            }
            O::DupTopTwo => {
                let (below, top) = (self.peek(2), self.peek(1));
                self.stack.extend([below, top]);
            }
            O::RotTwo => self.rotate(2),
            O::RotThree => self.rotate(3),
            O::RotFour => self.rotate(4),
            O::RotN => self.rotate(arg as usize),
            _ => return false,
        }
        true
    }

    pub(super) fn rotate(&mut self, n: usize) {
        let length = self.stack.len();
        if n >= 1 && n <= length {
            self.stack[length - n..].rotate_right(1);
        } else {
            self.stack.clear();
            self.unaligned = true;
        }
    }
}

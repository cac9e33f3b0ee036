//! Objects that a line has already loaded when code runs that may replace them.
//!
//! `box.items.append(box.flush())` appends to the list that `box.items` was before `flush` began. A check that follows
//! this path afterwards finds another list if `flush` assigned the attribute. Such paths are noted here, and the engine
//! compares what they lead to before and after.

use rustc_hash::FxHashSet;

use super::lines::Check;
use super::symbols::{Sym, SymId};
use super::walk::Walk;
use crate::opcodes::Opcode as O;

/// The symbols on the stack, as (line, symbol). A line is the index of its plan.
#[derive(Default)]
pub(super) struct Held {
    /// While the line runs other code.
    running: FxHashSet<(usize, SymId)>,
    /// While another line begins or ends, in a statement of several lines.
    crossing: FxHashSet<(usize, SymId)>,
    /// The line of the previous instruction.
    line: usize,
}

impl Walk<'_> {
    /// Called before an instruction, which may run code while it works on the stack.
    pub(super) fn hold(&mut self, op: O) {
        let (line, before) = (self.current, std::mem::replace(&mut self.held.line, self.current));
        if line != before {
            for n in 0..self.stack.len() {
                self.each_path(self.stack[n], |held, sym| held.crossing.extend([(line, sym), (before, sym)]));
            }
        }
        if is_simple(op) {
            return;
        }
        // Reading an attribute does not change the object that it is read of.
        let read = matches!(op, O::LoadAttr | O::LoadMethod);
        for n in 0..self.stack.len() - usize::from(read && !self.stack.is_empty()) {
            self.each_path(self.stack[n], |held, sym| held.running.extend([(line, sym)]));
        }
    }

    /// Calls `note` with a symbol if another function could replace the object that it leads to, and with the object of
    /// a method.
    fn each_path(&mut self, mut sym: SymId, note: impl Fn(&mut Held, SymId)) {
        while let Sym::Attr(base, _) = self.plans.symbols[sym as usize] {
            note(&mut self.held, sym);
            sym = base;
        }
        let is_path = match self.plans.symbols[sym as usize] {
            Sym::Item(..) | Sym::Name(_) => true,
            Sym::Slot(slot) => self.cells.contains(&slot),
            _ => false,
        };
        if is_path {
            note(&mut self.held, sym);
        }
    }

    /// Notes the paths of each line's checks that a callee may redirect after they are loaded.
    pub(super) fn find_paths(&mut self) {
        if self.held.running.is_empty() {
            return;
        }
        let mut checked: FxHashSet<(usize, SymId)> = FxHashSet::default();
        for (line, plan) in self.plans.lines.iter().enumerate() {
            checked.extend(plan.checks.iter().map(|check| match *check {
                Check::Touch(sym)
                | Check::Grow(sym)
                | Check::InPlace(sym)
                | Check::Attr(sym, _)
                | Check::Item(sym, _)
                | Check::Read(sym) => (line, sym),
            }));
            let slots = plan.updated.iter().filter_map(|slot| self.memo.get(&(0, *slot, 0)));
            checked.extend(slots.map(|sym| (line, *sym)));
        }
        let changed: FxHashSet<SymId> = checked.iter().map(|(_, sym)| *sym).collect();
        let Held { running, crossing, .. } = &self.held;
        for &(line, sym) in running.iter().filter(|held| checked.contains(held)) {
            self.plans.lines[line].paths.push(sym);
        }
        for &(line, sym) in crossing.iter().filter(|held| changed.contains(&held.1)) {
            let plan = &mut self.plans.lines[line];
            plan.paths.push(sym);
            plan.carries = true;
        }
        for plan in &mut self.plans.lines {
            plan.paths.sort_unstable();
            plan.paths.dedup();
        }
    }
}

/// Whether an instruction runs no code, whatever its operands are.
fn is_simple(op: O) -> bool {
    matches!(
        op,
        O::Nop
            | O::Cache
            | O::Resume
            | O::Precall
            | O::KwNames
            | O::PushNull
            | O::LoadConst
            | O::LoadSmallInt
            | O::LoadFast
            | O::LoadFastCheck
            | O::LoadFastBorrow
            | O::LoadFastLoadFast
            | O::LoadFastBorrowLoadFastBorrow
            | O::LoadDeref
            | O::LoadGlobal
            | O::LoadName
            | O::LoadClosure
            | O::StoreFast
            | O::StoreFastLoadFast
            | O::StoreFastStoreFast
            | O::StoreDeref
            | O::Copy
            | O::Swap
            | O::DupTop
            | O::DupTopTwo
            | O::RotTwo
            | O::RotThree
            | O::RotFour
            | O::RotN
            | O::BuildList
            | O::BuildTuple
            | O::BuildString
            | O::BuildSlice
            | O::ListAppend
            | O::ListToTuple
            | O::IsOp
            | O::MakeFunction
            | O::SetFunctionAttribute
            | O::JumpForward
            | O::JumpAbsolute
            | O::JumpBackward
            | O::ReturnValue
            | O::ReturnConst
    )
}

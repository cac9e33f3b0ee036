//! Values whose class decides what an instruction runs, as operators, conversions and look-ups call its methods.

use super::symbols::{Built, FRESH, MADE, Operand, Sym, SymId, UNKNOWN};
use super::walk::Walk;
use crate::opcodes::Opcode as O;
use crate::traits::Traits;
use crate::uses::{self, Uses};

impl Walk<'_> {
    /// Notes how the topmost `n` values are used.
    pub(super) fn operands(&mut self, n: u32, uses: Uses) {
        for back in 1..=n {
            self.operate(self.peek(back), uses);
        }
    }

    /// Notes how a value is used.
    pub(super) fn operate(&mut self, sym: SymId, uses: Uses) {
        let is_changed = match self.plans.symbols[sym as usize] {
            Sym::Slot(slot) => self.line().slots.contains(&slot),
            Sym::Name(name) => self.line().names.contains(&name),
            Sym::Attr(..) | Sym::Item(..) | Sym::Call(_) => false,
            Sym::Built(n) => {
                let unpacks = if uses & uses::UNPACK != 0 { uses::ITERATE } else { 0 };
                let inner = uses & uses::INNER | unpacks;
                for item in self.plans.built[n as usize].items.clone() {
                    self.operate(item, inner);
                }
                return;
            }
            // A loop mostly unpacks tuples, which are items of something.
            Sym::Unknown if uses & uses::ITERATE == 0 => true,
            _ => return,
        };
        if uses != 0 {
            // A value that the line stores itself is not there yet when the line begins.
            let sym = if is_changed { UNKNOWN } else { sym };
            self.line().operands.push(Operand { sym, uses });
        }
    }

    /// Replaces the topmost `count` values by a list, tuple, set or dict of them.
    pub(super) fn build(&mut self, count: u32) {
        let items: Vec<SymId> = (1..=count).rev().map(|back| self.peek(back)).collect();
        self.drop_n(count);
        let is_plain = |sym: &SymId| {
            matches!(self.plans.symbols[*sym as usize], Sym::Fresh | Sym::Made | Sym::Const(_) | Sym::Int(_))
        };
        if items.iter().all(is_plain) {
            return self.push(Sym::Fresh);
        }
        self.push_built(items, true);
    }

    fn push_built(&mut self, items: Vec<SymId>, in_order: bool) {
        self.plans.built.push(Built { items: items.into(), in_order });
        self.push(Sym::Built(self.plans.built.len() as u32 - 1));
    }

    /// Replaces a value by a slice of it, whose items are among those of the value.
    pub(super) fn slice(&mut self, base: SymId) {
        if self.is_visible(base) || self.is_fresh(base) && base != FRESH {
            self.push_built(vec![base], false);
        } else {
            self.push(Sym::Fresh);
        }
    }

    /// Whether a value is new, so that nothing else holds it.
    pub(super) fn is_fresh(&self, sym: SymId) -> bool {
        sym == FRESH || matches!(self.plans.symbols[sym as usize], Sym::Built(_))
    }

    /// Notes the arguments of the next call, if its callee may iterate over them, call them or use them in other ways:
    /// `count` values below the topmost `above`.
    pub(super) fn give(&mut self, callee: SymId, count: u32, above: u32) {
        self.given.clear();
        let symbol = self.plans.symbols[callee as usize];
        let traits = match symbol {
            Sym::Name(name) | Sym::Attr(_, name) => self.view.traits.get(name as usize).copied(),
            Sym::Made => Some(Traits::default()),
            _ => None,
        };
        let traits = traits.unwrap_or(Traits { running: true, ..Traits::default() });
        if let Sym::Attr(receiver, _) = symbol {
            self.operate(receiver, traits.own);
        }
        for back in 1..=count {
            let given = self.peek(above + back);
            self.operate(given, traits.uses);
            if traits.reading && self.is_visible(given) {
                self.line().checks.push(super::Check::Read(given));
            }
            if traits.running {
                self.hand(given);
            }
        }
    }

    /// C code may use a value, or the items of a new container, in any way.
    fn hand(&mut self, given: SymId) {
        if let Sym::Built(n) = self.plans.symbols[given as usize] {
            for item in self.plans.built[n as usize].items.clone() {
                self.hand(item);
            }
        } else if (self.is_judged(given) || given == UNKNOWN) && !self.given.contains(&given) {
            self.given.push(given);
        }
    }

    /// Whether a key may be a slice.
    pub(super) fn is_slice(&self, key: SymId) -> bool {
        match self.plans.symbols[key as usize] {
            Sym::Fresh => true,
            Sym::Const(n) => self.view.slices.get(n as usize).copied().unwrap_or(false),
            _ => false,
        }
    }

    /// Notes a value that is iterated over, but not by a loop.
    pub(super) fn unpack(&mut self, given: SymId) {
        if self.is_judged(given) || given == UNKNOWN {
            self.line().given.push(given);
        }
    }

    /// Notes that the items of an iterator are iterated over themselves.
    pub(super) fn unpack_each(&mut self, iterator: SymId) {
        if let Sym::Iter(base) = self.plans.symbols[iterator as usize]
            && !matches!(self.plans.symbols[base as usize], Sym::Unknown)
        {
            self.operate(base, uses::UNPACK);
        }
    }

    /// Notes a class that is called.
    pub(super) fn raise(&mut self, class: SymId) {
        if self.is_visible(class) && class != MADE {
            self.line().given.push(class);
        }
    }

    /// Whether the code that runs when a value is iterated over or called can be found out.
    fn is_judged(&self, sym: SymId) -> bool {
        self.is_visible(sym) || matches!(self.plans.symbols[sym as usize], Sym::Call(_))
    }

    pub(super) fn is_visible(&self, sym: SymId) -> bool {
        matches!(self.plans.symbols[sym as usize], Sym::Slot(_) | Sym::Name(_) | Sym::Attr(..) | Sym::Item(..))
    }
}

/// How an instruction uses each of its operands.
pub(super) fn of_operator(op: O) -> Uses {
    match op {
        O::UnaryNot | O::ToBool => uses::TRUTH,
        O::FormatSimple | O::FormatWithSpec | O::ConvertValue => uses::TEXT,
        O::CompareOp => uses::COMPARE,
        O::IsOp
        | O::PopJumpIfNone
        | O::PopJumpIfNotNone
        | O::PopJumpForwardIfNone
        | O::PopJumpForwardIfNotNone
        | O::PopJumpBackwardIfNone
        | O::PopJumpBackwardIfNotNone => 0,
        O::PopJumpIfFalse
        | O::PopJumpIfTrue
        | O::PopJumpForwardIfFalse
        | O::PopJumpForwardIfTrue
        | O::PopJumpBackwardIfFalse
        | O::PopJumpBackwardIfTrue => uses::TRUTH,
        _ => uses::ARITHMETIC,
    }
}

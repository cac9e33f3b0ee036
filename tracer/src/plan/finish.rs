//! Completes the plans of all lines after the walk.

use rustc_hash::FxHashSet;

use super::flow::Flow;
use super::lines::{Check, LinePlan, Plans};
use super::symbols::{Sym, SymId};
use super::walk::Walk;

impl Walk<'_> {
    pub(super) fn finish(mut self, flow: Option<&Flow>) -> Plans {
        let first = self.by_line.keys().min().copied().unwrap_or(0);
        let last = self.by_line.keys().max().copied().unwrap_or(0);
        let mut index = vec![0; (last - first + 1) as usize];
        for (line, plan) in &self.by_line {
            index[(line - first) as usize] = *plan;
        }
        self.find_paths();
        self.take_in_untold(flow);
        let mut lines = std::mem::take(&mut self.plans.lines);
        let facts = Facts { plans: &self.plans, cells: &self.cells };
        for plan in &mut lines {
            facts.finish(plan);
        }
        self.plans.lines = lines;
        let line_at = |offset: u32| {
            self.view.lines.iter().find(|range| range.0 <= offset && offset < range.1).and_then(|range| range.2)
        };
        for &(from, to) in self.loops.iter().filter(|(from, to)| line_at(*from) == line_at(*to)) {
            for offset in &mut self.plans.call_offsets {
                if (from..to).contains(offset) {
                    *offset = u32::MAX;
                }
            }
        }
        self.plans.index = index;
        self.plans.first_line = first;
        self.plans
    }

    /// Adds the plan of instructions without a line event to the line that they run as a part of.
    fn take_in_untold(&mut self, flow: Option<&Flow>) {
        let Some(flow) = flow else { return };
        let own = self.plans.lines.clone();
        for (line, untold) in &flow.untold {
            if let (Some(line), Some(untold)) = (self.by_line.get(line), self.by_line.get(untold)) {
                self.plans.lines[*line as usize].take_in(own[*untold as usize].clone());
                self.plans.lines[*line as usize].moves = true;
            }
        }
    }
}

/// What is needed to complete the plan of a line.
struct Facts<'a> {
    /// Everything but the plans of lines.
    plans: &'a Plans,
    cells: &'a FxHashSet<u32>,
}

impl Facts<'_> {
    fn finish(&self, plan: &mut LinePlan) {
        plan.dirty |= is_updated_and_left(plan, &self.plans.symbols);
        plan.slots.sort_unstable();
        plan.slots.dedup();
        plan.checks.dedup();
        plan.operands.sort_unstable();
        plan.operands.dedup();
        plan.given.sort_unstable();
        plan.given.dedup();
        self.follow_redirected(plan);
        self.note_rebound(plan);
        self.note_results(plan);
        self.order(plan);
        plan.has_loads = !plan.loads.is_empty() || !plan.own_loads.is_empty();
        plan.has_operands = !plan.operands.is_empty() || !plan.iterators.is_empty() || !plan.given.is_empty();
        (plan.quiet, plan.idle, plan.effects) = (plan.is_quiet(), plan.is_idle(), plan.has_effects());
    }

    /// Handles paths that the line itself redirects, so that they cannot be followed afterwards.
    fn follow_redirected(&self, plan: &mut LinePlan) {
        let symbols = &self.plans.symbols;
        let redirected = |check: &Check| {
            let redirects = |sym| assigns(plan, sym) || matches!(sym, Sym::Unknown | Sym::Iter(_));
            changed(check).is_some_and(|sym| follows(symbols, sym, &redirects))
        };
        plan.dirty |= plan.checks.iter().any(redirected);
        // If only the key changes, any item may have been changed.
        let calls = !plan.calls.is_empty();
        let rekeyed = |sym| {
            assigns(plan, sym)
                || match sym {
                    Sym::Slot(slot) => calls && self.cells.contains(&slot),
                    Sym::Name(_) | Sym::Attr(..) | Sym::Item(..) => calls,
                    Sym::Unknown | Sym::Call(_) | Sym::Iter(_) | Sym::Super(_) => true,
                    Sym::Fresh | Sym::Built(_) | Sym::Made | Sym::Const(_) | Sym::Int(_) => false,
                }
        };
        let whole = |check: &Check| match *check {
            Check::Item(base, key) if follows(symbols, key, &rekeyed) => Check::Touch(base),
            check => check,
        };
        plan.checks = plan.checks.iter().map(whole).collect();
    }

    /// Notes whether the line assigns names that it has used.
    fn note_rebound(&self, plan: &mut LinePlan) {
        let rebound = |sym: SymId| follows(&self.plans.symbols, sym, &|sym| assigns(plan, sym));
        let loads = plan.loads.iter().chain(&plan.own_loads).map(|load| self.plans.loads[*load as usize].0);
        let calls = plan.calls.iter().map(|call| self.plans.calls[*call as usize]);
        let others = plan.operands.iter().map(|operand| &operand.sym);
        let others = others.chain(&plan.given).chain(&plan.iterators).copied();
        plan.rebinds = loads.chain(calls).chain(others).any(rebound);
        plan.again = plan.rebinds || !plan.paths.is_empty();
    }

    /// Notes what the line does with the results of its calls.
    fn note_results(&self, plan: &mut LinePlan) {
        let symbols = &self.plans.symbols;
        let of_result = |sym| follows(symbols, sym, &|sym| matches!(sym, Sym::Call(_)));
        plan.results = plan.checks.iter().filter_map(changed).any(of_result);
        let is_result = |sym: &SymId| matches!(symbols[*sym as usize], Sym::Call(_));
        let is_over_result = |sym: &SymId| matches!(symbols[*sym as usize], Sym::Iter(base) if is_result(&base));
        plan.uses = plan.operands.iter().fold(0, |uses, operand| uses | operand.uses);
        plan.uses_results = plan.operands.iter().any(|operand| of_result(operand.sym))
            || plan.loads.iter().any(|load| of_result(self.plans.loads[*load as usize].0));
        plan.hands_on = plan.iterators.iter().any(is_over_result)
            || plan.given.iter().any(is_result)
            || plan.calls.iter().any(|call| self.plans.given[*call as usize].iter().any(is_result));
    }

    /// Sorts checks of whole objects first, as a check of one item assumes that the others are up to date.
    fn order(&self, plan: &mut LinePlan) {
        plan.checks.sort_by_key(|check| matches!(check, Check::Item(..) | Check::Attr(..)));
        let is_deep = |sym: SymId| matches!(self.plans.symbols[sym as usize], Sym::Attr(..) | Sym::Item(..));
        let (deep, shallow): (Vec<_>, Vec<_>) = plan.checks.iter().filter_map(changed).partition(|sym| is_deep(*sym));
        // One of several changes may redirect the path of another.
        plan.dirty |= !deep.is_empty() && !shallow.is_empty();
    }
}

/// The object that a check reads because the line changes it.
fn changed(check: &Check) -> Option<SymId> {
    match *check {
        Check::Touch(sym) | Check::Grow(sym) | Check::Item(sym, _) | Check::Attr(sym, _) => Some(sym),
        Check::Read(_) | Check::InPlace(_) => None,
    }
}

/// Whether a line assigns a variable.
fn assigns(plan: &LinePlan, sym: Sym) -> bool {
    match sym {
        Sym::Slot(slot) => plan.slots.contains(&slot),
        Sym::Name(_) => plan.globals,
        _ => false,
    }
}

/// The symbol that a symbol is reached from.
pub fn root(symbols: &[Sym], mut sym: SymId) -> SymId {
    while let Sym::Attr(base, _) | Sym::Item(base, _) = symbols[sym as usize] {
        sym = base;
    }
    sym
}

/// Whether a symbol, or any symbol that it is reached through, satisfies `is`.
fn follows(symbols: &[Sym], sym: SymId, is: &dyn Fn(Sym) -> bool) -> bool {
    let sym = symbols[sym as usize];
    is(sym)
        || match sym {
            Sym::Attr(base, _) | Sym::Iter(base) => follows(symbols, base, is),
            Sym::Item(base, key) => follows(symbols, base, is) || follows(symbols, key, is),
            _ => false,
        }
}

/// Whether a line applies an in-place operator and then stores something else in the same place, where the changed
/// object cannot be found afterwards.
fn is_updated_and_left(plan: &LinePlan, symbols: &[Sym]) -> bool {
    let stores = |slot: &u32| plan.slots.iter().filter(|stored| *stored == slot).count();
    let checks = |wanted: Check| plan.checks.iter().filter(|check| **check == wanted).count();
    plan.updated.iter().any(|slot| stores(slot) > 1)
        || plan.checks.iter().any(|check| match *check {
            Check::InPlace(sym) => match symbols[sym as usize] {
                Sym::Name(name) => plan.names.iter().filter(|stored| **stored == name).count() > 1,
                Sym::Attr(base, name) => checks(Check::Attr(base, name)) > 1,
                Sym::Item(base, key) => checks(Check::Item(base, key)) > 1,
                _ => false,
            },
            _ => false,
        })
}

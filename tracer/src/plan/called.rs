//! The arguments of a call that C code may call, such as the function of `map` and the key of `sorted`, where their
//! values may not be known before the call.

use super::lines::Called;
use super::symbols::{FRESH, Sym, SymId};
use super::walk::Walk;

impl Walk<'_> {
    /// Notes the arguments of the next call: the values of the stack from `first` on, the last `keywords` of them with
    /// keywords.
    pub(super) fn note_called(&mut self, first: usize, count: usize, keywords: usize) {
        let Some(arguments) = self.stack.get(first..first + count) else { return };
        let (positional, named) = arguments.split_at(count - keywords.min(count));
        let symbols = &self.plans.symbols;
        let may_hide = |sym: SymId| matches!(symbols[sym as usize], Sym::Unknown | Sym::Item(..) | Sym::Call(_));
        let hidden = |n: usize| positional.get(n).copied().filter(|sym| may_hide(*sym)).unwrap_or(FRESH);
        self.called = Called {
            positional: [hidden(0), hidden(1)],
            keywords: named.iter().copied().filter(|sym| may_hide(*sym)).collect(),
        };
    }

    /// The number of values below the topmost `count`.
    pub(super) fn depth_below(&self, count: u32) -> usize {
        self.stack.len().saturating_sub(count as usize)
    }

    /// The number of keywords that the topmost value names.
    pub(super) fn names_above(&self) -> usize {
        match self.plans.symbols[self.peek(1) as usize] {
            Sym::Const(n) => self.width(n),
            _ => 0,
        }
    }

    /// The number of names in a constant, which names the keywords of a call.
    pub(super) fn width(&self, constant: u32) -> usize {
        self.view.widths.get(constant as usize).map_or(0, |width| *width as usize)
    }
}

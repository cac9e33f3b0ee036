//! The walk over a code object's bytecode, with a stack of symbols and the plan of the current line.

use rustc_hash::FxHashMap;

use super::lines::{Called, Check, LinePlan, Plans};
use super::symbols::{FRESH, MADE, Sym, SymId, UNKNOWN};
use super::view::CodeView;
use crate::opcodes::Opcode as O;

pub(super) struct Walk<'a> {
    pub(super) view: &'a CodeView<'a>,
    pub(super) plans: Plans,
    pub(super) memo: FxHashMap<(u8, u32, u32), SymId>,
    pub(super) stack: Vec<SymId>,
    /// Stacks at forward jump targets.
    pub(super) states: FxHashMap<u32, Vec<SymId>>,
    /// Whether the stack starts at an unknown depth (exception handlers).
    pub(super) unaligned: bool,
    pub(super) by_line: FxHashMap<u32, u32>,
    pub(super) current: usize,
    /// Offset of the current instruction, without its extended arguments.
    pub(super) offset: u32,
    /// (from, to) of jumps back within a line.
    pub(super) loops: Vec<(u32, u32)>,
    /// The arguments of the next call that it may run.
    pub(super) given: Vec<SymId>,
    /// The arguments of the next call that it may call.
    pub(super) called: Called,
    /// The number of keywords of the next call, where an instruction before it says so.
    pub(super) keywords: usize,
    /// Slots that other functions share.
    pub(super) cells: rustc_hash::FxHashSet<u32>,
    /// The iterator whose item was pushed by the previous instruction.
    pub(super) looped: Option<SymId>,
    /// Symbols that were on the stack while other code ran.
    pub(super) held: super::held::Held,
}

impl<'a> Walk<'a> {
    /// Starts at the first instruction.
    pub(super) fn new(view: &'a CodeView<'a>) -> Self {
        let mut plans = Plans { symbols: vec![Sym::Unknown, Sym::Fresh, Sym::Made], ..Plans::default() };
        plans.lines.push(LinePlan { dirty: true, ..LinePlan::default() });
        Self {
            view,
            plans,
            memo: FxHashMap::default(),
            stack: Vec::new(),
            states: FxHashMap::default(),
            unaligned: false,
            given: Vec::new(),
            called: Called::default(),
            keywords: 0,
            cells: rustc_hash::FxHashSet::default(),
            looped: None,
            held: super::held::Held::default(),
            by_line: FxHashMap::default(),
            current: 0,
            offset: 0,
            loops: Vec::new(),
        }
    }

    pub(super) fn run(&mut self) {
        let bytes = self.view.bytes;
        let (mut at, mut extended) = (0usize, 0u32);
        let mut ranges = self.view.lines.iter().peekable();
        let mut falls_through = true;
        let mut before = O::Nop;
        while at + 1 < bytes.len() {
            let offset = at as u32;
            while ranges.peek().is_some_and(|range| range.1 <= offset) {
                ranges.next();
            }
            let line = ranges.peek().filter(|range| range.0 <= offset).and_then(|range| range.2);
            self.select(line);
            let (op, caches) = self.view.table[usize::from(bytes[at])];
            let arg = extended << 8 | u32::from(bytes[at + 1]);
            let next = at + 2 + 2 * usize::from(caches);
            if extended == 0 {
                falls_through = self.arrive(offset, falls_through);
            }
            if op == O::ExtendedArg {
                extended = arg;
                at = next;
                continue;
            }
            extended = 0;
            self.offset = offset;
            // Jumps of loops that wait for another frame run nothing else twice.
            if op == O::JumpBackward && before != O::CleanupThrow {
                self.loops.push(((next as u32).saturating_sub(2 * arg), offset));
            } else if op == O::JumpAbsolute && 2 * arg < offset {
                self.loops.push((2 * arg, offset));
            }
            self.hold(op);
            self.step(op, arg, next as u32);
            if op != O::ForIter {
                self.looped = None;
            }
            before = op;
            falls_through = !matches!(
                op,
                O::JumpForward
                    | O::JumpAbsolute
                    | O::JumpBackward
                    | O::JumpBackwardNoInterrupt
                    | O::ReturnValue
                    | O::ReturnConst
                    | O::RaiseVarargs
                    | O::Reraise
            );
            at = next;
        }
    }

    /// Determines the stack at an instruction that may be a jump target.
    pub(super) fn arrive(&mut self, offset: u32, falls_through: bool) -> bool {
        if self.view.handlers.contains(&offset) {
            self.stack.clear();
            self.unaligned = true;
            return true;
        }
        match self.states.remove(&offset) {
            Some(state) if !falls_through || self.unaligned => {
                self.stack = state;
                self.unaligned = false;
            }
            Some(state) => {
                self.stack.truncate(state.len());
                for (mine, other) in self.stack.iter_mut().zip(&state) {
                    if mine != other {
                        *mine = UNKNOWN;
                    }
                }
            }
            None if !falls_through => {
                self.stack.clear();
                self.unaligned = true;
            }
            None => {}
        }
        true
    }

    pub(super) fn select(&mut self, line: Option<u32>) {
        let Some(line) = line else { return };
        self.current = match self.by_line.get(&line) {
            Some(&index) => index as usize,
            None => {
                self.plans.lines.push(LinePlan::default());
                let index = self.plans.lines.len() - 1;
                self.by_line.insert(line, index as u32);
                index
            }
        };
    }

    pub(super) fn sym(&mut self, sym: Sym) -> SymId {
        let key = match sym {
            Sym::Unknown => return UNKNOWN,
            Sym::Fresh => return FRESH,
            Sym::Made => return MADE,
            Sym::Slot(n) => (0, n, 0),
            Sym::Name(n) => (1, n, 0),
            Sym::Const(n) => (2, n, 0),
            Sym::Attr(base, n) => (3, base, n),
            Sym::Item(base, key) => (4, base, key),
            Sym::Call(n) => (5, n, 0),
            Sym::Iter(base) => (6, base, 0),
            Sym::Super(name) => (7, name, 0),
            Sym::Int(n) => (8, n, 0),
            Sym::Built(n) => (9, n, 0),
        };
        let symbols = &mut self.plans.symbols;
        *self.memo.entry(key).or_insert_with(|| {
            symbols.push(sym);
            symbols.len() as u32 - 1
        })
    }

    pub(super) fn push(&mut self, sym: Sym) {
        let sym = self.sym(sym);
        self.stack.push(sym);
    }

    pub(super) fn pop(&mut self) -> SymId {
        self.stack.pop().unwrap_or(UNKNOWN)
    }

    pub(super) fn drop_n(&mut self, n: u32) {
        let keep = self.stack.len().saturating_sub(n as usize);
        self.stack.truncate(keep);
    }

    pub(super) fn peek(&self, n: u32) -> SymId {
        let n = n as usize;
        if n >= 1 && n <= self.stack.len() { self.stack[self.stack.len() - n] } else { UNKNOWN }
    }

    pub(super) fn line(&mut self) -> &mut LinePlan {
        &mut self.plans.lines[self.current]
    }

    pub(super) fn store(&mut self, slot: u32) {
        self.line().slots.push(slot);
    }

    pub(super) fn touch(&mut self, sym: SymId) {
        if !self.is_fresh(sym) {
            self.line().checks.push(Check::Touch(sym));
        }
    }

    pub(super) fn load(&mut self, base: SymId, name: u32) {
        self.line().dirty |= self.view.dict_name == Some(name);
        if !self.is_fresh(base) {
            let n = self.plans.loads.len() as u32;
            self.plans.loads.push((base, name));
            let (mut sym, mut steps) = (self.plans.symbols[base as usize], 0);
            while let Sym::Attr(next, _) | Sym::Item(next, _) = sym {
                (sym, steps) = (self.plans.symbols[next as usize], steps + 1);
            }
            if matches!(sym, Sym::Slot(_)) && steps <= 1 {
                self.line().own_loads.push(n);
            } else {
                self.line().loads.push(n);
            }
        }
    }

    /// Notes that the instruction runs some code.
    pub(super) fn site(&mut self, callee: SymId) -> u32 {
        let n = self.plans.calls.len() as u32;
        self.plans.calls.push(callee);
        let given = std::mem::take(&mut self.given);
        self.plans.given.push(given.into());
        self.plans.called.push(std::mem::take(&mut self.called));
        self.plans.call_offsets.push(self.offset);
        self.line().calls.push(n);
        n
    }

    pub(super) fn call(&mut self, callee: SymId) {
        let n = self.site(callee);
        if let Sym::Attr(receiver, name) = self.plans.symbols[callee as usize] {
            if matches!(self.plans.symbols[receiver as usize], Sym::Super(_)) {
                // A builtin base may change it, by a method with any name.
                let first = self.sym(Sym::Slot(0));
                self.touch(first);
            } else if let Some(traits) = self.view.traits.get(name as usize).filter(|traits| traits.mutating) {
                let check = if traits.appending { Check::Grow(receiver) } else { Check::Touch(receiver) };
                if !self.is_fresh(receiver) {
                    self.line().checks.push(check);
                }
            }
        }
        self.push(Sym::Call(n));
    }

    /// Handles a call with `arguments` on the stack and its callee below them.
    pub(super) fn call_with(&mut self, callee: SymId, last: Option<SymId>) {
        self.call(callee);
        let own = last.is_none_or(|last| self.plans.symbols[last as usize] == Sym::Slot(0));
        if own
            && let Sym::Name(name) = self.plans.symbols[callee as usize]
            && self.view.super_name == Some(name)
        {
            self.pop();
            self.push(Sym::Super(callee));
        }
    }

    pub(super) fn jump(&mut self, target: u32) {
        if !self.unaligned {
            let stack = self.stack.clone();
            match self.states.get_mut(&target) {
                None => {
                    self.states.insert(target, stack);
                }
                Some(state) => {
                    state.truncate(stack.len());
                    for (mine, other) in state.iter_mut().zip(&stack) {
                        if mine != other {
                            *mine = UNKNOWN;
                        }
                    }
                }
            }
        }
    }

    /// Handles a relative forward jump (absolute jumps of 3.10 count instructions from 0).
    pub(super) fn forward(&mut self, arg: u32, next: u32) {
        self.jump(next + 2 * arg);
    }

    pub(super) fn absolute(&mut self, arg: u32, next: u32) {
        if 2 * arg >= next {
            self.jump(2 * arg);
        }
    }

    /// The slot of a cell or free variable in 3.10.
    pub(super) fn cell(&self, arg: u32) -> u32 {
        if self.view.minor == 10 { arg + self.view.locals } else { arg }
    }
}

//! What each line of a code object can change, from a static look at its bytecode.
//!
//! The bytecode is walked once with a stack of symbols ("the value of slot 2", "attribute `x` of
//! that"). What a line stores, mutates or calls becomes its plan. Whatever this walk does not
//! understand makes the line *dirty*: after it, everything visible is read again.

use rustc_hash::FxHashMap;

use crate::opcodes::Opcode as O;

/// Index into [`Plans::symbols`].
pub type SymId = u32;

/// Where a value on the stack comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sym {
    /// Anything.
    Unknown,
    /// The result of an operator, a literal container …: nobody else's, or a scalar.
    Fresh,
    /// A function that this code makes: a lambda, a comprehension, a def.
    Made,
    /// A slot (cells are looked through).
    Slot(u32),
    /// A name in the module's globals or builtins, or in a class namespace (index into names).
    Name(u32),
    /// A constant.
    Const(u32),
    /// Attribute of a value.
    Attr(SymId, u32),
    /// Item of a container by a key.
    Item(SymId, SymId),
    /// The result of a call.
    Call(u32),
    /// What `super` (the value of this symbol) makes of the frame's first argument.
    Super(SymId),
    /// An iterator over a value.
    Iter(SymId),
}

/// Something to look at after a line has run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// The object may have changed.
    Touch(SymId),
    /// An in-place operator was applied to what is found here afterwards.
    InPlace(SymId),
    /// One attribute of the object may have changed.
    Attr(SymId, u32),
    /// One item of the object may have changed.
    Item(SymId, SymId),
    /// An item of the object was read, which changes a defaultdict.
    Read(SymId),
}

/// What one line can do.
#[derive(Clone, Debug, Default)]
pub struct LinePlan {
    /// Slots it assigns or deletes.
    pub slots: Vec<u32>,
    /// Objects it changes.
    pub checks: Vec<Check>,
    /// Calls it makes (indexes into [`Plans::calls`]).
    pub calls: Vec<u32>,
    /// Attributes it reads (indexes into [`Plans::loads`]).
    pub loads: Vec<u32>,
    /// Those of them whose object is seen by the recording, so that its class was judged.
    pub own_loads: Vec<u32>,
    /// Operands of its operators.
    pub operands: Vec<SymId>,
    /// Iterators it advances.
    pub iterators: Vec<SymId>,
    /// It changes what its calls return.
    pub results: bool,
    /// It assigns global names.
    pub globals: bool,
    /// It does something that the walk does not understand.
    pub dirty: bool,
    /// It calls nothing, and runs code of nobody's through attributes, operators or iterators.
    pub quiet: bool,
    /// It makes containers.
    pub builds: bool,
    /// Anything is to be looked at when a call it makes begins.
    pub effects: bool,
}

impl LinePlan {
    fn has_effects(&self) -> bool {
        let writes = |check: &Check| !matches!(check, Check::Read(_));
        self.globals || !self.slots.is_empty() || self.checks.iter().any(writes)
    }

    fn is_quiet(&self) -> bool {
        !self.dirty
            && self.calls.is_empty()
            && self.loads.is_empty()
            && self.own_loads.is_empty()
            && self.operands.is_empty()
            && self.iterators.is_empty()
    }
}

/// The plans of a code object.
#[derive(Debug, Default)]
pub struct Plans {
    /// Values the plans speak of; 0 is [`Sym::Unknown`], 1 is [`Sym::Fresh`], 2 is
    /// [`Sym::Made`].
    pub symbols: Vec<Sym>,
    /// Callees of the calls.
    pub calls: Vec<SymId>,
    /// Offsets of the calls' instructions, ascending; `u32::MAX` where a line may run a call more
    /// than once, so that seeing its callee once proves nothing.
    pub call_offsets: Vec<u32>,
    /// (object, name) of the attributes that are read.
    pub loads: Vec<(SymId, u32)>,
    /// Plans; 0 is for lines that are not in the table: dirty.
    pub lines: Vec<LinePlan>,
    /// First line, and index of the plan of each line from there.
    pub index: Vec<u32>,
    /// See `index`.
    pub first_line: u32,
    /// The plan of a frame that has run no line yet.
    pub before: LinePlan,
}

impl Plans {
    /// The plan of a line.
    #[inline]
    pub fn of(&self, line: u32) -> &LinePlan {
        let index = self.index.get(line.wrapping_sub(self.first_line) as usize).copied().unwrap_or(0);
        &self.lines[index as usize]
    }
}

/// What the walk needs to know of a code object.
pub struct CodeView<'a> {
    /// `co_code`
    pub bytes: &'a [u8],
    /// Opcode table of the running version.
    pub table: &'a [(O, u8); 256],
    /// Minor version.
    pub minor: u32,
    /// (start, end, line) of `co_lines()`.
    pub lines: &'a [(u32, u32, Option<u32>)],
    /// Offsets at which exception handlers start.
    pub handlers: &'a [u32],
    /// Names of `co_names` that mutate their receiver when called as a method.
    pub mutating: &'a [bool],
    /// Which of `co_names` is `super`.
    pub super_name: Option<u32>,
    /// Which of them is `__dict__`: what reads it shares the object's attributes from then on.
    pub dict_name: Option<u32>,
    /// In 3.10, number of local variables: cells come after them.
    pub locals: u32,
}

const UNKNOWN: SymId = 0;
const FRESH: SymId = 1;
const MADE: SymId = 2;

struct Walk<'a> {
    view: &'a CodeView<'a>,
    plans: Plans,
    memo: FxHashMap<(u8, u32, u32), SymId>,
    stack: Vec<SymId>,
    /// Stacks at forward jump targets.
    states: FxHashMap<u32, Vec<SymId>>,
    /// The stack starts at an unknown depth (exception handlers).
    unaligned: bool,
    by_line: FxHashMap<u32, u32>,
    current: usize,
    /// Offset of the instruction looked at, its extended arguments left out.
    offset: u32,
    /// (from, to) of jumps back within a line.
    loops: Vec<(u32, u32)>,
}

/// Makes the plans of a code object.
pub fn plan(view: &CodeView<'_>) -> Plans {
    let mut walk = Walk {
        view,
        plans: Plans { symbols: vec![Sym::Unknown, Sym::Fresh, Sym::Made], ..Plans::default() },
        memo: FxHashMap::default(),
        stack: Vec::new(),
        states: FxHashMap::default(),
        unaligned: false,
        by_line: FxHashMap::default(),
        current: 0,
        offset: 0,
        loops: Vec::new(),
    };
    walk.plans.lines.push(LinePlan { dirty: true, ..LinePlan::default() });
    walk.run();
    walk.finish()
}

impl Walk<'_> {
    fn run(&mut self) {
        let bytes = self.view.bytes;
        let (mut at, mut extended) = (0usize, 0u32);
        let mut ranges = self.view.lines.iter().peekable();
        let mut falls_through = true;
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
            if matches!(op, O::JumpBackward | O::JumpBackwardNoInterrupt) {
                self.loops.push(((next as u32).saturating_sub(2 * arg), offset));
            } else if op == O::JumpAbsolute && 2 * arg < offset {
                self.loops.push((2 * arg, offset));
            }
            self.step(op, arg, next as u32);
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

    /// Settles the stack at an instruction that may be a jump target.
    fn arrive(&mut self, offset: u32, falls_through: bool) -> bool {
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

    fn select(&mut self, line: Option<u32>) {
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

    fn finish(mut self) -> Plans {
        let first = self.by_line.keys().min().copied().unwrap_or(0);
        let last = self.by_line.keys().max().copied().unwrap_or(0);
        let mut index = vec![0; (last - first + 1) as usize];
        for (line, plan) in &self.by_line {
            index[(line - first) as usize] = *plan;
        }
        for plan in &mut self.plans.lines {
            plan.slots.sort_unstable();
            plan.slots.dedup();
            plan.checks.dedup();
            plan.operands.sort_unstable();
            plan.operands.dedup();
            // A path that the line itself redirects cannot be followed afterwards.
            let symbols = &self.plans.symbols;
            let redirected = |check: &Check| {
                let sym = match *check {
                    Check::Touch(sym) | Check::Item(sym, _) | Check::Attr(sym, _) => sym,
                    Check::Read(_) | Check::InPlace(_) => return false,
                };
                follows(symbols, sym, &|sym| match sym {
                    Sym::Slot(slot) => plan.slots.contains(&slot),
                    Sym::Unknown | Sym::Iter(_) => true,
                    _ => false,
                })
            };
            if plan.checks.iter().any(redirected) {
                plan.dirty = true;
            }
            let on_result = |check: &Check| match *check {
                Check::Touch(sym) | Check::Item(sym, _) | Check::Attr(sym, _) => {
                    follows(symbols, sym, &|sym| matches!(sym, Sym::Call(_)))
                }
                Check::Read(_) | Check::InPlace(_) => false,
            };
            plan.results = plan.checks.iter().any(on_result);
            // Whole objects first: a check of one item takes the rest for known.
            plan.checks.sort_by_key(|check| matches!(check, Check::Item(..) | Check::Attr(..)));
            let attributes =
                plan.checks.iter().filter(|check| !matches!(check, Check::Read(_) | Check::InPlace(_))).count();
            if attributes > 1 {
                let deep = |check: &Check| match *check {
                    Check::Touch(sym) | Check::Item(sym, _) | Check::Attr(sym, _) => {
                        matches!(symbols[sym as usize], Sym::Attr(..) | Sym::Item(..))
                    }
                    Check::Read(_) | Check::InPlace(_) => false,
                };
                // One of several changes may redirect the path of another.
                plan.dirty |= plan.checks.iter().any(deep)
                    && plan
                        .checks
                        .iter()
                        .any(|check| !deep(check) && !matches!(check, Check::Read(_) | Check::InPlace(_)));
            }
        }
        for plan in &mut self.plans.lines {
            (plan.quiet, plan.effects) = (plan.is_quiet(), plan.has_effects());
        }
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

    fn sym(&mut self, sym: Sym) -> SymId {
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
        };
        let symbols = &mut self.plans.symbols;
        *self.memo.entry(key).or_insert_with(|| {
            symbols.push(sym);
            symbols.len() as u32 - 1
        })
    }

    fn push(&mut self, sym: Sym) {
        let sym = self.sym(sym);
        self.stack.push(sym);
    }

    fn pop(&mut self) -> SymId {
        self.stack.pop().unwrap_or(UNKNOWN)
    }

    fn drop_n(&mut self, n: u32) {
        let keep = self.stack.len().saturating_sub(n as usize);
        self.stack.truncate(keep);
    }

    fn peek(&self, n: u32) -> SymId {
        let n = n as usize;
        if n >= 1 && n <= self.stack.len() { self.stack[self.stack.len() - n] } else { UNKNOWN }
    }

    fn line(&mut self) -> &mut LinePlan {
        &mut self.plans.lines[self.current]
    }

    fn store(&mut self, slot: u32) {
        self.line().slots.push(slot);
    }

    fn touch(&mut self, sym: SymId) {
        if sym != FRESH {
            self.line().checks.push(Check::Touch(sym));
        }
    }

    fn load(&mut self, base: SymId, name: u32) {
        self.line().dirty |= self.view.dict_name == Some(name);
        if base != FRESH {
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

    /// Notes the topmost `n` values as operands.
    fn operands(&mut self, n: u32) {
        for back in 1..=n {
            let operand = self.peek(back);
            let symbol = self.plans.symbols[operand as usize];
            if matches!(symbol, Sym::Slot(_) | Sym::Name(_) | Sym::Attr(..) | Sym::Item(..)) {
                self.line().operands.push(operand);
            }
        }
    }

    fn call(&mut self, callee: SymId) {
        let n = self.plans.calls.len() as u32;
        self.plans.calls.push(callee);
        self.plans.call_offsets.push(self.offset);
        self.line().calls.push(n);
        self.line().builds |= callee == MADE;
        if let Sym::Attr(receiver, name) = self.plans.symbols[callee as usize]
            && self.view.mutating.get(name as usize).copied().unwrap_or(false)
        {
            self.touch(receiver);
        }
        if let Sym::Attr(receiver, _) = self.plans.symbols[callee as usize]
            && matches!(self.plans.symbols[receiver as usize], Sym::Super(_))
        {
            // A builtin base may change it, by any name.
            let first = self.sym(Sym::Slot(0));
            self.touch(first);
        }
        self.push(Sym::Call(n));
    }

    /// A call with `arguments` on the stack, its callee below them.
    fn call_with(&mut self, callee: SymId, last: Option<SymId>) {
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

    fn jump(&mut self, target: u32) {
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

    /// Where a relative forward jump goes (3.10 counts instructions from 0 for absolute ones).
    fn forward(&mut self, arg: u32, next: u32) {
        self.jump(next + 2 * arg);
    }

    fn absolute(&mut self, arg: u32, next: u32) {
        if 2 * arg >= next {
            self.jump(2 * arg);
        }
    }

    /// A slot of 3.10's cells and free variables.
    fn cell(&self, arg: u32) -> u32 {
        if self.view.minor == 10 { arg + self.view.locals } else { arg }
    }

    #[allow(clippy::too_many_lines)] // One arm an opcode: a table, whatever it is split into.
    fn step(&mut self, op: O, arg: u32, next: u32) {
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
            | O::KwNames
            | O::InterpreterExit
            | O::Reserved
            | O::ExitInitCheck => {}
            O::PopTop | O::EndFor if op == O::PopTop || minor >= 13 => self.drop_n(1),
            O::EndFor => self.drop_n(2),
            O::PushNull | O::LoadAssertionError => self.push(Sym::Fresh),
            O::LoadConst => self.push(Sym::Const(arg)),
            O::LoadFast | O::LoadFastCheck => self.push(Sym::Slot(arg)),
            O::LoadClosure => self.push(Sym::Fresh),
            O::LoadFastAndClear => {
                self.store(arg);
                self.push(Sym::Unknown);
            }
            O::LoadFastLoadFast => {
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
            }
            O::DeleteName | O::DeleteGlobal => self.line().globals = true,
            O::LoadAttr if minor >= 12 => {
                let base = self.pop();
                self.load(base, arg >> 1);
                let attribute = Sym::Attr(base, arg >> 1);
                if arg & 1 == 1 {
                    // 3.12: method below self; 3.13 the same order.
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
                if base != FRESH {
                    let name = arg;
                    self.line().checks.push(Check::Attr(base, name));
                }
            }
            O::DeleteAttr => {
                let base = self.pop();
                self.touch(base);
            }
            O::BinarySubscr => {
                self.operands(2);
                let (key, base) = (self.pop(), self.pop());
                if base != FRESH {
                    self.line().checks.push(Check::Read(base));
                }
                self.push(Sym::Item(base, key));
            }
            O::BinarySlice => {
                self.drop_n(3);
                self.push(Sym::Fresh);
            }
            O::StoreSubscr => {
                self.operands(2);
                let (key, base) = (self.pop(), self.pop());
                self.drop_n(1);
                if base != FRESH {
                    self.line().checks.push(Check::Item(base, key));
                }
            }
            O::DeleteSubscr => {
                self.operands(2);
                self.drop_n(1);
                let base = self.pop();
                self.touch(base);
            }
            O::StoreSlice => {
                self.drop_n(2);
                let base = self.pop();
                self.drop_n(1);
                self.touch(base);
            }
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
                    self.operands(1);
                    self.drop_n(1);
                    self.push(Sym::Fresh);
                }
            }
            O::FormatWithSpec | O::ContainsOp | O::IsOp | O::CompareOp => {
                self.operands(2);
                self.drop_n(2);
                self.push(Sym::Fresh);
            }
            O::FormatValue => {
                self.operands(2);
                self.drop_n(if arg & 4 != 0 { 2 } else { 1 });
                self.push(Sym::Fresh);
            }
            O::BinaryOp => self.binary(arg >= 13),
            O::BinaryAdd
            | O::BinarySubtract
            | O::BinaryMultiply
            | O::BinaryModulo
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
            | O::InplaceModulo
            | O::InplacePower
            | O::InplaceFloorDivide
            | O::InplaceTrueDivide
            | O::InplaceMatrixMultiply
            | O::InplaceLshift
            | O::InplaceRshift
            | O::InplaceAnd
            | O::InplaceOr
            | O::InplaceXor => self.binary(true),
            O::BuildList | O::BuildTuple | O::BuildSet | O::BuildString | O::BuildSlice => {
                self.line().builds |= matches!(op, O::BuildList | O::BuildTuple);
                self.drop_n(arg);
                self.push(Sym::Fresh);
            }
            O::BuildMap => {
                self.line().builds = true;
                self.drop_n(2 * arg);
                self.push(Sym::Fresh);
            }
            O::BuildConstKeyMap => {
                self.drop_n(arg + 1);
                self.push(Sym::Fresh);
            }
            O::ListAppend | O::SetAdd => {
                self.drop_n(1);
                let target = self.peek(arg);
                self.touch(target);
            }
            O::ListExtend | O::SetUpdate | O::DictMerge | O::DictUpdate => {
                self.drop_n(1);
                let target = self.peek(arg);
                self.touch(target);
            }
            O::MapAdd => {
                self.drop_n(2);
                let target = self.peek(arg);
                self.touch(target);
            }
            O::ListToTuple => {
                self.drop_n(1);
                self.push(Sym::Fresh);
            }
            O::UnpackSequence => {
                self.operands(1);
                self.drop_n(1);
                for _ in 0..arg {
                    self.push(Sym::Unknown);
                }
            }
            O::UnpackEx => {
                self.operands(1);
                self.drop_n(1);
                for _ in 0..(arg & 0xff) + (arg >> 8) + 1 {
                    self.push(Sym::Unknown);
                }
            }
            O::GetIter => {
                let base = self.pop();
                self.push(Sym::Iter(base));
            }
            O::ForIter => {
                let iterator = self.peek(1);
                self.line().iterators.push(iterator);
                // At the end: 3.10 and 3.11 pop the iterator; 3.12+ leave it for END_FOR.
                let kept = self.stack.clone();
                if minor < 12 {
                    self.drop_n(1);
                } else {
                    self.push(Sym::Fresh);
                }
                self.forward(arg, next);
                self.stack = kept;
                self.push(Sym::Unknown);
            }
            O::MakeFunction => {
                let operands = if minor >= 13 { 0 } else { (arg & 15).count_ones() };
                self.drop_n(operands + if minor == 10 { 2 } else { 1 });
                self.push(Sym::Made);
            }
            O::SetFunctionAttribute => {
                self.drop_n(2);
                self.push(Sym::Made);
            }
            O::CallFunction => {
                let last = (arg > 0).then(|| self.peek(1));
                self.drop_n(arg);
                let callee = self.pop();
                self.call_with(callee, last);
            }
            O::CallFunctionKw => {
                self.drop_n(arg + 1);
                let callee = self.pop();
                self.call(callee);
            }
            O::CallMethod => {
                self.drop_n(arg + 1);
                let callee = self.pop();
                self.call(callee);
            }
            O::Call | O::CallKw => {
                let last = (arg > 0).then(|| self.peek(1));
                self.drop_n(arg + u32::from(op == O::CallKw));
                let (upper, lower) = (self.pop(), self.pop());
                // Two entries: callable and self-or-NULL, in an order that changed over time.
                let callee = if lower == FRESH { upper } else { lower };
                let callee = if upper == MADE { MADE } else { callee };
                let callee =
                    if matches!(self.plans.symbols[callee as usize], Sym::Const(_)) { UNKNOWN } else { callee };
                self.call_with(callee, last);
            }
            O::CallFunctionEx => {
                self.drop_n(1 + (arg & 1));
                let (upper, lower) = if minor >= 11 { (self.pop(), self.pop()) } else { (self.pop(), FRESH) };
                self.call(if lower == FRESH { upper } else { lower });
            }
            O::CallIntrinsic1 => {
                // 2 is `import *`; the rest makes things of its operand.
                self.line().dirty |= arg == 2;
                self.line().globals |= arg == 2;
                self.drop_n(1);
                self.push(Sym::Fresh);
            }
            O::CallIntrinsic2 => {
                self.drop_n(2);
                self.push(Sym::Unknown);
            }
            O::PopJumpIfFalse | O::PopJumpIfTrue | O::PopJumpIfNone | O::PopJumpIfNotNone => {
                self.operands(1);
                self.drop_n(1);
                if minor == 10 { self.absolute(arg, next) } else { self.forward(arg, next) }
            }
            O::PopJumpForwardIfFalse
            | O::PopJumpForwardIfTrue
            | O::PopJumpForwardIfNone
            | O::PopJumpForwardIfNotNone => {
                self.operands(1);
                self.drop_n(1);
                self.forward(arg, next);
            }
            O::PopJumpBackwardIfFalse
            | O::PopJumpBackwardIfTrue
            | O::PopJumpBackwardIfNone
            | O::PopJumpBackwardIfNotNone => {
                self.operands(1);
                self.drop_n(1);
            }
            O::JumpIfFalseOrPop | O::JumpIfTrueOrPop => {
                self.operands(1);
                if minor == 10 {
                    self.absolute(arg, next)
                } else {
                    self.forward(arg, next)
                }
                self.drop_n(1);
            }
            O::JumpIfNotExcMatch => {
                self.drop_n(2);
                self.absolute(arg, next);
            }
            O::JumpForward => self.forward(arg, next),
            O::JumpAbsolute => self.absolute(arg, next),
            O::JumpBackward | O::JumpBackwardNoInterrupt => {}
            O::ReturnValue | O::RaiseVarargs => {
                self.drop_n(if op == O::RaiseVarargs { arg } else { 1 });
            }
            O::ReturnConst => {}
            O::YieldValue | O::AsyncGenWrap | O::GetAwaitable | O::GetYieldFromIter | O::GetAiter | O::YieldFrom => {
                // Whoever resumes this frame has run meanwhile; what is not known of it counts
                // up the epoch. Awaiting calls code of the awaited type.
                self.line().dirty |= matches!(op, O::GetAwaitable | O::GetAiter | O::YieldFrom);
                self.drop_n(1 + u32::from(op == O::YieldFrom));
                self.push(Sym::Unknown);
            }
            O::Send => {
                self.line().dirty = true;
                self.drop_n(1);
                self.push(Sym::Unknown);
                self.forward(arg, next);
            }
            O::EndSend => {
                self.drop_n(2);
                self.push(Sym::Unknown);
            }
            O::GetAnext => {
                self.line().dirty = true;
                self.push(Sym::Unknown);
            }
            O::PushExcInfo => self.push(Sym::Unknown),
            O::CheckExcMatch => {
                self.drop_n(1);
                self.push(Sym::Fresh);
            }
            O::PopExcept => self.drop_n(if minor == 10 { 3 } else { 1 }),
            O::Reraise => self.drop_n(if minor == 10 { 3 } else { 1 }),
            O::ReturnGenerator => self.push(Sym::Unknown),
            _ => self.not_understood(op),
        }
    }

    /// Ops whose effects are left open: the line is dirty; the stack is kept where that is easy.
    fn not_understood(&mut self, op: O) {
        self.line().dirty = true;
        match op {
            O::ImportName => {
                self.drop_n(2);
                self.push(Sym::Unknown);
            }
            O::ImportFrom => self.push(Sym::Unknown),
            O::ImportStar => {
                self.drop_n(1);
                self.line().globals = true;
            }
            O::BeforeWith | O::BeforeAsyncWith => {
                self.drop_n(1);
                self.push(Sym::Unknown);
                self.push(Sym::Unknown);
            }
            O::SetupWith | O::SetupAsyncWith => {
                self.drop_n(1);
                self.push(Sym::Unknown);
                self.push(Sym::Unknown);
            }
            O::SetupFinally => {}
            O::MatchMapping | O::MatchSequence => self.push(Sym::Fresh),
            O::MatchKeys => {
                self.push(Sym::Unknown);
                if self.view.minor == 10 {
                    self.push(Sym::Fresh);
                }
            }
            O::MatchClass => {
                self.drop_n(3);
                self.push(Sym::Unknown);
                if self.view.minor == 10 {
                    self.push(Sym::Fresh);
                }
            }
            _ => {
                self.stack.clear();
                self.unaligned = true;
            }
        }
    }

    fn binary(&mut self, in_place: bool) {
        self.operands(2);
        self.drop_n(1);
        let left = self.pop();
        if in_place {
            // `xs += …` may change xs in place; the result is what was there, or new.
            match self.plans.symbols[left as usize] {
                Sym::Slot(_) | Sym::Name(_) | Sym::Attr(..) | Sym::Item(..) => self.stack.push(left),
                _ => self.push(Sym::Unknown),
            }
            if !matches!(self.plans.symbols[left as usize], Sym::Slot(_) | Sym::Fresh) {
                self.line().checks.push(Check::InPlace(left));
            }
        } else {
            self.push(Sym::Fresh);
        }
    }

    fn rotate(&mut self, n: usize) {
        let length = self.stack.len();
        if n >= 1 && n <= length {
            self.stack[length - n..].rotate_right(1);
        } else {
            self.stack.clear();
            self.unaligned = true;
        }
    }
}

/// Whether a symbol, or anything it is reached through, satisfies `is`.
fn follows(symbols: &[Sym], sym: SymId, is: &dyn Fn(Sym) -> bool) -> bool {
    let sym = symbols[sym as usize];
    is(sym)
        || match sym {
            Sym::Attr(base, _) | Sym::Item(base, _) | Sym::Iter(base) => follows(symbols, base, is),
            _ => false,
        }
}

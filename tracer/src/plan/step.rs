//! What each instruction does to the stack of symbols and to the line's plan.

use super::walk::Walk;
use super::{Check, FRESH, MADE, Sym, SymId, UNKNOWN};
use crate::opcodes::Opcode as O;
use crate::uses::{self, Uses};

/// Which BINARY_OP is a subscript, since 3.14.
const SUBSCRIPT: u32 = 26;

/// What an instruction does with each of its operands.
fn of_unary(op: O) -> Uses {
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

impl Walk<'_> {
    #[allow(clippy::too_many_lines)] // One arm an opcode: a table, whatever it is split into.
    pub(super) fn step(&mut self, op: O, arg: u32, next: u32) {
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
            | O::NotTaken
            | O::ExitInitCheck => {}
            O::PopTop | O::PopIter => self.drop_n(if op == O::PopIter && minor >= 15 { 2 } else { 1 }),
            O::EndFor if minor >= 13 => self.drop_n(1),
            O::EndFor => self.drop_n(2),
            O::PushNull | O::LoadAssertionError | O::LoadCommonConstant => self.push(Sym::Fresh),
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
                    // Its class may have a say, as where one is assigned.
                    self.line().checks.push(Check::Attr(base, arg));
                }
            }
            O::BinarySubscr | O::BinaryOp if op == O::BinarySubscr || arg == SUBSCRIPT => {
                self.subscript(self.peek(2), self.peek(1));
                let (key, base) = (self.pop(), self.pop());
                if !self.is_fresh(base) {
                    self.line().checks.push(Check::Read(base));
                }
                self.push(Sym::Item(base, key));
            }
            O::BinarySlice => {
                self.operands(2, uses::CONVERT);
                let base = self.peek(3);
                self.operate(base, uses::ITEM);
                self.drop_n(3);
                self.slice(base);
            }
            O::StoreSubscr => {
                self.subscript(self.peek(2), self.peek(1));
                let (key, base) = (self.pop(), self.pop());
                if self.is_slice(key) {
                    self.unpack(self.peek(1));
                }
                self.drop_n(1);
                if !self.is_fresh(base) {
                    self.line().checks.push(Check::Item(base, key));
                }
            }
            O::DeleteSubscr => {
                self.subscript(self.peek(2), self.peek(1));
                self.drop_n(1);
                let base = self.pop();
                self.touch(base);
            }
            O::StoreSlice => {
                self.operands(2, uses::CONVERT);
                self.operate(self.peek(3), uses::ITEM);
                self.unpack(self.peek(4));
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
                    self.operands(1, of_unary(op));
                    self.drop_n(1);
                    self.push(Sym::Fresh);
                }
            }
            O::ContainsOp => {
                let among = self.peek(1);
                self.operate(among, uses::ITERATE | uses::COMPARE);
                self.operate(self.peek(2), uses::HASH | uses::COMPARE);
                self.unpack(among);
                self.drop_n(2);
                self.push(Sym::Fresh);
            }
            O::FormatWithSpec | O::IsOp | O::CompareOp => {
                self.operands(2, of_unary(op));
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
            O::BuildString | O::BuildSlice => {
                self.operands(arg, if op == O::BuildSlice { uses::CONVERT } else { 0 });
                self.drop_n(arg);
                self.push(Sym::Fresh);
            }
            O::BuildList | O::BuildTuple => self.build(arg),
            O::BuildSet => {
                self.operands(arg, uses::HASH | uses::COMPARE);
                self.build(arg);
            }
            O::BuildMap => {
                for pair in 0..arg {
                    self.operate(self.peek(2 * pair + 2), uses::HASH | uses::COMPARE);
                }
                self.build(2 * arg);
            }
            O::BuildTemplate | O::BuildInterpolation => {
                let operands = if op == O::BuildTemplate { 2 } else { 2 + (arg & 1) };
                self.operands(operands, uses::TEXT);
                self.drop_n(operands);
                self.push(Sym::Fresh);
            }
            O::BuildConstKeyMap => {
                self.drop_n(1);
                self.build(arg);
            }
            O::ListAppend | O::SetAdd => {
                self.operands(1, if op == O::SetAdd { uses::HASH | uses::COMPARE } else { 0 });
                self.drop_n(1);
                let target = self.peek(arg);
                self.touch(target);
            }
            O::ListExtend | O::SetUpdate | O::DictMerge | O::DictUpdate => {
                self.unpack(self.peek(1));
                let keys = matches!(op, O::SetUpdate | O::DictUpdate | O::DictMerge);
                self.operands(1, if keys { uses::ITEM | uses::HASH | uses::COMPARE } else { 0 });
                self.drop_n(1);
                let target = self.peek(arg);
                self.touch(target);
            }
            O::MapAdd => {
                self.operate(self.peek(2), uses::HASH | uses::COMPARE);
                self.drop_n(2);
                let target = self.peek(arg);
                self.touch(target);
            }
            O::ListToTuple => {
                self.drop_n(1);
                self.push(Sym::Fresh);
            }
            O::UnpackSequence => {
                if let Some(iterator) = self.looped {
                    self.unpack_each(iterator);
                }
                self.unpack(self.peek(1));
                self.operands(1, uses::ITERATE);
                self.drop_n(1);
                for _ in 0..arg {
                    self.push(Sym::Unknown);
                }
            }
            O::UnpackEx => {
                if let Some(iterator) = self.looped {
                    self.unpack_each(iterator);
                }
                self.unpack(self.peek(1));
                self.operands(1, uses::ITERATE);
                self.drop_n(1);
                for _ in 0..(arg & 0xff) + (arg >> 8) + 1 {
                    self.push(Sym::Unknown);
                }
            }
            O::GetIter => {
                let base = self.pop();
                self.push(Sym::Iter(base));
                if minor >= 15 {
                    // Where it is in a list or tuple, or nothing.
                    self.push(Sym::Fresh);
                }
            }
            O::ForIter => {
                let iterator = self.peek(if minor >= 15 { 2 } else { 1 });
                self.line().iterators.push(iterator);
                self.looped = Some(iterator);
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
                self.give(self.peek(arg + 1), arg, 0);
                self.drop_n(arg);
                let callee = self.pop();
                self.call_with(callee, last);
            }
            O::CallFunctionKw => {
                self.give(self.peek(arg + 2), arg, 1);
                self.drop_n(arg + 1);
                let callee = self.pop();
                self.call(callee);
            }
            O::CallMethod => {
                self.give(self.peek(arg + 2), arg, 0);
                self.drop_n(arg + 1);
                let callee = self.pop();
                self.call(callee);
            }
            O::Call | O::CallKw => {
                let last = (arg > 0).then(|| self.peek(1));
                let names = u32::from(op == O::CallKw);
                let mut given: Vec<SymId> = (1..=arg).rev().map(|back| self.peek(names + back)).collect();
                self.drop_n(arg + names);
                let (upper, lower) = (self.pop(), self.pop());
                // Two entries: callable and self-or-NULL, in an order that changed over time.
                let callee = if lower == FRESH { upper } else { lower };
                if upper == MADE && callee == lower {
                    // What is decorated stands in the place of self.
                    given.insert(0, upper);
                }
                let count = given.len() as u32;
                let last = last.or(given.last().copied());
                let callee =
                    if matches!(self.plans.symbols[callee as usize], Sym::Const(_)) { UNKNOWN } else { callee };
                // As if they were on the stack still.
                self.stack.extend(&given);
                self.give(callee, count, 0);
                self.drop_n(count);
                self.call_with(callee, last);
            }
            O::CallFunctionEx => {
                // Keyword arguments lie above; since 3.14 there is always something there.
                let above = if minor >= 14 { 1 } else { arg & 1 };
                self.unpack(self.peek(1 + above));
                self.drop_n(1 + above);
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
                self.operands(1, of_unary(op));
                self.drop_n(1);
                if minor == 10 { self.absolute(arg, next) } else { self.forward(arg, next) }
            }
            O::PopJumpForwardIfFalse
            | O::PopJumpForwardIfTrue
            | O::PopJumpForwardIfNone
            | O::PopJumpForwardIfNotNone => {
                self.operands(1, of_unary(op));
                self.drop_n(1);
                self.forward(arg, next);
            }
            O::PopJumpBackwardIfFalse
            | O::PopJumpBackwardIfTrue
            | O::PopJumpBackwardIfNone
            | O::PopJumpBackwardIfNotNone => {
                self.operands(1, of_unary(op));
                self.drop_n(1);
            }
            O::JumpIfFalseOrPop | O::JumpIfTrueOrPop => {
                self.operands(1, uses::TRUTH);
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
                for back in 1..=if op == O::RaiseVarargs { arg } else { 0 } {
                    self.raise(self.peek(back));
                }
                self.drop_n(if op == O::RaiseVarargs { arg } else { 1 });
            }
            O::ReturnConst => {}
            O::YieldValue
            | O::AsyncGenWrap
            | O::GetAwaitable
            | O::GetYieldFromIter
            | O::GetAiter
            | O::YieldFrom
            | O::Send
            | O::EndSend
            | O::CleanupThrow
            | O::GetAnext => self.wait(op, arg, next),
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
    pub(super) fn not_understood(&mut self, op: O) {
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
            O::BeforeWith | O::BeforeAsyncWith | O::LoadSpecial => {
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

    pub(super) fn binary(&mut self, in_place: bool) {
        if in_place {
            // A list is extended by whatever it is.
            self.unpack(self.peek(1));
        }
        self.operands(2, uses::ARITHMETIC | uses::CONVERT);
        self.drop_n(1);
        let left = self.pop();
        if in_place {
            // `xs += …` may change xs in place; the result is what was there, or new.
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

    /// `"%(name)s" % values` reads them by their keys.
    fn modulo(&mut self) {
        let values = self.peek(1);
        self.operate(values, uses::TEXT | uses::ITEM);
        if self.is_visible(values) {
            self.line().checks.push(Check::Read(values));
        }
    }

    /// A value's item is read, stored or deleted.
    fn subscript(&mut self, base: SymId, key: SymId) {
        self.operate(base, uses::ITEM);
        self.operate(key, uses::HASH | uses::COMPARE | uses::CONVERT);
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

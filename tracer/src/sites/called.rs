//! Arguments that C code calls, where they cannot be looked at before the call: a bound method such as `log.append`
//! changes its object, and no event tells so.

use super::site::{Calls, Makes};
use super::tables::CALLING;
use crate::code::CodeInfo;
use crate::engine::{Engine, Frame};
use crate::plan::{FRESH, Sym, SymId};
use crate::raw::{self, Obj, flag};
use crate::uses;

/// Which of its arguments a callee calls.
///
/// # Safety
/// `callee` is live or null.
pub(super) unsafe fn calls(callee: Obj) -> Calls {
    if callee.is_null() {
        return Calls::None;
    }
    // SAFETY: the caller's promise; the exact type says what is read.
    let name = unsafe {
        let ty = raw::type_of(callee);
        if raw::has_flag(ty, flag::TYPE) {
            raw::type_name(callee.cast()).to_vec()
        } else if raw::is_cfunction(ty) {
            crate::contents::cfunction_name(callee).0.to_vec()
        } else {
            return Calls::None;
        }
    };
    let name = name.rsplit(|byte| *byte == b'.').next().unwrap_or(&name);
    CALLING.iter().find(|(known, _)| *known == name).map_or(Calls::None, |(_, calls)| *calls)
}

impl Engine {
    /// Whether a call of a line may call an argument that is not known yet.
    ///
    /// # Safety
    /// `frame` is the running frame of its code.
    #[inline(always)]
    pub(super) unsafe fn may_call_unknown(&mut self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: the caller's promise; the code says for each call what it may call.
        unsafe {
            let code: &CodeInfo = &*(*frame).code;
            code.plans.called[call as usize].is_any() && self.may_call_unknown_now(frame, call)
        }
    }

    #[inline(never)]
    unsafe fn may_call_unknown_now(&mut self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: as above.
        unsafe {
            let code: *const CodeInfo = (*frame).code;
            let called = &(&(*code).plans.called)[call as usize];
            let positional = match (&(*code).sites)[call as usize].calls {
                Calls::None => FRESH,
                Calls::First => called.positional[0],
                Calls::Second => called.positional[1],
            };
            !self.is_certain(frame, positional) || called.keywords.iter().any(|sym| !self.is_certain(frame, *sym))
        }
    }

    /// Notes that a call may have made an iterator that changes something when it runs. From now on, values that cannot
    /// be looked at before a line iterates over them may be such iterators.
    ///
    /// # Safety
    /// As for [`Self::may_call_unknown`].
    #[cold]
    pub(super) unsafe fn note_lazy(&mut self, frame: *mut Frame, call: u32) {
        // SAFETY: the caller's promise.
        if unsafe { (&(*(*frame).code).sites)[call as usize].calls } != Calls::None {
            self.any_foreign |= uses::ITERATE;
        }
    }

    /// Whether a value is judged elsewhere, or of a class that tells when it runs.
    unsafe fn is_certain(&mut self, frame: *mut Frame, sym: SymId) -> bool {
        // SAFETY: as above.
        unsafe {
            if sym == FRESH {
                return true;
            }
            match (&(*(*frame).code).plans.symbols)[sym as usize] {
                // The site of a lambda is not judged.
                Sym::Call(site) if self.is_made(frame, site) => false,
                Sym::Call(site) => {
                    let made = (&(*(*frame).code).sites)[site as usize];
                    let is_told = |makes| matches!(makes, Makes::Told | Makes::Instance(_));
                    !made.known || made.result != 0 || is_told(self.makes(frame, site))
                }
                Sym::Unknown => false,
                _ => !self.peek(frame, sym).is_null(),
            }
        }
    }

    /// Whether the callee of a call is a function that the line makes.
    unsafe fn is_made(&self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: as above.
        let plans = unsafe { &(*(*frame).code).plans };
        plans.symbols[plans.calls[call as usize] as usize] == Sym::Made
    }
}

//! The code that a line runs by iterating, and by sending to an object that it waits for.

use pyo3_ffi as ffi;

use super::site::RECORDED_GENERATOR;
use super::tables::{derives_from_builtin, is_builtin_value};
use crate::engine::{Engine, Frame};
use crate::layout::common as at;
use crate::plan::{Plans, Sym, SymId};
use crate::raw::{self, Obj, field};
use crate::types::type_attribute;

unsafe extern "C" {
    /// Not in the limited API, but exported by every version.
    static mut PyGen_Type: ffi::PyTypeObject;
    /// As above.
    static mut PyCoro_Type: ffi::PyTypeObject;
}

impl Engine {
    pub(super) unsafe fn iterator_is_known(&mut self, frame: *mut Frame, iterator: SymId) -> bool {
        // SAFETY: as in `is_pending`.
        unsafe {
            let code = &*(*frame).code;
            let Sym::Iter(base) = code.plans.symbols[iterator as usize] else { return false };
            match code.plans.symbols[base as usize] {
                // The result is judged after the call.
                Sym::Call(site) => {
                    let is_known = code.sites[site as usize].known && !code.sites[site as usize].foreign;
                    is_known && self.result_is_handed_harmlessly(frame, site)
                }
                Sym::Fresh | Sym::Built(_) => true,
                Sym::Unknown | Sym::Made | Sym::Iter(_) => false,
                Sym::Slot(slot) => {
                    let value = Frame::slot(frame, slot as usize);
                    !value.is_null() && self.iterates_harmlessly(value)
                }
                _ => {
                    let value = self.peek(frame, base);
                    !value.is_null() && self.iterates_harmlessly(value)
                }
            }
        }
    }

    /// Whether iterating over an object runs C code that changes nothing, or recorded generators.
    pub(crate) unsafe fn iterates_harmlessly(&mut self, value: Obj) -> bool {
        // SAFETY: `value` is live.
        unsafe {
            let ty = raw::type_of(value);
            is_builtin_value(ty)
                || std::ptr::eq(ty, &raw mut PyGen_Type) && self.is_recorded_generator(value)
                || self.iterates_known(ty)
                || self.is_harmless(value, 0)
        }
    }

    /// A recorded function returns to the line of `parent`, which may iterate over the result or pass it to C code.
    /// Returns whether that runs no unknown code.
    #[inline(never)]
    pub(crate) unsafe fn result_is_harmless(&mut self, parent: *mut Frame, callee: *mut u8, value: Obj) -> bool {
        // SAFETY: frames are boxed, their codes held; `value` is live.
        unsafe {
            let offset = self.called_at(parent, callee);
            let (plan, code) = (&*(*parent).plan, (*parent).code);
            let Plans { symbols, given, call_offsets, .. } = &(*code).plans;
            let Some(call) = call_offsets.iter().position(|at| *at == offset && offset != u32::MAX) else {
                return true;
            };
            let is_it = |sym: &SymId| matches!(symbols[*sym as usize], Sym::Call(n) if n as usize == call);
            let is_over_it = |sym: &SymId| matches!(symbols[*sym as usize], Sym::Iter(base) if is_it(&base));
            let takes_it = |call: &u32| {
                let site = &(&(*code).sites)[*call as usize];
                site.known && site.runs && given[*call as usize].iter().any(is_it)
            };
            let is_given = plan.given.iter().any(is_it) || plan.calls.iter().any(takes_it);
            let is_harmless = (!plan.iterators.iter().any(is_over_it) || self.iterates_harmlessly(value))
                && (!is_given || self.is_harmless(value, 0) && !self.is_used_by_foreign(value));
            if !is_harmless {
                (&mut (*code).sites)[call].foreign = true;
            }
            is_harmless
        }
    }

    /// Notes that something that the line of a frame iterates over runs unknown code, perhaps the results of its calls.
    pub(crate) unsafe fn distrust_results(frame: *mut Frame) {
        // SAFETY: frames are boxed, their codes held.
        unsafe {
            let (plan, code) = (&*(*frame).plan, (*frame).code);
            let Plans { symbols, given, .. } = &(*code).plans;
            let over = plan.iterators.iter().filter_map(|sym| match symbols[*sym as usize] {
                Sym::Iter(base) => Some(base),
                _ => None,
            });
            let given = plan.given.iter().chain(plan.calls.iter().flat_map(|call| given[*call as usize].iter()));
            for sym in over.chain(given.copied()) {
                if let Sym::Call(call) = symbols[sym as usize] {
                    (&mut (*code).sites)[call as usize].foreign = true;
                }
            }
        }
    }

    /// Whether the target of a send runs recorded code.
    pub(super) unsafe fn sends_known(&mut self, frame: *mut Frame, base: SymId) -> bool {
        // SAFETY: as in `is_pending`.
        unsafe {
            let code = &*(*frame).code;
            match code.plans.symbols[base as usize] {
                Sym::Call(made) => {
                    let made = &code.sites[made as usize];
                    made.known && made.result == RECORDED_GENERATOR
                }
                // Unless the line itself stores another object there.
                Sym::Slot(slot) if !(*(*frame).plan).slots.contains(&slot) => {
                    let value = self.peek(frame, base);
                    !value.is_null() && {
                        let ty = raw::type_of(value);
                        is_builtin_value(ty)
                            || (std::ptr::eq(ty, &raw mut PyGen_Type) || std::ptr::eq(ty, &raw mut PyCoro_Type))
                                && self.is_recorded_generator(value)
                    }
                }
                Sym::Fresh => true,
                _ => false,
            }
        }
    }

    /// Whether iterating over instances of a class runs only C code or recorded generators.
    pub(super) unsafe fn iterates_known(&mut self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: `ty` is a live type; what is known of it stays while it is looked at.
        unsafe {
            let info = self.capture.types.get(ty);
            if !(*info).python {
                return false;
            }
            let version: u32 = field(ty, at::TYPE_VERSION);
            if let Some((known, verdict)) = (*info).iterates
                && known == version
                && version != 0
            {
                return verdict;
            }
            let verdict = self.finds_known_iterator(ty);
            (*info).iterates = (version != 0).then_some((version, verdict));
            verdict
        }
    }

    /// The same, found out from the class.
    #[inline(never)]
    unsafe fn finds_known_iterator(&mut self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: `ty` is a live type.
        unsafe {
            let iter = type_attribute(ty, c"__iter__");
            if iter.is_null() {
                // 3.12 and later hide the dicts of builtin types: an attribute that is not found elsewhere is theirs.
                return derives_from_builtin(ty);
            }
            if raw::is_wrapper_descriptor(raw::type_of(iter)) {
                return true;
            }
            let is_function = raw::builtin_name(raw::type_of(iter)) == b"function";
            is_function && self.function_is_known(iter) && raw::code_flags(field(iter, at::FUNCTION_CODE)) & 0x20 != 0
        }
    }
}

//! Results of calls that a line uses: it reads their attributes, or applies operators to them.

use pyo3_ffi as ffi;

use super::given::HANDED;
use super::site::{Makes, RECORDED_GENERATOR};
use super::tables::is_builtin_value;
use crate::engine::{Engine, Frame};
use crate::layout::common as at;
use crate::layout::private::method_wrapper;
use crate::plan::{LinePlan, Operand, Plans, Sym, SymId, root};
use crate::raw::{self, Obj, code_flag, field, flag};

/// Whether a type, given by its address, is one of scalars.
pub(super) fn is_scalar(ty: usize) -> bool {
    let ty = ty as *mut ffi::PyTypeObject;
    ty as usize > RECORDED_GENERATOR
        && (raw::is_str(ty) || raw::is_int(ty) || raw::is_float(ty) || raw::is_bool(ty) || raw::is_bytes(ty))
}

impl Engine {
    /// What is known of the result of a known call in the frame's line.
    ///
    /// # Safety
    /// `frame` is the running frame of its code.
    pub(super) unsafe fn makes(&mut self, frame: *mut Frame, call: u32) -> Makes {
        // SAFETY: the caller's promise; sites belong to the frame's code.
        unsafe {
            let code = (*frame).code;
            let site = &raw mut (&mut (*code).sites)[call as usize];
            if (*site).makes == Makes::Unasked {
                let plans = &(*code).plans;
                (*site).makes = self.find_makes(frame, plans.symbols[plans.calls[call as usize] as usize]);
            }
            (*site).makes
        }
    }

    unsafe fn find_makes(&mut self, frame: *mut Frame, callee: Sym) -> Makes {
        // SAFETY: as in `makes`.
        let found = unsafe { self.callee(frame, callee) };
        if found.is_null() {
            return Makes::Anything;
        }
        // SAFETY: what is found on a live class or module is live; its exact type says what is read.
        unsafe {
            let function: Obj =
                if raw::kind_name(found) == b"method" { field(found, at::METHOD_FUNCTION) } else { found };
            if raw::kind_name(function) == b"function" {
                let code: Obj = field(function, at::FUNCTION_CODE);
                let makes = raw::code_flags(code) & (code_flag::GENERATOR | code_flag::COROUTINE) != 0;
                return if self.records(code) && !makes { Makes::Told } else { Makes::Anything };
            }
            if raw::has_flag(raw::type_of(function), flag::TYPE) && raw::has_flag(found.cast(), flag::HEAP) {
                let new = raw::type_attribute(found.cast(), c"__new__");
                if new.is_null() || raw::is_cfunction(raw::type_of(new)) {
                    return Makes::Instance(found as usize);
                }
            }
            Makes::Anything
        }
    }

    /// The callee of a call, as found on the class or module; null if it cannot be found.
    pub(super) unsafe fn callee(&mut self, frame: *mut Frame, callee: Sym) -> Obj {
        let nothing = std::ptr::null_mut();
        // SAFETY: as in `makes`.
        let (base, name) = unsafe {
            let code = &*(*frame).code;
            match callee {
                Sym::Attr(base, name) => (self.peek(frame, base), code.name(name)),
                Sym::Name(_) | Sym::Slot(_) | Sym::Item(..) => {
                    let at = code.plans.symbols.iter().position(|symbol| *symbol == callee);
                    return at.map_or(nothing, |at| self.peek(frame, at as SymId));
                }
                _ => return nothing,
            }
        };
        if base.is_null() {
            return nothing;
        }
        // SAFETY: what a symbol stands for is live, and so is what a class or module has; names are strs.
        unsafe {
            let found = raw::found_in(base, name);
            if found.is_null() {
                return nothing;
            }
            match raw::kind_name(found) {
                b"staticmethod" | b"classmethod" => field(found, method_wrapper::CALLABLE),
                _ => found,
            }
        }
    }

    /// Whether iterating over the result of a call, or calling it, runs no unknown code. The result of a recorded
    /// function is judged after the call.
    #[inline]
    pub(super) unsafe fn result_is_handed_harmlessly(&mut self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: as in `makes`.
        self.any_foreign & HANDED == 0 || unsafe { self.result_is_handed_harmlessly_now(frame, call) }
    }

    #[inline(never)]
    unsafe fn result_is_handed_harmlessly_now(&mut self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: as in `makes`.
        unsafe {
            let site = (&(*(*frame).code).sites)[call as usize];
            match self.makes(frame, call) {
                _ if !site.known || site.result != 0 => true,
                Makes::Told => true,
                Makes::Instance(ty) => self.foreign_uses_of(ty as *mut ffi::PyTypeObject) & HANDED == 0,
                _ => self.any_foreign & HANDED == 0,
            }
        }
    }

    /// Whether reading an attribute of a value that cannot be read beforehand runs no unrecorded code.
    #[inline(never)]
    pub(super) unsafe fn blind_load_is_known(&mut self, frame: *mut Frame, base: SymId, name: u32) -> bool {
        // SAFETY: as in `makes`; the line's plan belongs to the code, too.
        let (code, plan) = unsafe { (&*(*frame).code, &*(*frame).plan) };
        let symbols = &code.plans.symbols;
        let root = root(symbols, base);
        let symbol = symbols[root as usize];
        if matches!(symbol, Sym::Slot(_) | Sym::Name(_)) && root == base {
            // It has no value.
            return true;
        }
        // SAFETY: the code is held.
        let name = unsafe { code.name(name) };
        if let Sym::Call(call) = symbol
            && plan.calls.contains(&call)
        {
            let (known, result) = (code.sites[call as usize].known, code.sites[call as usize].result);
            // SAFETY: as in `makes`; the class that a call makes instances of is live.
            unsafe {
                match self.makes(frame, call) {
                    _ if !known => return true,
                    Makes::Told => return true,
                    _ if root != base => {}
                    Makes::Instance(ty) => return self.attribute_is_known(ty as *mut ffi::PyTypeObject, name),
                    _ if result != 0 => return true,
                    _ => {}
                }
            }
        }
        !self.foreign_hook && !self.foreign_names.contains(&(name as usize))
    }

    /// Whether the classes of the results of a line's calls matter.
    #[inline(always)]
    pub(crate) unsafe fn results_matter(&mut self, plan: &LinePlan) -> bool {
        // SAFETY: under the GIL.
        unsafe {
            if !self.capture.types.unjudged.is_empty() {
                self.judge_types();
            }
            self.any_foreign_attribute || self.any_foreign & plan.uses != 0
        }
    }

    /// A recorded function returns to the line of `parent`, which uses the result. Returns whether that runs unknown
    /// code.
    #[inline(never)]
    pub(crate) unsafe fn result_is_foreign(&mut self, parent: *mut Frame, callee: *mut u8, value: Obj) -> bool {
        // SAFETY: frames are boxed, their codes held; the caller gives a live value.
        let (plan, code, offset) = unsafe {
            let offset = self.called_at(parent, callee);
            if offset == u32::MAX {
                // It is not known which call it was.
                return !is_plain(value);
            }
            (&*(*parent).plan, (*parent).code, offset)
        };
        // SAFETY: as above; sites of the code are written meanwhile, plans are not.
        let Plans { symbols, call_offsets, loads, .. } = unsafe { &(*code).plans };
        let is_from = |sym: SymId| {
            let Sym::Call(call) = symbols[root(symbols, sym) as usize] else { return false };
            call_offsets[call as usize] == offset
        };
        // SAFETY: as above; the value stays live until it is taken out again.
        unsafe {
            (*parent).results.push((offset, value as usize));
            let operands = plan.operands.iter().filter(|operand| is_from(operand.sym));
            let foreign = operands.copied().any(|operand: Operand| self.operand_is_foreign(parent, operand))
                || plan.loads.iter().any(|load| is_from(loads[*load as usize].0) && !self.load_is_known(parent, *load));
            (*parent).results.pop();
            foreign
        }
    }
}

/// Whether a value is of a builtin type that runs no code, however it is used.
pub(crate) unsafe fn is_plain(value: Obj) -> bool {
    // SAFETY: `value` is live.
    unsafe {
        let ty = raw::type_of(value);
        is_builtin_value(ty) || std::ptr::eq(value, ffi::Py_None())
    }
}

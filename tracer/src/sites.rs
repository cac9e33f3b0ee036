//! What a call can change, depending on its callee.
//!
//! A call is *known* if it goes to recorded code, which reports its own writes, or to builtin code that changes only
//! its receiver, which the plan handles. Every other call is unknown: after it, everything visible is read again.

use pyo3_ffi as ffi;

use crate::code::CodeInfo;
use crate::contents;
use crate::engine::{Engine, Frame};
use crate::layout::common as at;
use crate::layout::private::property;
use crate::plan::{LinePlan, Operand};
use crate::raw::{self, Obj, field, flag};
use crate::types::{runs_others, type_attribute};
use crate::uses;
use peek::instance_attribute_named;

mod called;
mod callee;
mod given;
mod iterators;
mod operands;
mod peek;
mod results;
mod site;
mod stores;
mod tables;
mod verdicts;

pub(crate) use results::is_plain;
pub use site::Site;
use verdicts::Access;
pub use verdicts::Verdicts;

impl Engine {
    /// Whether a line does anything with unknown effects.
    ///
    /// # Safety
    /// `frame` is the running frame, about to run the line of its plan.
    #[inline(always)]
    pub unsafe fn is_pending(&mut self, frame: *mut Frame) -> bool {
        // SAFETY: frames and code infos live as long as their entries; see `Engine`.
        unsafe {
            let plan = &*(*frame).plan;
            (*frame).unknown_calls.clear();
            if plan.dirty {
                return true;
            }
            if !self.capture.types.unjudged.is_empty() {
                self.judge_types();
            }
            self.calls_are_pending(frame, plan)
                || plan.has_loads && self.loads_are_pending(frame, plan)
                || plan.has_operands && self.operands_are_pending(frame, plan)
        }
    }

    /// Whether calls of a line have unknown effects. Calls whose callee may turn out to be recorded are noted.
    #[inline(always)]
    unsafe fn calls_are_pending(&mut self, frame: *mut Frame, plan: &LinePlan) -> bool {
        let mut is_pending = false;
        for &call in &plan.calls {
            // SAFETY: as in `is_pending`; the code has a site and an offset for each call of its lines.
            unsafe {
                if !self.call_is_known(frame, call) {
                    let offset = (&(*(*frame).code).plans.call_offsets)[call as usize];
                    if offset == u32::MAX {
                        is_pending = true;
                        continue;
                    }
                    // It is known after all if its callee turns out to be a recorded function.
                    (*frame).unknown_calls.push(offset);
                } else if (&(*(*frame).code).sites)[call as usize].runs
                    && (self.given_is_pending(frame, call) || self.may_call_unknown(frame, call))
                {
                    self.note_lazy(frame, call);
                    is_pending = true;
                }
            }
        }
        is_pending
    }

    /// Whether arguments of a known call make it have unknown effects.
    #[inline(always)]
    unsafe fn given_is_pending(&mut self, frame: *mut Frame, call: u32) -> bool {
        // SAFETY: as in `is_pending`; the code says for each call what it is given.
        unsafe {
            for n in 0..(&(*(*frame).code).plans.given)[call as usize].len() {
                let given = (&(*(*frame).code).plans.given)[call as usize][n];
                if !self.given_is_harmless(frame, given) {
                    return true;
                }
                if self.any_foreign & uses::ANY != 0
                    && self.operand_is_foreign(frame, Operand { sym: given, uses: uses::ANY })
                {
                    return true;
                }
            }
        }
        false
    }

    /// Whether reading attributes in a line has unknown effects.
    #[inline(always)]
    unsafe fn loads_are_pending(&mut self, frame: *mut Frame, plan: &LinePlan) -> bool {
        for &load in &plan.loads {
            // SAFETY: as in `is_pending`.
            if !unsafe { self.load_is_known(frame, load) } {
                return true;
            }
        }
        if self.any_foreign_attribute {
            for &load in &plan.own_loads {
                // SAFETY: as in `is_pending`.
                if !unsafe { self.load_is_known(frame, load) } {
                    return true;
                }
            }
        }
        false
    }

    /// Whether a line has unknown effects by values that it passes on, operates on or iterates over.
    #[inline(always)]
    unsafe fn operands_are_pending(&mut self, frame: *mut Frame, plan: &LinePlan) -> bool {
        for &given in &plan.given {
            // SAFETY: as in `is_pending`.
            if !unsafe { self.given_is_harmless(frame, given) } {
                return true;
            }
        }
        if self.any_foreign & plan.uses != 0 {
            for &operand in &plan.operands {
                // SAFETY: as in `is_pending`.
                if unsafe { self.operand_is_foreign(frame, operand) } {
                    return true;
                }
            }
        }
        for &iterator in &plan.iterators {
            // SAFETY: as in `is_pending`.
            if !unsafe { self.iterator_is_known(frame, iterator) } {
                return true;
            }
        }
        false
    }

    /// Judges the classes that were seen since the last call.
    #[cold]
    pub(crate) unsafe fn judge_types(&mut self) {
        // SAFETY: references to the types are held.
        unsafe {
            for ty in std::mem::take(&mut self.capture.types.unjudged) {
                if runs_others(ty as *mut ffi::PyTypeObject) {
                    self.any_foreign |= uses::GENERATE;
                }
                self.any_foreign |= self.find_foreign_uses(ty as *mut ffi::PyTypeObject);
                self.any_foreign_attribute |= self.any_foreign & uses::ATTRIBUTE != 0;
                self.any_foreign_store |= self.has_foreign_stores(ty as *mut ffi::PyTypeObject);
                // This may be the last reference: it is dropped after the event.
                self.dying.push(ty as Obj);
            }
        }
    }

    /// Whether reading any attribute of an instance could run unrecorded Python code.
    pub(super) unsafe fn has_foreign_attributes(&mut self, ty: *mut ffi::PyTypeObject) -> bool {
        let mut found = Vec::new();
        // SAFETY: `ty` is a live type.
        unsafe {
            members(ty, |name, value| {
                let get: usize = field(raw::type_of(value), at::TYPE_DESCR_GET);
                let name_is = |wanted: &[u8]| raw::str_bytes(name) == wanted;
                let is_function = raw::builtin_name(raw::type_of(value)) == b"function";
                if get != 0 && (!is_function || name_is(b"__getattr__") || name_is(b"__getattribute__")) {
                    found.push(name);
                }
            });
            let mut any = false;
            for name in found {
                if !self.attribute_is_known(ty, name) {
                    any = true;
                    let is_hook = matches!(raw::str_bytes(name).as_slice(), b"__getattr__" | b"__getattribute__");
                    self.foreign_hook |= is_hook;
                    self.foreign_names.insert(name as usize);
                }
            }
            any
        }
    }

    /// Whether reading an attribute runs no unrecorded code.
    pub(super) unsafe fn load_is_known(&mut self, frame: *mut Frame, load: u32) -> bool {
        // SAFETY: as in `is_pending`; what a symbol stands for is live, and so is its type.
        let (code, name, ty) = unsafe {
            let code = (*frame).code;
            let (base, name) = (&(*code).plans.loads)[load as usize];
            let object = self.peek_here(frame, base);
            if object.is_null() {
                return !self.any_foreign_attribute || self.blind_load_is_known(frame, base, name);
            }
            let ty = raw::type_of(object);
            if raw::has_flag(ty, flag::TYPE) {
                return self.class_load_is_known(code, load, object.cast());
            }
            if !raw::has_flag(ty, flag::HEAP) {
                return true;
            }
            (code, name, ty)
        };
        // SAFETY: as above; the code has a site for each load, which nothing else borrows.
        unsafe {
            let key = (ty as usize, u64::from(raw::type_version(ty)));
            let site = &raw mut (&mut (*code).loads)[load as usize];
            if key.1 == 0 || (*site).key != key {
                let name = (*code).name(name);
                let cached = self.verdicts.get(key, name, Access::Load);
                let (known, result) = cached.unwrap_or_else(|| {
                    let verdict = (self.attribute_is_known(ty, name), 0);
                    self.verdicts.put(key, name, Access::Load, verdict);
                    verdict
                });
                *site = Site { key, known, runs: true, result, ..Site::default() };
            }
            (*site).known
        }
    }

    /// The same for an attribute of a class.
    unsafe fn class_load_is_known(&mut self, code: *mut CodeInfo, load: u32, class: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: as in `load_is_known`; `class` is live.
        unsafe {
            let [meta, own] = [raw::type_of(class.cast()), class].map(|ty| raw::type_version(ty));
            // Not what an instance of it would find.
            let key = (class as usize | 2, u64::from(meta) << 32 | u64::from(own));
            let site = &raw mut (&mut (*code).loads)[load as usize];
            if meta == 0 || own == 0 || (*site).key != key {
                let name = (*code).name((&(*code).plans.loads)[load as usize].1);
                let known = self.class_attribute_is_known(class, name);
                *site = Site { key, known, runs: true, ..Site::default() };
            }
            (*site).known
        }
    }

    pub(super) unsafe fn attribute_is_known(&mut self, ty: *mut ffi::PyTypeObject, name: Obj) -> bool {
        // SAFETY: `ty` is a live type.
        unsafe { !self.capture.types.written_in_python(ty) || self.attribute_of_python_is_known(ty, name) }
    }

    /// The same for a class written in Python.
    unsafe fn attribute_of_python_is_known(&mut self, ty: *mut ffi::PyTypeObject, name: Obj) -> bool {
        // SAFETY: the caller gives a live type and a str; what the type has lives as long as it is there.
        let (found, kind) = unsafe {
            if !self.attribute_hooks_are_known(ty) {
                return false;
            }
            let found = raw::lookup(ty, name);
            if found.is_null() {
                return true;
            }
            (found, raw::type_of(found))
        };
        // SAFETY: as above; the exact type of what was found says what is read.
        unsafe {
            if raw::builtin_name(kind) == b"property" {
                let getter: Obj = field(found, property::GET);
                return getter.is_null() || self.callable_is_known(getter).0;
            }
            // `value` and `name` of Enum members.
            if matches!(raw::type_name(kind), b"property" | b"DynamicClassAttribute")
                && matches!(contents::type_module(kind).as_slice(), b"enum" | b"types")
            {
                return self.callable_is_known(instance_attribute_named(found, "fget")).0;
            }
            // A descriptor written in Python that is not recorded, such as cached_property.
            let get: usize = field(kind, at::TYPE_DESCR_GET);
            get == 0 || !self.capture.types.written_in_python(kind) || self.getter_is_known(kind)
        }
    }

    /// Whether the functions that a class asks for attributes are known, if it has any.
    unsafe fn attribute_hooks_are_known(&mut self, ty: *mut ffi::PyTypeObject) -> bool {
        [c"__getattr__", c"__getattribute__"].into_iter().all(|hook| {
            // SAFETY: the caller gives a live type; what it has lives as long as it is there.
            unsafe {
                let found = type_attribute(ty, hook);
                found.is_null() || raw::kind_name(found) != b"function" || self.function_is_known(found)
            }
        })
    }

    /// Whether the `__get__` of a class written in Python is known.
    unsafe fn getter_is_known(&mut self, kind: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: `kind` is a live type.
        unsafe {
            let getter = type_attribute(kind, c"__get__");
            self.callable_is_known(getter).0
        }
    }
}

/// Calls `each` with the names and values that a type has from classes written in Python.
unsafe fn members(ty: *mut ffi::PyTypeObject, mut each: impl FnMut(Obj, Obj)) {
    // SAFETY: an MRO is a tuple of live types; type dicts have str keys.
    unsafe {
        for &base in raw::mro(ty) {
            let dict = raw::type_dict(base.cast());
            if !dict.is_null() && raw::has_flag(base.cast(), flag::HEAP) && !is_importlib(base.cast()) {
                raw::dict_pairs(dict, |name, value| {
                    each(name, value);
                    true
                });
            }
        }
    }
}

/// Whether a class belongs to the import system. Every module has a spec and a loader, whose properties and comparisons
/// only read.
unsafe fn is_importlib(ty: *mut ffi::PyTypeObject) -> bool {
    // SAFETY: `ty` is a live type.
    unsafe { contents::type_module(ty).starts_with(b"_frozen_importlib") }
}

//! What a call does with its arguments: C code that iterates over its arguments or calls them runs the code of the
//! arguments.

use std::os::raw::{c_int, c_void};

use connie_wire::Kind;
use pyo3_ffi as ffi;

use super::tables::{descriptor_owner, is_builtin_value, is_safe_c_type};
use crate::contents;
use crate::engine::{Engine, Frame};
use crate::layout::common as at;
use crate::plan::{Sym, SymId};
use crate::raw::{self, Obj, field, flag};
use crate::traits;
use crate::types::{runs_others, type_attribute};
use crate::uses::{self, Uses};

/// Uses by iterating over a value or calling it.
pub(super) const HANDED: Uses = uses::ITERATE | uses::ITEM | uses::CALL;
/// How many levels of objects within an iterator are looked at.
const DEEPEST: u32 = 4;
/// The largest number of objects that an iterator may hold.
const MAX_HELD: usize = 32;

/// Whether a method of a type written in C, with this name, changes its receiver.
fn changes(owner: Kind, name: &[u8]) -> bool {
    let name = name.rsplit(|byte| *byte == b'.').next().unwrap_or(name);
    traits::changes_receiver(name) && (owner == Kind::DefaultDict || !traits::changes_default_dict(name))
}

/// Whether an object is of a C type whose methods call the object that it was made with.
///
/// # Safety
/// `object` is live or null.
pub(super) unsafe fn is_holder(object: Obj) -> bool {
    // SAFETY: the caller's promise.
    !object.is_null() && unsafe { raw::type_name(raw::type_of(object)) == b"_csv.writer" }
}

unsafe extern "C" fn visit(object: *mut ffi::PyObject, found: *mut c_void) -> c_int {
    // SAFETY: `found` is the list that `held` gave.
    let found = unsafe { &mut *found.cast::<Vec<Obj>>() };
    found.push(object);
    c_int::from(found.len() >= MAX_HELD)
}

/// The objects that an object holds, as the collector sees them.
unsafe fn held(object: Obj) -> Vec<Obj> {
    type Traverse = unsafe extern "C" fn(Obj, ffi::visitproc, *mut c_void) -> c_int;
    let mut found: Vec<Obj> = Vec::new();
    // SAFETY: a type's traverse only calls `visit`; null where it has none.
    unsafe {
        if let Some(traverse) = field::<Option<Traverse>>(raw::type_of(object), at::TYPE_TRAVERSE) {
            traverse(object, visit, (&raw mut found).cast());
        }
    }
    found
}

impl Engine {
    pub(super) unsafe fn is_python(&mut self, frame: *mut Frame, callee: Sym) -> bool {
        // SAFETY: the caller's promise; what a symbol stands for is live, or null.
        let (base, name) = unsafe {
            let code = &*(*frame).code;
            match callee {
                Sym::Attr(base, name) => (self.peek(frame, base), code.name(name)),
                Sym::Name(n) => {
                    let Some(at) = code.plans.symbols.iter().position(|symbol| *symbol == Sym::Name(n)) else {
                        return false;
                    };
                    let object = self.peek(frame, at as SymId);
                    return !object.is_null() && self.is_python_object(object);
                }
                Sym::Slot(n) => {
                    let object = Frame::slot(frame, n as usize);
                    return !object.is_null() && self.is_python_object(object);
                }
                _ => return false,
            }
        };
        if base.is_null() {
            return false;
        }
        // SAFETY: a live object and a live str; what a type or a dict has lives as long as it is there.
        unsafe {
            let found = raw::found_in(base, name);
            !found.is_null()
                && (self.is_python_object(found) || matches!(raw::kind_name(found), b"staticmethod" | b"classmethod"))
        }
    }

    /// Whether an object is a recorded function, or a class written in Python.
    unsafe fn is_python_object(&mut self, object: Obj) -> bool {
        // SAFETY: the caller gives a live object; its exact type says what is read.
        unsafe {
            let ty = raw::type_of(object);
            match raw::builtin_name(ty) {
                b"function" => self.records(field(object, at::FUNCTION_CODE)),
                b"method" => {
                    let function: Obj = field(object, at::METHOD_FUNCTION);
                    raw::kind_name(function) != b"function" || self.records(field(function, at::FUNCTION_CODE))
                }
                _ => raw::has_flag(ty, flag::TYPE) && self.capture.types.written_in_python(object.cast()),
            }
        }
    }

    /// Whether a method of a [holder](is_holder) has no unknown effects.
    ///
    /// # Safety
    /// `holder` is live.
    pub(super) unsafe fn holds_harmless(&mut self, holder: Obj) -> bool {
        // SAFETY: the caller's promise; what a live object holds is live.
        unsafe {
            let ty = raw::type_of(holder);
            held(holder).into_iter().all(|inner| std::ptr::eq(inner.cast(), ty) || self.is_harmless(inner, 0))
        }
    }

    /// As [`Self::is_harmless`], for an argument of a call in a line.
    ///
    /// # Safety
    /// `frame` is the running frame of its code.
    #[inline(never)]
    pub(super) unsafe fn given_is_harmless(&mut self, frame: *mut Frame, given: SymId) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            let value = self.peek(frame, given);
            if !value.is_null() {
                return self.is_harmless(value, 0);
            }
            // A bound method has no object before it is looked up.
            let code = &*(*frame).code;
            match code.plans.symbols[given as usize] {
                Sym::Attr(base, name) => {
                    let base = self.peek(frame, base);
                    // Without its receiver a method is not known.
                    !base.is_null() && self.method_on_is_harmless(base, code.name(name))
                }
                // The result is judged after the call.
                Sym::Call(site) => !code.sites[site as usize].foreign && self.result_is_handed_harmlessly(frame, site),
                Sym::Slot(_) | Sym::Name(_) => true,
                _ => self.any_foreign & HANDED == 0,
            }
        }
    }

    /// The same for a method of an object.
    #[inline(always)]
    unsafe fn method_on_is_harmless(&mut self, base: Obj, name: Obj) -> bool {
        // SAFETY: the caller gives a live object and a live str; what a type has lives as long as it is there.
        unsafe {
            let ty = raw::type_of(base);
            let kind = (*self.capture.types.get(ty)).kind;
            if raw::has_flag(ty, flag::TYPE) {
                let found = raw::lookup(base.cast(), name);
                return found.is_null() || self.is_harmless(found, 0);
            }
            if (*self.capture.types.get(ty)).python {
                let found = raw::lookup(ty, name);
                let is_c = !found.is_null() && raw::is_method_descriptor(raw::type_of(found));
                return found.is_null()
                    || (!is_c || !changes(kind, &raw::str_bytes(name))) && self.found_on_type(found).0;
            }
            if is_holder(base) {
                return self.holds_harmless(base);
            }
            (is_builtin_value(ty) || is_safe_c_type(ty)) && !changes(kind, &raw::str_bytes(name))
        }
    }

    pub(super) unsafe fn is_harmless(&mut self, object: Obj, depth: u32) -> bool {
        // SAFETY: the caller's promise.
        let ty = unsafe { raw::type_of(object) };
        if is_builtin_value(ty) || raw::is_none(object) {
            return true;
        }
        // SAFETY: the caller's promise; the exact type says what is read.
        unsafe {
            if raw::is_cfunction(ty) {
                return self.cfunction_is_harmless(object);
            }
            if raw::is_method_descriptor(ty) {
                let is_safe = is_safe_c_type(descriptor_owner(object));
                return is_safe && !changes(Kind::DefaultDict, contents::method_name(object));
            }
            if raw::has_flag(ty, flag::TYPE) {
                return self.callable_is_known(object).0;
            }
            match raw::builtin_name(ty) {
                b"function" | b"method" => self.callable_is_known(object).0,
                b"method-wrapper" => false,
                b"generator" | b"coroutine" | b"async_generator" => self.is_recorded_generator(object),
                _ if self.capture.types.written_in_python(ty) => self.instance_is_harmless(ty),
                _ => is_safe_c_type(ty) && self.iterator_is_harmless(object, depth),
            }
        }
    }

    /// The same for a function or bound method written in C.
    unsafe fn cfunction_is_harmless(&mut self, object: Obj) -> bool {
        // SAFETY: the caller gives a live object of this type; what it is bound to lives as long.
        unsafe {
            let owner: Obj = field(object, at::CFUNCTION_SELF);
            if owner.is_null() || raw::is_module(raw::type_of(owner)) {
                return self.callable_is_known(object).0;
            }
            if is_holder(owner) {
                return self.holds_harmless(owner);
            }
            let owner = raw::type_of(owner);
            let kind = (*self.capture.types.get(owner)).kind;
            let plain = is_builtin_value(owner) || raw::has_flag(owner, flag::TYPE) || is_safe_c_type(owner);
            plain && !changes(kind, &contents::cfunction_name(object).0)
        }
    }

    /// The same for an instance of a class written in Python.
    unsafe fn instance_is_harmless(&mut self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: the caller gives a live type; what it has lives as long as it is there.
        unsafe {
            let call = type_attribute(ty, c"__call__");
            let calls = call.is_null() || self.found_on_type(call).0;
            let iter = type_attribute(ty, c"__iter__");
            let is_indexed = iter.is_null() && self.foreign_uses_of(ty) & uses::ITERATE == 0;
            calls && (is_indexed || self.iterates_known(ty) || !iter.is_null() && self.iterates_itself(ty, iter))
        }
    }

    /// The same for an object of a safe type written in C. It may be an iterator that runs others.
    unsafe fn iterator_is_harmless(&mut self, object: Obj, depth: u32) -> bool {
        // SAFETY: the caller gives a live object.
        let ty = unsafe { raw::type_of(object) };
        // SAFETY: a live type.
        let name = unsafe { raw::type_name(ty) };
        // Iterators over plain containers run no other code.
        if name.ends_with(b"_iterator") && name != b"callable_iterator"
            || name.ends_with(b"iterator") && name.starts_with(b"dict_")
        {
            return true;
        }
        // SAFETY: a live type and a live object; what that holds is live.
        unsafe {
            !runs_others(ty)
                || depth < DEEPEST
                    && held(object).into_iter().all(|inner| {
                        // Instances of a C type hold the type itself. Iterators may be in tuples.
                        if raw::is_tuple(raw::type_of(inner)) {
                            // A tuple that is being filled has empty items.
                            let mut items = raw::tuple_items(inner).iter();
                            items.all(|item| item.is_null() || self.is_harmless(*item, depth + 1))
                        } else {
                            std::ptr::eq(inner.cast(), ty) || self.is_harmless(inner, depth + 1)
                        }
                    })
        }
    }

    /// Whether a class iterates with a recorded `__iter__` and `__next__`.
    unsafe fn iterates_itself(&mut self, ty: *mut ffi::PyTypeObject, iter: Obj) -> bool {
        // SAFETY: `ty` is a live type, `iter` what it has under that name.
        unsafe {
            let next = type_attribute(ty, c"__next__");
            self.found_on_type(iter).0 && (next.is_null() || self.found_on_type(next).0) && !self.is_foreign_iter(iter)
        }
    }

    /// Whether an `__iter__` has returned an object that runs unknown code.
    unsafe fn is_foreign_iter(&mut self, iter: Obj) -> bool {
        // SAFETY: `iter` is live; its exact type says what is read; codes are held.
        unsafe {
            raw::builtin_name(raw::type_of(iter)) == b"function" && {
                let info = self.code(field(iter, at::FUNCTION_CODE));
                !info.is_null() && (*info).foreign_iterator
            }
        }
    }

    /// Whether a generator runs recorded code.
    pub(super) unsafe fn is_recorded_generator(&mut self, generator: Obj) -> bool {
        // SAFETY: a generator holds its frame (3.10), or its frame lies in it.
        unsafe {
            let layout = raw::layout();
            let frame: *mut u8 = match layout.minor {
                10 => field(generator, layout.generator_frame),
                _ => generator.cast::<u8>().add(layout.generator_frame),
            };
            if frame.is_null() {
                return true;
            }
            let code: Obj = raw::frame_code(frame);
            if self.knows_code(code) {
                return true;
            }
            if code.is_null() || raw::builtin_name(raw::type_of(code)) != b"code" {
                // It has ended.
                return true;
            }
            self.records(code)
        }
    }
}

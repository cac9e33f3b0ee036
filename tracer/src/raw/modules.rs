//! Modules, and what a name leads to.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::{Obj, dict_get, flag, has_flag, is_module, lookup, type_of};

/// A module of `sys.modules`; null if it has no such module. Runs no code of the program.
///
/// # Safety
/// Under the GIL.
pub unsafe fn loaded_module(name: &CStr) -> Obj {
    // SAFETY: the caller's promise; the interpreter keeps that dict for as long as it runs.
    unsafe { ffi::PyDict_GetItemString(ffi::PyImport_GetModuleDict(), name.as_ptr()) }
}

/// What a module has under a name; null if it has no such name.
///
/// # Safety
/// `module` is a module; under the GIL.
pub unsafe fn module_item(module: Obj, name: &CStr) -> Obj {
    // SAFETY: the caller's promise; a module keeps its dict.
    unsafe { ffi::PyDict_GetItemString(ffi::PyModule_GetDict(module), name.as_ptr()) }
}

/// As [`module_item`], for a name that is an exact str.
///
/// # Safety
/// `module` is a module, `name` an exact str.
#[inline]
pub unsafe fn module_value(module: Obj, name: Obj) -> Obj {
    // SAFETY: the caller's promise; a module keeps its dict.
    unsafe { dict_get(ffi::PyModule_GetDict(module), name) }
}

/// What a name leads to in a module, in a class, or in the class of any other object; null if it is not there.
/// An instance's own attributes are not looked at.
///
/// # Safety
/// `base` is live, `name` an exact str.
pub unsafe fn found_in(base: Obj, name: Obj) -> Obj {
    // SAFETY: the caller's promise; the type says what `base` is.
    unsafe {
        let ty = type_of(base);
        if is_module(ty) {
            module_value(base, name)
        } else {
            lookup(if has_flag(ty, flag::TYPE) { base.cast() } else { ty }, name)
        }
    }
}

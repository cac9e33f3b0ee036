//! Wraps functions of C modules in their method tables, so that the function objects stay the same.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, Owned, field};

/// A function with the fast calling convention.
pub type Fast = unsafe extern "C" fn(Obj, *const Obj, ffi::Py_ssize_t, Obj) -> Obj;

/// The original of a wrapped function. All are called with the fast calling convention with keywords; functions without
/// keywords ignore that argument.
#[derive(Clone, Copy)]
pub struct Original {
    /// If it has the fast calling convention.
    pub fast: Option<Fast>,
    /// If it takes a tuple.
    pub tuple: Option<ffi::PyCFunction>,
}

/// For a function that was not wrapped.
pub const NONE: Original = Original { fast: None, tuple: None };

/// Wraps a function of a module with `fast` or, if it takes a tuple, with `tuple`. Stores the original in `original`.
///
/// # Safety
/// Under the GIL. The method table lies in writable data and lives as long as the process, as those of builtin
/// modules do; the wrappers take what the function does. Nothing else borrows `original`.
pub unsafe fn wrap(module: Obj, name: &CStr, original: *mut Original, fast: Fast, tuple: Option<ffi::PyCFunction>) {
    // SAFETY: the caller's promise; a function written in C points to its method.
    let method: *mut ffi::PyMethodDef = unsafe {
        let Some(function) = Owned::take(ffi::PyObject_GetAttrString(module, name.as_ptr())) else { return };
        if !raw::is_cfunction(raw::type_of(function.get())) {
            return;
        }
        field(function.get(), at::CFUNCTION_DEF)
    };
    // SAFETY: the caller's promise; the flags say what the function found takes.
    unsafe {
        let before = (*method).ml_meth;
        match ((*method).ml_flags, tuple) {
            (ffi::METH_FASTCALL, _) | (FAST_KEYWORDS, _) => {
                // Both kinds begin with the same arguments.
                (*original).fast = Some(std::mem::transmute::<ffi::PyMethodDefPointer, Fast>(before));
                (*method).ml_meth = std::mem::transmute::<Fast, ffi::PyMethodDefPointer>(fast);
            }
            (ffi::METH_VARARGS, Some(tuple)) => {
                (*original).tuple = Some(before.PyCFunction);
                (*method).ml_meth = ffi::PyMethodDefPointer { PyCFunction: tuple };
            }
            _ => {}
        }
    }
}

const FAST_KEYWORDS: std::os::raw::c_int = ffi::METH_FASTCALL | ffi::METH_KEYWORDS;

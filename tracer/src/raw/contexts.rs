//! Functions and types of CPython for contexts, and closures. They are not in the limited API, but exported by every
//! version.

use std::ffi::{c_char, c_int};

use pyo3_ffi as ffi;

use super::Obj;

unsafe extern "C" {
    #![allow(missing_docs)]
    pub static mut PyContext_Type: ffi::PyTypeObject;
    pub static mut PyContextVar_Type: ffi::PyTypeObject;
    pub static mut PyContextToken_Type: ffi::PyTypeObject;
    pub fn PyContext_New() -> Obj;
    pub fn PyContext_Enter(context: Obj) -> c_int;
    pub fn PyContext_Exit(context: Obj) -> c_int;
    pub fn PyContextVar_New(name: *const c_char, default: Obj) -> Obj;
    pub fn PyFunction_GetClosure(function: Obj) -> Obj;
}

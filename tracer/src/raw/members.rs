//! Attributes of types, and members of types written in C.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::{Obj, builtin_name, field, lookup, type_of};
use crate::layout::common as at;

/// The offset of a member of a type written in C.
///
/// # Safety
/// `ty` is a live type written in C; under the GIL.
pub unsafe fn member(ty: Obj, name: &CStr) -> Option<usize> {
    // SAFETY: a member descriptor points to its PyMemberDef.
    unsafe {
        let descriptor = ffi::PyObject_GetAttrString(ty, name.as_ptr());
        if descriptor.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let is_one = builtin_name(type_of(descriptor)) == b"member_descriptor";
        let offset = is_one.then(|| {
            let definition: *const u8 = field(descriptor, at::DESCRIPTOR_METHOD);
            field::<usize>(definition, at::MEMBER_OFFSET)
        });
        ffi::Py_DecRef(descriptor);
        offset
    }
}

/// Looks a name up along the MRO of a class written in Python.
///
/// # Safety
/// `ty` is a live type; under the GIL.
pub unsafe fn type_attribute(ty: *mut ffi::PyTypeObject, name: &std::ffi::CStr) -> Obj {
    // SAFETY: interning a str allocates nothing that the collector tracks.
    unsafe {
        let key = ffi::PyUnicode_InternFromString(name.as_ptr());
        if key.is_null() {
            ffi::PyErr_Clear();
            return std::ptr::null_mut();
        }
        let found = lookup(ty, key);
        ffi::Py_DecRef(key);
        found
    }
}

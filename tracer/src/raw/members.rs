//! Members of types that are written in C.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::{Obj, builtin_name, field, type_of};
use crate::layout::common as at;

/// Where a member of a type written in C lies.
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

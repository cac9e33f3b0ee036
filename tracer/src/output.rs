//! Text written to the standard streams, tied to the step that wrote it.
//!
//! `TextIOWrapper.write` is wrapped where its C function is named, in the method table: the type,
//! the streams and their attributes stay what they are.

use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, field, flag};
use crate::state;

static mut WRITE: Option<ffi::PyCFunction> = None;

/// Wraps the `write` of the type of `stream`, where it is the usual one.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn install(stream: Obj) {
    // SAFETY: a method descriptor points to its entry in a method table, which lies in writable
    // data and lives as long as the process; METH_O says what its function takes.
    unsafe {
        let ty = raw::type_of(stream);
        let descriptor = ffi::PyObject_GetAttrString(ty.cast(), c"write".as_ptr());
        if descriptor.is_null() {
            return ffi::PyErr_Clear();
        }
        if raw::is_method_descriptor(raw::type_of(descriptor)) && raw::type_name(ty).ends_with(b"TextIOWrapper") {
            let definition: *mut ffi::PyMethodDef = field(descriptor, at::DESCRIPTOR_METHOD);
            if (*definition).ml_flags == ffi::METH_O {
                WRITE = Some((*definition).ml_meth.PyCFunction);
                (*definition).ml_meth = ffi::PyMethodDefPointer { PyCFunction: write };
            }
        }
        ffi::Py_DecRef(descriptor);
    }
}

unsafe extern "C" fn write(stream: Obj, text: Obj) -> Obj {
    // SAFETY: called by the interpreter in place of the function that WRITE holds.
    unsafe {
        let Some(original) = WRITE else { return std::ptr::null_mut() };
        let result = original(stream, text);
        if !result.is_null() && !state::is_off() && raw::has_flag(raw::type_of(text), flag::STR) {
            state::with(|engine| engine.output(stream, text));
        }
        result
    }
}

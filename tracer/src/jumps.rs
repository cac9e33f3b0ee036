//! Debuggers within the program that make a frame jump by setting its `f_lineno` (3.12 and later). The lines that such
//! a frame has passed cannot be inferred.

use std::os::raw::c_int;

use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, field};
use crate::state;

unsafe extern "C" {
    /// Not in the limited API, but exported by every version.
    static mut PyFrame_Type: ffi::PyTypeObject;
}

/// The original setter.
static mut SET: Option<ffi::setter> = None;

/// Makes jumps be noticed.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn install() {
    // SAFETY: the type's table of getters and setters lies in writable data and lives as long as the process; each
    // holds name, get, set, doc, closure.
    unsafe {
        let frame_type = (&raw mut PyFrame_Type).cast();
        let descriptor = ffi::PyObject_GetAttrString(frame_type, c"f_lineno".as_ptr());
        if descriptor.is_null() {
            return ffi::PyErr_Clear();
        }
        if raw::builtin_name(raw::type_of(descriptor)) == b"getset_descriptor" {
            let definition: *mut ffi::PyGetSetDef = field(descriptor, at::DESCRIPTOR_METHOD);
            let original = (*definition).set;
            if original.is_some() {
                SET = original;
                (*definition).set = Some(set);
            }
        }
        ffi::Py_DecRef(descriptor);
    }
}

unsafe extern "C" fn set(frame: Obj, line: Obj, closure: *mut std::ffi::c_void) -> c_int {
    // SAFETY: called by the interpreter with a frame; SET was set when this was installed.
    unsafe {
        let Some(original) = SET else { return -1 };
        let result = original(frame, line, closure);
        if result == 0
            && let offset @ 1.. = raw::layout().pyframe_frame
        {
            state::with(|engine| engine.jumped(field(frame, offset)));
        }
        result
    }
}

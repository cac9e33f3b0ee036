//! Running frames, and the files of their code.

use pyo3_ffi as ffi;

use crate::raw::{self, Obj, field};

/// Whether the running thread's frame has this code.
///
/// # Safety
/// Under the GIL.
pub(super) unsafe fn is_running(code: Obj) -> bool {
    // SAFETY: the frame of a running thread is alive; its layout is that of this version.
    unsafe {
        let frame = raw::current_frame(ffi::PyThreadState_Get());
        !frame.is_null() && std::ptr::eq(raw::frame_code(frame), code)
    }
}

/// The files of the running thread's frames, innermost first, at most `most`.
///
/// # Safety
/// Under the GIL.
pub(super) unsafe fn running_files(most: usize) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    // SAFETY: frames of the running thread's stack are alive; their layout is that of this version.
    unsafe {
        let mut at = raw::current_frame(ffi::PyThreadState_Get());
        while !at.is_null() && found.len() < most {
            let code: Obj = raw::frame_code(at);
            if is_code(code) {
                found.push(raw::str_bytes(raw::code_filename(code)));
            }
            at = field(at, raw::layout().frame_previous);
        }
    }
    found
}

/// Whether a frame's code is that of a function. Entries from C, and calls of `__init__`, have frames in between whose
/// code has its file's name as its own name.
pub(super) unsafe fn is_code(code: Obj) -> bool {
    // SAFETY: what a live frame has for its code is an object or null.
    unsafe {
        if code.is_null() || raw::builtin_name(raw::type_of(code)) != b"code" {
            return false;
        }
        let (file, name) = (raw::code_filename(code), raw::code_name(code));
        !std::ptr::eq(file, name)
    }
}

/// Whether an exception ends a loop.
pub(super) unsafe fn is_stop_iteration(exception: Obj) -> bool {
    // SAFETY: `exception` is live.
    unsafe { std::ptr::eq(raw::type_of(exception).cast(), ffi::PyExc_StopIteration) }
}

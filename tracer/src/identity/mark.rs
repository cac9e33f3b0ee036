//! 3.14 and later: a bit in the header of known objects.
//!
//! The first eight bytes of an object are its reference count (four bytes, changed separately), an overflow (two bytes)
//! and flags (two bytes), of which CPython uses the lowest ones. `_Py_NewReference`, which is called for every new
//! object, sets all eight bytes.

use pyo3_ffi as ffi;

use crate::raw::{self, Obj};

/// The mark: bit 13 of the flags.
const MARK: u64 = 1 << (48 + 13);
/// `_Py_STATICALLY_ALLOCATED_FLAG`: such objects never die, and may be in read-only memory.
const STATIC: u64 = 1 << (48 + 2);

/// Whether identity is shown by a mark in the object, and not by noticing its death.
#[inline(always)]
pub fn has_marks() -> bool {
    raw::layout().minor >= 14
}

/// Whether an object has the mark or needs none. True for all objects in versions without marks.
///
/// # Safety
/// Under the GIL; `object` is live.
#[inline(always)]
pub unsafe fn is_marked(object: Obj) -> bool {
    // SAFETY: the caller's promise.
    !has_marks() || unsafe { raw::field::<u64>(object, 0) } & (MARK | STATIC) != 0
}

/// # Safety
/// As for [`is_marked`].
#[inline(always)]
pub(super) unsafe fn set(object: Obj) {
    // SAFETY: the caller's promise; nobody else uses the bit (see `try_out`).
    unsafe {
        let header = object.cast::<u64>();
        if *header & STATIC == 0 {
            *header |= MARK;
        }
    }
}

/// Tests if marks stay while an object lives, and are missing in new objects at its address.
///
/// # Safety
/// Under the GIL.
pub(super) unsafe fn try_out() -> bool {
    // SAFETY: objects are made and released here alone.
    unsafe {
        let makers: [unsafe fn() -> Obj; 4] = [
            || ffi::PyList_New(0),
            || ffi::PyTuple_New(2),
            || ffi::PyDict_New(),
            || ffi::PySet_New(std::ptr::null_mut()),
        ];
        makers.iter().all(|make| {
            let object = make();
            if object.is_null() {
                ffi::PyErr_Clear();
                return false;
            }
            let fresh = !is_marked(object);
            set(object);
            ffi::Py_IncRef(object);
            ffi::Py_DecRef(object);
            let stays = is_marked(object) && raw::refcount(object) == 1;
            ffi::Py_DecRef(object);
            let next = make();
            if next.is_null() {
                ffi::PyErr_Clear();
                return false;
            }
            let gone = !is_marked(next);
            ffi::Py_DecRef(next);
            fresh && stays && gone
        })
    }
}

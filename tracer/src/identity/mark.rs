//! 3.14 and later: a bit in the header of objects that are known.
//!
//! The first eight bytes of an object are its reference count (four bytes, changed by themselves), an overflow (two) and
//! flags (two), of which CPython uses the lowest. `_Py_NewReference`, which every new object goes through, sets all
//! eight bytes.

use pyo3_ffi as ffi;

use crate::raw::{self, Obj};

/// The mark: bit 13 of the flags.
const MARK: u64 = 1 << (48 + 13);
/// `_Py_STATICALLY_ALLOCATED_FLAG`: such objects never die, and may lie where nothing can be written.
const STATIC: u64 = 1 << (48 + 2);

/// Whether identity shows in the object itself, and not in what was heard of its death.
#[inline(always)]
pub fn has_marks() -> bool {
    raw::layout().minor >= 14
}

/// Whether an object bears the mark, or needs none; true for all where there are none.
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

/// Whether marks stay while an object lives, and are gone from what is made in its place.
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

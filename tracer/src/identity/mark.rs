//! 3.14 and later: a bit in the header of known objects.
//!
//! The first eight bytes of an object are its reference count (four bytes, changed separately), an overflow (two bytes)
//! and flags (two bytes), of which CPython uses the lowest ones. `_Py_NewReference`, which is called for every new
//! object, sets all eight bytes.

use pyo3_ffi as ffi;

use crate::raw::{self, Obj, Owned};

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
    let makers: [unsafe fn() -> Obj; 4] = [
        // SAFETY: called under the GIL, as are those below.
        || unsafe { ffi::PyList_New(0) },
        // SAFETY: as above.
        || unsafe { ffi::PyTuple_New(2) },
        // SAFETY: as above.
        || unsafe { ffi::PyDict_New() },
        // SAFETY: as above; null stands for no items.
        || unsafe { ffi::PySet_New(std::ptr::null_mut()) },
    ];
    // SAFETY: the caller's promise.
    makers.iter().all(|make| unsafe { keeps_mark(*make) } == Some(true))
}

/// Whether an object of our own keeps the mark, and the next one has none; None if there is no memory.
///
/// # Safety
/// Under the GIL; `make` makes a new object.
unsafe fn keeps_mark(make: unsafe fn() -> Obj) -> Option<bool> {
    // SAFETY: the caller's promise; both objects are ours.
    unsafe {
        let object = Owned::take(make())?;
        let fresh = !is_marked(object.get());
        set(object.get());
        ffi::Py_IncRef(object.get());
        ffi::Py_DecRef(object.get());
        let stays = is_marked(object.get()) && raw::refcount(object.get()) == 1;
        drop(object);
        let next = Owned::take(make())?;
        Some(fresh && stays && !is_marked(next.get()))
    }
}

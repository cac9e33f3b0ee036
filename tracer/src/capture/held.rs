//! Which references the tracer holds.

use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, field};

/// Whether a reference to an object may be held: its death must not run code of the user.
#[inline(always)]
pub(super) fn holdable(ty: *mut ffi::PyTypeObject) -> bool {
    raw::is_int(ty) || raw::is_str(ty) || raw::is_float(ty) || raw::is_bytes(ty) || raw::is_bool(ty)
}

/// The largest number of items of a tuple that is stored by value.
pub(super) const SHORT_TUPLE: usize = 8;

/// The largest number of code points of a str in such a tuple.
pub(super) const SHORT_STR: usize = 64;

/// Whether an object is a tuple of a few scalars. It is recorded by value and held, so that no other object appears at
/// its address.
pub(super) unsafe fn is_short_tuple(object: Obj) -> bool {
    // SAFETY: `object` is live; its items are.
    unsafe {
        let short = |item: &Obj| {
            let ty = raw::type_of(*item);
            raw::is_int(ty)
                || raw::is_float(ty)
                || raw::is_bool(ty)
                || std::ptr::eq(*item, ffi::Py_None())
                || raw::is_str(ty) && raw::str_data(*item).is_some_and(|(.., n, _)| n <= SHORT_STR)
        };
        raw::is_tuple(raw::type_of(object))
            && raw::tuple_items(object).len() <= SHORT_TUPLE
            && raw::tuple_items(object).iter().all(short)
    }
}

/// Takes a reference if that is allowed. Returns the pointer, whose low bit says whether it is held.
#[inline]
pub(super) fn hold(item: Obj, bytes: &mut usize) -> usize {
    if item.is_null() {
        return 0;
    }
    // SAFETY: `item` is live.
    unsafe {
        let ty = raw::type_of(item);
        if holdable(ty) || std::ptr::eq(item, ffi::Py_None()) || is_short_tuple(item) {
            raw::incref(item);
            *bytes += size(item, ty);
            return item as usize | 1;
        }
    }
    item as usize
}

/// Drops the reference that [`hold`] took, if it took one.
#[inline]
pub(super) fn release(item: usize, bytes: &mut usize) {
    if item & 1 == 1 {
        let object = (item & !1) as Obj;
        // SAFETY: we hold a reference to a scalar of a builtin type, whose end runs no user code.
        unsafe {
            *bytes = bytes.saturating_sub(size(object, raw::type_of(object)));
            raw::decref(object);
        }
    }
}

/// Approximate size of a held scalar in bytes. Only large ones matter.
pub(super) unsafe fn size(object: Obj, ty: *mut ffi::PyTypeObject) -> usize {
    // SAFETY: `object` is live.
    unsafe {
        if raw::is_str(ty) {
            raw::str_data(object).map_or(64, |(kind, _, length, _)| 64 + kind * length)
        } else if raw::is_bytes(ty) {
            field::<usize>(object, at::VAR_SIZE)
        } else {
            0
        }
    }
}

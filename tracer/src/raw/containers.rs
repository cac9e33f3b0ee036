//! Lists, tuples, dicts and sets.

use pyo3_ffi as ffi;

use super::{Obj, field, layout, watch};
use crate::layout::common as at;

/// The items of a list.
///
/// # Safety
/// `list` is a list (or of a subclass) and does not change while the result lives.
#[inline(always)]
pub unsafe fn list_items<'a>(list: Obj) -> &'a [Obj] {
    // SAFETY: the caller's promise.
    unsafe {
        let length: usize = field(list, at::VAR_SIZE);
        let items: *const Obj = field(list, at::LIST_ITEMS);
        if length == 0 { &[] } else { std::slice::from_raw_parts(items, length) }
    }
}

/// The items of a tuple.
///
/// # Safety
/// `tuple` is a tuple (or of a subclass) and does not change while the result lives.
#[inline(always)]
pub unsafe fn tuple_items<'a>(tuple: Obj) -> &'a [Obj] {
    // SAFETY: the caller's promise.
    unsafe {
        let length: usize = field(tuple, at::VAR_SIZE);
        std::slice::from_raw_parts(tuple.cast::<u8>().add(layout().tuple_items).cast::<Obj>(), length)
    }
}

/// Calls `each` with every key and value of a dict, until it returns false.
///
/// # Safety
/// `dict` is a dict (or of a subclass).
pub unsafe fn dict_pairs(dict: Obj, mut each: impl FnMut(Obj, Obj) -> bool) {
    let (mut position, mut key, mut value) = (0, std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: the caller's promise; `each` runs no Python code, so the dict does not change.
    unsafe {
        while ffi::PyDict_Next(dict, &mut position, &mut key, &mut value) != 0 {
            if !each(key, value) {
                break;
            }
        }
    }
}

/// A tag that differs whenever a dict has changed, and is unique among all dicts.
///
/// # Safety
/// `dict` is a dict (or of a subclass).
#[inline(always)]
pub unsafe fn dict_version(dict: Obj) -> u64 {
    // SAFETY: the caller's promise. The low bits belong to watchers.
    unsafe {
        // An instance writes to the values of its dict without changing the dict: never equal.
        if layout().minor >= 13 && field::<usize>(dict, at::DICT_VALUES) != 0 {
            return fresh();
        }
        match layout().minor {
            ..12 => field::<u64>(dict, at::DICT_VERSION),
            12 | 13 => field::<u64>(dict, at::DICT_VERSION) >> 8,
            _ => watch::version(dict),
        }
    }
}

/// A number that differs each time and is no dict's version.
#[cold]
fn fresh() -> u64 {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    u64::MAX - COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// The number of items in a dict.
///
/// # Safety
/// `dict` is a dict (or of a subclass).
pub unsafe fn dict_len(dict: Obj) -> usize {
    // SAFETY: the caller's promise.
    unsafe { field(dict, at::DICT_USED) }
}

/// Looks a str up in a dict whose keys are all str, which runs no user code.
///
/// # Safety
/// `dict` is a dict, `key` an exact str.
#[inline]
pub unsafe fn dict_get(dict: Obj, key: Obj) -> Obj {
    // SAFETY: the caller's promise. An error cannot occur with str keys; none is left behind.
    unsafe { ffi::PyDict_GetItemWithError(dict, key) }
}

/// Whether a key of a dict is a str or an int: those are hashed and compared without running code.
///
/// # Safety
/// `key` is live.
pub unsafe fn is_plain_key(key: Obj) -> bool {
    // SAFETY: the caller's promise.
    let ty = unsafe { super::type_of(key) };
    super::is_str(ty) || super::is_int(ty)
}

/// Calls `each` with every item of a set, in iteration order, until it returns false.
///
/// # Safety
/// `set` is a set or frozenset (or of a subclass).
pub unsafe fn set_items(set: Obj, mut each: impl FnMut(Obj) -> bool) {
    // SAFETY: the table has mask + 1 entries of a key and a hash; dummies have hash -1.
    unsafe {
        let mask: usize = field(set, at::SET_MASK);
        let table: *const (Obj, isize) = field(set, at::SET_TABLE);
        for n in 0..=mask {
            let (key, hash) = *table.add(n);
            if !key.is_null() && hash != -1 && !each(key) {
                break;
            }
        }
    }
}

/// The number of items in a set.
///
/// # Safety
/// `set` is a set or frozenset (or of a subclass).
pub unsafe fn set_len(set: Obj) -> usize {
    // SAFETY: the caller's promise.
    unsafe { field(set, at::SET_USED) }
}

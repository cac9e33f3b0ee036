//! Attributes of instances, which are in inline values, a dict, or both.

use pyo3_ffi as ffi;

use super::{Obj, dict_pairs, field, flag, flags, layout, type_of};
use crate::layout::common as at;
use crate::layout::private::{before, before_values};

/// Where the attributes of an instance are stored.
pub enum Attributes {
    /// In a dict.
    Dict(Obj),
    /// In an array within or beside the object: (first key entry, values, order, step, count).
    Inline(*const (Obj, Obj), *const Obj, *const u8, isize, usize),
    /// Nowhere (yet).
    Absent,
}

/// Finds the attributes of an instance without creating its dict.
///
/// # Safety
/// `object` is live.
pub unsafe fn attributes(object: Obj) -> Attributes {
    // SAFETY: the caller's promise.
    unsafe { attributes_here(object) }
}

/// As [`attributes`], inlined, for frequent calls.
///
/// # Safety
/// `object` is live.
#[inline(always)]
pub unsafe fn attributes_here(object: Obj) -> Attributes {
    // SAFETY: the caller's promise.
    let (ty, bits) = unsafe { (type_of(object), flags(type_of(object))) };
    if layout().minor >= 11 && bits & flag::MANAGED_DICT != 0 {
        // SAFETY: the flag says that there is a word for it.
        return unsafe { managed(object, ty, bits) };
    }
    // SAFETY: follows the layout of the running version; where the type says, there is a pointer.
    unsafe {
        let offset: isize = field(ty, at::TYPE_DICTOFFSET);
        match offset {
            0 => Attributes::Absent,
            1.. => dict_at(object, offset),
            // Counted from the end in objects of variable size.
            _ => {
                let size = field::<isize>(object, at::VAR_SIZE).unsigned_abs();
                let basic: usize = field(ty, at::TYPE_BASICSIZE);
                let item: usize = field(ty, at::TYPE_ITEMSIZE);
                let end = (basic + size * item + 7) & !7;
                dict_at(object, end as isize + offset)
            }
        }
    }
}

/// The dict that a pointer near an object points to.
///
/// # Safety
/// At that offset from a live object lies a pointer to a dict, or null.
#[inline(always)]
unsafe fn dict_at(object: Obj, offset: isize) -> Attributes {
    // SAFETY: the caller's promise.
    let dict: Obj = unsafe { object.cast::<u8>().offset(offset).cast::<Obj>().read() };
    if dict.is_null() { Attributes::Absent } else { Attributes::Dict(dict) }
}

/// Attributes that are stored before or after the object.
///
/// # Safety
/// `object` is live, `ty` its type, which has a managed dict, and `bits` are its flags; 3.11 or later.
#[inline(always)]
unsafe fn managed(object: Obj, ty: *mut ffi::PyTypeObject, bits: u64) -> Attributes {
    // SAFETY: follows the layout of the running version, which the type's flags select.
    unsafe {
        let word = |at: isize| object.cast::<u8>().offset(at).cast::<usize>().read();
        match layout().minor {
            11 if word(before::VALUES_3_11) != 0 => {
                return inline_values(ty, word(before::VALUES_3_11) as *const u8, false);
            }
            12 if word(before::DICT) & 1 != 0 => {
                return inline_values(ty, (word(before::DICT) + 1) as *const u8, false);
            }
            13.. if word(before::DICT) == 0 && bits & flag::INLINE_VALUES != 0 => {
                // They are after the object, which may have slots since 3.14.
                let size = if layout().minor >= 14 { field(ty, at::TYPE_BASICSIZE) } else { at::OBJECT_SIZE };
                let values = object.cast::<u8>().add(size).cast_const();
                if *values.add(at::VALUES_VALID) != 0 {
                    return inline_values(ty, values, true);
                }
            }
            _ => {}
        }
        dict_at(object, before::DICT)
    }
}

#[inline]
unsafe fn inline_values(ty: *mut ffi::PyTypeObject, values: *const u8, v3_13: bool) -> Attributes {
    // SAFETY: `ty` is a heap type with shared keys; order and sizes lie where the version has them.
    unsafe {
        let keys: *const u8 = field(ty, layout().cached_keys);
        if keys.is_null() {
            return Attributes::Absent;
        }
        let index_bytes = 1usize << *keys.add(at::KEYS_LOG2_INDEX_BYTES);
        let entries = keys.add(at::KEYS_INDICES + index_bytes).cast::<(Obj, Obj)>();
        if v3_13 {
            let count = |at: usize| usize::from(*values.add(at));
            let (capacity, size) = (count(at::VALUES_CAPACITY), count(at::VALUES_SIZE));
            let first = values.add(at::VALUES_FIRST);
            Attributes::Inline(entries, first.cast(), first.add(8 * capacity), 1, size)
        } else {
            let size = usize::from(*values.sub(before_values::SIZE));
            Attributes::Inline(entries, values.cast(), values.sub(before_values::ORDER), -1, size)
        }
    }
}

/// Calls `each` with every attribute in the instance's own dict, in order, until it returns false.
///
/// # Safety
/// `object` is live.
pub unsafe fn instance_attributes(object: Obj, mut each: impl FnMut(Obj, Obj) -> bool) {
    // SAFETY: `attributes` found where they are.
    unsafe {
        match attributes(object) {
            Attributes::Absent => {}
            Attributes::Dict(dict) => dict_pairs(dict, each),
            Attributes::Inline(keys, values, order, step, size) => {
                for n in 0..size {
                    let index = usize::from(*order.offset(n as isize * step));
                    let value = *values.add(index);
                    if !value.is_null() && !each((*keys.add(index)).0, value) {
                        break;
                    }
                }
            }
        }
    }
}

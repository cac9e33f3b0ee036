//! Reading Python objects in place: no call into Python, no reference taken.
//!
//! Every function here is for use under the GIL, on pointers to live objects of the type it names.
//! Nothing of the user's can run in between, so what was read stays true until the hook returns.

use std::os::raw::c_char;

use connie_wire::codec::Sink;
use connie_wire::value::{self, tag};
use pyo3_ffi as ffi;

use crate::layout::{CurrentFrame, Layout, common as at};
use crate::watch;

/// A borrowed reference, perhaps null.
pub type Obj = *mut ffi::PyObject;

static mut LAYOUT: Option<&'static Layout> = None;

/// Says which layout holds; once, before anything else.
///
/// # Safety
/// Under the GIL.
pub unsafe fn set_layout(layout: &'static Layout) {
    // SAFETY: the caller holds the GIL; readers do too.
    unsafe { LAYOUT = Some(layout) }
}

/// The layout of the running interpreter.
#[inline(always)]
pub fn layout() -> &'static Layout {
    // SAFETY: written once before any hook exists; `start` refuses unknown versions.
    unsafe { LAYOUT.unwrap_unchecked() }
}

/// Reads a field.
///
/// # Safety
/// `object` points to a live struct that has a `T` at `offset`.
#[inline(always)]
pub unsafe fn field<T: Copy>(object: *const impl Sized, offset: usize) -> T {
    // SAFETY: the caller's promise; packed offsets may be unaligned for T in no known layout, but
    // unaligned reads cost the same on the supported machines.
    unsafe { object.cast::<u8>().add(offset).cast::<T>().read_unaligned() }
}

/// How many references there are to an object, borrowed ones (3.14) left out.
///
/// # Safety
/// `object` is live.
#[inline(always)]
pub unsafe fn refcount(object: Obj) -> isize {
    // SAFETY: the caller's promise; since 3.12 the upper half of the word has other uses, since 3.14 always.
    unsafe { if layout().minor >= 14 { field::<u32>(object, 0) as isize } else { field(object, 0) } }
}

/// The object that an entry of a frame refers to: since 3.14 the lowest bits say who counts the reference, and may
/// say that it is a number.
#[inline(always)]
pub fn referent(entry: usize) -> Obj {
    if entry & 3 == 3 { std::ptr::null_mut() } else { (entry & !1) as Obj }
}

/// The code object of a frame, null or None where it has none.
///
/// # Safety
/// `frame` is a live interpreter frame.
#[inline(always)]
pub unsafe fn frame_code(frame: *const u8) -> Obj {
    // SAFETY: the caller's promise.
    unsafe { referent(field(frame, layout().frame_code)) }
}

/// The exact type of an object.
///
/// # Safety
/// `object` is live.
#[inline(always)]
pub unsafe fn type_of(object: Obj) -> *mut ffi::PyTypeObject {
    // SAFETY: the caller's promise.
    unsafe { (*object).ob_type }
}

macro_rules! exact {
    ($($name:ident, $ty:ident;)*) => {$(
        /// Whether the type is exactly this one.
        #[inline(always)]
        pub fn $name(ty: *mut ffi::PyTypeObject) -> bool {
            std::ptr::eq(ty, &raw mut ffi::$ty)
        }
    )*};
}
exact! {
    is_int, PyLong_Type; is_float, PyFloat_Type; is_str, PyUnicode_Type; is_bytes, PyBytes_Type;
    is_bool, PyBool_Type; is_list, PyList_Type; is_tuple, PyTuple_Type; is_dict, PyDict_Type;
    is_set, PySet_Type; is_frozenset, PyFrozenSet_Type; is_complex, PyComplex_Type;
    is_module, PyModule_Type; is_type, PyType_Type; is_cfunction, PyCFunction_Type;
    is_method_descriptor, PyMethodDescr_Type; is_classmethod_descriptor, PyClassMethodDescr_Type;
    is_wrapper_descriptor, PyWrapperDescr_Type;
}

/// `tp_flags`
///
/// # Safety
/// `ty` is a live type.
#[inline(always)]
pub unsafe fn flags(ty: *mut ffi::PyTypeObject) -> u64 {
    // SAFETY: the caller's promise.
    unsafe { field(ty, at::TYPE_FLAGS) }
}

/// Bits of `tp_flags`.
pub mod flag {
    #![allow(missing_docs)]
    pub const INLINE_VALUES: u64 = 1 << 2;
    pub const MANAGED_DICT: u64 = 1 << 4;
    pub const HEAP: u64 = 1 << 9;
    pub const LONG: u64 = 1 << 24;
    pub const LIST: u64 = 1 << 25;
    pub const TUPLE: u64 = 1 << 26;
    pub const BYTES: u64 = 1 << 27;
    pub const STR: u64 = 1 << 28;
    pub const DICT: u64 = 1 << 29;
    pub const EXCEPTION: u64 = 1 << 30;
    pub const TYPE: u64 = 1 << 31;
}

/// The value of an exact int of at most 64 bits.
///
/// # Safety
/// `int` is an int.
#[inline(always)]
pub unsafe fn small_int(int: Obj) -> Option<i64> {
    // SAFETY: the caller's promise; digit counts are read before digits.
    unsafe {
        let (count, negative) = int_shape(int);
        let digit = |n: usize| u64::from(field::<u32>(int, at::LONG_DIGITS + 4 * n));
        let magnitude = match count {
            0 => 0,
            1 => digit(0),
            2 => digit(0) | digit(1) << 30,
            3 if digit(2) < 8 => digit(0) | digit(1) << 30 | digit(2) << 60,
            _ => return None,
        };
        let value = magnitude as i64;
        Some(if negative { -value } else { value })
    }
}

#[inline(always)]
unsafe fn int_shape(int: Obj) -> (usize, bool) {
    // SAFETY: `int` is an int; both layouts keep the size word at 16.
    unsafe {
        if layout().minor >= 12 {
            let word: usize = field(int, at::VAR_SIZE);
            (word >> 3, word & 3 == 2)
        } else {
            let size: isize = field(int, at::VAR_SIZE);
            (size.unsigned_abs(), size < 0)
        }
    }
}

/// Writes an int of any size.
///
/// # Safety
/// `int` is an int.
#[inline(always)]
pub unsafe fn put_int(int: Obj, out: &mut impl Sink) {
    // SAFETY: the caller's promise.
    match unsafe { small_int(int) } {
        Some(n) => value::put_int(out, n),
        // SAFETY: the caller's promise.
        None => unsafe { put_big_int(int, out) },
    }
}

#[cold]
unsafe fn put_big_int(int: Obj, out: &mut impl Sink) {
    // SAFETY: digits below the count are initialised.
    let (magnitude, negative) = unsafe {
        let (count, negative) = int_shape(int);
        let mut bytes = Vec::with_capacity(count * 4);
        let (mut buffer, mut bits) = (0u64, 0);
        for n in 0..count {
            buffer |= u64::from(field::<u32>(int, at::LONG_DIGITS + 4 * n)) << bits;
            bits += 30;
            while bits >= 8 {
                bytes.push(buffer as u8);
                buffer >>= 8;
                bits -= 8;
            }
        }
        bytes.push(buffer as u8);
        while bytes.last() == Some(&0) {
            bytes.pop();
        }
        (bytes, negative)
    };
    out.put(tag::BIG_INT);
    out.put(u8::from(negative));
    out.sized(&magnitude);
}

/// The code units of a str: width in bytes, first unit, number of units, ASCII or not.
///
/// # Safety
/// `text` is a str (or of a subclass).
#[inline]
pub unsafe fn str_data(text: Obj) -> Option<(usize, *const u8, usize, bool)> {
    // SAFETY: the caller's promise; the state says where the data is.
    unsafe {
        let state: u32 = field(text, at::STR_STATE);
        let length: usize = field(text, at::STR_LENGTH);
        let (kind, compact, ascii) = ((state >> 2) & 7, state & 32 != 0, state & 64 != 0);
        if layout().minor < 12 && state & 128 == 0 {
            return None;
        }
        let base = text.cast::<u8>().cast_const();
        let data = match (compact, ascii) {
            (true, true) => base.add(layout().ascii_data),
            (true, false) => base.add(layout().compact_data),
            (false, _) => field::<*const u8>(text, layout().compact_data),
        };
        (!data.is_null() && matches!(kind, 1 | 2 | 4)).then_some((kind as usize, data, length, ascii))
    }
}

/// Appends the WTF-8 of the first `limit` code points of a str to `out`; its true length if cut.
///
/// # Safety
/// `text` is a str (or of a subclass).
pub unsafe fn copy_str(text: Obj, limit: usize, out: &mut Vec<u8>) -> Option<u64> {
    // SAFETY: reads `kept` units of the width that the state says.
    unsafe {
        let length = str_data(text)?.2;
        copy_str_range(text, 0, limit, out);
        (limit < length).then_some(length as u64)
    }
}

/// Appends the WTF-8 of the code points from `start` to `end` (or the end of the str).
///
/// # Safety
/// `text` is a str (or of a subclass).
pub unsafe fn copy_str_range(text: Obj, start: usize, end: usize, out: &mut Vec<u8>) {
    // SAFETY: reads units below the length, of the width that the state says.
    unsafe {
        let Some((kind, data, length, ascii)) = str_data(text) else { return };
        let end = end.min(length);
        let start = start.min(end);
        if ascii {
            out.extend_from_slice(std::slice::from_raw_parts(data.add(start), end - start));
        } else {
            out.reserve((end - start) * 2);
            for n in start..end {
                let point = match kind {
                    1 => u32::from(*data.add(n)),
                    2 => u32::from(data.cast::<u16>().add(n).read_unaligned()),
                    _ => data.cast::<u32>().add(n).read_unaligned(),
                };
                push_wtf8(point, out);
            }
        }
    }
}

fn push_wtf8(point: u32, out: &mut Vec<u8>) {
    let low = |shift: u32| 0x80 | ((point >> shift) & 0x3f) as u8;
    match point {
        0..0x80 => out.push(point as u8),
        0x80..0x800 => out.extend([0xc0 | (point >> 6) as u8, low(0)]),
        0x800..0x1_0000 => out.extend([0xe0 | (point >> 12) as u8, low(6), low(0)]),
        _ => out.extend([0xf0 | (point >> 18) as u8, low(12), low(6), low(0)]),
    }
}

/// The WTF-8 of a whole str.
///
/// # Safety
/// `text` is a str or null.
pub unsafe fn str_bytes(text: Obj) -> Vec<u8> {
    let mut out = Vec::new();
    // SAFETY: the caller's promise.
    if !text.is_null() && unsafe { has_flag(type_of(text), flag::STR) } {
        // SAFETY: checked just now.
        unsafe { copy_str(text, usize::MAX, &mut out) };
    }
    out
}

/// Whether a bit of `tp_flags` is set.
///
/// # Safety
/// `ty` is a live type.
#[inline(always)]
pub unsafe fn has_flag(ty: *mut ffi::PyTypeObject, bit: u64) -> bool {
    // SAFETY: the caller's promise.
    unsafe { flags(ty) & bit != 0 }
}

/// The bytes of a bytes object.
///
/// # Safety
/// `bytes` is a bytes object and outlives the result.
pub unsafe fn bytes_data<'a>(bytes: Obj) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe {
        let length: usize = field(bytes, at::VAR_SIZE);
        std::slice::from_raw_parts(bytes.cast::<u8>().add(at::BYTES_DATA), length)
    }
}

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

/// A tag that is another one whenever a dict has changed, unique among all dicts.
///
/// # Safety
/// `dict` is a dict (or of a subclass).
#[inline(always)]
pub unsafe fn dict_version(dict: Obj) -> u64 {
    // SAFETY: the caller's promise. The low bits belong to watchers.
    unsafe {
        // An instance writes into the values of its dict without telling the dict: never the same.
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

/// A number that no dict's version is, another one each time.
#[cold]
fn fresh() -> u64 {
    static COUNT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    u64::MAX - COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

/// How many items a dict has.
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

/// How many items a set has.
///
/// # Safety
/// `set` is a set or frozenset (or of a subclass).
pub unsafe fn set_len(set: Obj) -> usize {
    // SAFETY: the caller's promise.
    unsafe { field(set, at::SET_USED) }
}

/// Where the attributes of an instance are.
pub enum Attributes {
    /// In a dict.
    Dict(Obj),
    /// In an array in or beside the object: (first key entry, values, order, count).
    Inline(*const (Obj, Obj), *const Obj, *const u8, isize, usize),
    /// Nowhere (yet).
    Absent,
}

/// Finds the attributes of an instance without making its dict.
///
/// # Safety
/// `object` is live.
pub unsafe fn attributes(object: Obj) -> Attributes {
    // SAFETY: follows the layout of the running version, which the type's flags select.
    unsafe {
        let ty = type_of(object);
        let bits = flags(ty);
        let dict_at = |offset: isize| {
            let dict: Obj = object.cast::<u8>().offset(offset).cast::<Obj>().read();
            if dict.is_null() { Attributes::Absent } else { Attributes::Dict(dict) }
        };
        if layout().minor >= 11 && bits & flag::MANAGED_DICT != 0 {
            let word = |n: isize| object.cast::<usize>().offset(n).read();
            match layout().minor {
                11 => {
                    if word(-4) != 0 {
                        return inline_values(ty, word(-4) as *const u8, false);
                    }
                    return dict_at(-24);
                }
                12 => {
                    if word(-3) & 1 != 0 {
                        return inline_values(ty, (word(-3) + 1) as *const u8, false);
                    }
                    return dict_at(-24);
                }
                _ => {
                    if word(-3) == 0 && bits & flag::INLINE_VALUES != 0 {
                        // Behind the object; since 3.14 it may have slots of its own.
                        let size = if layout().minor >= 14 { field(ty, at::TYPE_BASICSIZE) } else { 16 };
                        let values = object.cast::<u8>().add(size).cast_const();
                        if *values.add(3) != 0 {
                            return inline_values(ty, values, true);
                        }
                    }
                    return dict_at(-24);
                }
            }
        }
        let offset: isize = field(ty, at::TYPE_DICTOFFSET);
        match offset {
            0 => Attributes::Absent,
            1.. => dict_at(offset),
            // Counted from the end of objects of variable size.
            _ => {
                let size = field::<isize>(object, at::VAR_SIZE).unsigned_abs();
                let basic: usize = field(ty, at::TYPE_BASICSIZE);
                let item: usize = field(ty, at::TYPE_BASICSIZE + 8);
                let end = (basic + size * item + 7) & !7;
                dict_at(end as isize + offset)
            }
        }
    }
}

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
            let (capacity, size) = (usize::from(*values), usize::from(*values.add(1)));
            let first = values.add(8);
            Attributes::Inline(entries, first.cast(), first.add(8 * capacity), 1, size)
        } else {
            let size = usize::from(*values.sub(2));
            Attributes::Inline(entries, values.cast(), values.sub(3), -1, size)
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

/// The contents of a cell, perhaps null.
///
/// # Safety
/// `cell` is a cell.
#[inline(always)]
pub unsafe fn cell_contents(cell: Obj) -> Obj {
    // SAFETY: the caller's promise.
    unsafe { field(cell, at::CELL_CONTENTS) }
}

/// The C name of a type (`module.name` or `name`).
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn type_name<'a>(ty: *mut ffi::PyTypeObject) -> &'a [u8] {
    // SAFETY: tp_name is a C string that lives as long as the type.
    unsafe {
        let name: *const c_char = field(ty, at::TYPE_NAME);
        if name.is_null() { b"?" } else { std::ffi::CStr::from_ptr(name).to_bytes() }
    }
}

/// The C name of a static type, empty for others: a class of the program may be called `property`.
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn builtin_name<'a>(ty: *mut ffi::PyTypeObject) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe { if has_flag(ty, flag::HEAP) { b"" } else { type_name(ty) } }
}

/// The MRO of a type; empty while the type is being made.
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn mro<'a>(ty: *mut ffi::PyTypeObject) -> &'a [Obj] {
    // SAFETY: an MRO is a tuple of live types.
    unsafe {
        let mro: Obj = field(ty, at::TYPE_MRO);
        if mro.is_null() { &[] } else { tuple_items(mro) }
    }
}

/// Finds a name along the MRO, as attribute lookup on the type would; null where it is not.
///
/// # Safety
/// `ty` is a ready type, `name` an exact str.
pub unsafe fn lookup(ty: *mut ffi::PyTypeObject, name: Obj) -> Obj {
    // SAFETY: an MRO is a tuple of types; type dicts have str keys.
    unsafe {
        for &base in mro(ty) {
            let dict = type_dict(base.cast());
            if !dict.is_null() {
                let found = dict_get(dict, name);
                if !found.is_null() {
                    return found;
                }
            }
        }
        std::ptr::null_mut()
    }
}

/// The dict of a type; null for static builtin types of 3.12+ (they keep it elsewhere).
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn type_dict(ty: *mut ffi::PyTypeObject) -> Obj {
    // SAFETY: the caller's promise.
    unsafe { field(ty, at::TYPE_DICT) }
}

/// The interpreter frame that is running.
///
/// # Safety
/// `state` is the current thread state.
#[inline(always)]
pub unsafe fn current_frame(state: *mut ffi::PyThreadState) -> *mut u8 {
    // SAFETY: the layout of the running version.
    unsafe {
        match layout().current_frame {
            CurrentFrame::Direct(offset) => field(state, offset),
            CurrentFrame::Through(first, second) => {
                let frame: *mut u8 = field(state, first);
                field(frame, second)
            }
        }
    }
}

/// Bits of `co_flags`.
pub mod code_flag {
    #![allow(missing_docs)]
    pub const OPTIMIZED: u32 = 1;
    pub const VARARGS: u32 = 4;
    pub const VARKEYWORDS: u32 = 8;
    pub const GENERATOR: u32 = 0x20;
}

/// `co_flags`
///
/// # Safety
/// `code` is a code object.
#[inline(always)]
pub unsafe fn code_flags(code: Obj) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { field(code, layout().code_flags) }
}

/// `co_filename`
///
/// # Safety
/// `code` is a code object.
#[inline(always)]
pub unsafe fn code_filename(code: Obj) -> Obj {
    // SAFETY: the caller's promise.
    unsafe { field(code, layout().code_filename) }
}

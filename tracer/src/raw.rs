//! Reads Python objects directly, without calling Python code or taking references.
//!
//! Every function here must be called under the GIL, with pointers to live objects of the named type. No code of the
//! user can run in between, so that the values stay valid until the hook returns.

use std::os::raw::c_char;

use pyo3_ffi as ffi;

use crate::layout::{CurrentFrame, Layout, common as at};

mod attributes;
mod containers;
pub mod contexts;
mod members;
mod modules;
mod owned;
mod scalars;
pub mod watch;

pub use attributes::{Attributes, attributes, attributes_here, instance_attributes};
pub use containers::{
    dict_get, dict_len, dict_pairs, dict_version, is_plain_key, list_items, set_items, set_len, tuple_items,
};
pub use members::{member, type_attribute};
pub use modules::{found_in, loaded_module, module_item, module_value};
pub use owned::Owned;
pub use scalars::{
    bytes_data, copy_str, copy_str_range, int_in_words, put_int, small_int, str_bytes, str_data, str_point,
};

/// A borrowed reference, perhaps null.
pub type Obj = *mut ffi::PyObject;

static mut LAYOUT: Option<&'static Layout> = None;

/// Sets the layout to use. Called once, before anything else.
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

/// The number of references to an object, without borrowed ones (3.14).
///
/// # Safety
/// `object` is live.
#[inline(always)]
pub unsafe fn refcount(object: Obj) -> isize {
    // SAFETY: the caller's promise; since 3.12 the upper half of the word has other uses, since 3.14 always.
    unsafe { if layout().minor >= 14 { field::<u32>(object, 0) as isize } else { field(object, 0) } }
}

/// Takes a reference, like `Py_INCREF`, without a call.
///
/// # Safety
/// Under the GIL; `object` is live.
#[inline(always)]
pub unsafe fn incref(object: Obj) {
    // SAFETY: the caller's promise. Since 3.12 the count is the lower half of the word, and negative for what is
    // immortal, whose references nobody counts.
    unsafe {
        if layout().minor >= 12 {
            let count = object.cast::<i32>();
            if *count >= 0 {
                *count = (*count).wrapping_add(1);
            }
        } else {
            *object.cast::<isize>() += 1;
        }
    }
}

/// Drops a reference, like `Py_DECREF`.
///
/// # Safety
/// Under the GIL; the reference is the caller's.
#[inline(always)]
pub unsafe fn decref(object: Obj) {
    // SAFETY: as in `incref`; the last reference is the interpreter's to drop.
    unsafe {
        if layout().minor >= 12 {
            let count = object.cast::<i32>();
            match *count {
                1 => ffi::Py_DecRef(object),
                n if n < 0 => {}
                n => *count = n - 1,
            }
        } else {
            let count = object.cast::<isize>();
            match *count {
                1 => ffi::Py_DecRef(object),
                n => *count = n - 1,
            }
        }
    }
}

/// The object that an entry of a frame refers to. Since 3.14 the lowest bits say who counts the reference, and may mark
/// a number.
#[inline(always)]
pub fn referent(entry: usize) -> Obj {
    if entry & 3 == 3 { std::ptr::null_mut() } else { (entry & !1) as Obj }
}

/// The code object of a frame; null or None if it has none.
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

/// The version of a type: another one after each change of it or of its bases; 0 if it has none.
///
/// # Safety
/// `ty` is a live type.
#[inline(always)]
pub unsafe fn type_version(ty: *mut ffi::PyTypeObject) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { field(ty, at::TYPE_VERSION) }
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
    pub const MANAGED_WEAKREF: u64 = 1 << 3;
    pub const MANAGED_DICT: u64 = 1 << 4;
    pub const HEAP: u64 = 1 << 9;
    pub const GC: u64 = 1 << 14;
    pub const LONG: u64 = 1 << 24;
    pub const LIST: u64 = 1 << 25;
    pub const TUPLE: u64 = 1 << 26;
    pub const BYTES: u64 = 1 << 27;
    pub const STR: u64 = 1 << 28;
    pub const DICT: u64 = 1 << 29;
    pub const EXCEPTION: u64 = 1 << 30;
    pub const TYPE: u64 = 1 << 31;
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

/// The C name of a static type; empty for other types, as a class of the program may be called `property`.
///
/// # Safety
/// `ty` is a live type.
pub unsafe fn builtin_name<'a>(ty: *mut ffi::PyTypeObject) -> &'a [u8] {
    // SAFETY: the caller's promise.
    unsafe { if has_flag(ty, flag::HEAP) { b"" } else { type_name(ty) } }
}

/// As [`builtin_name`], of the exact type of an object.
///
/// # Safety
/// `object` is live.
#[inline]
pub unsafe fn kind_name<'a>(object: Obj) -> &'a [u8] {
    // SAFETY: a live object keeps its type alive.
    unsafe { builtin_name(type_of(object)) }
}

/// Whether an object is None.
#[inline(always)]
pub fn is_none(object: Obj) -> bool {
    // SAFETY: takes the address of a static of the interpreter.
    std::ptr::eq(object, unsafe { ffi::Py_None() })
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

/// Finds a name along the MRO, as attribute lookup on the type does; null if there is none.
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

/// The dict of a type; null for static builtin types of 3.12 and later, which store it elsewhere.
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
    pub const COROUTINE: u32 = 0x80;
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

/// `co_name`
///
/// # Safety
/// `code` is a code object.
#[inline(always)]
pub unsafe fn code_name(code: Obj) -> Obj {
    // SAFETY: the caller's promise.
    unsafe { field(code, layout().code_name) }
}

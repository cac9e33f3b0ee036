//! How attributes of classes and functions are written.

use pyo3_ffi as ffi;

use crate::capture::held::{holdable, is_short_tuple};
use crate::contents::named::function_dict;
use crate::layout::common as at;
use crate::raw::{self, Obj, field, flag};

unsafe extern "C" {
    /// Exported by all versions, but not part of the limited API.
    static mut PyFunction_Type: ffi::PyTypeObject;
}

/// Whether a type is that of functions.
#[inline(always)]
pub fn is_function(ty: *mut ffi::PyTypeObject) -> bool {
    std::ptr::eq(ty, &raw mut PyFunction_Type)
}

/// Whether a name is internal: a dunder name, or the cache of an Enum.
unsafe fn is_machinery(key: Obj) -> bool {
    // SAFETY: `key` is live; checked to be a str before it is read.
    unsafe {
        match if raw::is_str(raw::type_of(key)) { raw::str_data(key) } else { None } {
            Some((1, data, length, _)) if length > 4 => {
                let text = std::slice::from_raw_parts(data, length);
                text.starts_with(b"__") && text.ends_with(b"__") || text == b"_value2member_map_"
            }
            _ => false,
        }
    }
}

/// How the value of an attribute is written.
#[derive(PartialEq)]
pub(super) enum Form {
    /// Like any value.
    Whole,
    /// A function without attributes, by name.
    Function,
    /// A staticmethod or classmethod, by the name of its function.
    Wrapper,
    /// By the name of its type.
    Type,
}

/// The form of an attribute. Internals of a class are written by name only: methods, descriptors of C code, and values
/// with dunder names that are not scalars.
pub(super) unsafe fn form(key: Obj, value: Obj) -> Form {
    // SAFETY: both are live; the exact type says what is read.
    unsafe {
        let ty = raw::type_of(value);
        if is_function(ty) {
            return if function_dict(value).is_null() { Form::Function } else { Form::Whole };
        }
        if !raw::has_flag(ty, flag::HEAP) && field::<usize>(ty, at::TYPE_DESCR_GET) != 0 {
            return match raw::type_name(ty) {
                b"staticmethod" | b"classmethod" => Form::Wrapper,
                // These have names of their own.
                _ if raw::is_method_descriptor(ty) || raw::is_wrapper_descriptor(ty) => Form::Whole,
                _ if raw::is_classmethod_descriptor(ty) => Form::Whole,
                _ => Form::Type,
            };
        }
        let scalar = holdable(ty) || std::ptr::eq(value, ffi::Py_None()) || is_short_tuple(value);
        if !scalar && is_machinery(key) { Form::Type } else { Form::Whole }
    }
}

/// Keys that the interpreter itself puts into a class and changes.
pub(super) unsafe fn is_left_out(key: Obj) -> bool {
    // SAFETY: `key` is live; checked to be a str before it is read.
    unsafe {
        if !raw::is_str(raw::type_of(key)) {
            return true;
        }
        match raw::str_data(key) {
            Some((1, data, length, _)) => matches!(
                std::slice::from_raw_parts(data, length),
                b"__dict__" | b"__weakref__" | b"__annotations_cache__" | b"__slotnames__"
            ),
            _ => false,
        }
    }
}

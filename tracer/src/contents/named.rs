//! Versions of the attributes of classes and functions.

use connie_wire::Kind;

use crate::raw::{self, Attributes, Obj};

/// The dict with a function's attributes; null if it has none.
///
/// # Safety
/// `function` is a live function.
#[inline(always)]
pub unsafe fn function_dict(function: Obj) -> Obj {
    // SAFETY: the caller's promise.
    match unsafe { raw::attributes_here(function) } {
        Attributes::Dict(dict) => dict,
        _ => std::ptr::null_mut(),
    }
}

/// A value that differs whenever the attributes do.
///
/// # Safety
/// `object` is of this kind.
pub unsafe fn version(object: Obj, kind: Kind) -> u64 {
    // SAFETY: the caller's promise.
    unsafe {
        match kind {
            Kind::Class => {
                let dict = raw::type_dict(object.cast());
                if dict.is_null() { 0 } else { raw::dict_version(dict) }
            }
            Kind::Function => {
                let dict = function_dict(object);
                if dict.is_null() { 0 } else { raw::dict_version(dict) }
            }
            _ => 0,
        }
    }
}

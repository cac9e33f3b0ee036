//! Calls C code of libraries: getters and methods that make plain values and run no Python code.

use pyo3_ffi as ffi;

use crate::layout::common as at;
pub(super) use crate::raw::Owned;
use crate::raw::{self, Obj, field};

/// Calls into a library with whatever exception is set put aside.
pub(super) unsafe fn quietly(call: impl FnOnce() -> Obj) -> Option<Owned> {
    let (mut kind, mut value, mut trace) = (std::ptr::null_mut(), std::ptr::null_mut(), std::ptr::null_mut());
    // SAFETY: under the GIL; fetch and restore are a pair.
    unsafe {
        ffi::PyErr_Fetch(&raw mut kind, &raw mut value, &raw mut trace);
        let found = Owned::take(call());
        ffi::PyErr_Restore(kind, value, trace);
        found
    }
}

/// An attribute from a C getter of the object's type or a base. The object's `__dict__` is not searched.
pub(super) unsafe fn got(object: Obj, name: &std::ffi::CStr) -> Option<Owned> {
    // SAFETY: a getset descriptor holds a PyGetSetDef.
    unsafe {
        if object.is_null() {
            return None;
        }
        let descriptor = raw::type_attribute(raw::type_of(object), name);
        if descriptor.is_null() || raw::builtin_name(raw::type_of(descriptor)) != b"getset_descriptor" {
            return None;
        }
        let getset: *const u8 = field(descriptor, at::DESCRIPTOR_METHOD);
        let getter: Option<ffi::getter> = field(getset, at::GETSET_GET);
        let closure: *mut std::ffi::c_void = field(getset, at::GETSET_CLOSURE);
        let getter = getter?;
        quietly(|| getter(object, closure))
    }
}

/// The result of a native method of the object's type, called with an index if one is given.
pub(super) unsafe fn called(object: Obj, name: &std::ffi::CStr, argument: Option<usize>) -> Option<Owned> {
    // SAFETY: a method descriptor calls a C function; the arguments are live.
    unsafe {
        if object.is_null() {
            return None;
        }
        let method = raw::type_attribute(raw::type_of(object), name);
        if method.is_null() || !raw::is_method_descriptor(raw::type_of(method)) {
            return None;
        }
        let null = std::ptr::null_mut::<ffi::PyObject>();
        quietly(|| match argument {
            None => ffi::PyObject_CallFunctionObjArgs(method, object, null),
            Some(n) => match Owned::take(ffi::PyLong_FromSize_t(n)) {
                Some(n) => ffi::PyObject_CallFunctionObjArgs(method, object, n.get(), null),
                None => null,
            },
        })
    }
}

/// An int that is not negative.
pub(super) unsafe fn int(object: Obj) -> Option<usize> {
    // SAFETY: `object` is live or null.
    unsafe {
        let is_int = !object.is_null() && raw::is_int(raw::type_of(object));
        is_int.then(|| raw::small_int(object)).flatten().and_then(|n| usize::try_from(n).ok())
    }
}

/// The result of a function, called with an argument if one is given.
///
/// # Safety
/// It is written in C and runs no Python code; both are live.
pub(super) unsafe fn call(function: Obj, argument: Option<Obj>) -> Option<Owned> {
    let null = std::ptr::null_mut::<ffi::PyObject>();
    // SAFETY: the caller's promise; null ends the arguments.
    unsafe { quietly(|| ffi::PyObject_CallFunctionObjArgs(function, argument.unwrap_or(null), null)) }
}

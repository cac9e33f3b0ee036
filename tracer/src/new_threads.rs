//! The hook that traces new threads in 3.10 and 3.11.

use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, Owned, field};
use crate::{settrace, state};

static mut START: Option<ffi::PyCFunction> = None;

/// Makes `_thread.start_new_thread` trace the threads that it starts.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn install() {
    // SAFETY: the caller's promise.
    unsafe {
        let Some(module) = Owned::take(ffi::PyImport_ImportModule(c"_thread".as_ptr())) else { return };
        for name in [c"start_new_thread", c"start_new"] {
            if let Some(function) = Owned::take(ffi::PyObject_GetAttrString(module.get(), name.as_ptr())) {
                wrap(function.get());
            }
        }
    }
}

/// Puts [`start_new_thread`] in the place of a function of `_thread`.
///
/// # Safety
/// Under the GIL; `function` is live.
unsafe fn wrap(function: Obj) {
    // SAFETY: the method table of `_thread` lies in writable data and lives as long as the process; the function found
    // there takes (self, args), which its flags say. Nothing else borrows START.
    unsafe {
        if !raw::is_cfunction(raw::type_of(function)) {
            return;
        }
        let definition: *mut ffi::PyMethodDef = field(function, at::CFUNCTION_DEF);
        if (*definition).ml_flags == ffi::METH_VARARGS {
            if (&raw const START).read().is_none() {
                START = Some((*definition).ml_meth.PyCFunction);
            }
            (*definition).ml_meth = ffi::PyMethodDefPointer { PyCFunction: start_new_thread };
        }
    }
}

unsafe extern "C" fn start_new_thread(module: Obj, args: Obj) -> Obj {
    // SAFETY: called by the interpreter with a tuple; START was set when this was installed.
    unsafe {
        let Some(original) = START else { return std::ptr::null_mut() };
        let items = raw::tuple_items(args);
        let usual = matches!(items.len(), 2 | 3)
            && ffi::PyCallable_Check(items[0]) != 0
            && raw::is_tuple(raw::type_of(items[1]));
        if !usual || state::is_idle() {
            return original(module, args);
        }
        let wrapped = through_bootstrap(args);
        if wrapped.is_null() {
            return wrapped;
        }
        let result = original(module, wrapped);
        ffi::Py_DecRef(wrapped);
        result
    }
}

/// Arguments that have [`bootstrap`] called in the new thread with `args`; null, with an exception set, if there is no
/// memory.
///
/// # Safety
/// Under the GIL; `args` is live.
unsafe fn through_bootstrap(args: Obj) -> Obj {
    let (definition, nothing) = (&raw const BOOTSTRAP.0, std::ptr::null_mut());
    // SAFETY: the caller's promise; the definition lives as long as the process. A tuple takes over a reference to each
    // item.
    unsafe {
        let bootstrap = ffi::PyCFunction_NewEx(definition.cast_mut(), nothing, nothing);
        if bootstrap.is_null() {
            return bootstrap;
        }
        let wrapped = ffi::PyTuple_New(2);
        if wrapped.is_null() {
            ffi::Py_DecRef(bootstrap);
            return wrapped;
        }
        ffi::Py_IncRef(args);
        ffi::PyTuple_SetItem(wrapped, 0, bootstrap);
        ffi::PyTuple_SetItem(wrapped, 1, args);
        wrapped
    }
}

struct Definition(ffi::PyMethodDef);
// SAFETY: never changed.
unsafe impl Sync for Definition {}
static BOOTSTRAP: Definition = Definition(ffi::PyMethodDef {
    ml_name: c"bootstrap".as_ptr(),
    ml_meth: ffi::PyMethodDefPointer { PyCFunction: bootstrap },
    ml_flags: ffi::METH_VARARGS,
    ml_doc: std::ptr::null(),
});

/// Runs first in a new thread: traces the thread, then calls the program's function.
unsafe extern "C" fn bootstrap(_: Obj, args: Obj) -> Obj {
    // SAFETY: `args` is the tuple that the program gave to start_new_thread.
    unsafe {
        let items = raw::tuple_items(args);
        settrace::install();
        let keywords = items.get(2).copied().unwrap_or(std::ptr::null_mut());
        ffi::PyObject_Call(items[0], items[1], keywords)
    }
}

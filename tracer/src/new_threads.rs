//! The hook that traces new threads in 3.10 and 3.11.

use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, field};
use crate::{settrace, state};

static mut START: Option<ffi::PyCFunction> = None;

/// Makes `_thread.start_new_thread` trace the threads that it starts.
///
/// # Safety
/// Under the GIL, once.
pub unsafe fn install() {
    // SAFETY: the method table of `_thread` lies in writable data and lives as long as the
    // process; the function found there takes (self, args), which its flags say.
    unsafe {
        let module = ffi::PyImport_ImportModule(c"_thread".as_ptr());
        if module.is_null() {
            return ffi::PyErr_Clear();
        }
        for name in [c"start_new_thread", c"start_new"] {
            let function = ffi::PyObject_GetAttrString(module, name.as_ptr());
            if function.is_null() || !raw::is_cfunction(raw::type_of(function)) {
                ffi::PyErr_Clear();
                continue;
            }
            let definition: *mut ffi::PyMethodDef = field(function, at::CFUNCTION_DEF);
            if (*definition).ml_flags == ffi::METH_VARARGS {
                if (&raw const START).read().is_none() {
                    START = Some((*definition).ml_meth.PyCFunction);
                }
                (*definition).ml_meth = ffi::PyMethodDefPointer { PyCFunction: start_new_thread };
            }
            ffi::Py_DecRef(function);
        }
        ffi::Py_DecRef(module);
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
        let definition = &raw const BOOTSTRAP.0;
        let bootstrap = ffi::PyCFunction_NewEx(definition.cast_mut(), std::ptr::null_mut(), std::ptr::null_mut());
        if bootstrap.is_null() {
            return std::ptr::null_mut();
        }
        let wrapped = ffi::PyTuple_New(2);
        if wrapped.is_null() {
            ffi::Py_DecRef(bootstrap);
            return std::ptr::null_mut();
        }
        ffi::Py_IncRef(args);
        ffi::PyTuple_SetItem(wrapped, 0, bootstrap);
        ffi::PyTuple_SetItem(wrapped, 1, args);
        let result = original(module, wrapped);
        ffi::Py_DecRef(wrapped);
        result
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

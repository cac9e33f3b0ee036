//! Names of threads, and the hook that traces new threads in 3.10 and 3.11.

use pyo3_ffi as ffi;

use crate::layout::common as at;
use crate::raw::{self, Obj, field};
use crate::settrace;

unsafe extern "C" {
    /// Not in the limited API of 3.10; exported by every version.
    fn PyThread_get_thread_ident() -> std::os::raw::c_ulong;
    /// In the limited API since 3.9.
    fn PyInterpreterState_Get() -> *mut ffi::PyInterpreterState;
    /// Neither is in the limited API; both are exported by every version.
    fn PyInterpreterState_ThreadHead(interpreter: *mut ffi::PyInterpreterState) -> *mut ffi::PyThreadState;
    fn PyThreadState_Next(state: *mut ffi::PyThreadState) -> *mut ffi::PyThreadState;
}

/// What tells the system's threads that live apart, without a call; 0 where there is nothing like that.
#[inline(always)]
pub fn pointer() -> usize {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    // SAFETY: the thread's control block begins with its own address.
    unsafe {
        let pointer: usize;
        std::arch::asm!("mov {}, fs:0", out(reg) pointer, options(nostack, preserves_flags, readonly));
        pointer
    }
    #[cfg(all(target_arch = "aarch64", target_os = "linux"))]
    // SAFETY: reads the register that holds the thread's pointer.
    unsafe {
        let pointer: usize;
        std::arch::asm!("mrs {}, tpidr_el0", out(reg) pointer, options(nomem, nostack, preserves_flags));
        pointer
    }
    #[cfg(not(all(any(target_arch = "x86_64", target_arch = "aarch64"), target_os = "linux")))]
    0
}

/// Calls `f` with the state of each thread that has one.
///
/// # Safety
/// Under the GIL, which `f` does not let go of.
pub unsafe fn each(mut f: impl FnMut(*mut ffi::PyThreadState)) {
    // SAFETY: the caller's promise: none comes or goes meanwhile.
    unsafe {
        let mut state = PyInterpreterState_ThreadHead(PyInterpreterState_Get());
        while !state.is_null() {
            f(state);
            state = PyThreadState_Next(state);
        }
    }
}

/// The ident and the name of the running thread, as far as `threading` knows it.
///
/// # Safety
/// Under the GIL.
pub unsafe fn identity() -> (u64, Vec<u8>) {
    // SAFETY: reads dicts with str keys and the storage of an instance.
    unsafe {
        let ident = PyThread_get_thread_ident() as u64;
        let modules = ffi::PyImport_GetModuleDict();
        let threading = ffi::PyDict_GetItemString(modules, c"threading".as_ptr());
        let mut name = Vec::new();
        if !threading.is_null() && raw::is_module(raw::type_of(threading)) {
            let active = ffi::PyDict_GetItemString(ffi::PyModule_GetDict(threading), c"_active".as_ptr());
            if !active.is_null() && raw::is_dict(raw::type_of(active)) {
                raw::dict_pairs(active, |key, thread| {
                    let is_it = raw::is_int(raw::type_of(key)) && raw::small_int(key) == Some(ident as i64);
                    if is_it {
                        raw::instance_attributes(thread, |key, value| {
                            if raw::str_bytes(key) == b"_name" {
                                name = raw::str_bytes(value);
                            }
                            name.is_empty()
                        });
                    }
                    !is_it
                });
            }
        }
        (ident, name)
    }
}

static mut START: Option<ffi::PyCFunction> = None;

/// Makes `_thread.start_new_thread` trace what it starts.
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
        if !usual || crate::state::is_idle() {
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

/// First thing in a new thread: traces it, then calls what was to be called.
unsafe extern "C" fn bootstrap(_: Obj, args: Obj) -> Obj {
    // SAFETY: `args` is the tuple that the program gave to start_new_thread.
    unsafe {
        let items = raw::tuple_items(args);
        settrace::install();
        let keywords = items.get(2).copied().unwrap_or(std::ptr::null_mut());
        ffi::PyObject_Call(items[0], items[1], keywords)
    }
}

//! Greenlets (gevent, eventlet): several stacks in one thread. Each is a thread of the recording.

use pyo3_ffi as ffi;

use super::Engine;
use crate::raw::{self, Obj};

/// What the `greenlet` module offers; references.
pub(super) struct Greenlets {
    current: Obj,
    /// The descriptor of `greenlet.parent`.
    parent: Obj,
    /// By address of the greenlet: whether it is its thread's first, whose stack is the thread's own.
    first: rustc_hash::FxHashMap<usize, bool>,
}

impl Engine {
    /// Looks whether the program has loaded greenlets; from then on each event asks which one runs.
    pub(super) fn look_for_greenlets(&mut self) {
        if self.greenlets.is_some() {
            return;
        }
        // SAFETY: under the GIL; reads dicts with str keys, and attributes of a C type.
        unsafe {
            let module = ffi::PyDict_GetItemString(ffi::PyImport_GetModuleDict(), c"greenlet".as_ptr());
            if module.is_null() || !raw::is_module(raw::type_of(module)) {
                return;
            }
            let names = ffi::PyModule_GetDict(module);
            let current = ffi::PyDict_GetItemString(names, c"getcurrent".as_ptr());
            let class = ffi::PyDict_GetItemString(names, c"greenlet".as_ptr());
            if current.is_null() || class.is_null() || !raw::is_cfunction(raw::type_of(current)) {
                return;
            }
            let parent = ffi::PyObject_GetAttrString(class, c"parent".as_ptr());
            if parent.is_null() {
                return ffi::PyErr_Clear();
            }
            ffi::Py_IncRef(current);
            self.greenlets = Some(Greenlets { current, parent, first: rustc_hash::FxHashMap::default() });
            (self.known_state, self.known_pointer) = (std::ptr::null_mut(), 0);
        }
    }

    /// The address under which the running stack is kept: the greenlet's, or the thread's for its first one.
    pub(super) unsafe fn stack_key(&mut self, state: *mut ffi::PyThreadState) -> usize {
        let Some(greenlets) = &mut self.greenlets else { return state as usize };
        // SAFETY: under the GIL; C functions of the greenlet module, which run no Python code.
        unsafe {
            let running = ffi::PyObject_CallNoArgs(greenlets.current);
            if running.is_null() {
                ffi::PyErr_Clear();
                return state as usize;
            }
            let key = running as usize;
            let parent = greenlets.parent;
            let first = *greenlets.first.entry(key).or_insert_with(|| {
                let end = std::ptr::null_mut::<ffi::PyObject>();
                let name = ffi::PyUnicode_InternFromString(c"__get__".as_ptr());
                let found = ffi::PyObject_CallMethodObjArgs(parent, name, running, end);
                ffi::Py_DecRef(name);
                if found.is_null() {
                    ffi::PyErr_Clear();
                    return true;
                }
                let is_first = std::ptr::eq(found, ffi::Py_None());
                ffi::Py_DecRef(found);
                is_first
            });
            // Somebody else holds it: it runs.
            ffi::Py_DecRef(running);
            if first { state as usize } else { key }
        }
    }
}

//! The part of connie that runs in the traced process.
//!
//! It is one shared library for every supported CPython: it uses the limited API and a table of struct offsets
//! ([`layout`]). It starts no thread, opens no file after the start, and runs no code of the user. If it fails
//! internally, it removes its hooks and the program continues.

#![allow(clippy::missing_safety_doc)] // Hooks and getters share one contract: the GIL is held.

mod capture;
mod check;
mod children;
mod code;
mod contents;
mod engine;
mod exceptions;
mod filter;
mod identity;
mod jumps;
mod layout;
mod library;
mod methods;
mod monitoring;
mod names;
mod new_threads;
mod opcodes;
mod output;
mod plan;
mod raw;
mod settrace;
mod sites;
mod sources;
mod start;
mod started;
mod state;
mod switch;
mod tasks;
mod threads;
mod traits;
mod types;
mod uses;

use std::ffi::CStr;

use pyo3_ffi as ffi;

const START_DOC: &CStr = c"start(config, folder, python_class, stdlib): begin to record.";

/// A method table that lives as long as the process.
struct Methods([ffi::PyMethodDef; 6]);
// SAFETY: never changed after it is made.
unsafe impl Sync for Methods {}

static METHODS: Methods = Methods([
    ffi::PyMethodDef {
        ml_name: c"start".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: start::start },
        ml_flags: ffi::METH_VARARGS,
        ml_doc: START_DOC.as_ptr(),
    },
    ffi::PyMethodDef {
        ml_name: c"begin".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: switch::begin },
        ml_flags: ffi::METH_VARARGS,
        ml_doc: c"begin(id, name, kept): begin a segment; returns whether it is recorded.".as_ptr(),
    },
    ffi::PyMethodDef {
        ml_name: c"end".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: switch::end },
        ml_flags: ffi::METH_VARARGS,
        ml_doc: c"end(keep): end it, and keep its recording or not; returns whether there was one.".as_ptr(),
    },
    ffi::PyMethodDef {
        ml_name: c"stop".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: switch::stop },
        ml_flags: ffi::METH_VARARGS,
        ml_doc: c"stop(): end the segment, and leave the recorder; returns whether there was one.".as_ptr(),
    },
    ffi::PyMethodDef {
        ml_name: c"toggle".as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: switch::toggle },
        ml_flags: ffi::METH_VARARGS,
        ml_doc: c"toggle(signal, frame): begin a segment, or end the one under way.".as_ptr(),
    },
    ffi::PyMethodDef::zeroed(),
]);

/// The module's entry point.
#[unsafe(no_mangle)]
#[allow(non_snake_case)] // The name that CPython looks for.
pub unsafe extern "C" fn PyInit_connie_tracer() -> *mut ffi::PyObject {
    // SAFETY: called once by the import machinery, under the GIL; the definition lives for ever.
    unsafe {
        let definition = Box::new(ffi::PyModuleDef {
            m_base: ffi::PyModuleDef_HEAD_INIT,
            m_name: c"connie_tracer".as_ptr(),
            m_doc: std::ptr::null(),
            m_size: -1,
            m_methods: METHODS.0.as_ptr().cast_mut(),
            m_slots: std::ptr::null_mut(),
            m_traverse: None,
            m_clear: None,
            m_free: None,
        });
        ffi::PyModule_Create(Box::into_raw(definition))
    }
}

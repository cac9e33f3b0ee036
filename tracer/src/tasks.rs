//! Finds the running asyncio task, by reading asyncio's tables and calling C functions only.

use std::ffi::CStr;

use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use crate::raw::{self, Obj};

/// `co_flags` of coroutines and asynchronous generators.
const ASYNC: u32 = 0x80 | 0x100 | 0x200;
/// The largest number of tasks whose names are kept to recognise them. Forgotten tasks get new numbers when seen again.
const KNOWN: usize = 100_000;

/// Whether code runs as a part of tasks.
pub fn is_async(flags: u32) -> bool {
    flags & ASYNC != 0
}

/// The task that the running loop executes; borrowed, or null.
unsafe fn running_task(current: Obj, running_loop: Obj) -> Obj {
    let mut task = std::ptr::null_mut();
    // SAFETY: none of what is called runs Python code; a running task is held by its loop.
    unsafe {
        let by_loop = raw::is_dict(raw::type_of(current));
        if by_loop && raw::dict_len(current) == 0 {
            return task;
        }
        let running = ffi::PyObject_CallNoArgs(running_loop);
        if running.is_null() {
            ffi::PyErr_Clear();
            return task;
        }
        if by_loop {
            raw::dict_pairs(current, |running_loop, of_loop| {
                if std::ptr::eq(running_loop, running) {
                    task = of_loop;
                }
                task.is_null()
            });
        } else if !std::ptr::eq(running, ffi::Py_None()) {
            task = ffi::PyObject_CallFunctionObjArgs(current, running, std::ptr::null_mut::<ffi::PyObject>());
            if task.is_null() {
                ffi::PyErr_Clear();
            } else {
                ffi::Py_DecRef(task);
            }
        }
        ffi::Py_DecRef(running);
    }
    task
}

/// The known tasks of a process.
#[derive(Default)]
pub struct Tasks {
    /// asyncio's dict with the running task of each loop, or since 3.14 the function that returns it. A reference is
    /// held.
    current: Option<Obj>,
    /// `_asyncio._get_running_loop`
    running_loop: Option<Obj>,
    /// `_asyncio.Task` and its `get_name`.
    task: Option<(Obj, Obj)>,
    /// Number and name of each task, by its address. A reference to the name is held.
    known: FxHashMap<usize, (u32, Obj)>,
    count: u32,
}

/// A running task.
pub struct Task {
    /// Its number, from 1.
    pub number: u32,
    /// Its name if the task is new.
    pub name: Option<Vec<u8>>,
}

unsafe fn in_module(module: &CStr, name: &CStr) -> Option<Obj> {
    // SAFETY: reads dicts with str keys.
    unsafe {
        let module = ffi::PyDict_GetItemString(ffi::PyImport_GetModuleDict(), module.as_ptr());
        if module.is_null() || !raw::is_module(raw::type_of(module)) {
            return None;
        }
        let found = ffi::PyDict_GetItemString(ffi::PyModule_GetDict(module), name.as_ptr());
        (!found.is_null()).then_some(found)
    }
}

impl Tasks {
    unsafe fn find(&mut self) -> Option<()> {
        // SAFETY: under the GIL; what is kept is referenced.
        unsafe {
            let current = if raw::layout().minor >= 14 {
                in_module(c"_asyncio", c"current_task").filter(|function| raw::is_cfunction(raw::type_of(*function)))?
            } else {
                in_module(c"asyncio.tasks", c"_current_tasks").filter(|dict| raw::is_dict(raw::type_of(*dict)))?
            };
            let running_loop = in_module(c"_asyncio", c"_get_running_loop")?;
            let task = in_module(c"_asyncio", c"Task")?;
            if !raw::is_cfunction(raw::type_of(running_loop)) {
                return None;
            }
            let get_name = ffi::PyObject_GetAttrString(task, c"get_name".as_ptr());
            if get_name.is_null() || !raw::is_method_descriptor(raw::type_of(get_name)) {
                ffi::PyErr_Clear();
                return None;
            }
            for kept in [current, running_loop, task] {
                ffi::Py_IncRef(kept);
            }
            (self.current, self.running_loop, self.task) = (Some(current), Some(running_loop), Some((task, get_name)));
            Some(())
        }
    }

    /// Forgets all tasks, so that they are numbered again.
    pub fn forget(&mut self) {
        for (_, (_, name)) in self.known.drain() {
            // SAFETY: the reference is ours.
            unsafe { ffi::Py_DecRef(name) };
        }
        self.count = 0;
    }

    /// The task that the running thread executes.
    ///
    /// # Safety
    /// Under the GIL, with no exception set.
    pub unsafe fn running(&mut self) -> Option<Task> {
        // SAFETY: the caller's promise; none of what is called runs Python code.
        unsafe {
            if self.current.is_none() {
                self.find()?;
            }
            let (current, (class, get_name)) = (self.current?, self.task?);
            let task = running_task(current, self.running_loop?);
            if task.is_null() || ffi::PyType_IsSubtype(raw::type_of(task), class.cast()) == 0 {
                return None;
            }
            let name = ffi::PyObject_CallFunctionObjArgs(get_name, task, std::ptr::null_mut::<ffi::PyObject>());
            if name.is_null() {
                ffi::PyErr_Clear();
                return None;
            }
            if let Some(&(number, known)) = self.known.get(&(task as usize))
                && (std::ptr::eq(known, name)
                    || raw::is_str(raw::type_of(name)) && raw::str_bytes(known) == raw::str_bytes(name))
            {
                ffi::Py_DecRef(name);
                return Some(Task { number, name: None });
            }
            if !raw::is_str(raw::type_of(name)) {
                // A name of another type belongs to the program, and is not kept.
                ffi::Py_DecRef(name);
                return None;
            }
            if self.known.len() >= KNOWN {
                let count = self.count;
                self.forget();
                self.count = count;
            }
            self.count += 1;
            if let Some((_, before)) = self.known.insert(task as usize, (self.count, name)) {
                ffi::Py_DecRef(before);
            }
            Some(Task { number: self.count, name: Some(raw::str_bytes(name)) })
        }
    }
}

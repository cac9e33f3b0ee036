//! Which asyncio task runs. asyncio's own tables are read; only functions written in C are called.

use std::ffi::CStr;

use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use crate::raw::{self, Obj, Owned};

/// `co_flags` of coroutines and asynchronous generators.
const ASYNC: u32 = 0x80 | 0x100 | 0x200;
/// How many names of tasks are kept. When there are more all are forgotten, and tasks get new numbers.
const KNOWN: usize = 100_000;

/// Whether code runs as a part of tasks.
pub fn is_async(flags: u32) -> bool {
    flags & ASYNC != 0
}

/// The task that the running loop executes; borrowed, or null.
unsafe fn running_task(current: Obj, running_loop: Obj) -> Obj {
    // SAFETY: the caller gives what `Tasks::find` found. What is called is written in C and runs no Python code.
    let (by_loop, running) = unsafe {
        let by_loop = raw::is_dict(raw::type_of(current));
        if by_loop && raw::dict_len(current) == 0 {
            return std::ptr::null_mut();
        }
        let Some(running) = Owned::take(ffi::PyObject_CallNoArgs(running_loop)) else { return std::ptr::null_mut() };
        (by_loop, running)
    };
    let mut task = std::ptr::null_mut();
    // SAFETY: as above; a running task is held by its loop.
    unsafe {
        if by_loop {
            raw::dict_pairs(current, |running_loop, of_loop| {
                if std::ptr::eq(running_loop, running.get()) {
                    task = of_loop;
                }
                task.is_null()
            });
        } else if !raw::is_none(running.get()) {
            let null = std::ptr::null_mut::<ffi::PyObject>();
            let found = Owned::take(ffi::PyObject_CallFunctionObjArgs(current, running.get(), null));
            task = found.map_or(null, |found| found.get());
        }
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
    // SAFETY: under the GIL; what is found is looked at before it is used as a module.
    unsafe {
        let module = raw::loaded_module(module);
        if module.is_null() || !raw::is_module(raw::type_of(module)) {
            return None;
        }
        let found = raw::module_item(module, name);
        (!found.is_null()).then_some(found)
    }
}

impl Tasks {
    unsafe fn find(&mut self) -> Option<()> {
        // SAFETY: under the GIL; what modules have is live.
        let (current, running_loop, task) = unsafe {
            let current = if raw::layout().minor >= 14 {
                in_module(c"_asyncio", c"current_task").filter(|function| raw::is_cfunction(raw::type_of(*function)))?
            } else {
                in_module(c"asyncio.tasks", c"_current_tasks").filter(|dict| raw::is_dict(raw::type_of(*dict)))?
            };
            let running_loop = in_module(c"_asyncio", c"_get_running_loop")?;
            (current, running_loop, in_module(c"_asyncio", c"Task")?)
        };
        // SAFETY: as above; what is kept is referenced.
        unsafe {
            if !raw::is_cfunction(raw::type_of(running_loop)) {
                return None;
            }
            let get_name = Owned::take(ffi::PyObject_GetAttrString(task, c"get_name".as_ptr()))?;
            if !raw::is_method_descriptor(raw::type_of(get_name.get())) {
                return None;
            }
            for kept in [current, running_loop, task] {
                ffi::Py_IncRef(kept);
            }
            self.task = Some((task, get_name.release()));
            (self.current, self.running_loop) = (Some(current), Some(running_loop));
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

    pub unsafe fn running(&mut self) -> Option<Task> {
        // SAFETY: the caller's promise; none of what is called runs Python code. A running task is held by its loop.
        let (task, name) = unsafe {
            if self.current.is_none() {
                self.find()?;
            }
            let (current, (class, get_name)) = (self.current?, self.task?);
            let task = running_task(current, self.running_loop?);
            if task.is_null() || ffi::PyType_IsSubtype(raw::type_of(task), class.cast()) == 0 {
                return None;
            }

            let null = std::ptr::null_mut::<ffi::PyObject>();
            (task, Owned::take(ffi::PyObject_CallFunctionObjArgs(get_name, task, null))?)
        };
        let known = self.known.get(&(task as usize)).copied();
        // SAFETY: both names are held; the one that is known is a str.
        let (is_str, is_same) = unsafe {
            let is_str = raw::is_str(raw::type_of(name.get()));
            let is_same = known.is_some_and(|(_, known)| {
                std::ptr::eq(known, name.get()) || is_str && raw::str_bytes(known) == raw::str_bytes(name.get())
            });
            (is_str, is_same)
        };
        match known {
            Some((number, _)) if is_same => Some(Task { number, name: None }),
            // SAFETY: it is a str.
            _ if is_str => Some(unsafe { self.add(task, name) }),
            // A name that is not a str is an object of the program: no reference to it is kept.
            _ => None,
        }
    }

    /// Numbers a task, which is new or has a new name.
    ///
    /// # Safety
    /// Under the GIL; the name is a str.
    unsafe fn add(&mut self, task: Obj, name: Owned) -> Task {
        if self.known.len() >= KNOWN {
            let count = self.count;
            self.forget();
            self.count = count;
        }
        self.count += 1;
        // SAFETY: the caller's promise; the reference that is replaced is ours.
        unsafe {
            let text = raw::str_bytes(name.get());
            if let Some((_, before)) = self.known.insert(task as usize, (self.count, name.release())) {
                ffi::Py_DecRef(before);
            }
            Task { number: self.count, name: Some(text) }
        }
    }
}

//! Finds the running stack of frames: that of a thread, or of a greenlet.

use connie_wire::op::put;
use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use super::greenlets::Greenlets;
use super::{Engine, PyThreadState_GetID, Thread};
use crate::raw::{self, Obj, Owned};
use crate::threads;

impl Engine {
    /// Makes the running thread the current one. A thread's first event is that of a frame that begins or resumes.
    #[inline(always)]
    pub(super) unsafe fn enter(&mut self) {
        let pointer = threads::pointer();
        if pointer != self.known_pointer || pointer == 0 {
            // SAFETY: under the GIL.
            unsafe { self.enter_state(ffi::PyThreadState_Get()) };
        }
        if self.capture.ring.has_siblings() {
            self.stamp();
        }
    }

    /// Whether [`Self::enter`] would do nothing.
    #[inline(always)]
    pub fn is_entered(&self) -> bool {
        let pointer = threads::pointer();
        pointer == self.known_pointer && pointer != 0 && !self.capture.ring.has_siblings()
    }

    #[inline(never)]
    unsafe fn enter_state(&mut self, state: *mut ffi::PyThreadState) {
        if !std::ptr::eq(state, self.known_state) {
            // SAFETY: under the GIL.
            unsafe { self.switch(state) };
        }
        self.known_pointer = if self.known_state.is_null() { 0 } else { threads::pointer() };
    }

    /// As [`Self::enter`], when a frame begins or resumes: the addresses of an ended thread's state, and of its system
    /// thread, may be reused by a thread that is not known yet.
    #[inline(always)]
    pub(super) unsafe fn enter_frame(&mut self) {
        // SAFETY: under the GIL; `thread` is set by `enter_state`.
        unsafe {
            let state = ffi::PyThreadState_Get();
            if !std::ptr::eq(state, self.known_state) || self.known_pointer == 0 {
                self.enter_state(state);
            }
            if (*self.thread).stack.is_empty() && PyThreadState_GetID(self.state) != (*self.thread).id {
                self.thread = std::ptr::null_mut();
                self.switch(self.state);
            }
            self.known_pointer = if self.known_state.is_null() { 0 } else { threads::pointer() };
            if self.capture.ring.has_siblings() {
                self.stamp();
            }
        }
    }

    /// Writes the time, by which the events of several processes are put in order.
    #[cold]
    fn stamp(&mut self) {
        let time = self.elapsed();
        let ring = &mut self.capture.ring;
        ring.reserve(16);
        put::clock(ring, time);
    }

    #[cold]
    pub(super) unsafe fn switch(&mut self, state: *mut ffi::PyThreadState) {
        if !std::ptr::eq(state, self.state) {
            // SAFETY: under the GIL.
            unsafe { self.tell_passed_by_other() };
        }
        self.state = state;
        // SAFETY: under the GIL.
        let key = unsafe { self.stack_key(state) };
        if self.greenlets.is_none() {
            self.known_state = state;
        } else if key == self.key && !self.thread.is_null() {
            return;
        }
        self.key = key;
        // SAFETY: the state of the running thread.
        let id = unsafe { PyThreadState_GetID(state) };
        let mut announced = None;
        if self.threads.get(&key).is_none_or(|thread| thread.id != id) {
            // SAFETY: under the GIL.
            let (ident, mut name) = unsafe { threads::identity() };
            self.thread_count += 1;
            if key != state as usize {
                name = format!("Greenlet-{}", self.thread_count).into_bytes();
            }
            announced = Some((ident, name));
            let thread = Thread {
                number: self.thread_count,
                id,
                inherits: self.midway,
                stack: Vec::new(),
                holders: FxHashMap::default(),
            };
            self.threads.insert(key, Box::new(thread));
        }
        if let Some(thread) = self.threads.get_mut(&key) {
            self.thread = &raw mut **thread;
            let number = thread.number;
            let (ident, name) = announced.unwrap_or_default();
            let ring = &mut self.capture.ring;
            ring.reserve(name.len() + 32);
            put::thread(ring, number, ident, &name);
        }
        // What other threads did without being recorded may be visible from now on.
        self.capture.advance();
    }

    /// Checks if the program has loaded greenlets. From then on each event asks which one is running.
    pub(super) fn look_for_greenlets(&mut self) {
        if self.greenlets.is_some() {
            return;
        }
        // SAFETY: under the GIL; reads dicts with str keys, and attributes of a C type. What is kept is referenced.
        unsafe {
            let module = raw::loaded_module(c"greenlet");
            if module.is_null() || !raw::is_module(raw::type_of(module)) {
                return;
            }
            let [current, class] = [c"getcurrent", c"greenlet"].map(|name| raw::module_item(module, name));
            if current.is_null() || class.is_null() || !raw::is_cfunction(raw::type_of(current)) {
                return;
            }
            let Some(parent) = Owned::take(ffi::PyObject_GetAttrString(class, c"parent".as_ptr())) else { return };
            ffi::Py_IncRef(current);
            self.greenlets = Some(Greenlets { current, parent: parent.release(), first: FxHashMap::default() });
            (self.known_state, self.known_pointer) = (std::ptr::null_mut(), 0);
        }
    }

    /// The key of the running stack: the greenlet's address, or the thread's for its first greenlet.
    pub(super) unsafe fn stack_key(&mut self, state: *mut ffi::PyThreadState) -> usize {
        let Some(greenlets) = &mut self.greenlets else { return state as usize };
        // SAFETY: under the GIL; C functions of the greenlet module, which run no Python code. Somebody else holds the
        // greenlet, too: it runs.
        unsafe {
            let Some(running) = Owned::take(ffi::PyObject_CallNoArgs(greenlets.current)) else { return state as usize };
            let key = running.get() as usize;
            let parent = greenlets.parent;

            let first = *greenlets.first.entry(key).or_insert_with(|| is_first(parent, running.get()));

            if first { state as usize } else { key }
        }
    }
}

/// Whether a greenlet is the first of its thread: it has no parent.
///
/// # Safety
/// Under the GIL; `parent` is the descriptor of that attribute.
#[cold]
unsafe fn is_first(parent: Obj, greenlet: Obj) -> bool {
    let end = std::ptr::null_mut::<ffi::PyObject>();
    // SAFETY: the caller's promise; the descriptor is written in C, and runs no Python code.
    unsafe {
        let Some(name) = Owned::take(ffi::PyUnicode_InternFromString(c"__get__".as_ptr())) else { return true };
        let found = Owned::take(ffi::PyObject_CallMethodObjArgs(parent, name.get(), greenlet, end));
        found.is_none_or(|found| raw::is_none(found.get()))
    }
}

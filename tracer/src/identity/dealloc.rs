//! Up to 3.13: detects the death of lists, tuples, dicts and contexts.
//!
//! Their memory may go to a free list of the type and not to the allocator, so `tp_dealloc` is wrapped. For containers,
//! the wrapper has another task: CPython's deallocators limit their recursion (the *trashcan*) only if they are the type's
//! `tp_dealloc`, which they are no longer. So the wrapper does the same: objects that are more than [`DEEPEST`] levels
//! deep wait until the outermost one is done.

use std::cell::{Cell, RefCell};

use pyo3_ffi as ffi;

use super::notice::gone;
use crate::layout::common as at;
use crate::raw::Obj;

type Dealloc = unsafe extern "C" fn(Obj);

/// The number of nested containers that are freed recursively, as in CPython.
const DEEPEST: u32 = 50;

static mut LIST: Option<Dealloc> = None;
static mut TUPLE: Option<Dealloc> = None;
static mut DICT: Option<Dealloc> = None;
static mut CONTEXT: Option<Dealloc> = None;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Containers without references whose deallocation waits.
    static WAITING: RefCell<Vec<Obj>> = const { RefCell::new(Vec::new()) };
}

/// Wraps the four deallocators.
///
/// # Safety
/// Under the GIL, once a process.
pub(super) unsafe fn install() {
    // SAFETY: static types lie in writable memory; what stands in them is theirs.
    unsafe {
        wrap(&raw mut ffi::PyList_Type, &raw mut LIST, list);
        wrap(&raw mut ffi::PyTuple_Type, &raw mut TUPLE, tuple);
        wrap(&raw mut ffi::PyDict_Type, &raw mut DICT, dict);
        wrap(&raw mut crate::raw::contexts::PyContext_Type, &raw mut CONTEXT, context);
    }
}

unsafe fn wrap(ty: *mut ffi::PyTypeObject, before: *mut Option<Dealloc>, ours: Dealloc) {
    // SAFETY: the caller's promise; the field is a function pointer, and never null in these types.
    unsafe {
        let place = ty.cast::<u8>().add(at::TYPE_DEALLOC).cast::<Dealloc>();
        if (*before).is_none() {
            *before = Some(*place);
            *place = ours;
        }
    }
}

unsafe extern "C" fn list(object: Obj) {
    // SAFETY: called by the interpreter with an object that nobody holds.
    unsafe { end(object, &raw mut ffi::PyList_Type, LIST) };
}

unsafe extern "C" fn tuple(object: Obj) {
    // SAFETY: as in `list`.
    unsafe { end(object, &raw mut ffi::PyTuple_Type, TUPLE) };
}

unsafe extern "C" fn dict(object: Obj) {
    // SAFETY: as in `list`.
    unsafe { end(object, &raw mut ffi::PyDict_Type, DICT) };
}

unsafe extern "C" fn context(object: Obj) {
    // SAFETY: as in `list`. No class derives from this one, and its deallocator does not limit its recursion.
    unsafe {
        gone(object as usize - at::GC_HEADER);
        if let Some(dealloc) = CONTEXT {
            dealloc(object);
        }
    }
}

/// Deallocates an object, now or when the outermost one is done.
#[inline(always)]
unsafe fn end(object: Obj, ty: *mut ffi::PyTypeObject, dealloc: Option<Dealloc>) {
    let Some(dealloc) = dealloc else { return };
    // SAFETY: the object is of the type or of a subclass, whose own deallocator has called this one for its part and
    // goes on when it is done: that may not wait.
    unsafe {
        let exact = std::ptr::eq((*object).ob_type, ty);
        if exact {
            // Containers that the collector tracks have only its header before them.
            gone(object as usize - at::GC_HEADER);
        }
        let depth = DEPTH.get();

        if depth >= DEEPEST && exact && wait(object) {
            return;
        }
        DEPTH.set(depth + 1);
        dealloc(object);
        if depth == 0 {
            finish_waiting();
        }
        DEPTH.set(depth);
    }
}

/// Has an object end when others are done; false if it cannot wait.
#[cold]
unsafe fn wait(object: Obj) -> bool {
    // SAFETY: the caller gives a container that nobody holds.
    unsafe { ffi::PyObject_GC_UnTrack(object.cast()) };
    // The list is gone while a thread of the operating system ends.
    WAITING.try_with(|waiting| waiting.borrow_mut().push(object)).is_ok()
}

/// Ends the objects that had to wait, and those that come to wait meanwhile.
#[inline(always)]
unsafe fn finish_waiting() {
    while let Some(object) = WAITING.try_with(|waiting| waiting.borrow_mut().pop()).ok().flatten() {
        // SAFETY: `wait` took it; nobody holds it.
        unsafe { finish(object) };
    }
}

/// Ends an object that had to wait; objects that it holds may have to wait, too.
#[inline(never)]
unsafe fn finish(object: Obj) {
    // SAFETY: it is of exactly one of the three types, and nobody holds it.
    unsafe {
        let ty = (*object).ob_type;
        let dealloc = if std::ptr::eq(ty, &raw mut ffi::PyList_Type) {
            LIST
        } else if std::ptr::eq(ty, &raw mut ffi::PyTuple_Type) {
            TUPLE
        } else {
            DICT
        };
        if let Some(dealloc) = dealloc {
            dealloc(object);
        }
    }
}

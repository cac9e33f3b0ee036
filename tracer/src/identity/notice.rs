//! Up to 3.13: detects freed memory in the object allocator.
//!
//! `free` and `realloc` of that allocator are replaced by functions that check if a known object was there, and then
//! call the original function. The other functions and the context stay, so that making objects costs nothing.
//! `tracemalloc` installs itself in front while it runs, and removes these functions if it was there first, which
//! [`check`] notices.

use std::cell::UnsafeCell;
use std::os::raw::c_void;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};

use pyo3_ffi as ffi;

use super::lead::Lead;
use super::mark::has_marks;
use crate::raw::{self, Obj, Owned};

type Realloc = unsafe extern "C" fn(*mut c_void, *mut c_void, usize) -> *mut c_void;
type Free = unsafe extern "C" fn(*mut c_void, *mut c_void);

/// `PyMemAllocatorEx`
#[repr(C)]
#[derive(Clone, Copy)]
struct Allocator {
    context: *mut c_void,
    malloc: Option<unsafe extern "C" fn(*mut c_void, usize) -> *mut c_void>,
    calloc: Option<unsafe extern "C" fn(*mut c_void, usize, usize) -> *mut c_void>,
    realloc: Option<Realloc>,
    free: Option<Free>,
}

const NONE: Allocator =
    Allocator { context: std::ptr::null_mut(), malloc: None, calloc: None, realloc: None, free: None };

/// `PYMEM_DOMAIN_OBJ`
const OBJECTS: i32 = 2;

unsafe extern "C" {
    fn PyMem_GetAllocator(domain: i32, allocator: *mut Allocator);
    fn PyMem_SetAllocator(domain: i32, allocator: *mut Allocator);
    fn PyObject_Malloc(size: usize) -> *mut c_void;
    fn PyObject_Free(block: *mut c_void);
}

/// The allocator before. Written under the GIL, before the replacements are in use.
static mut BEFORE: Allocator = NONE;

/// The number of known objects in each 16 bytes of memory, modulo 16 MiB. A full counter does not change any more.
/// Neighbouring addresses have neighbouring counters, so that a program's young objects share a few cache lines.
static KNOWN: [AtomicU8; 1 << 20] = [const { AtomicU8::new(0) }; 1 << 20];

/// Freed blocks that may have held a known object.
static DEAD: Dead =
    Dead { locked: AtomicBool::new(false), count: AtomicUsize::new(0), blocks: UnsafeCell::new(Vec::new()) };

/// The number of freed blocks for which [`try_out`] or [`check`] waited.
static HEARD: AtomicU64 = AtomicU64::new(0);
static PROBE: AtomicUsize = AtomicUsize::new(0);

/// Interpreters of one process may each have a GIL, so a lock is needed. It is held for a few instructions.
struct Dead {
    locked: AtomicBool,
    count: AtomicUsize,
    blocks: UnsafeCell<Vec<usize>>,
}

// SAFETY: `blocks` is used while `locked` is ours alone.
unsafe impl Sync for Dead {}

impl Dead {
    fn with<R>(&self, f: impl FnOnce(&mut Vec<usize>) -> R) -> R {
        while self.locked.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed).is_err() {
            std::hint::spin_loop();
        }
        // SAFETY: the lock is ours.
        let blocks = unsafe { &mut *self.blocks.get() };
        let result = f(blocks);
        self.count.store(blocks.len(), Ordering::Relaxed);
        self.locked.store(false, Ordering::Release);
        result
    }
}

#[inline(always)]
fn known(block: usize) -> &'static AtomicU8 {
    &KNOWN[(block >> 4) & (KNOWN.len() - 1)]
}

/// Watches the object in this block.
#[inline]
pub(super) fn watch(block: usize) {
    let count = known(block);
    let n = count.load(Ordering::Relaxed);
    if n < u8::MAX {
        count.store(n + 1, Ordering::Relaxed);
    }
}

/// Stops watching the object at an address.
#[inline]
pub fn unwatch(object: usize, lead: Lead) {
    if has_marks() {
        return;
    }
    let count = known(lead.block(object));
    let n = count.load(Ordering::Relaxed);
    // A full counter is never decremented, as its true value is not known.
    if n != 0 && n < u8::MAX {
        count.store(n - 1, Ordering::Relaxed);
    }
}

/// Stops watching all objects.
pub fn forget_all() {
    if has_marks() {
        return;
    }
    for count in &KNOWN {
        // Pages that were never written to must not be touched.
        if count.load(Ordering::Relaxed) != 0 {
            count.store(0, Ordering::Relaxed);
        }
    }
    ignore_dead();
}

/// Forgets the objects that have died since the last event.
pub fn ignore_dead() {
    DEAD.with(Vec::clear);
}

/// Whether some object may have died.
#[inline(always)]
pub fn is_pending() -> bool {
    DEAD.count.load(Ordering::Relaxed) != 0
}

/// Takes the blocks of objects that may have died.
pub fn take_dead(blocks: &mut Vec<usize>) {
    DEAD.with(|dead| std::mem::swap(dead, blocks));
}

/// Handles a block of memory that was freed, or whose object died.
#[inline(always)]
pub(super) fn gone(block: usize) {
    if known(block).load(Ordering::Relaxed) != 0 {
        note(block);
    }
}

#[cold]
fn note(block: usize) {
    if block == PROBE.load(Ordering::Relaxed) {
        HEARD.fetch_add(1, Ordering::Relaxed);
        return;
    }
    DEAD.with(|blocks| blocks.push(block));
}

unsafe extern "C" fn free(context: *mut c_void, block: *mut c_void) {
    gone(block as usize);
    // SAFETY: what was there before, with what it was given before.
    unsafe {
        if let Some(free) = BEFORE.free {
            free(context, block);
        }
    }
}

unsafe extern "C" fn realloc(context: *mut c_void, block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: as in `free`.
    unsafe {
        let Some(realloc) = BEFORE.realloc else { return std::ptr::null_mut() };
        let moved = realloc(context, block, size);
        if !std::ptr::eq(moved, block) && !moved.is_null() {
            gone(block as usize);
        }
        moved
    }
}

/// Replaces `free` and `realloc`.
///
/// # Safety
/// Under the GIL.
pub(super) unsafe fn install() {
    // SAFETY: the functions take and give a struct of this layout; those that were there before stay good.
    unsafe {
        let mut allocator = NONE;
        PyMem_GetAllocator(OBJECTS, &raw mut allocator);
        if allocator.free.is_some_and(|now| std::ptr::fn_addr_eq(now, free as Free)) {
            return;
        }
        BEFORE = allocator;
        (allocator.free, allocator.realloc) = (Some(free as Free), Some(realloc as Realloc));
        PyMem_SetAllocator(OBJECTS, &raw mut allocator);
    }
}

/// Tests if the freeing of a block is noticed.
unsafe fn hears() -> bool {
    // SAFETY: under the GIL; the block is ours.
    unsafe {
        let block = PyObject_Malloc(48);
        if block.is_null() {
            return true;
        }
        let before = HEARD.load(Ordering::Relaxed);
        PROBE.store(block as usize, Ordering::Relaxed);
        watch(block as usize);
        PyObject_Free(block);
        unwatch(block as usize, Lead::ALL[0]);
        PROBE.store(0, Ordering::Relaxed);
        HEARD.load(Ordering::Relaxed) != before
    }
}

/// Checks if deaths are noticed, and watches again if not.
///
/// # Safety
/// Under the GIL, outside of events.
pub(super) unsafe fn check() -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        let heard = hears();
        if !heard {
            install();
        }
        heard
    }
}

/// Tests if the death of each kind of object is noticed, with objects made here.
///
/// # Safety
/// Under the GIL; `plain` is a class of ours.
pub(super) unsafe fn try_out(plain: Obj) -> bool {
    let nothing = std::ptr::null_mut();
    // SAFETY: objects are made and released here alone; the class has no code.
    unsafe {
        let objects = [
            ffi::PyList_New(1),
            ffi::PyTuple_New(2),
            ffi::PyDict_New(),
            ffi::PySet_New(nothing),
            ffi::PyByteArray_FromStringAndSize(c"text".as_ptr(), 4),
            ffi::PyObject_CallObject(plain, nothing),
            ffi::PyObject_CallObject(ffi::PyExc_ValueError, nothing),
        ];
        let mut holds = hears();
        for object in objects {
            holds &= Owned::take(object).is_some_and(|object| ends_heard(object));
        }
        PROBE.store(0, Ordering::Relaxed);
        holds
    }
}

/// Whether the death of an object of our own is heard of.
///
/// # Safety
/// Under the GIL; nobody else holds the object.
unsafe fn ends_heard(object: Owned) -> bool {
    // SAFETY: the caller's promise; after its death no more than its address is used.
    unsafe {
        let lead = Lead::of(raw::type_of(object.get()));
        let address = object.get() as usize;
        let block = lead.block(address);
        let before = HEARD.load(Ordering::Relaxed);
        PROBE.store(block, Ordering::Relaxed);
        watch(block);
        drop(object);
        let heard = HEARD.load(Ordering::Relaxed) != before;
        unwatch(address, lead);
        heard
    }
}

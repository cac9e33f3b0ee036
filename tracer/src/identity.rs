//! Proves that the object at an address is the one that was seen there before.
//!
//! An address is not an identity, as memory is reused. Another object can be at the same address only if the memory of
//! the first one was freed, or if CPython kept the memory in a free list and made a new object of it. Both can be
//! detected at little cost:
//!
//! - From 3.14 on, the header has bits that CPython does not use. Every new object starts without them, whether its
//!   memory is new or from a free list (`_Py_NewReference` writes the whole word). Known objects have one of these bits
//!   ([`mark`]): if it is missing, this is a new object.
//! - Up to 3.13 there are no such bits. Freed memory is detected in the object allocator ([`notice`]). Lists, tuples
//!   and dicts, the only containers with free lists in these versions, are detected in their deallocators
//!   ([`dealloc`]). Dead objects are removed from the tables before the next event is handled, so that all objects in
//!   them are alive.
//!
//! `install` tests both with objects made here. If the tests fail, or if another tool has replaced the allocator,
//! [`is_exact`] returns false, and addresses are not used as identity.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::raw::{self, Obj};

mod dealloc;
mod lead;
mod mark;
mod notice;

pub use lead::Lead;
pub use mark::{has_marks, is_marked, lives};
pub use notice::{forget_all, ignore_dead, is_pending, take_dead, unwatch};

static EXACT: AtomicBool = AtomicBool::new(false);

/// Begins to watch for the death of objects.
///
/// # Safety
/// Under the GIL, once a process (a forked child has what its parent had); `plain` is a class of ours without slots.
pub unsafe fn install(plain: Obj) {
    // SAFETY: the caller's promise.
    let holds = unsafe {
        if raw::layout().minor >= 14 {
            mark::try_out()
        } else {
            notice::install();
            dealloc::install();
            notice::try_out(plain)
        }
    };
    EXACT.store(holds, Ordering::Relaxed);
}

/// For tests: gives up proofs of identity, as if the tests had failed.
pub fn give_up() {
    EXACT.store(false, Ordering::Relaxed);
}

/// Whether an object that is found by its address is the one that was seen there.
#[inline(always)]
pub fn is_exact() -> bool {
    EXACT.load(Ordering::Relaxed)
}

/// Watches the object at an address, so that its death is noticed.
///
/// # Safety
/// Under the GIL; `object` is live.
#[inline]
pub unsafe fn watch(object: Obj, lead: Lead) {
    if has_marks() {
        // SAFETY: the caller's promise.
        unsafe { mark::set(object) };
    } else {
        notice::watch(lead.block(object as usize));
    }
}

/// As [`watch`], for an address, after [`forget_all`].
pub fn watch_again(object: usize, lead: Lead) {
    notice::watch(lead.block(object));
}

/// Checks if deaths are still noticed, and watches again if not. Returns false if some may have been missed.
///
/// # Safety
/// Under the GIL, outside of events.
pub unsafe fn check() -> bool {
    // SAFETY: the caller's promise.
    has_marks() || !is_exact() || unsafe { notice::check() }
}

//! Proof that the object at an address is the one that was seen there before.
//!
//! An address is not an identity: memory is used again. An object can be another one at the same address only if the
//! first one's memory was given back, or if CPython kept the memory in a free list and made a new object of it. Both
//! leave a trace that costs little:
//!
//! - From 3.14 on, the header has bits that CPython does not use, and every new object starts without them, whether its
//!   memory is new or from a free list (`_Py_NewReference` writes the whole word). Objects that are known bear one of
//!   them ([`mark`]): where it is missing, this is a new object.
//! - Up to 3.13 there are no such bits. Memory that is given back is seen in the allocator of objects ([`notice`]);
//!   lists, tuples and dicts, which alone of all containers have free lists there, in their deallocators ([`dealloc`]).
//!   What died is taken out of the tables before the next event is looked at: what is still there is alive.
//!
//! `install` tries both on objects of its own. Where they do not hold, or where another tool took the allocator away,
//! [`is_exact`] says so, and nothing is concluded from addresses.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::raw::{self, Obj};

mod dealloc;
mod lead;
mod mark;
mod notice;

pub use lead::Lead;
pub use mark::{has_marks, is_marked};
pub use notice::{forget_all, ignore_dead, is_pending, take_dead, unwatch};

static EXACT: AtomicBool = AtomicBool::new(false);

/// Begins to watch for objects that die.
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

/// Does without proofs, as where they do not hold: for tests.
pub fn give_up() {
    EXACT.store(false, Ordering::Relaxed);
}

/// Whether an object that is known by its address is the one that was seen there.
#[inline(always)]
pub fn is_exact() -> bool {
    EXACT.load(Ordering::Relaxed)
}

/// Remembers the object at an address, so that its death is noticed.
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

/// As [`watch`], after [`forget_all`], for an address.
pub fn watch_again(object: usize, lead: Lead) {
    notice::watch(lead.block(object));
}

/// Looks whether deaths are still heard of; begins anew where they are not. False where some may have been missed.
///
/// # Safety
/// Under the GIL, outside of events.
pub unsafe fn check() -> bool {
    // SAFETY: the caller's promise.
    has_marks() || !is_exact() || unsafe { notice::check() }
}

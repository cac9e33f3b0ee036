//! Objects that die where a variable lets them go, and whose death is told to others: weak references with callbacks.

use super::Engine;
use super::frame::Frame;
use crate::layout::common as at;
use crate::raw::{self, Obj, field};

/// Weak references to one object that are looked at.
const MOST: usize = 8;

impl Engine {
    /// Whether a line ends the last reference to something whose death runs code of others.
    ///
    /// # Safety
    /// `frame` is on the stack, about to run the line of its plan.
    #[inline(always)]
    pub(super) unsafe fn line_ends_something(frame: *mut Frame) -> bool {
        // SAFETY: the caller's promise; what a slot was seen to hold when the line began, it holds.
        unsafe {
            let seen = &(*frame).seen;
            for slot in &(*(*frame).plan).slots {
                if seen.get(*slot as usize).is_some_and(|value| is_missed(*value)) {
                    return true;
                }
            }
            false
        }
    }

    /// The same of a frame that returns.
    ///
    /// # Safety
    /// `frame` is on the stack, its variables have just been looked at.
    #[inline(always)]
    pub(super) unsafe fn frame_ends_something(frame: *mut Frame) -> bool {
        // SAFETY: the caller's promise.
        unsafe {
            for value in &(*frame).seen {
                if is_missed(*value) {
                    return true;
                }
            }
            false
        }
    }
}

/// Whether somebody is told when this variable, as a frame has seen it, lets its object go.
#[inline(always)]
unsafe fn is_missed(seen: usize) -> bool {
    // SAFETY: what is not held by us is an object that the variable refers to.
    seen & 1 == 0 && seen != 0 && unsafe { raw::refcount(seen as Obj) == 1 && has_callbacks(seen as Obj) }
}

#[inline(never)]
unsafe fn has_callbacks(object: Obj) -> bool {
    // SAFETY: a type says where its instances keep the list of their weak references, which are PyWeakReference:
    // callback at 24, next at 48.
    unsafe {
        let offset: isize = field(raw::type_of(object), at::TYPE_WEAKLISTOFFSET);
        if offset == 0 {
            return false;
        }
        let mut weak: Obj = field(object.cast::<u8>().offset(offset), 0);
        for _ in 0..MOST {
            if weak.is_null() {
                return false;
            }
            let callback: Obj = field(weak, at::WEAKREF_CALLBACK);
            if !callback.is_null() {
                return true;
            }
            weak = field(weak, at::WEAKREF_NEXT);
        }
        true
    }
}

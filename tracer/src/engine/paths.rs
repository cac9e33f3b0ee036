//! Callees that replace an object which a line has already loaded: see [`crate::plan`], paths.

use super::Engine;
use super::frame::Frame;
use crate::raw::{self, Obj};

/// An address at which there is no object.
const NOWHERE: usize = 1;

impl Engine {
    /// Notes the objects that the line's paths lead to, before a callee of the line begins or the frame waits. If the
    /// line was redirected, what it has loaded is not known any more, so it stays redirected until it is done.
    #[inline(never)]
    pub(super) unsafe fn keep_paths(&mut self, frame: *mut Frame, is_redirected: bool) {
        // SAFETY: the frame is on the stack, its code held; what a path leads to is live.
        unsafe {
            let paths = &(*(*frame).plan).paths;
            (*frame).paths.clear();
            if is_redirected {
                return (*frame).paths.push(NOWHERE);
            }
            for &path in paths {
                let object = self.peek(frame, path);
                (*frame).paths.push(if is_fixed(object) { 0 } else { object as usize });
            }
        }
    }

    /// Handles the end of a frame's line: if its paths were redirected, it may have changed any object.
    #[inline(never)]
    pub(super) unsafe fn leave_paths(&mut self, frame: *mut Frame) {
        // SAFETY: as in `keep_paths`.
        unsafe {
            let is_redirected = self.is_redirected(frame);
            (*frame).pending |= is_redirected;
            (*frame).paths.clear();
            if is_redirected && (*(*frame).plan).carries {
                (*frame).paths.push(NOWHERE);
            }
        }
    }

    /// Whether a path of a frame's line leads to another object than when it was noted. The old object may have been
    /// changed since, and may be visible anywhere.
    #[inline(never)]
    pub(super) unsafe fn is_redirected(&mut self, frame: *mut Frame) -> bool {
        // SAFETY: as in `keep_paths`; of what was there before, the address alone is used.
        unsafe {
            let paths = &(*(*frame).plan).paths;
            (0..paths.len().min((*frame).paths.len())).any(|n| {
                let before = (&(*frame).paths)[n];
                before != 0 && self.peek(frame, paths[n]) as usize != before
            })
        }
    }
}

/// Whether an object is of an immutable type.
unsafe fn is_fixed(object: Obj) -> bool {
    // SAFETY: `object` is live or null.
    unsafe {
        object.is_null() || {
            let ty = raw::type_of(object);
            raw::is_int(ty) || raw::is_float(ty) || raw::is_str(ty) || raw::is_bool(ty) || raw::is_bytes(ty)
        }
    }
}

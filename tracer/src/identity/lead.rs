//! The offset of an object within its memory block.

use pyo3_ffi as ffi;

use crate::raw::{self, flag};

/// Number of bytes between the start of an object's memory and the object: the collector's header, and the fields that
/// instances have before their own header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead(u8);

impl Lead {
    /// All possible values.
    pub const ALL: [Self; 3] = [Self(0), Self(16), Self(32)];

    /// The offset for objects of a type.
    ///
    /// # Safety
    /// `ty` is a live type.
    #[inline]
    pub unsafe fn of(ty: *mut ffi::PyTypeObject) -> Self {
        // SAFETY: the caller's promise.
        let flags = unsafe { raw::flags(ty) };
        let before = match raw::layout().minor {
            10 => 0,
            11 => flags & flag::MANAGED_DICT,
            _ => flags & (flag::MANAGED_DICT | flag::MANAGED_WEAKREF),
        };
        Self(16 * (u8::from(flags & flag::GC != 0) + u8::from(before != 0)))
    }

    /// The address of the object in a block of memory.
    #[inline]
    pub fn object(self, block: usize) -> usize {
        block + usize::from(self.0)
    }

    #[inline]
    pub fn block(self, object: usize) -> usize {
        object - usize::from(self.0)
    }
}

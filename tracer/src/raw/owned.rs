//! References of ours.

use pyo3_ffi as ffi;

use super::Obj;

/// A reference of ours, which is dropped with this value.
pub struct Owned(Obj);

impl Owned {
    /// Takes over what a function of the C API returned; if that is null, clears the exception.
    ///
    /// # Safety
    /// `object` is a new reference, or null where that function has failed. The GIL is held for as long as the result
    /// lives.
    #[inline]
    pub unsafe fn take(object: Obj) -> Option<Self> {
        if object.is_null() {
            // SAFETY: the caller holds the GIL.
            unsafe { ffi::PyErr_Clear() };
            return None;
        }
        Some(Self(object))
    }

    /// The object, borrowed.
    #[inline]
    pub fn get(&self) -> Obj {
        self.0
    }

    /// Gives the reference to the caller.
    #[inline]
    pub fn release(self) -> Obj {
        let object = self.0;
        std::mem::forget(self);
        object
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: `take` was given this reference, and the GIL is held since.
        unsafe { ffi::Py_DecRef(self.0) };
    }
}

//! What readers of library values need from the capture.

use pyo3_ffi as ffi;

use super::Capture;
use crate::library::Values;
use crate::library::contexts::Held;
use crate::raw::Obj;

impl Values for Capture {
    fn most_items(&self) -> usize {
        self.limits.items
    }

    fn hides_name(&self, name: &[u8]) -> bool {
        self.names.hides(name)
    }

    unsafe fn hides(&mut self, key: Obj, value: Obj) -> bool {
        // SAFETY: the caller's promise, as below.
        unsafe { Capture::hides(self, key, value) }
    }

    unsafe fn encode(&mut self, value: Obj, depth: u8, out: &mut Vec<u8>) {
        // SAFETY: as above.
        unsafe { Capture::encode(self, value, depth, out) }
    }

    unsafe fn of_context(&mut self, context: Obj) -> Vec<(Obj, Vec<u8>, Held)> {
        // SAFETY: as above.
        unsafe { self.in_context(context) }
    }

    unsafe fn put_int(&mut self, int: Obj, out: &mut Vec<u8>) {
        // SAFETY: as above.
        unsafe { Capture::put_int(self, int, out) }
    }

    unsafe fn put_str(&mut self, text: Obj, out: &mut Vec<u8>) {
        // SAFETY: as above.
        unsafe { Capture::put_str(self, text, out) }
    }

    fn put_bytes(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        Capture::put_bytes(self, bytes, out);
    }

    unsafe fn type_name_string(&mut self, ty: *mut ffi::PyTypeObject) -> u32 {
        // SAFETY: as above.
        unsafe { Capture::type_name_string(self, ty) }
    }
}

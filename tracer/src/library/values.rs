//! What readers of library values need from the code that records them.

use pyo3_ffi as ffi;

use super::contexts::Held;
use crate::raw::Obj;

/// Writes the values that a reader finds in an object.
pub trait Values {
    /// The largest number of items of a container that are shown.
    fn most_items(&self) -> usize;

    /// Whether a value with this name is a secret.
    fn hides_name(&self, name: &[u8]) -> bool;

    /// Whether a value with this key is a secret that is hidden here. Texts are hidden by the recorder.
    ///
    /// # Safety
    /// Both are live.
    unsafe fn hides(&mut self, key: Obj, value: Obj) -> bool;

    /// Writes a value and its contents, down to a depth.
    ///
    /// # Safety
    /// `value` is live or null.
    unsafe fn encode(&mut self, value: Obj, depth: u8, out: &mut Vec<u8>);

    /// What a context has for the variables and proxies that recorded code has met: the variable or proxy, its name for
    /// rules about secrets, and what the context has.
    ///
    /// # Safety
    /// `context` is a live `Context`.
    unsafe fn of_context(&mut self, context: Obj) -> Vec<(Obj, Vec<u8>, Held)>;

    /// Writes an int.
    ///
    /// # Safety
    /// `int` is an int.
    unsafe fn put_int(&mut self, int: Obj, out: &mut Vec<u8>);

    /// Writes a str.
    ///
    /// # Safety
    /// `text` is a str.
    unsafe fn put_str(&mut self, text: Obj, out: &mut Vec<u8>);

    /// Writes bytes.
    fn put_bytes(&mut self, bytes: &[u8], out: &mut Vec<u8>);

    /// The number of the qualified name of a type.
    ///
    /// # Safety
    /// `ty` is a live type.
    unsafe fn type_name_string(&mut self, ty: *mut ffi::PyTypeObject) -> u32;
}

//! The entry of an object: what is known of it.

use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use super::graves::Parent;
use crate::identity::Lead;
use crate::types::TypeInfo;

/// The entry of an object: what is known of it. The first fields are those that are read whenever the object is met, so
/// that they share a cache line.
#[repr(C)]
pub struct Tracked {
    /// Its number in the recording.
    pub id: u64,
    pub ty: *mut ffi::PyTypeObject,
    pub info: *mut TypeInfo,
    /// The last epoch in which it was up to date.
    pub epoch: u32,
    /// The pass in which it was last read, and the root in that pass.
    pub pass: u32,
    pub root: u32,
    /// The number of levels that were read then; 0 if not even its own items.
    pub depth: u8,
    /// Whether all its items are values without contents of their own.
    pub leaf: bool,
    /// Whether one of its items has died, so that equal pointers prove nothing until it is read again.
    pub stale: bool,
    /// Whether the tracer holds references to all its items, so that they cannot die.
    pub solid: bool,
    /// The last walk in which it was read; see [`super::walk`].
    pub walk: u64,
    /// The pointers that it held, in order. The low bit says whether the tracer holds a reference.
    pub items: Vec<usize>,
    pub length: usize,
    /// The dict's version tag or the deque's state when it was read.
    pub version: u64,
    /// The next free number when its items were last written. An item with a higher number may be a new object at the
    /// address of another.
    pub told: u64,
    /// Number of deaths of items in several containers when it was last read.
    pub deaths: u64,
    /// The number of steps when it was last read.
    pub seen_at: u64,
    /// The container that has it as an item.
    pub parent: Parent,
    pub used: u32,
    /// Whether it was raised before.
    pub raised: bool,
    /// Whether it may have changed since it was last read, without having been read at that time.
    pub suspect: bool,
    /// Whether its change is being encoded. Objects found meanwhile must not be written before it.
    pub writing: bool,
    /// Whether it is the namespace of a module or class body.
    pub namespace: bool,
    /// For a class, function or module: whether its attributes are recorded.
    pub open: bool,
    /// Hash of the encoded contents, for types that are encoded each time.
    pub hash: u64,
    /// Positions of a large dict's keys by hash, if all keys are str or int. Made when first needed.
    pub index: Option<FxHashMap<isize, u32>>,
    pub address: usize,
    /// Number of bytes of its memory before its address.
    pub lead: Lead,
}

impl Tracked {
    /// Whether an object of this type at the same address may be this one.
    #[inline]
    pub unsafe fn is(&self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: `ty` is a live type; what is known of types is never freed.
        std::ptr::eq(self.ty, ty) && unsafe { (*self.info).is_of(ty) }
    }
}

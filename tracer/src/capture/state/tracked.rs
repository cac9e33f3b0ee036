//! What is known of one object.

use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use super::graves::Parent;
use crate::identity::Lead;
use crate::types::TypeInfo;

/// What is known of one object.
pub struct Tracked {
    /// Its number in the recording.
    pub id: u64,
    pub ty: *mut ffi::PyTypeObject,
    pub info: *mut TypeInfo,
    /// When it was last known to be true.
    pub epoch: u32,
    /// How many steps there were when it was last looked at.
    pub seen_at: u64,
    /// How many levels below it were read then; 0: not even itself.
    pub depth: u8,
    /// Whether all its items are values without contents of their own.
    pub leaf: bool,
    /// It was raised before.
    pub raised: bool,
    /// It may have been in flux since it was last looked at, without a look.
    pub suspect: bool,
    /// Its change is being put together: what is found meanwhile must not be written before it.
    pub writing: bool,
    /// Whether it is the namespace of a module or class body.
    pub namespace: bool,
    /// Of a class, function or module: its attributes are recorded.
    pub open: bool,
    /// The dict's version tag or the deque's state when it was read.
    pub version: u64,
    pub length: usize,
    /// The pointers it held, in order; the low bit says that we hold a reference.
    pub items: Vec<usize>,
    /// Hash of the encoded contents (types that are encoded each time).
    pub hash: u64,
    pub used: u32,
    /// In which pass it was last looked at, and from which of its roots.
    pub pass: u32,
    pub root: u32,
    /// Positions of a large dict's keys by their hash, if they are all str or int; made when first
    /// needed.
    pub index: Option<FxHashMap<isize, u32>>,
    /// Objects with a lower number were known when its items were last written: those with a higher one that it
    /// holds may be new ones at the addresses of others.
    pub told: u64,
    pub address: usize,
    /// Bytes of its memory before it.
    pub lead: Lead,
    /// Which container has it as an item.
    pub parent: Parent,
    /// We hold references to all its items: they cannot die.
    pub solid: bool,
    /// An item of it has died: equal pointers prove nothing until it is read again.
    pub stale: bool,
    /// How many items of several containers had died when it was last read.
    pub deaths: u64,
    /// In which walk it was read last; see [`super::walk`].
    pub walk: u64,
}

impl Tracked {
    /// Whether an object of this type at the same address may be this one.
    #[inline]
    pub unsafe fn is(&self, ty: *mut ffi::PyTypeObject) -> bool {
        // SAFETY: `ty` is a live type; what is known of types is never freed.
        std::ptr::eq(self.ty, ty) && unsafe { (*self.info).is_of(ty) }
    }
}

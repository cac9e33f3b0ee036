//! The state about objects that share memory.

use std::ops::Range;

use rustc_hash::FxHashMap;

/// The memory ranges of objects whose contents are read from memory.
#[derive(Default)]
pub struct Views {
    /// Ranges by the object's address. If an object has died since, one is read in vain; nothing else happens.
    pub known: FxHashMap<usize, Range<usize>>,
    /// The objects that were written to and shared their memory with no other, since `known` changed.
    pub alone: FxHashMap<usize, Range<usize>>,
    /// The number of known objects above which forgotten ones are removed.
    pub room: usize,
    /// Addresses of objects whose memory was written through another object.
    pub stale: Vec<usize>,
}

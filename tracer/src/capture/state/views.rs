//! Where the contents of objects lie that share memory.

use std::ops::Range;

use rustc_hash::FxHashMap;

/// Where the contents of the objects lie that were read from memory.
#[derive(Default)]
pub struct Views {
    /// By the object's address. One may have died since: that costs a look, nothing else.
    pub known: FxHashMap<usize, Range<usize>>,
    /// Those of them that were written and shared their memory with no other, since `known` changed.
    pub alone: FxHashMap<usize, Range<usize>>,
    /// How many may be known before those that were forgotten are taken out.
    pub room: usize,
    /// Addresses of those whose memory was written through another one.
    pub stale: Vec<usize>,
}

//! Greenlets (gevent, eventlet): several stacks in one OS thread. Each is a thread of the recording.

use rustc_hash::FxHashMap;

use crate::raw::Obj;

/// References to parts of the `greenlet` module.
pub struct Greenlets {
    pub current: Obj,
    /// The descriptor of `greenlet.parent`.
    pub parent: Obj,
    /// For each greenlet, by address: whether it is its thread's first, which uses the thread's own stack.
    pub first: FxHashMap<usize, bool>,
}

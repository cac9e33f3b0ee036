//! Greenlets (gevent, eventlet): several stacks in one thread. Each is a thread of the recording.

use rustc_hash::FxHashMap;

use crate::raw::Obj;

/// What the `greenlet` module offers; references.
pub struct Greenlets {
    pub current: Obj,
    /// The descriptor of `greenlet.parent`.
    pub parent: Obj,
    /// By address of the greenlet: whether it is its thread's first, whose stack is the thread's own.
    pub first: FxHashMap<usize, bool>,
}

//! What is kept of a run, where that is its end alone: see [`super::tail`].

use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

/// How much of a run's end is kept, at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// So many steps.
    Steps(u64),
    /// So long.
    Time(Duration),
}

/// Says of a frame or object that a chunk begins with its contents, but has not changed it yet.
pub(super) const fn known_in(chunk: i64) -> i64 {
    !chunk
}

/// What is kept, and the moments at which it may begin.
pub(super) struct Kept {
    pub(super) tail: Tail,
    /// Rows of what was changed in which chunk after those of dropped chunks were removed last.
    pub(super) listed: u64,
    pub(super) keyframes: std::collections::VecDeque<Keyframe>,
}

/// A chunk that needs none before it, and what had been counted until then.
pub(super) struct Keyframe {
    pub(super) chunk: i64,
    pub(super) first_step: u64,
    pub(super) at: Instant,
    pub(super) codes: Vec<Counted>,
    /// Steps of each thread.
    pub(super) threads: FxHashMap<u32, u64>,
    /// The frames that ran: what of their times lies before.
    pub(super) frames: Vec<Before>,
}

/// What had been counted of a function.
pub(super) struct Counted {
    pub(super) hits: Vec<u64>,
    pub(super) calls: u64,
    pub(super) total: i64,
    pub(super) own: i64,
}

/// A frame that ran at a keyframe.
pub(super) struct Before {
    pub(super) frame: u64,
    pub(super) code: u32,
    /// Ticks since it began; none if its function ran already then.
    pub(super) total: Option<i64>,
    /// Of those, its own.
    pub(super) own: i64,
}

//! What is kept of a run if only its end is kept: see [`super::tail`].

use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;

/// The minimum part of a run's end that is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// This many steps.
    Steps(u64),
    /// This much time.
    Time(Duration),
}

/// Marks a frame or object whose contents are in the snapshot at the chunk's start, and that the chunk has not changed.
pub(super) const fn known_in(chunk: i64) -> i64 {
    !chunk
}

/// What is kept, and the steps at which it may begin.
pub(super) struct Kept {
    pub(super) tail: Tail,
    /// Rows of `object_chunks` that were left after the last removal of dropped chunks.
    pub(super) listed: u64,
    pub(super) keyframes: std::collections::VecDeque<Keyframe>,
}

/// A chunk that can be read without any earlier chunk, and the counts up to it.
pub(super) struct Keyframe {
    pub(super) chunk: i64,
    pub(super) first_step: u64,
    pub(super) at: Instant,
    pub(super) codes: Vec<Counted>,
    /// Number of steps of each thread.
    pub(super) threads: FxHashMap<u32, u64>,
    /// The frames that were running, and how much of their times lies before the keyframe.
    pub(super) frames: Vec<Before>,
}

/// The counts of a function up to a keyframe.
pub(super) struct Counted {
    pub(super) hits: Vec<u64>,
    pub(super) calls: u64,
    pub(super) total: i64,
    pub(super) own: i64,
}

/// A frame that was running at a keyframe.
pub(super) struct Before {
    pub(super) frame: u64,
    pub(super) code: u32,
    /// Ticks since it began; `None` if another frame of its function was running already.
    pub(super) total: Option<i64>,
    /// The part of these ticks spent in the frame itself.
    pub(super) own: i64,
}

//! Bounds the time of an explanation by the time that is computed for it, so that an answer does not depend on what else
//! the machine does.

use std::time::{Duration, Instant};

use connie_recording::computing;
use connie_recording::reader::Recording;

/// How many times as long code without optimisation takes.
const UNOPTIMISED: u32 = 5;
/// The factor by which waiting may prolong a bound.
const WAITING: u32 = 8;

/// A bound on computing time: that of this thread, and of the threads that read chunks for it.
pub(super) struct Budget<'r> {
    recording: &'r Recording,
    computed: Duration,
    started: Instant,
    most: Duration,
}

impl<'r> Budget<'r> {
    /// A bound that begins now.
    pub fn of(recording: &'r Recording, most: Duration) -> Self {
        // Without optimisation, the same answer takes longer.
        let most = if cfg!(debug_assertions) { most * UNOPTIMISED } else { most };
        Self { recording, computed: computed(recording), started: Instant::now(), most }
    }

    /// Whether the time is over.
    pub fn is_spent(&self) -> bool {
        computed(self.recording).saturating_sub(self.computed) > self.most
            || self.started.elapsed() > self.most * WAITING
    }
}

fn computed(recording: &Recording) -> Duration {
    computing::of_thread() + recording.computed_elsewhere()
}

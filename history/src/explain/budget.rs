//! Bounds the time of an explanation by the time that the thread itself computes, so that an answer does not depend on
//! what else the machine does.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// How many times as long code without optimisation takes.
const UNOPTIMISED: u32 = 5;
/// The factor by which waiting may prolong a bound.
const WAITING: u32 = 8;

/// A bound on computing time.
pub(super) struct Budget {
    computed: Duration,
    started: Instant,
    most: Duration,
}

impl Budget {
    /// A bound that begins now.
    pub fn of(most: Duration) -> Self {
        // Without optimisation, the same answer takes longer.
        let most = if cfg!(debug_assertions) { most * UNOPTIMISED } else { most };
        Self { computed: computed(), started: Instant::now(), most }
    }

    /// Whether the time is over.
    pub fn is_spent(&self) -> bool {
        computed().saturating_sub(self.computed) > self.most || self.started.elapsed() > self.most * WAITING
    }
}

/// The time that this thread has computed.
fn computed() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

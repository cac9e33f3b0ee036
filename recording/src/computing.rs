//! The time that a thread computes, which does not depend on what else the machine does.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The time that this thread has computed.
#[must_use]
pub fn of_thread() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// What a piece of work gives, and the time that this thread computed for it.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let before = of_thread();
    let result = work();
    (result, of_thread().saturating_sub(before))
}

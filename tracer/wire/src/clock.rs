//! The clock for the times of calls: cheap to read, and equal in all processes of the machine.

/// The current time, in ticks of a few tens of nanoseconds. The recorder measures the length of a tick.
#[inline(always)]
pub fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reading the time stamp counter has no preconditions.
    unsafe {
        std::arch::x86_64::_rdtsc() >> 6
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: `now` is a valid timespec.
        unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut now) };
        (now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64) >> 5
    }
}

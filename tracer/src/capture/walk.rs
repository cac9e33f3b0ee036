//! Walks over the program's objects, and why each of them ends.
//!
//! All reads within one event are one walk. Nothing of the program runs meanwhile, so that an object is read at most
//! once in a walk, and circles end. A walk that still takes more than a second of processor time, and has read
//! everything that is known many times, is an internal error: it ends the recording, not the program.

use super::Capture;
use crate::identity;

/// Number of reads after which the time is checked.
const OFTEN: u64 = 1 << 16;
/// How often every known object may be read in one walk: once for each level of depth.
const EACH: u64 = 16;
/// Nanoseconds of processor time that a walk may take if it goes in circles.
const LONGEST: u64 = 1_000_000_000;

impl Capture {
    /// Begins a walk, as an event begins: objects may have changed since the last one.
    #[inline(always)]
    pub fn begin_walk(&mut self) {
        self.walk.number += 1;
        self.walk.looks = 0;
        if !identity::is_exact() {
            // Objects cannot be identified by their addresses, so they are read again.
            self.late.advance();
        }
    }

    /// Counts one read of the walk.
    #[inline(always)]
    pub(super) fn count_look(&mut self) {
        self.walk.looks += 1;
        if self.walk.looks.is_multiple_of(OFTEN) {
            self.check_walk();
        }
    }

    #[cold]
    fn check_walk(&mut self) {
        if self.walk.looks == OFTEN {
            self.walk.began = processor_time();
        }
        let bound = OFTEN + EACH * self.objects.len() as u64;
        if self.walk.is_faulty || self.walk.looks > bound && processor_time().saturating_sub(self.walk.began) > LONGEST
        {
            // Caught where events begin: the recording says so, and the program continues.
            std::panic::panic_any(String::from("reading the program's objects took more than a second at one line"));
        }
    }
}

/// Processor time that this thread has used, in nanoseconds.
fn processor_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct that it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

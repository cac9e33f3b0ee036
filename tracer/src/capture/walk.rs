//! Walks over the program's objects, and that each comes to an end.
//!
//! All looks within one event are one walk: nothing of the program runs meanwhile, so that an object that was read in a
//! walk is not read again in it, whatever leads there, and circles end. A walk that goes on all the same for longer than
//! a second of processor time, and has looked at everything that is known many times over, is a fault of ours: it ends
//! the recording, not the program.

use super::Capture;
use crate::identity;

/// After how many looks the time is asked for.
const OFTEN: u64 = 1 << 16;
/// How often all that is known may be looked at in one walk; each level of depth is one.
const EACH: u64 = 16;
/// Nanoseconds of processor time that a walk may take where it goes in circles.
const LONGEST: u64 = 1_000_000_000;

impl Capture {
    /// An event begins: what was read before may have been changed since.
    #[inline(always)]
    pub fn begin_walk(&mut self) {
        self.walk.number += 1;
        self.walk.looks = 0;
        if !identity::is_exact() {
            // Nothing that is known by its address is sure: it is read again.
            self.late.advance();
        }
    }

    /// One look of the walk.
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
            // Caught where events begin: the recording says so, the program goes on.
            std::panic::panic_any(String::from("reading the program's objects took more than a second at one line"));
        }
    }
}

/// Nanoseconds of processor time that this thread has used.
fn processor_time() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct that it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

//! How often the recorder reads the rings. Each look costs system calls and a change of process, so the recorder waits
//! until many steps have come. The rings hold far more than a program writes in that time.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Bytes of ops after which the recorder looks for more at once.
pub const ENOUGH: usize = 256 << 10;
/// How long the recorder waits for more steps.
const WAIT: Duration = Duration::from_millis(4);
/// The same if no step has come for a while.
const IDLE_WAIT: Duration = Duration::from_millis(10);
/// The number of consecutive waits without steps from which on the program counts as idle.
const IDLE: u32 = 25;

/// Waits for steps of a process, or for its end.
pub struct Pace {
    /// Becomes readable when the process ends; `None` on kernels before Linux 5.3.
    end: Option<OwnedFd>,
    /// The number of consecutive waits without steps.
    idle: u32,
}

impl Pace {
    /// Prepares to wait for a process that is not reaped yet.
    pub fn of(pid: u32) -> Self {
        // SAFETY: the call only makes a descriptor, which is owned here.
        let end = unsafe {
            let descriptor = libc::syscall(libc::SYS_pidfd_open, pid as libc::pid_t, 0) as i32;
            (descriptor >= 0).then(|| OwnedFd::from_raw_fd(descriptor))
        };
        Self { end, idle: 0 }
    }

    /// Notes whether there were steps since the last wait.
    pub fn took(&mut self, any: bool) {
        self.idle = if any { 0 } else { self.idle.saturating_add(1) };
    }

    /// Waits a little, or until the process ends.
    pub fn wait(&self) {
        let wait = if self.idle < IDLE { WAIT } else { IDLE_WAIT };
        let Some(end) = &self.end else { return std::thread::sleep(wait) };
        let mut asked = libc::pollfd { fd: end.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one plain struct, which lives until the call returns.
        unsafe { libc::poll(&raw mut asked, 1, wait.as_millis() as i32) };
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    /// The process writes nothing; that it has ended is seen without waiting for it.
    #[test]
    fn the_end_of_a_process_ends_the_wait() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().expect("cat");
        let pace = Pace::of(child.id());
        let is_over = |wait| {
            let Some(end) = &pace.end else { return wait < 0 };
            let mut asked = libc::pollfd { fd: end.as_raw_fd(), events: libc::POLLIN, revents: 0 };
            // SAFETY: as in `Pace::wait`.
            (unsafe { libc::poll(&raw mut asked, 1, wait) }) == 1
        };
        assert!(!is_over(0));
        drop(child.stdin.take());
        assert!(is_over(-1));
        pace.wait();
        assert!(child.wait().expect("a child").success());
    }

    #[test]
    fn a_program_without_steps_becomes_idle() {
        let mut pace = Pace { end: None, idle: 0 };
        (0..IDLE).for_each(|_| pace.took(false));
        assert_eq!(pace.idle, IDLE);
        pace.took(true);
        assert_eq!(pace.idle, 0);
    }
}

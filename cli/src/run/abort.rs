//! Handles running out of memory in the recorder. Rust then aborts, which the program must not notice.

use std::os::fd::RawFd;
use std::sync::atomic::{AtomicI32, Ordering};

/// The program, and the lock that tells its tracer that the ring is being read; 0 and -1 if there are none.
static PROGRAM: AtomicI32 = AtomicI32::new(0);
static LOCK: AtomicI32 = AtomicI32::new(-1);

const SENTENCE: &[u8] =
    b"connie: the recording is incomplete; the program was not affected: connie ran out of memory; \
raise the limit (ulimit -v)\n";

/// Installs a handler: if this process aborts, it waits for the program and ends as the program does.
pub fn outlive(program: u32, lock: RawFd) {
    PROGRAM.store(program as i32, Ordering::Relaxed);
    LOCK.store(lock, Ordering::Relaxed);
    let handler: extern "C" fn(libc::c_int) = aborted;
    // SAFETY: the handler makes system calls alone, and does not return.
    unsafe { libc::signal(libc::SIGABRT, handler as libc::sighandler_t) };
}

/// Removes the handler: the program has ended.
pub fn over() {
    PROGRAM.store(0, Ordering::Relaxed);
    // SAFETY: the default.
    unsafe { libc::signal(libc::SIGABRT, libc::SIG_DFL) };
}

extern "C" fn aborted(_: libc::c_int) {
    let program = PROGRAM.load(Ordering::Relaxed);
    // SAFETY: system calls that may be made in a handler; the lock is ours, and nobody uses it after this.
    unsafe {
        if program == 0 {
            libc::_exit(134);
        }
        // Without its lock the tracers of all processes know that nobody reads.
        libc::close(LOCK.load(Ordering::Relaxed));
        libc::write(libc::STDERR_FILENO, SENTENCE.as_ptr().cast(), SENTENCE.len());
        let mut status = 0;
        while libc::waitpid(program, &raw mut status, 0) < 0 {
            if std::io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
                libc::_exit(1);
            }
        }
        if libc::WIFSIGNALED(status) {
            end_by(libc::WTERMSIG(status));
        }
        libc::_exit(libc::WEXITSTATUS(status));
    }
}

/// Ends this process by a signal, if that can end it; for use in a handler.
fn end_by(signal: libc::c_int) {
    // SAFETY: system calls that may be made in a handler; `sigemptyset` fills in the set.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        let mut only = std::mem::zeroed();
        libc::sigemptyset(&raw mut only);
        libc::sigaddset(&raw mut only, signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &raw const only, std::ptr::null_mut());
        libc::raise(signal);
    }
}

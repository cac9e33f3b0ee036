//! The signals that the recorder passes on to the program.

use std::sync::Arc;

use signal_hook::consts::{SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

/// The signals that are passed on. A signal that was ignored when connie started (by `nohup` or a shell) stays ignored,
/// so that the program ignores it too.
pub fn heeded() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let is_heeded = |signal: &i32| ignored.unwrap_or(0) >> (signal - 1) & 1 == 0;
    [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2].into_iter().filter(is_heeded).collect()
}

/// Has a write to a pipe that nobody reads any more be an error, so that a recording is completed, whoever has left. The
/// pipe may be our own: a signal that comes again while the recording is completed is written to where none is passed on
/// any more. A handler, unlike an ignored signal, does not survive `exec`.
pub(super) fn outlive_readers() {
    let _ = signal_hook::flag::register(SIGPIPE, Arc::default());
}

/// Passes on signals that a process sent to connie; signals from the terminal reach the program directly. If the system
/// has no thread left, no signals are passed on, but the program still runs.
pub(super) fn pass_signals_on(mut signals: SignalsInfo<WithOrigin>, child: u32) -> Option<std::thread::JoinHandle<()>> {
    let pass = move || {
        for origin in signals.forever() {
            if origin.process.is_some() {
                // SAFETY: sends a signal to our own child, which we have not waited for yet or
                // whose id is still ours.
                unsafe { libc::kill(child as libc::pid_t, origin.signal) };
            }
        }
    };
    std::thread::Builder::new().name("connie-signals".into()).spawn(pass).ok()
}

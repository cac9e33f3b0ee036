//! The signals that the recorder passes on to the program.

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

/// The signals that are passed on. Those that whoever started us had ignored, as `nohup` and shells do, stay so: the
/// program ignores them as it would alone.
pub fn heeded() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let is_heeded = |signal: &i32| ignored.unwrap_or(0) >> (signal - 1) & 1 == 0;
    [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2].into_iter().filter(is_heeded).collect()
}

/// Signals that a process sent to us alone go to the program; those from the terminal reached it
/// already. None are passed on where the system has no thread left: the program runs all the same.
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

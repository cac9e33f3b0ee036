//! Keys and signals of the watching process.

use std::io::{IsTerminal, Read};
use std::sync::Mutex;
use std::sync::mpsc::Sender;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::event::Event;

/// The previous mode of the terminal.
static BEFORE: Mutex<Option<libc::termios>> = Mutex::new(None);

/// The terminal in a mode in which each key is read at once. Dropping this restores the previous mode.
pub struct Keys {
    is_read: bool,
}

impl Keys {
    /// Starts reading keys, if stdin is a terminal and this process is in its foreground.
    pub fn read(events: &Sender<Event>) -> Self {
        let is_read = std::io::stdin().is_terminal() && is_foreground() && set_mode();
        if is_read {
            let events = events.clone();
            std::thread::spawn(move || {
                for key in std::io::stdin().lock().bytes().map_while(Result::ok) {
                    if events.send(Event::Key(key)).is_err() {
                        return;
                    }
                }
            });
        }
        Self { is_read }
    }

    /// Whether keys are read.
    pub fn are_read(&self) -> bool {
        self.is_read
    }

    /// Sets the mode again after the process was stopped, since the shell restored its own mode.
    pub fn renew(&self) {
        if self.is_read && is_foreground() {
            set_mode();
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Ok(Some(before)) = BEFORE.lock().map(|mut before| before.take()) {
            // SAFETY: the struct was filled by tcgetattr.
            unsafe { libc::tcsetattr(0, libc::TCSANOW, &raw const before) };
        }
    }
}

/// A background process would be stopped when it reads.
fn is_foreground() -> bool {
    // SAFETY: system calls without pointers.
    unsafe { libc::tcgetpgrp(0) == libc::getpgrp() }
}

/// Keys are passed on one by one without echo; Ctrl-C remains a signal.
fn set_mode() -> bool {
    // SAFETY: a struct of integers, filled by the system before it is used.
    unsafe {
        let mut mode: libc::termios = std::mem::zeroed();
        if libc::tcgetattr(0, &raw mut mode) != 0 {
            return false;
        }
        BEFORE.lock().unwrap_or_else(|e| e.into_inner()).get_or_insert(mode);
        mode.c_lflag &= !(libc::ICANON | libc::ECHO);
        libc::tcsetattr(0, libc::TCSANOW, &raw const mode) == 0
    }
}

/// Starts reporting signals. Signals that were ignored at the start stay ignored.
///
/// # Errors
/// If no handler can be installed.
pub fn heed_signals(events: &Sender<Event>) -> std::io::Result<()> {
    let ending = crate::run::heeded().into_iter().filter(|signal| [SIGINT, SIGTERM, SIGHUP].contains(signal));
    let mut signals = Signals::new(ending.chain([SIGCONT]))?;
    let events = events.clone();
    std::thread::Builder::new().name("connie-signals".into()).spawn(move || {
        for signal in signals.forever() {
            if events.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

//! One run: a recorder in a session of its own, and all processes that it leads to.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// How often processes are looked at while they end.
const LOOK: Duration = Duration::from_millis(15);
/// How long a process may take to end after SIGTERM, and the system after SIGKILL.
const PATIENCE: Duration = Duration::from_secs(1);

/// A run that was started.
pub struct Running {
    child: Child,
    ended: Option<ExitStatus>,
    /// Processes that outlived it: ids, and when they began.
    left: BTreeSet<(i32, u64)>,
}

impl Running {
    /// Starts a recorder. It leads a session, so that keys of the terminal reach the watching process alone; if that
    /// is killed, the system terminates the recorder, which passes the signal on to the program.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(mut command: Command) -> std::io::Result<Self> {
        let detach = || {
            // SAFETY: system calls that may be made between fork and exec, on our own process.
            unsafe {
                libc::setsid();
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
            }
            Ok(())
        };
        // SAFETY: the closure makes system calls alone.
        unsafe { command.pre_exec(detach) };
        Ok(Self { child: command.spawn()?, ended: None, left: BTreeSet::new() })
    }

    /// The status, if the run has ended.
    pub fn status(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            // A process that cannot be waited for is not ours any more.
            self.ended = self.child.try_wait().unwrap_or_else(|_| Some(ExitStatus::from_raw(0)));
        }
        self.ended
    }

    /// Ends the run: as Ctrl-C does, after `grace` by SIGTERM, then by SIGKILL. Its recorder completes the recording.
    pub fn stop(&mut self, grace: Duration) -> ExitStatus {
        for (signal, patience) in [(libc::SIGINT, grace), (libc::SIGTERM, PATIENCE), (libc::SIGKILL, PATIENCE)] {
            if let Some(status) = self.signal_until_ended(signal, patience) {
                return status;
            }
        }
        let _ = self.child.kill();
        self.child.wait().unwrap_or_default()
    }

    /// Signals the program and what it started, each process once, also those that begin meanwhile. The recorder passes
    /// on what it is sent: it is left out, as the terminal's Ctrl-C is passed on by nobody either.
    fn signal_until_ended(&mut self, signal: i32, patience: Duration) -> Option<ExitStatus> {
        let (begun, mut told) = (Instant::now(), BTreeSet::new());
        loop {
            if let Some(status) = self.status() {
                return Some(status);
            }
            let recorder = self.child.id() as i32;
            for pid in processes_of(recorder).into_iter().filter(|pid| *pid != recorder) {
                if told.insert(pid) {
                    send(pid, signal);
                }
            }
            if begun.elapsed() > patience {
                return None;
            }
            std::thread::sleep(LOOK);
        }
    }

    /// Notes which processes outlive the run that has just ended.
    pub fn note_left(&mut self) {
        let left = processes_of(self.child.id() as i32);
        self.left = left.into_iter().filter_map(|pid| Some((pid, read(pid)?.began))).collect();
    }

    /// Ends processes that outlived the run. They would hold ports and files of the next one.
    pub fn sweep(&self) {
        // If none is left, the number of the session may be that of another one by now.
        if !self.left.iter().any(|(pid, began)| read(*pid).is_some_and(|process| process.began == *began)) {
            return;
        }
        let session = self.child.id() as i32;
        for signal in [libc::SIGTERM, libc::SIGKILL] {
            let begun = Instant::now();
            loop {
                let left = processes_of(session);
                if left.is_empty() {
                    return;
                }
                if begun.elapsed() < LOOK {
                    left.iter().for_each(|pid| send(*pid, signal));
                }
                if begun.elapsed() > PATIENCE {
                    break;
                }
                std::thread::sleep(LOOK);
            }
        }
    }
}

fn send(pid: i32, signal: i32) {
    // SAFETY: sends a signal to a process that was a moment ago one of the run.
    unsafe { libc::kill(pid, signal) };
}

/// The living processes of a session, and those that descend from its leader.
fn processes_of(leader: i32) -> BTreeSet<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let all: BTreeMap<i32, Process> = pids.filter_map(|pid| Some((pid, read(pid)?))).collect();
    let descends = |pid: i32| {
        // Process ids may be used again while this is read: no circle is followed for ever.
        let above = std::iter::successors(Some(pid), |pid| all.get(pid).map(|process| process.parent));
        above.take(64).any(|pid| pid == leader)
    };
    all.iter().filter(|(pid, process)| process.session == leader || descends(**pid)).map(|(pid, _)| *pid).collect()
}

/// What the system tells of a process.
struct Process {
    parent: i32,
    session: i32,
    /// Ticks since the system started.
    began: u64,
}

/// Reads about a process; `None` if it has ended.
fn read(pid: i32) -> Option<Process> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name before it may have any characters in it.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let session = fields.nth(1)?.parse().ok()?;
    let began = fields.nth(15)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(Process { parent, session, began })
}

//! One run: a recorder in a separate session, and all processes that it starts.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// The interval for checking processes that are ending.
const LOOK: Duration = Duration::from_millis(15);
/// How long a process may take to end after SIGTERM, and the system after SIGKILL.
const PATIENCE: Duration = Duration::from_secs(1);

/// A run in progress.
pub struct Running {
    child: Child,
    ended: Option<ExitStatus>,
    /// Processes that outlived it: their ids and start times.
    left: BTreeSet<(i32, u64)>,
}

impl Running {
    /// Starts a recorder. It leads a session, so that keys of the terminal only reach the watching process. If that
    /// process is killed, the system terminates the recorder, which passes the signal on to the program.
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
            // A process that cannot be waited for is no longer a child of this process.
            self.ended = self.child.try_wait().unwrap_or_else(|_| Some(ExitStatus::from_raw(0)));
        }
        self.ended
    }

    /// Ends the run: first like Ctrl-C, after `grace` by SIGTERM, then by SIGKILL. Its recorder completes the
    /// recording.
    pub fn stop(&mut self, grace: Duration) -> ExitStatus {
        for (signal, patience) in [(libc::SIGINT, grace), (libc::SIGTERM, PATIENCE), (libc::SIGKILL, PATIENCE)] {
            if let Some(status) = self.signal_until_ended(signal, patience) {
                return status;
            }
        }
        let _ = self.child.kill();
        self.child.wait().unwrap_or_default()
    }

    /// Signals the program and the processes that it started, each once, including those that start meanwhile. The
    /// recorder is left out: it would pass the signal on, so that the program would get it twice.
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

    /// Records the processes that outlive the run that has just ended.
    pub fn note_left(&mut self) {
        let left = processes_of(self.child.id() as i32);
        self.left = left.into_iter().filter_map(|pid| Some((pid, read(pid)?.began))).collect();
    }

    /// Ends processes that outlived the run, since they could hold ports and files that the next one needs.
    pub fn sweep(&self) {
        // If none is left, the session number may belong to another session by now.
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

/// The live processes of a session, and the descendants of its leader.
fn processes_of(leader: i32) -> BTreeSet<i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let all: BTreeMap<i32, Process> = pids.filter_map(|pid| Some((pid, read(pid)?))).collect();
    let descends = |pid: i32| {
        // Process ids may be reused during reading: do not follow a circle endlessly.
        let above = std::iter::successors(Some(pid), |pid| all.get(pid).map(|process| process.parent));
        above.take(64).any(|pid| pid == leader)
    };
    all.iter().filter(|(pid, process)| process.session == leader || descends(**pid)).map(|(pid, _)| *pid).collect()
}

/// The system's data about a process.
struct Process {
    parent: i32,
    session: i32,
    /// Start time in ticks since the system started.
    began: u64,
}

/// Reads the data of a process; `None` if it has ended.
fn read(pid: i32) -> Option<Process> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The preceding name may contain any characters.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let session = fields.nth(1)?.parse().ok()?;
    let began = fields.nth(15)?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(Process { parent, session, began })
}

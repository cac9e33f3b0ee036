//! Reads the rings of all processes of a recording in order of time.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use connie_recording::Error;
use connie_recording::recorder::Recorder;
use connie_wire::ring::{self, Reader};
use connie_wire::ticks;

use super::Segments;

/// The interval for checking whether processes are alive.
const ASK: Duration = Duration::from_millis(200);
/// How long connie waits for processes that are left after the program has ended.
const GRACE: Duration = Duration::from_millis(100);
/// The maximum number of bytes read from one ring before the others are read.
const BITE: usize = 4 << 20;

/// A process that the program started.
struct Child {
    ring: Reader,
    path: PathBuf,
    stream: usize,
}

/// The rings; the first is that of the main program.
pub struct Rings {
    first: Reader,
    path: PathBuf,
    /// The number of announced rings that were opened.
    known: u32,
    children: Vec<Child>,
    /// Announced rings that did not exist yet.
    missing: Vec<u32>,
    asked: Instant,
}

impl Rings {
    /// Creates the main program's ring.
    ///
    /// # Errors
    /// If the file cannot be created.
    pub fn new(path: &Path, capacity: usize) -> std::io::Result<Self> {
        let first = ring::create(path, capacity)?;
        let (children, missing) = (Vec::new(), Vec::new());
        Ok(Self { first, path: path.into(), known: 0, children, missing, asked: Instant::now() })
    }

    /// The main program's ring.
    pub fn first(&self) -> &Reader {
        &self.first
    }

    /// Tells all processes that recording has ended.
    pub fn close(&self) {
        self.first.close();
        self.children.iter().for_each(|child| child.ring.close());
    }

    /// Stores new ops. Returns how many bytes were taken; 1 if only a process was given up. With `last`, steps no longer
    /// wait for older steps of other processes.
    ///
    /// # Errors
    /// If the ops are damaged or cannot be written to disk.
    pub fn feed(&mut self, recorder: &mut Recorder, last: bool) -> Result<usize, Error> {
        self.look_for_children(recorder);
        if self.children.is_empty() {
            let bytes = self.first.available();
            if bytes.is_empty() {
                return Ok(0);
            }
            let n = recorder.feed(0, bytes, i64::MAX)?;
            self.first.consume(n);
            return Ok(n);
        }
        // Ops written from now on are younger than all ops in the rings, so they wait for the next call.
        let now = if last { i64::MAX } else { self.since_start(ticks()) };
        let mut left: Vec<usize> = (0..=self.children.len()).map(|n| self.ring(n).available().len()).collect();
        let mut taken = 0;
        while taken < BITE {
            let clock = |n: usize| recorder.clock_of(self.stream(n));
            let mut waiting: Vec<usize> = (0..left.len()).filter(|n| left[*n] > 0).collect();
            waiting.sort_by_key(|n| clock(*n));
            let within = (0..left.len()).find(|n| recorder.is_within_step(self.stream(*n)));
            let (next, until) = match (within, waiting.as_slice()) {
                (Some(n), _) if left[n] == 0 => {
                    // Its process waits for space, or has died.
                    if self.ring(n).available().is_empty()
                        && !is_alive(self.ring(n).header().pid.load(Ordering::Relaxed))
                    {
                        recorder.leave_step(self.stream(n));
                        taken += 1;
                    }
                    break;
                }
                (Some(n), _) => (n, clock(n)),
                (None, []) => break,
                (None, [only]) => (*only, now),
                (None, [oldest, second, ..]) => (*oldest, clock(*second).min(now)),
            };
            if within.is_none() && clock(next) > now {
                break;
            }
            let n = recorder.feed(self.stream(next), &self.ring(next).available()[..left[next]], until)?;
            if n == 0 {
                break;
            }
            self.ring_mut(next).consume(n);
            left[next] -= n;
            taken += n;
        }
        if taken == 0 || self.asked.elapsed() > ASK {
            self.let_go(recorder)?;
        }
        Ok(taken)
    }

    /// Passes new ops to the recordings of segments, ring by ring. Returns whether there were any.
    pub fn take_segments(&mut self, segments: &mut Segments) -> bool {
        let announced = self.first.header().children.load(Ordering::Acquire);
        self.missing.extend(self.known + 1..=announced);
        self.known = announced;
        for n in std::mem::take(&mut self.missing) {
            let path = ring::child_path(&self.path, n);
            match ring::open_child(&path) {
                Ok(ring) => {
                    segments.tells(&ring);
                    self.children.push(Child { ring, path, stream: n as usize });
                }
                Err(_) => self.missing.push(n),
            }
        }
        let mut any = segments.take(&mut self.first, 0);
        for child in &mut self.children {
            any |= segments.take(&mut child.ring, child.stream);
        }
        if !any && self.asked.elapsed() > ASK {
            self.asked = Instant::now();
            self.children.retain_mut(|child| {
                let gone = !is_alive(child.ring.header().pid.load(Ordering::Relaxed));
                if gone && !segments.take(&mut child.ring, child.stream) {
                    segments.lost(&child.ring, child.stream, None);
                    let _ = std::fs::remove_file(&child.path);
                }
                !gone || !child.ring.available().is_empty()
            });
        }
        any
    }

    /// Registers that the first process has ended.
    pub fn end_segments(&mut self, segments: &mut Segments, status: Option<ExitStatus>) {
        self.close();
        segments.lost(&self.first, 0, status);
        for child in &self.children {
            segments.lost(&child.ring, child.stream, None);
        }
    }

    fn ring(&self, n: usize) -> &Reader {
        n.checked_sub(1).map_or(&self.first, |n| &self.children[n].ring)
    }

    fn ring_mut(&mut self, n: usize) -> &mut Reader {
        n.checked_sub(1).map_or(&mut self.first, |n| &mut self.children[n].ring)
    }

    fn stream(&self, n: usize) -> usize {
        n.checked_sub(1).map_or(0, |n| self.children[n].stream)
    }

    fn since_start(&self, ticks: u64) -> i64 {
        ticks.wrapping_sub(self.first.header().started.load(Ordering::Acquire)) as i64
    }

    fn look_for_children(&mut self, recorder: &mut Recorder) {
        let announced = self.first.header().children.load(Ordering::Acquire);
        if announced == self.known && self.missing.is_empty() {
            return;
        }
        self.missing.extend(self.known + 1..=announced);
        self.known = announced;
        for n in std::mem::take(&mut self.missing) {
            let path = ring::child_path(&self.path, n);
            match ring::open_child(&path) {
                Ok(ring) => {
                    let offset = self.since_start(ring.header().started.load(Ordering::Acquire));
                    let stream = recorder.add_process(offset);
                    self.children.push(Child { ring, path, stream });
                }
                // It is being created.
                Err(_) => self.missing.push(n),
            }
        }
    }

    /// Drops processes that have ended and whose rings are empty.
    fn let_go(&mut self, recorder: &mut Recorder) -> Result<(), Error> {
        if self.asked.elapsed() < ASK {
            return Ok(());
        }
        self.asked = Instant::now();
        let mut n = 0;
        while n < self.children.len() {
            let child = &self.children[n];
            // Check first, then read: everything that a process wrote before it died is then in the ring.
            let gone = recorder.has_ended(child.stream) || !is_alive(child.ring.header().pid.load(Ordering::Relaxed));
            if gone && child.ring.available().is_empty() {
                recorder.end_process(child.stream, python(&child.ring), true)?;
                let _ = std::fs::remove_file(&child.path);
                self.children.swap_remove(n);
            } else {
                n += 1;
            }
        }
        Ok(())
    }

    /// Detaches from processes that outlive the program.
    ///
    /// # Errors
    /// If a note about them cannot be written.
    pub fn end(&mut self, recorder: &mut Recorder) -> Result<(), Error> {
        let is_gone = |child: &Child, recorder: &Recorder| {
            recorder.has_ended(child.stream) || !is_alive(child.ring.header().pid.load(Ordering::Relaxed))
        };
        // Most processes are about to end: wait for their last steps, but not for long.
        let deadline = Instant::now() + GRACE;
        while Instant::now() < deadline
            && self.children.iter().any(|child| recorder.has_steps(child.stream) && !is_gone(child, recorder))
        {
            if self.feed(recorder, true)? == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        while self.feed(recorder, true)? > 0 && Instant::now() < deadline {}
        self.close();
        for child in std::mem::take(&mut self.children) {
            let pid = child.ring.header().pid.load(Ordering::Relaxed);
            let gone = is_gone(&child, recorder);
            recorder.end_process(child.stream, python(&child.ring), gone)?;
            if !gone && recorder.has_steps(child.stream) {
                recorder.note(&format!("process {pid} went on after the program; what it did then is not recorded"));
            }
        }
        Ok(())
    }
}

fn python(ring: &Reader) -> (u32, u32) {
    let python = ring.header().python.load(Ordering::Acquire);
    ((python >> 32) as u32, python as u32)
}

/// Whether a process is alive. A zombie is not alive.
pub(super) fn is_alive(pid: u32) -> bool {
    if let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) {
        return !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with(['Z', 'X']));
    }
    // SAFETY: signal 0 only asks.
    unsafe { libc::kill(pid as libc::pid_t, 0) == 0 && !Path::new("/proc/self").exists() }
}

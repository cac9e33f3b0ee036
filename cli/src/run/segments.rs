//! Records the segments of a program, such as tests: each has a separate recording, and some are dropped.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use connie_recording::Error;
use connie_recording::reader;
use connie_recording::recorder::{Outcome, Recorder, Run, Silent, Summary};
use connie_wire::op::keep;
use connie_wire::ring::Reader;
use connie_wire::{Decoder, Op};
use std::os::unix::process::ExitStatusExt;

use super::lines::{Collected, Teller};
use super::references::References;
use super::rings::is_alive;
use super::{Budget, missing};
use crate::folder;

/// The number of bytes of a segment kept in memory before it is written to disk. A passing test with fewer bytes writes
/// nothing.
const MEMORY: usize = 64 << 20;
/// The interval for writing a segment that is kept in any case.
const OFTEN: Duration = Duration::from_millis(50);

/// The common data of all recordings of a run, and the recordings in progress.
pub struct Segments {
    folder: PathBuf,
    run: Run,
    budget: Budget,
    /// By ring: the first process, and its children.
    current: Vec<Option<Segment>>,
    /// The first error; the program continues.
    pub trouble: Option<Error>,
    /// Kept recordings that were not reported yet: their paths and summaries.
    pub kept: Vec<(PathBuf, Summary)>,
    /// Ids of recordings that began and were not reported yet.
    pub begun: Vec<String>,
    /// Whether a reader follows the recordings live.
    pub is_live: bool,
    /// The file that the tracer read.
    pub config: PathBuf,
    /// The reason why child processes of a segment are not recorded, if none is.
    pub alone: Option<&'static str>,
    /// Messages about missing processes that were printed already.
    pub missing: Vec<String>,
    /// The file for reports of the lines that each segment ran, if requested.
    pub lines: Option<Teller>,
    /// The tests to run, in the format of `connie_pytest`; all if `None`.
    pub chosen: Option<String>,
    /// Processes that reported themselves.
    known: Vec<u32>,
    /// Passing tests that are kept to compare failures with.
    references: References,
}

/// A segment in progress.
struct Segment {
    id: String,
    name: String,
    /// Whether its recording is kept in any case.
    is_kept: bool,
    began: Instant,
    written: Instant,
    /// The bytes that it has written so far.
    bytes: Vec<u8>,
    /// Its recording, if it exists yet.
    recorder: Option<Recorder>,
    /// Whether recording has stopped.
    is_full: bool,
    /// The lines that it ran, if they are reported.
    lines: Option<Box<Collected>>,
}

impl Segment {
    fn new(id: &[u8], name: &[u8], is_kept: bool) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let now = Instant::now();
        Self {
            id: text(id),
            name: text(name),
            is_kept,
            began: now,
            written: now,
            bytes: Vec::new(),
            recorder: None,
            is_full: false,
            lines: None,
        }
    }
}

impl Segments {
    /// Creates recordings in `folder`. They share `run`, and `budget` limits each.
    pub fn new(folder: PathBuf, run: Run, budget: Budget) -> Self {
        let (kept, begun) = (Vec::new(), Vec::new());
        Self {
            references: References::new(&folder),
            folder,
            run,
            budget,
            current: Vec::new(),
            trouble: None,
            kept,
            begun,
            is_live: false,
            config: PathBuf::new(),
            alone: None,
            missing: Vec::new(),
            lines: None,
            chosen: None,
            known: Vec::new(),
        }
    }

    /// Registers the ring of a process.
    pub fn tells(&mut self, ring: &Reader) {
        self.known.push(ring.header().pid.load(std::sync::atomic::Ordering::Relaxed));
    }

    /// Registers processes that a segment started and that are not recorded.
    fn note_missing(&mut self, recorder: &mut Recorder) {
        let is_missing = |process: &&Silent| {
            // A process that has just begun may still report itself.
            let may_tell = process.option.is_none() && (self.known.contains(&process.pid) || is_alive(process.pid));
            self.alone.is_some() || !may_tell
        };
        let silent: Vec<&Silent> = recorder.silent().iter().filter(is_missing).collect();
        let found = match self.alone {
            Some(why) => missing::processes(&silent, |_| why.to_owned()),
            None => missing::processes(&silent, |process| missing::reason(process, &self.config)),
        };
        for why in found {
            recorder.note(&why);
            if !self.missing.contains(&why) {
                self.missing.push(why);
            }
        }
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{}", folder::EXTENSION))
    }

    /// Reads a ring. Returns whether there was anything to read.
    pub fn take(&mut self, ring: &mut Reader, n: usize) -> bool {
        while self.current.len() <= n {
            self.current.push(None);
        }
        let bytes = ring.available();
        let length = bytes.len();
        if let Err(error) = self.read(bytes, ring, n) {
            self.current[n] = None;
            self.trouble.get_or_insert(error);
        }
        ring.consume(length);
        length > 0
    }

    fn read(&mut self, bytes: &[u8], ring: &Reader, n: usize) -> Result<(), Error> {
        let mut decoder = Decoder::new(bytes);
        // The offset where the bytes of the current segment begin.
        let mut begun = 0;
        while !decoder.is_empty() {
            let before = decoder.position();
            match Op::decode(&mut decoder)? {
                Op::Segment { id, name, kept } => {
                    let mut segment = Segment::new(&id, &name, kept);
                    segment.lines = self.lines.as_ref().map(|_| Box::default());
                    self.begun.push(segment.id.clone());
                    self.current[n] = Some(segment);
                    begun = decoder.position();
                }
                Op::SegmentEnd { keep } => {
                    if let Some(mut segment) = self.current[n].take() {
                        segment.bytes.extend_from_slice(&bytes[begun..before]);
                        self.end(segment, ring, keep, None)?;
                    }
                    begun = decoder.position();
                }
                op => {
                    if let Some(lines) = self.current[n].as_mut().and_then(|segment| segment.lines.as_mut()) {
                        lines.see(&op);
                    }
                }
            }
        }
        if let Some(mut segment) = self.current[n].take() {
            if !segment.is_full {
                segment.bytes.extend_from_slice(&bytes[begun..]);
            }
            if segment.bytes.len() > MEMORY || segment.is_kept && segment.written.elapsed() > OFTEN {
                self.write(&mut segment, ring)?;
            }
            self.current[n] = Some(segment);
        }
        Ok(())
    }

    /// Stores the bytes that a segment has written so far.
    fn write(&self, segment: &mut Segment, ring: &Reader) -> Result<(), Error> {
        let header = ring.header();
        let pid = header.pid.load(std::sync::atomic::Ordering::Relaxed);
        if segment.recorder.is_none() {
            let name = if segment.name.is_empty() { &self.run.name } else { &segment.name };
            let run = Run { id: segment.id.clone(), name: name.clone(), ..self.run.clone() };
            let mut recorder = Recorder::create(&self.path(&segment.id), &run)?;
            let python = header.python.load(std::sync::atomic::Ordering::Acquire);
            recorder.set_python(pid, (python >> 32) as u32, python as u32)?;
            self.budget.apply(&mut recorder);
            if self.is_live {
                recorder.write_at_once();
            }
            segment.recorder = Some(recorder);
        }
        if let Some(recorder) = &mut segment.recorder {
            let mut at = 0;
            while at < segment.bytes.len() {
                let n = recorder.feed(0, &segment.bytes[at..], i64::MAX)?;
                if n == 0 {
                    break;
                }
                at += n;
            }
            recorder.tick()?;
            if let Some(why) = self.budget.spent(recorder, segment.began).filter(|_| !segment.is_full) {
                recorder.note(&why);
                segment.is_full = true;
                if recorder.is_unwanted() {
                    recorder.let_go();
                }
            }
        }
        segment.written = Instant::now();
        segment.bytes.clear();
        Ok(())
    }

    /// Completes the recording of a segment, or drops it. `status` is that of the process, if that ended it.
    fn end(&mut self, mut segment: Segment, ring: &Reader, keep: u8, status: Option<ExitStatus>) -> Result<(), Error> {
        let path = self.path(&segment.id);
        if let (Some(teller), Some(lines)) = (&mut self.lines, &segment.lines) {
            teller.tell(lines, &segment.name, keep == keep::FAILED);
        }
        let is_dropped = keep == keep::DROPPED || keep == keep::REFERENCE && !self.references.wants(&segment.name);
        if is_dropped {
            if let Some(recorder) = segment.recorder.take() {
                drop(recorder);
                let _ = folder::remove(&path);
            }
            return Ok(());
        }
        self.write(&mut segment, ring)?;
        let Some(mut recorder) = segment.recorder.take() else { return Ok(()) };
        self.note_missing(&mut recorder);
        if status.is_none() {
            recorder.end_of_segment();
        }
        match keep {
            keep::REFERENCE => recorder.set_kept(reader::REFERENCE)?,
            keep::SKIPPED => recorder.set_kept(reader::SKIPPED)?,
            _ => {}
        }
        let (exit_code, signal) = match (status, keep) {
            (Some(status), _) => (status.code(), status.signal()),
            (None, keep::PASSED | keep::REFERENCE | keep::SKIPPED) => (Some(0), None),
            (None, _) => (None, None),
        };
        let outcome = Outcome {
            exit_code,
            failed: keep == keep::FAILED,
            signal,
            executable: self.run.argv.first().cloned().unwrap_or_default(),
            pid: ring.header().pid.load(std::sync::atomic::Ordering::Relaxed),
            waited: 0,
        };
        let summary = recorder.finish(&outcome)?;
        self.references.note(&path);
        // A recording that is kept only for comparing is not reported.
        if keep != keep::REFERENCE {
            self.kept.push((path, summary));
        }
        Ok(())
    }

    /// Keeps the segment of a process that has ended, regardless of the segment's result.
    pub fn lost(&mut self, ring: &Reader, n: usize, status: Option<ExitStatus>) {
        if let Some(segment) = self.current.get_mut(n).and_then(Option::take)
            && let Err(error) = self.end(segment, ring, keep::FAILED, status)
        {
            self.trouble.get_or_insert(error);
        }
    }
}

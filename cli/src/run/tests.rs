//! Tests under the recorder: each is a recording of its own, and most are dropped.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::time::Duration;

use connie_recording::Error;
use connie_recording::recorder::{Outcome, Recorder, Run};
use connie_wire::ring::Reader;
use connie_wire::{Decoder, Op};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

use super::Launch;
use super::place::Place;
use super::supervise::{pass_signals_on, start};
use crate::failure::Failure;
use crate::folder;

/// Bytes of a test that are kept in memory before they are written: tests that pass leave no trace of more.
const MEMORY: usize = 64 << 20;

/// What all recordings of a run of tests have in common, and those that are being made.
pub struct Tests {
    folder: PathBuf,
    run: Run,
    /// By ring: the first process's, and its workers'.
    current: Vec<Option<Test>>,
    /// The first thing that went wrong: the tests go on.
    pub trouble: Option<Error>,
}

/// A test that runs.
struct Test {
    id: String,
    name: String,
    /// What it has written so far.
    bytes: Vec<u8>,
    /// Where that was too much: its recording.
    recorder: Option<Recorder>,
}

impl Tests {
    /// Recordings go into `folder`; `run` is what they share.
    pub fn new(folder: PathBuf, run: Run) -> Self {
        Self { folder, run, current: Vec::new(), trouble: None }
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.{}", folder::EXTENSION))
    }

    /// Takes what a ring has; whether there was anything.
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
        // Where what belongs to the test begins that runs.
        let mut begun = 0;
        while !decoder.is_empty() {
            let before = decoder.position();
            match Op::decode(&mut decoder)? {
                Op::Test { id, name } => {
                    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                    let (id, name) = (text(&id), text(&name));
                    self.current[n] = Some(Test { id, name, bytes: Vec::new(), recorder: None });
                    begun = decoder.position();
                }
                Op::TestEnd { keep } => {
                    if let Some(mut test) = self.current[n].take() {
                        test.bytes.extend_from_slice(&bytes[begun..before]);
                        self.end(test, ring, keep)?;
                    }
                    begun = decoder.position();
                }
                _ => {}
            }
        }
        if let Some(mut test) = self.current[n].take() {
            test.bytes.extend_from_slice(&bytes[begun..]);
            if test.bytes.len() > MEMORY {
                self.write(&mut test, ring)?;
            }
            self.current[n] = Some(test);
        }
        Ok(())
    }

    /// Stores what a test has written so far.
    fn write(&self, test: &mut Test, ring: &Reader) -> Result<(), Error> {
        let header = ring.header();
        let pid = header.pid.load(std::sync::atomic::Ordering::Relaxed);
        if test.recorder.is_none() {
            let run = Run { id: test.id.clone(), name: test.name.clone(), ..self.run.clone() };
            let mut recorder = Recorder::create(&self.path(&test.id), &run)?;
            let python = header.python.load(std::sync::atomic::Ordering::Acquire);
            recorder.set_python(pid, (python >> 32) as u32, python as u32)?;
            test.recorder = Some(recorder);
        }
        if let Some(recorder) = &mut test.recorder {
            let mut at = 0;
            while at < test.bytes.len() {
                let n = recorder.feed(0, &test.bytes[at..], i64::MAX)?;
                if n == 0 {
                    break;
                }
                at += n;
            }
        }
        test.bytes.clear();
        Ok(())
    }

    /// Completes the recording of a test, or drops it.
    fn end(&self, mut test: Test, ring: &Reader, keep: u8) -> Result<(), Error> {
        if keep == 0 {
            if let Some(recorder) = test.recorder.take() {
                drop(recorder);
                let _ = folder::remove(&self.path(&test.id));
            }
            return Ok(());
        }
        self.write(&mut test, ring)?;
        let Some(mut recorder) = test.recorder.take() else { return Ok(()) };
        recorder.end_of_test();
        let outcome = Outcome {
            exit_code: Some(i32::from(keep == 2)),
            signal: None,
            executable: self.run.argv.first().cloned().unwrap_or_default(),
            pid: ring.header().pid.load(std::sync::atomic::Ordering::Relaxed),
            waited: 0,
        };
        recorder.finish(&outcome).map(|_| ())
    }

    /// The process of a ring is gone: its test is kept, whatever became of it.
    pub fn lost(&mut self, ring: &Reader, n: usize) {
        if let Some(test) = self.current.get_mut(n).and_then(Option::take)
            && let Err(error) = self.end(test, ring, 2)
        {
            self.trouble.get_or_insert(error);
        }
    }
}

/// Runs pytest to its end; its exit code.
///
/// # Errors
/// Where it cannot be started or recorded.
pub fn supervise_tests(launch: Launch, mut tests: Tests) -> Result<i32, Failure> {
    let io = |error: std::io::Error| Failure::CannotCreate(format!("cannot prepare the recording: {error}"));
    let mut place = Place::new(&launch.config).map_err(io)?;
    let signals = SignalsInfo::<WithOrigin>::new([SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2])?;
    let handle = signals.handle();
    let mut child = start(&launch, &place.bundle, &place.config)?;
    let passing = pass_signals_on(signals, child.id());
    let mut status = None;
    loop {
        if place.rings.take_tests(&mut tests) {
            continue;
        }
        if status.is_some() {
            break;
        }
        // What was written before the end is read after it: look once more.
        status = child.try_wait()?;
        if status.is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    place.rings.end_tests(&mut tests);
    handle.close();
    let _ = passing.join();
    if let Some(why) = place.refusal() {
        return Err(Failure::Interpreter(why));
    }
    if let Some(error) = &tests.trouble {
        let style = crate::style::ERROR;
        anstream::eprintln!("{style}connie:{style:#} a test was not recorded, the tests were not disturbed: {error}");
    }
    let status = status.unwrap_or_default();
    Ok(status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
}

//! Starts the program, stores the ops of its tracer, passes signals on, and waits for the program's end.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, ExitStatus};
use std::sync::atomic::Ordering;
use std::time::Instant;

use connie_recording::Error;
use connie_recording::recorder::{Outcome, Recorder, Summary};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

use super::launch::{Launch, start};
use super::pace::{ENOUGH, Pace};
use super::progress::Progress;
use super::run_folder::RunFolder;
use super::signals::{heeded, outlive_readers, pass_signals_on};
use super::{abort, alone, missing, nothing};
use crate::failure::Failure;

/// The result of a run.
pub struct Ended {
    /// The program's status.
    pub status: ExitStatus,
    /// The finished recording, or the reason why there is none.
    pub recording: Result<Summary, Error>,
    /// The reason why the tracer refused to start, or that it never started.
    pub refused: Option<String>,
}

/// A message about an executable that did not load the tracer.
fn did_not_load(python: &Path, is_launcher: bool) -> String {
    let name = python.file_name().unwrap_or_default().to_string_lossy();
    if is_launcher {
        return format!(
            "nothing was recorded: {name} started no Python that connie can record, or removed PYTHONPATH from its environment"
        );
    }
    let why = if ["python", "pypy"].iter().any(|known| name.contains(known)) {
        "it ended early, or keeps connie from loading with -I, -S or -E"
    } else {
        "it does not seem to be a Python interpreter"
    };
    format!("{} did not load connie's tracer: {why}", python.display())
}

/// Runs the program to its end and completes the recording.
///
/// # Errors
/// If the program cannot be started.
pub fn supervise(launch: Launch, recorder: Recorder) -> Result<Ended, Failure> {
    let place = match RunFolder::new(&launch.config) {
        Ok(place) => place,
        Err(source) => {
            let error = Error::Io { path: std::env::temp_dir(), source };
            if !error.is_limit() {
                return Err(Failure::CannotCreate(format!("cannot prepare the recording: {error}")));
            }
            recorder.discard();
            return Ok(Ended { status: alone::run(&launch)?, recording: Err(error), refused: None });
        }
    };
    outlive_readers();
    let signals = SignalsInfo::<WithOrigin>::new(heeded())?;
    let handle = signals.handle();
    let child = start(&launch, &place.bundle, &place.config)?;
    abort::outlive(child.id(), place.lock());
    let passing = pass_signals_on(signals, child.id());
    let mut watched = Watched::new(launch, recorder, place, child);
    let status = watched.watch()?;
    abort::over();
    handle.close();
    let _ = passing.map(std::thread::JoinHandle::join);
    watched.progress.finish();
    Ok(watched.end(status))
}

/// A running program, and its recording.
struct Watched {
    launch: Launch,
    recorder: Recorder,
    place: RunFolder,
    child: Child,
    progress: Progress,
    started: Instant,
    /// Whether the tracer has reported the version of Python.
    is_known: bool,
    /// Whether a limit was reached, so that recording has stopped.
    is_stopped: bool,
    /// Whether the recording was deleted.
    is_unwanted: bool,
    /// The reason why the recording is incomplete. The program continues.
    failed: Option<Error>,
    pace: Pace,
}

impl Watched {
    fn new(launch: Launch, mut recorder: Recorder, place: RunFolder, child: Child) -> Self {
        let progress = Progress::new(launch.quiet);
        launch.budget.apply(&mut recorder);
        let pace = Pace::of(child.id());
        Self {
            launch,
            recorder,
            place,
            child,
            progress,
            started: Instant::now(),
            is_known: false,
            is_stopped: false,
            is_unwanted: false,
            failed: None,
            pace,
        }
    }

    /// Stores ops until the program ends, and returns its status.
    fn watch(&mut self) -> Result<ExitStatus, Failure> {
        let mut status = None;
        loop {
            self.meet();
            self.stop_if_spent();
            let took = self.take(status.is_some());
            self.pace.took(took > 0);
            if took >= ENOUGH || took > 0 && status.is_some() {
                self.show();
                continue;
            }
            if let Some(status) = status {
                return Ok(status);
            }
            // Ops written before the end of the program are read after it, so read once more.
            status = self.child.try_wait()?;
            if status.is_none() {
                self.rest();
            }
        }
    }

    /// Registers the version of Python once the tracer has reported it.
    fn meet(&mut self) {
        let python = self.place.rings.first().header().python.load(Ordering::Acquire);
        if !self.is_known && self.failed.is_none() && python != 0 {
            self.failed = self.recorder.set_python(self.child.id(), (python >> 32) as u32, python as u32).err();
            self.is_known = true;
        }
    }

    /// Stops recording if a limit was reached.
    fn stop_if_spent(&mut self) {
        if self.is_stopped || self.failed.is_some() {
            return;
        }
        let Some(why) = self.launch.budget.spent(&self.recorder, self.started) else { return };
        self.is_stopped = true;
        self.recorder.note(&why);
        self.place.rings.close();
        if self.recorder.is_unwanted() {
            self.recorder.let_go();
            self.is_unwanted = true;
        }
    }

    /// Stores new ops. Returns how many bytes there were.
    fn take(&mut self, last: bool) -> usize {
        if self.failed.is_some() || self.is_stopped {
            return 0;
        }
        let took = self.place.rings.feed(&mut self.recorder, last);
        let took = took.and_then(|took| if took > 0 { self.recorder.tick().map(|()| took) } else { Ok(0) });
        took.unwrap_or_else(|error| {
            self.fail(error);
            0
        })
    }

    fn fail(&mut self, error: Error) {
        self.failed = Some(error);
        self.place.rings.close();
    }

    fn show(&mut self) {
        self.progress.tick(self.recorder.steps(), || self.recorder.size());
    }

    /// Waits a little for more ops.
    fn rest(&mut self) {
        self.show();
        if self.failed.is_none()
            && let Err(error) = self.recorder.tick()
        {
            self.fail(error);
        }
        self.pace.wait();
    }

    /// Completes the recording.
    fn end(mut self, status: ExitStatus) -> Ended {
        if self.failed.is_none() {
            self.failed = self.place.rings.end(&mut self.recorder).err();
        }
        self.note_what_is_missing(status);
        let header = self.place.rings.first().header();
        let waited = header.waited.load(Ordering::Relaxed);
        let has_told = header.pid.load(Ordering::Relaxed) != 0;
        let refused = self
            .place
            .refusal()
            .or_else(|| (!has_told).then(|| did_not_load(&self.launch.python, self.launch.is_launcher)));
        let outcome = Outcome {
            exit_code: status.code(),
            failed: false,
            signal: status.signal(),
            executable: self.launch.python.to_string_lossy().into_owned(),
            pid: self.child.id(),
            waited,
        };
        let recording = match self.failed {
            None if self.is_unwanted => Ok(self.recorder.give_up()),
            None => self.recorder.finish(&outcome),
            Some(error) => {
                let _ = self.recorder.abandon(&outcome, &error.to_string());
                Err(error)
            }
        };
        Ended { status, recording, refused }
    }

    /// Registers processes that are not recorded, and why nothing was recorded.
    fn note_what_is_missing(&mut self, status: ExitStatus) {
        let Self { launch, recorder, place, .. } = self;
        let silent: Vec<_> = recorder.silent().iter().collect();
        for why in missing::sentences(&silent, place.rings.first().header(), &place.config) {
            recorder.note(&why);
        }
        if let Some(left_out) = recorder.nothing_recorded().filter(|_| !launch.config.empty_hooks) {
            let why = nothing::failed_before(status, &launch.arguments, left_out, recorder.last_words())
                .unwrap_or_else(|| nothing::sentence(&launch.config.root, left_out, &place.bundle.folder));
            recorder.note(&why);
        }
    }
}

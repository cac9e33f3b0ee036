//! Starts the program, stores what its tracer writes, passes signals on, waits for its end.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use connie_recording::Error;
use connie_recording::recorder::{Outcome, Recorder, Summary};
use connie_wire::config::Config;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

use super::place::Place;
use super::progress::Progress;
use super::{Budget, Bundle, abort, alone, missing, nothing};
use crate::failure::Failure;

/// What is to be run.
pub struct Launch {
    /// The interpreter.
    pub python: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What the tracer is told; `ring` is filled in here.
    pub config: Config,
    /// No progress line.
    pub quiet: bool,
    /// How much is recorded at most.
    pub budget: Budget,
    /// What the program reads on stdin; else what we were given.
    pub input: Option<Vec<u8>>,
}

/// How it went.
pub struct Ended {
    /// The program's status.
    pub status: ExitStatus,
    /// The finished recording, or why there is none.
    pub recording: Result<Summary, Error>,
    /// Why the tracer refused to start, or that it never did.
    pub refused: Option<String>,
}

/// The signals that are passed on. Those that whoever started us had ignored, as `nohup` and shells do, stay so: the
/// program ignores them as it would alone.
pub fn heeded() -> Vec<i32> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| u64::from_str_radix(line.strip_prefix("SigIgn:")?.trim(), 16).ok());
    let is_heeded = |signal: &i32| ignored.unwrap_or(0) >> (signal - 1) & 1 == 0;
    [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2].into_iter().filter(is_heeded).collect()
}

/// Runs the program to its end and completes the recording.
///
/// # Errors
/// Where the program cannot be started.
pub fn supervise(launch: Launch, mut recorder: Recorder) -> Result<Ended, Failure> {
    let mut place = match Place::new(&launch.config) {
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
    let signals = SignalsInfo::<WithOrigin>::new(heeded())?;
    let handle = signals.handle();
    let mut child = start(&launch, &place.bundle, &place.config)?;
    abort::outlive(child.id(), place.lock());
    let passing = pass_signals_on(signals, child.id());
    let mut progress = Progress::new(launch.quiet);
    launch.budget.apply(&mut recorder);
    let started = Instant::now();
    let (mut stopped, mut unwanted) = (false, false);
    let mut failed: Option<Error> = None;
    let mut known = false;
    let mut status = None;
    let mut idle = 0u32;
    loop {
        if !known && failed.is_none() && place.rings.first().header().python.load(Ordering::Acquire) != 0 {
            let python = place.rings.first().header().python.load(Ordering::Acquire);
            failed = recorder.set_python(child.id(), (python >> 32) as u32, python as u32).err();
            known = true;
        }
        if !stopped
            && failed.is_none()
            && let Some(why) = launch.budget.spent(&recorder, started)
        {
            stopped = true;
            recorder.note(&why);
            place.rings.close();
            if recorder.is_unwanted() {
                recorder.let_go();
                unwanted = true;
            }
        }
        let took = if failed.is_none() && !stopped {
            let last = status.is_some();
            place
                .rings
                .feed(&mut recorder, last)
                .and_then(|took| if took { recorder.tick().map(|()| true) } else { Ok(false) })
        } else {
            Ok(false)
        };
        let took = took.unwrap_or_else(|error| {
            // The program goes on without us.
            failed = Some(error);
            place.rings.close();
            false
        });
        if took {
            idle = 0;
            progress.tick(recorder.steps(), || recorder.size());
            continue;
        }
        if status.is_some() {
            break;
        }
        // What was written before the end is read after it: look once more.
        status = child.try_wait()?;
        if status.is_none() {
            idle += 1;
            progress.tick(recorder.steps(), || recorder.size());
            if failed.is_none()
                && let Err(error) = recorder.tick()
            {
                failed = Some(error);
                place.rings.close();
            }
            std::thread::sleep(Duration::from_micros(if idle < 20 { 100 } else { 1000 }));
        }
    }
    abort::over();
    handle.close();
    let _ = passing.map(std::thread::JoinHandle::join);
    progress.finish();
    let status = status.unwrap_or_default();
    if failed.is_none() {
        failed = place.rings.end(&mut recorder).err();
    }
    let silent: Vec<_> = recorder.silent().iter().collect();
    for why in missing::sentences(&silent, place.rings.first().header(), &place.config) {
        recorder.note(&why);
    }
    if let Some(left_out) = recorder.nothing_recorded().filter(|_| !launch.config.empty_hooks) {
        let why = nothing::failed_before(status, &launch.arguments, left_out, recorder.last_words())
            .unwrap_or_else(|| nothing::sentence(&launch.config.root, left_out, &place.bundle.folder));
        recorder.note(&why);
    }
    let ring = place.rings.first();
    let waited = ring.header().waited.load(Ordering::Relaxed);
    let refused = place.refusal().or_else(|| {
        let never = ring.header().pid.load(Ordering::Relaxed) == 0;
        never.then(|| did_not_load(&launch.python))
    });
    let outcome = Outcome {
        exit_code: status.code(),
        failed: false,
        signal: status.signal(),
        executable: launch.python.to_string_lossy().into_owned(),
        pid: child.id(),
        waited,
    };
    let recording = match failed {
        None if unwanted => Ok(recorder.give_up()),
        None => recorder.finish(&outcome),
        Some(error) => {
            let _ = recorder.abandon(&outcome, &error.to_string());
            Err(error)
        }
    };
    Ok(Ended { status, recording, refused })
}

/// Why an executable that ran did not load the tracer.
fn did_not_load(python: &Path) -> String {
    let name = python.file_name().unwrap_or_default().to_string_lossy();
    let why = if ["python", "pypy"].iter().any(|known| name.contains(known)) {
        "it ended early, or keeps connie out with -I, -S or -E"
    } else {
        "it does not seem to be a Python interpreter"
    };
    format!("{} did not load connie's tracer: {why}", python.display())
}

pub(super) fn start(launch: &Launch, bundle: &Bundle, config: &Path) -> Result<Child, Failure> {
    let mut command = Command::new(&launch.python);
    command.args(&launch.arguments).env("CONNIE_CONFIG", config);
    let before = std::env::var_os("PYTHONPATH").filter(|path| !path.is_empty());
    let mut path = bundle.folder.clone().into_os_string();
    if let Some(before) = before {
        path.push(":");
        path.push(&before);
        command.env("CONNIE_PYTHONPATH", before);
    }
    command.env("PYTHONPATH", path);
    // No name has this sign in it.
    let names: Vec<OsString> = std::env::vars_os().map(|(name, _)| name).collect();
    command.env("CONNIE_NAMES", names.join(OsStr::new("=")));
    if launch.input.is_some() {
        command.stdin(Stdio::piped());
    }
    let cannot = |error| Failure::Interpreter(format!("cannot run {}: {error}", launch.python.display()));
    let mut child = command.spawn().map_err(cannot)?;
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), launch.input.clone()) {
        // A program that ends early reads no more: that is its own affair.
        std::thread::spawn(move || pipe.write_all(&input));
    }
    Ok(child)
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

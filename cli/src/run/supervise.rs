//! Starts the program, stores what its tracer writes, passes signals on, waits for its end.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use connie_recording::Error;
use connie_recording::recorder::{Outcome, Recorder, Summary};
use connie_wire::config::Config;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

use super::progress::Progress;
use super::rings::Rings;
use super::{Budget, Bundle};
use crate::failure::Failure;

/// Bytes of the ring: enough for tens of milliseconds of the fastest program.
const RING: usize = 32 << 20;

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

/// A folder with the ring in it: in memory where the system has such a place, and room there.
pub(super) fn prepare() -> std::io::Result<(tempfile::TempDir, PathBuf, Rings)> {
    let with_ring = |folder: std::io::Result<tempfile::TempDir>, size: usize| {
        let folder = folder?;
        let path = folder.path().join("ring");
        let rings = Rings::new(&path, size)?;
        Ok((folder, path, rings))
    };
    let builder = || {
        let mut builder = tempfile::Builder::new();
        builder.prefix("connie-");
        builder
    };
    let in_memory = |size| with_ring(builder().tempdir_in("/dev/shm"), size);
    in_memory(RING).or_else(|_| in_memory(RING / 8)).or_else(|_| with_ring(builder().tempdir(), RING))
}

/// Runs the program to its end and completes the recording.
///
/// # Errors
/// Where the program cannot be started.
pub fn supervise(launch: Launch, mut recorder: Recorder) -> Result<Ended, Failure> {
    let io = |error: std::io::Error| Failure::CannotCreate(format!("cannot prepare the recording: {error}"));
    let (folder, ring_path, mut rings) = prepare().map_err(io)?;
    let bundle = Bundle::unpack(folder.path()).map_err(io)?;
    let config_path = folder.path().join("config");
    let mut config = launch.config.clone();
    config.ring = ring_path.to_string_lossy().into_owned();
    config.exclude.push(bundle.folder.to_string_lossy().into_owned());
    std::fs::write(&config_path, config.to_text()).map_err(io)?;

    let signals = SignalsInfo::<WithOrigin>::new([SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2])?;
    let handle = signals.handle();
    let mut child = start(&launch, &bundle, &config_path)?;
    let passing = pass_signals_on(signals, child.id());
    let mut progress = Progress::new(launch.quiet);
    if let Some(most) = launch.budget.steps {
        recorder.limit_steps(most);
    }
    let started = Instant::now();
    let mut stopped = false;
    let mut failed: Option<Error> = None;
    let mut known = false;
    let mut status = None;
    let mut idle = 0u32;
    loop {
        if !known && failed.is_none() && rings.first().header().python.load(Ordering::Acquire) != 0 {
            let python = rings.first().header().python.load(Ordering::Acquire);
            failed = recorder.set_python(child.id(), (python >> 32) as u32, python as u32).err();
            known = true;
        }
        if !stopped
            && failed.is_none()
            && let Some(why) = launch.budget.spent(&recorder, started)
        {
            stopped = true;
            recorder.note(&why);
            rings.close();
        }
        let took = if failed.is_none() && !stopped {
            let last = status.is_some();
            rings
                .feed(&mut recorder, last)
                .and_then(|took| if took { recorder.tick().map(|()| true) } else { Ok(false) })
        } else {
            Ok(false)
        };
        let took = took.unwrap_or_else(|error| {
            // The program goes on without us.
            failed = Some(error);
            rings.close();
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
                rings.close();
            }
            std::thread::sleep(Duration::from_micros(if idle < 20 { 100 } else { 1000 }));
        }
    }
    handle.close();
    let _ = passing.join();
    progress.finish();
    let status = status.unwrap_or_default();
    if failed.is_none() {
        failed = rings.end(&mut recorder).err();
    }
    let ring = rings.first();
    let waited = ring.header().waited.load(Ordering::Relaxed);
    let refused = std::fs::read_to_string(folder.path().join("config.refused")).ok().or_else(|| {
        let never = ring.header().pid.load(Ordering::Relaxed) == 0;
        never.then(|| format!("{} did not load connie's tracer", launch.python.display()))
    });
    let outcome = Outcome {
        exit_code: status.code(),
        signal: status.signal(),
        executable: launch.python.to_string_lossy().into_owned(),
        pid: child.id(),
        waited,
    };
    let recording = match failed {
        None => recorder.finish(&outcome),
        Some(error) => {
            let _ = recorder.abandon(&outcome, &error.to_string());
            Err(error)
        }
    };
    Ok(Ended { status, recording, refused })
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
    command.spawn().map_err(|error| Failure::Interpreter(format!("cannot run {}: {error}", launch.python.display())))
}

/// Signals that a process sent to us alone go to the program; those from the terminal reached it
/// already.
pub(super) fn pass_signals_on(mut signals: SignalsInfo<WithOrigin>, child: u32) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        for origin in signals.forever() {
            if origin.process.is_some() {
                // SAFETY: sends a signal to our own child, which we have not waited for yet or
                // whose id is still ours.
                unsafe { libc::kill(child as libc::pid_t, origin.signal) };
            }
        }
    })
}

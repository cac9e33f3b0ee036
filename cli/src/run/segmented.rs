//! Runs, or watches, a program whose segments have separate recordings.

use std::process::ExitStatus;
use std::time::Duration;

use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

use super::launch::{Launch, start};
use super::run_folder::RunFolder;
use super::signals::{heeded, outlive_readers, pass_signals_on};
use super::{Segments, report};
use crate::failure::Failure;

/// Runs the program to its end and returns its status.
///
/// # Errors
/// If it cannot be started or recorded.
pub fn supervise_segments(launch: Launch, mut segments: Segments) -> Result<ExitStatus, Failure> {
    let io = |error: std::io::Error| Failure::CannotCreate(format!("cannot prepare the recording: {error}"));
    let mut place = RunFolder::new(&launch.config).map_err(io)?;
    segments.config.clone_from(&place.config);
    if let Some(chosen) = &segments.chosen {
        let mut path = place.config.clone().into_os_string();
        path.push(".chosen");
        std::fs::write(path, chosen).map_err(io)?;
    }
    outlive_readers();
    let signals = SignalsInfo::<WithOrigin>::new(heeded())?;
    let handle = signals.handle();
    let mut child = start(&launch, &place.bundle, &place.config)?;
    let passing = pass_signals_on(signals, child.id());
    let mut status = None;
    loop {
        let took = place.rings.take_segments(&mut segments);
        if !launch.quiet {
            report::segments(&mut segments);
        }
        if took {
            continue;
        }
        if status.is_some() {
            break;
        }
        // Ops written before the end of the program are read after it, so read once more.
        status = child.try_wait()?;
        if status.is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    place.rings.end_segments(&mut segments, status);
    handle.close();
    let _ = passing.map(std::thread::JoinHandle::join);
    if let Some(why) = place.refusal() {
        return Err(Failure::Interpreter(why));
    }
    if !launch.quiet {
        report::segments(&mut segments);
    }
    report::trouble(&segments, launch.quiet);
    Ok(status.unwrap_or_default())
}

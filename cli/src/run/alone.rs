//! Runs a program without recording it, if the limits of this process leave no room for a recording.

use std::io::Write;
use std::process::{Command, ExitStatus, Stdio};

use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithOrigin;

use super::launch::Launch;
use super::signals::{heeded, pass_signals_on};
use crate::failure::Failure;

/// Runs the program as it would run without connie. Returns its status.
///
/// # Errors
/// If it cannot be started.
pub fn run(launch: &Launch) -> Result<ExitStatus, Failure> {
    let signals = SignalsInfo::<WithOrigin>::new(heeded())?;
    let handle = signals.handle();
    let mut command = Command::new(&launch.python);
    command.args(&launch.arguments);
    if launch.input.is_some() {
        command.stdin(Stdio::piped());
    }
    let cannot = |error| Failure::Interpreter(format!("cannot run {}: {error}", launch.python.display()));
    let mut child = command.spawn().map_err(cannot)?;
    let passing = pass_signals_on(signals, child.id());
    if let (Some(mut pipe), Some(input)) = (child.stdin.take(), launch.input.clone()) {
        std::thread::spawn(move || pipe.write_all(&input));
    }
    let status = child.wait()?;
    handle.close();
    let _ = passing.map(std::thread::JoinHandle::join);
    Ok(status)
}

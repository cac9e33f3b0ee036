//! Long output goes through a pager on a terminal, as that of git does.
//!
//! The pager starts at the first text that a command prints, so that progress and errors before it go to the terminal.

use std::io::{BufWriter, IsTerminal, Result, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard};

/// Where the text of this process goes.
enum State {
    /// To stdout.
    Off,
    /// Through a pager, which has not started.
    Wanted,
    /// Through this pager.
    Running(Child, Box<dyn Write + Send>),
}

static STATE: Mutex<State> = Mutex::new(State::Off);

fn state() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(|e| e.into_inner())
}

/// Makes what this process prints from now on go through a pager, if stdout is a terminal and there is a pager.
pub fn want() {
    if std::io::stdout().is_terminal() {
        *state() = State::Wanted;
    }
}

/// Uses no pager.
pub fn refuse() {
    finish();
}

/// Passes on what is left and waits until the reader has finished with the pager.
pub fn finish() {
    let ended = std::mem::replace(&mut *state(), State::Off);
    if let State::Running(mut child, mut out) = ended {
        let _ = out.flush();
        // The pager ends if its input does.
        drop(out);
        let _ = child.wait();
    }
}

/// Starts `$PAGER`, otherwise `less`. None if the user wants none, or it does not start.
fn start() -> Option<(Child, Box<dyn Write + Send>)> {
    let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".into());
    let mut words = pager.split_whitespace();
    let program = words.next().filter(|program| *program != "cat")?;
    let mut command = Command::new(program);
    command.args(words).stdin(Stdio::piped());
    if std::env::var_os("LESS").is_none() {
        // The options that git uses: colours are kept, and short output stays on the screen.
        command.env("LESS", "FRX");
    }
    let choice = anstream::AutoStream::choice(&std::io::stdout());
    let mut child = command.spawn().ok()?;
    let input = child.stdin.take()?;
    let coloured = anstream::AutoStream::new(Box::new(input) as Box<dyn Write + Send>, choice);
    Some((child, Box::new(BufWriter::with_capacity(1 << 16, coloured))))
}

/// Stdout, or the pager in front of it.
pub struct Output(());

impl Output {
    /// Stdout, or the pager in front of it.
    pub fn new() -> Self {
        Self(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let mut state = state();
        if matches!(*state, State::Wanted) {
            *state = start().map_or(State::Off, |(child, out)| State::Running(child, out));
        }
        match &mut *state {
            State::Running(_, out) => out.write(bytes),
            State::Off | State::Wanted => anstream::stdout().write(bytes),
        }
    }

    fn flush(&mut self) -> Result<()> {
        match &mut *state() {
            State::Running(_, out) => out.flush(),
            State::Off | State::Wanted => anstream::stdout().flush(),
        }
    }
}

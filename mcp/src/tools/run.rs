//! `run`: records a program. It is available only with `--allow-run`.

use std::time::Duration;

use connie_recording::reader;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Recorded, WriteLines};
use crate::host::Request;
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::store::{Store, id};
use crate::tool::{About, Action};

/// See [`Action::ABOUT`].
pub struct Run;

/// The maximum time limit of a program.
pub const PATIENCE: Duration = Duration::from_secs(600);
/// The default time limit in seconds.
const USUAL: u64 = 60;
/// The number of bytes of each stream that are kept.
const KEPT: usize = 8 * 1024;

/// A program.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The arguments that python would get: `["app.py", "--fast"]`, `["-m", "pytest", "tests/test_cart.py"]` or `["-c",
    /// "..."]`.
    command: Vec<String>,
    /// The working folder, relative to the project's root. Without it: the root.
    cwd: Option<String>,
    /// The time limit in seconds, after which the program is ended: 1 to 600; 60 if not given.
    seconds: Option<u64>,
}

/// How a run went.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The id of the recording; absent if nothing was recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    recording: Option<Recorded>,
    /// How it ended: ok, exit N, exception, signal N.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<Recorded>,
    /// The exit code; absent if a signal ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<i32>,
    /// The signal that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<i32>,
    /// How many steps were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<u64>,
    /// The exception that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<Recorded>,
    /// The end of what it wrote to stdout.
    stdout: Recorded,
    /// The end of what it wrote to stderr.
    stderr: Recorded,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        let recording = self.recording.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
        lines.push(format!("recording: {recording}"));
        lines.extend(self.result.iter().map(|result| format!("result: {result}")));
        lines.extend(self.exit_code.iter().map(|code| format!("exit code: {code}")));
        lines.extend(self.signal.iter().map(|signal| format!("signal: {signal}")));
        lines.extend(self.steps.iter().map(|steps| format!("steps: {steps}")));
        lines.extend(self.exception.iter().map(|exception| format!("exception: {exception}")));
        lines.push(format!("stdout: {}", self.stdout));
        lines.push(format!("stderr: {}", self.stderr));
    }
}

/// Rejects arguments that do not name a program, because `connie run` would read them as its own options.
fn check(command: &[String]) -> Result<(), Refusal> {
    let why = match command.first().map(String::as_str) {
        None => "name a script, or -m MODULE, or -c CODE",
        Some("-m" | "-c") if command.len() < 2 => "-m needs a module, -c needs code",
        Some("-m" | "-c") => return Ok(()),
        Some(word) if word.starts_with('-') => {
            "the first word must be a script, -m or -c; options of python or connie are not accepted"
        }
        Some(word) if word.starts_with("python") && !word.contains(['.', '/']) => {
            "leave out the interpreter: the command begins with the script, -m or -c"
        }
        Some(_) => return Ok(()),
    };
    Err(Refusal::argument("command", why))
}

impl Action for Run {
    const ABOUT: About = About {
        name: "run",
        title: "Run and record a program",
        description: "Runs a Python program of the project and records it. The program really runs, with all its \
            effects on files and networks. Returns the id of the recording, how the program ended and the end of its \
            output. Use it to reproduce a failure, or to check a fix.",
        reads_only: false,
    };
    type Input = Input;
    type Output = Output;

    fn act(input: Input, store: &Store, stop: &Stop) -> Result<Answer<Output>, Refusal> {
        check(&input.command)?;
        let seconds = input.seconds.unwrap_or(USUAL);
        if !(1..=PATIENCE.as_secs()).contains(&seconds) {
            return Err(Refusal::argument("seconds", format!("it has to be from 1 to {}", PATIENCE.as_secs())));
        }
        let patience = Duration::from_secs(seconds);
        let request = Request { command: input.command, cwd: input.cwd, patience, kept: KEPT };
        let ran = store.host().record(&request, stop).map_err(Refusal::NotFound)?;
        if stop.is_stopped() {
            return Err(Refusal::Cancelled);
        }
        let info = ran.recording.as_ref().and_then(|path| reader::info(path).ok());
        let exception = ran.recording.as_ref().and_then(|path| reader::uncaught(path).ok().flatten());
        let output = Output {
            recording: ran.recording.as_ref().map(|path| Recorded::new(&id(path))),
            result: info.as_ref().map(|info| Recorded::new(&info.outcome())),
            exit_code: ran.exit_code,
            signal: ran.signal,
            steps: info.as_ref().map(|info| info.steps),
            exception: exception.map(|exception| Recorded::new(&exception)),
            stdout: Recorded::within(&ran.stdout, KEPT),
            stderr: Recorded::within(&ran.stderr, KEPT),
        };
        let over = ran.timed_out.then(|| format!("the program was ended after {seconds} seconds"));
        let nothing = ran.recording.is_none().then(|| "nothing was recorded: stderr says why".to_owned());
        Ok(Answer::new(output).note(over).note(nothing))
    }
}

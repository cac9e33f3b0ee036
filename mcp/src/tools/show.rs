//! `show`: returns a summary of a recording.

use connie_history::loaded::Loaded;
use connie_history::profile;
use connie_recording::Recording;
use connie_recording::amounts::counted;
use connie_recording::reader::Raised;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::list::time;
use crate::answer::{Answer, Recorded, WriteLines};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::tool::{About, Question};

/// See [`Question::ABOUT`].
pub struct Show;

/// The maximum number of files, threads, arguments and traceback lines shown.
const MAX_LISTED: usize = 40;
/// The maximum number of chained exceptions shown.
const LINKS: usize = 5;

/// Which one.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The recording: latest (the default), or an id or its beginning.
    recording: Option<String>,
}

/// A line of a traceback.
#[derive(Serialize, JsonSchema)]
struct Frame {
    /// The file, relative to the project's root.
    file: Recorded,
    /// The line.
    line: u32,
    /// The function.
    function: Recorded,
}

/// An exception that led to another one.
#[derive(Serialize, JsonSchema)]
struct Cause {
    /// cause (the later exception was raised `from` it) or context (the later exception was raised while it was
    /// handled).
    how: Recorded,
    /// The step at which it appeared, if recorded code saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<u64>,
    /// Its type and text.
    text: Recorded,
}

/// The exception that ended the run.
#[derive(Serialize, JsonSchema)]
struct Exception {
    /// The step at which it appeared: use variables, why and source at this step.
    step: u64,
    /// Its type and text.
    text: Recorded,
    /// Where it appeared, the outermost frame first.
    traceback: Vec<Frame>,
    /// The exceptions that led to it, the nearest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<Cause>,
}

/// A file that ran.
#[derive(Serialize, JsonSchema)]
struct File {
    /// The file, relative to the project's root.
    file: Recorded,
    /// The number of steps at its lines.
    steps: u64,
}

/// A recording.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The program that ran.
    program: Recorded,
    /// Its command line, interpreter first.
    command: Vec<Recorded>,
    /// Its working folder.
    cwd: Recorded,
    /// Python's version.
    #[serde(skip_serializing_if = "Option::is_none")]
    python: Option<Recorded>,
    /// When it started, in UTC.
    started: String,
    /// How long it ran, in seconds; absent while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<f64>,
    /// How it ended: ok, exit N, exception, signal N, stopped (recording ended before the program), recording (the
    /// program still runs), cut (recording was interrupted).
    result: Recorded,
    /// The last step.
    steps: u64,
    /// How many steps before the first one were dropped.
    dropped: u64,
    /// How many functions were called.
    functions: u64,
    /// How many exceptions appeared, including handled ones.
    exceptions: u64,
    /// The number of pieces of output.
    output: u64,
    /// The exception that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<Exception>,
    /// Names of its threads.
    threads: Vec<Recorded>,
    /// The files that ran, those with most steps first.
    files: Vec<File>,
    /// What went wrong during recording.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<Recorded>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        let command: Vec<String> = self.command.iter().map(ToString::to_string).collect();
        lines.push(format!("command: {}", command.join(" ")));
        lines.push(format!("in: {}", self.cwd));
        let python = self.python.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        let took = self.seconds.map_or_else(String::new, |seconds| format!(", took {seconds:.3} s"));
        lines.push(format!("python {python}, started {}{took}", self.started));
        lines.push(format!("result: {}, steps 1 to {} ({} dropped before)", self.result, self.steps, self.dropped));
        let [functions, exceptions, pieces] =
            [(self.functions, "function"), (self.exceptions, "exception"), (self.output, "piece")]
                .map(|(count, what)| counted(count, what));
        lines.push(format!("{functions}, {exceptions}, {pieces} of output"));
        if let Some(exception) = &self.exception {
            lines.push(format!("exception at step {}: {}", exception.step, exception.text));
            let frames = exception.traceback.iter();
            lines.extend(frames.map(|frame| format!("  {}:{} in {}", frame.file, frame.line, frame.function)));
            for cause in &exception.causes {
                let step = cause.step.map_or_else(String::new, |step| format!(" at step {step}"));
                lines.push(format!("  {}{step}: {}", cause.how, cause.text));
            }
        }
        lines.extend(self.threads.iter().map(|thread| format!("thread: {thread}")));
        lines.extend(self.files.iter().map(|file| format!("file: {} ({} steps)", file.file, file.steps)));
        lines.extend(self.trouble.iter().map(|trouble| format!("trouble: {trouble}")));
    }
}

fn exception(recording: &Recording, raised: &Raised) -> Exception {
    let traceback = raised.traceback.iter().rev().take(MAX_LISTED).rev();
    let frame = |(code, line): &(u32, u32)| {
        let function = recording.function(*code);
        Frame {
            file: Recorded::new(function.map_or("?", |function| recording.short(function.source))),
            line: *line,
            function: Recorded::new(function.map_or("?", |function| function.name.as_str())),
        }
    };
    let links = std::iter::successors(raised.chain.as_ref(), |link| link.chain.as_deref()).take(LINKS);
    let cause = |link: &connie_recording::reader::Link| Cause {
        how: Recorded::new(&link.how),
        step: link.step,
        text: Recorded::new(&format!("{}: {}", link.ty, link.text)),
    };
    Exception {
        step: raised.step,
        text: Recorded::within(&raised.at_the_end(), 2000),
        traceback: traceback.map(frame).collect(),
        causes: links.map(cause).collect(),
    }
}

/// The files that ran, in descending order of steps, and the number of files left out.
fn files(recording: &Recording) -> Result<(Vec<File>, usize), Refusal> {
    let mut files = Vec::new();
    for number in 0..recording.sources.len() as u32 {
        let steps = profile::sum(recording.line_hits(number)?.iter().map(|(_, hits)| *hits));
        files.push((steps, number));
    }
    files.sort_by_key(|(steps, number)| (std::cmp::Reverse(*steps), *number));
    let left_out = files.len().saturating_sub(MAX_LISTED);
    let shown = files.into_iter().take(MAX_LISTED);
    Ok((shown.map(|(steps, n)| File { file: Recorded::new(recording.short(n)), steps }).collect(), left_out))
}

impl Question for Show {
    const ABOUT: About = About {
        name: "show",
        title: "A recording at a glance",
        description: "Summarises a recorded run: its command line and result, the exception that ended it with \
            traceback and causes, its threads, and the files that ran. Call it first for a recording.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn recording(input: &Input) -> Option<&str> {
        input.recording.as_deref()
    }

    fn answer(_: Input, loaded: &mut Loaded, _: &Stop) -> Result<Answer<Output>, Refusal> {
        let recording = &loaded.recording;
        let info = &recording.info;
        let [functions, _, exceptions, output] = recording.counts()?;
        let (files, left_out) = files(recording)?;
        let shown = Output {
            program: Recorded::new(&info.program),
            command: info.argv.iter().take(MAX_LISTED).map(|word| Recorded::new(word)).collect(),
            cwd: Recorded::new(&info.cwd),
            python: info.python.as_deref().map(Recorded::new),
            started: time(info.started),
            seconds: info.duration().map(|took| took as f64 / 1e9),
            result: Recorded::new(&info.outcome()),
            steps: info.steps,
            dropped: info.dropped,
            functions,
            exceptions,
            output,
            exception: recording.ended_by()?.map(|raised| exception(recording, &raised)),
            threads: recording
                .thread_names()?
                .into_iter()
                .take(MAX_LISTED)
                .map(|(_, name)| Recorded::new(&name))
                .collect(),
            files,
            trouble: info.trouble.as_deref().map(Recorded::new),
        };
        let left_out = (left_out > 0).then(|| format!("{left_out} more files ran: the table `sources` of sql has all"));
        let live =
            info.is_going_on().then(|| "the program still runs: steps of files are counted at its end".to_owned());
        Ok(Answer::new(shown).note(left_out).note(live))
    }
}

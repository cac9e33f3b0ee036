//! `connie/timeline`: an overview of the whole run, for clients that draw it.

use std::path::Path;

use connie_history::happened::{Exception, Piece};
use connie_recording::Recording;
use connie_recording::reader::{Raised, ThreadInfo, Written};
use serde::{Deserialize, Serialize};

use crate::client::message::{Answer, answer};
use crate::read::number;
use crate::session::Session;

/// The number of pieces of output that are sent, unless the client asks for another.
const PIECES: u64 = 1000;
/// The largest number of characters of a mark's text.
const MARK: usize = 100;

/// Arguments of `connie/timeline`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct TimelineArguments {
    /// Only output after this step.
    #[serde(deserialize_with = "number")]
    after: Option<u64>,
    /// The largest number of pieces of output.
    #[serde(deserialize_with = "number")]
    count: Option<u64>,
    /// Only the first piece of output in each of a thousand parts of the run, from its start, with the beginning of its
    /// text.
    marks: Option<bool>,
}

/// A hit of a line breakpoint.
#[derive(Serialize)]
struct Hit {
    step: u64,
    breakpoint: i64,
}

/// A thread, with its first and last step.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thread {
    id: u32,
    name: String,
    first_step: u64,
    last_step: Option<u64>,
}

/// The overview of the run.
#[derive(Serialize)]
struct Timeline<'a> {
    recording: &'a Path,
    program: &'a str,
    result: &'a str,
    steps: u64,
    step: u64,
    thread: u32,
    exceptions: Vec<Exception>,
    hits: Vec<Hit>,
    threads: Vec<Thread>,
    output: Vec<Piece>,
    next: Option<u64>,
}

/// The output that the client asked for, and where more of it begins.
fn output(
    session: &mut Session,
    recording: &Recording,
    arguments: &TimelineArguments,
) -> Result<(Vec<Piece>, Option<u64>), connie_recording::Error> {
    if arguments.marks == Some(true) {
        let mark = |w: &Written| Piece::from(Written { text: w.text.chars().take(MARK).collect(), ..*w });
        return Ok((session.marks.output(recording)?.iter().map(mark).collect(), None));
    }
    let count = arguments.count.unwrap_or(PIECES).clamp(1, 10_000) as usize;
    let written = recording.output_after(arguments.after.unwrap_or(0), count)?;
    let next = (written.len() == count).then(|| written.last().map(|last| last.step)).flatten();
    Ok((written.into_iter().map(Piece::from).collect(), next))
}

/// The view's position in the run, and its marks: exceptions, output, hits, threads.
pub fn timeline(session: &mut Session, arguments: &TimelineArguments) -> Answer {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let cannot = |error: connie_recording::Error| error.to_string();
    let exception = |raised: &Raised| Exception::of(&recording, raised);
    let exceptions = session.marks.exceptions(&recording).map_err(cannot)?.iter().map(exception).collect();
    let (output, next) = output(session, &recording, arguments).map_err(cannot)?;
    let threads = recording.threads().map_err(cannot)?;
    let thread = |thread: ThreadInfo| {
        let ThreadInfo { id, name, first_step, last_step, .. } = thread;
        Thread { id, name, first_step, last_step }
    };
    let hits = session.view.hits(&recording).into_iter();
    answer(Timeline {
        recording: recording.path(),
        program: &recording.info.program,
        result: &recording.info.result,
        steps: recording.last_step(),
        step: here.step,
        thread: here.thread,
        exceptions,
        hits: hits.map(|(step, breakpoint)| Hit { step, breakpoint }).collect(),
        threads: threads.into_iter().map(thread).collect(),
        output,
        next,
    })
}

//! `connie/timeline`: an overview of the whole run, for clients that draw it.

use std::path::Path;

use connie_recording::Recording;
use connie_recording::reader::{Raised, ThreadInfo, Which};
use serde::{Deserialize, Serialize};

use crate::client::message::{Answer, answer};
use crate::read::number;
use crate::session::Session;

/// The largest number of exceptions, and of breakpoint hits, that are sent.
const MAX_MARKS: usize = 1000;

/// The first exceptions, and all uncaught ones, as these are what users look for.
fn exceptions(recording: &Recording) -> Result<Vec<Raised>, connie_recording::Error> {
    let mut found = recording.exceptions(MAX_MARKS)?;
    let mut last = found.last().map_or(0, |raised| raised.step);
    while found.len() < 2 * MAX_MARKS {
        let Some(raised) = recording.exception_near(last, true, Which::Uncaught)? else { break };
        last = raised.step;
        found.push(raised);
    }
    Ok(found)
}

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
}

/// An exception in the run.
#[derive(Serialize)]
struct Exception {
    step: u64,
    text: String,
    uncaught: bool,
    line: u32,
    function: Option<String>,
}

/// A piece of what the program wrote.
#[derive(Serialize)]
struct Output {
    step: u64,
    category: &'static str,
    text: String,
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
    output: Vec<Output>,
    next: Option<u64>,
}

/// The view's position in the run, and its marks: exceptions, output, hits, threads.
pub fn timeline(session: &mut Session, arguments: &TimelineArguments) -> Answer {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let after = arguments.after.unwrap_or(0);
    let count = arguments.count.unwrap_or(MAX_MARKS as u64).clamp(1, 10_000) as usize;
    let cannot = |error: connie_recording::Error| error.to_string();
    let exception = |raised: Raised| {
        let (code, line) = raised.traceback.last().copied().unwrap_or((u32::MAX, 0));
        let function = recording.functions.get(code as usize).map(|function| function.name.clone());
        Exception { step: raised.step, text: raised.to_string(), uncaught: raised.uncaught, line, function }
    };
    let exceptions = exceptions(&recording).map_err(cannot)?.into_iter().map(exception).collect();
    let written = recording.output_after(after, count).map_err(cannot)?;
    let next = (written.len() == count).then(|| written.last().map(|last| last.step)).flatten();
    let category = |stream| if stream == 2 { "stderr" } else { "stdout" };
    let output = written.into_iter().map(|w| Output { step: w.step, category: category(w.stream), text: w.text });
    let threads = recording.threads().map_err(cannot)?;
    let thread = |thread: ThreadInfo| {
        let ThreadInfo { id, name, first_step, last_step, .. } = thread;
        Thread { id, name, first_step, last_step }
    };
    let hits = session.view.hits(&recording, MAX_MARKS).into_iter();
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
        output: output.collect(),
        next,
    })
}

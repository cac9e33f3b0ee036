//! `connie/timeline`: the whole run at a glance, for clients that draw it.

use connie_recording::Recording;
use connie_recording::reader::{Raised, Which};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::session::Session;

/// Exceptions, and hits of breakpoints, that are told at most.
const MOST: usize = 1000;

/// The first exceptions, and all that nothing caught: those are what people look for.
fn exceptions(recording: &Recording) -> Result<Vec<Raised>, connie_recording::Error> {
    let mut found = recording.exceptions(MOST)?;
    let mut last = found.last().map_or(0, |raised| raised.step);
    while found.len() < 2 * MOST {
        let Some(raised) = recording.exception_near(last, true, Which::Uncaught)? else { break };
        last = raised.step;
        found.push(raised);
    }
    Ok(found)
}

/// Where the view stands in the run, and what marks its way: exceptions, output, hits, threads.
pub fn timeline(session: &mut Session, arguments: &Value) -> Answer {
    let (recording, here) = (session.view.recorded()?, session.view.position()?);
    let after = arguments["after"].as_u64().unwrap_or(0);
    let count = arguments["count"].as_u64().unwrap_or(MOST as u64).clamp(1, 10_000) as usize;
    let cannot = |error: connie_recording::Error| error.to_string();
    let exceptions: Vec<Value> = exceptions(&recording).map_err(cannot)?.iter().map(|raised| {
        let (code, line) = raised.traceback.last().copied().unwrap_or((u32::MAX, 0));
        let name = recording.functions.get(code as usize).map(|function| &function.name);
        json!({"step": raised.step, "text": raised.to_string(), "uncaught": raised.uncaught, "line": line, "function": name})
    }).collect();
    let written = recording.output_after(after, count).map_err(cannot)?;
    let next = (written.len() == count).then(|| written.last().map(|last| last.step)).flatten();
    let output: Vec<Value> = written
        .iter()
        .map(|w| json!({"step": w.step, "category": if w.stream == 2 { "stderr" } else { "stdout" }, "text": w.text}))
        .collect();
    let threads: Vec<Value> = recording.threads().map_err(cannot)?.iter().map(|thread| {
        json!({"id": thread.id, "name": thread.name, "firstStep": thread.first_step, "lastStep": thread.last_step})
    }).collect();
    let hits = session.view.hits(&recording, MOST).into_iter();
    let hits: Vec<Value> = hits.map(|(step, id)| json!({"step": step, "breakpoint": id})).collect();
    Ok(json!({
        "recording": recording.path(), "program": recording.info.program, "result": recording.info.result,
        "steps": recording.last_step(), "step": here.step, "thread": here.thread,
        "exceptions": exceptions, "hits": hits, "threads": threads,
        "output": output, "next": next,
    }))
}

//! The calls of a run as a flame chart, and what one of them was given and returned.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, State};
use connie_history::flame::{self, Bar, Ending, Flame, Mark, Window};
use connie_recording::Recording;
use serde::{Deserialize, Serialize};

use super::{Answer, ask};
use crate::Shared;

/// The time for which a question reads on. The page asks again until everything was read.
const BUDGET: Duration = Duration::from_millis(150);

/// A window of a run.
#[derive(Deserialize)]
pub struct Asked {
    from: u64,
    to: u64,
    /// Pixels.
    width: u64,
    /// The first row, and the number of rows.
    row: usize,
    rows: usize,
}

/// The calls of a thread or task.
#[derive(Serialize)]
struct Lane {
    name: String,
    thread: u32,
    /// Its first row, which has its name.
    row: usize,
    depth: usize,
}

/// A bar: first step, last step, code, number of calls, and 1 if they are of several functions.
#[derive(Serialize)]
struct Drawn(u64, u64, u32, u32, u8);

/// A row of bars.
#[derive(Serialize)]
struct Row {
    row: usize,
    bars: Vec<Drawn>,
}

/// Step, row of the lane, and 1 if nothing caught it.
#[derive(Serialize)]
struct Marked(u64, usize, u8);

/// A function.
#[derive(Serialize)]
struct Function {
    name: String,
    /// Its file and first line.
    place: String,
}

/// `GET /api/run/{id}/flame`
#[derive(Serialize)]
pub struct Chart {
    lanes: Vec<Lane>,
    rows: Vec<Row>,
    /// Calls shorter than this number of steps are merged.
    column: u64,
    /// The number of steps.
    steps: u64,
    /// The last step that was read.
    read: u64,
    /// Whether everything was read.
    whole: bool,
    /// The functions of the bars, by code.
    functions: BTreeMap<u32, Function>,
    exceptions: Vec<Marked>,
    output: Vec<Marked>,
}

fn drawn(bar: &Bar) -> Drawn {
    Drawn(bar.first, bar.last, bar.code, bar.calls, u8::from(bar.is_mixed))
}

fn marked(mark: &Mark) -> Marked {
    Marked(mark.step, mark.row, u8::from(mark.is_uncaught))
}

fn function(recording: &Recording, code: u32) -> Option<Function> {
    let function = recording.function(code)?;
    let place = format!("{}:{}", recording.short(function.source), function.line);
    Some(Function { name: function.name.clone(), place })
}

fn chart(recording: &Recording, flame: &Flame) -> Result<Chart, connie_recording::Error> {
    let (threads, tasks) = (recording.thread_names()?, recording.tasks()?);
    let lane = |lane: &flame::Lane| {
        let thread = threads.iter().find(|(id, _)| *id == lane.thread).map(|(_, name)| name.clone());
        let thread = thread.unwrap_or_else(|| format!("Thread {}", lane.thread));
        let task = tasks.iter().find(|task| task.id == lane.task).map(|task| task.name.clone());
        let name = if lane.task == 0 {
            thread
        } else {
            format!("{thread}: {}", task.unwrap_or_else(|| format!("task {}", lane.task)))
        };
        Lane { name, thread: lane.thread, row: lane.row, depth: lane.depth }
    };
    let codes = flame.rows.iter().flat_map(|row| row.bars.iter().map(|bar| bar.code));
    let mut functions = BTreeMap::new();
    for code in codes {
        if !functions.contains_key(&code)
            && let Some(function) = function(recording, code)
        {
            functions.insert(code, function);
        }
    }
    Ok(Chart {
        lanes: flame.lanes.iter().map(lane).collect(),
        rows: flame.rows.iter().map(|row| Row { row: row.row, bars: row.bars.iter().map(drawn).collect() }).collect(),
        column: flame.column,
        steps: recording.last_step(),
        read: flame.read,
        whole: flame.is_whole,
        functions,
        exceptions: flame.exceptions.iter().map(marked).collect(),
        output: flame.output.iter().map(marked).collect(),
    })
}

/// `GET /api/run/{id}/flame?from=…&to=…&width=…&row=…&rows=…`: the calls in a range of steps, for so many pixels.
pub async fn flame(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Chart> {
    ask(&shared, &id, move |loaded| {
        let begun = Instant::now();
        let rows = asked.row..asked.row.saturating_add(asked.rows);
        let window = Window { from: asked.from, to: asked.to, width: asked.width, rows };
        let flame = loaded.flame(&window, || begun.elapsed() >= BUDGET)?;
        Ok(chart(&loaded.recording, &flame)?)
    })
    .await
}

/// A call, from its first step to its last.
#[derive(Deserialize)]
pub struct Spanned {
    first: u64,
    last: u64,
}

/// `GET /api/run/{id}/call`
#[derive(Serialize)]
pub struct Called {
    /// Names and values.
    arguments: Vec<(String, String)>,
    /// How it ended: `returned`, `yielded`, `raised` or `unknown`, with the value.
    ending: &'static str,
    value: Option<String>,
}

/// `GET /api/run/{id}/call?first=…&last=…`: the arguments of a call, and its result.
pub async fn call(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(asked): Query<Spanned>,
) -> Answer<Option<Called>> {
    ask(&shared, &id, move |loaded| {
        let found = flame::call(&loaded.recording, asked.first, asked.last)?;
        Ok(found.map(|call| {
            let (ending, value) = match call.ending {
                Ending::Returned(value) => ("returned", Some(value)),
                Ending::Yielded(value) => ("yielded", Some(value)),
                Ending::Raised(value) => ("raised", Some(value)),
                Ending::Unknown => ("unknown", None),
            };
            Called { arguments: call.arguments, ending, value }
        }))
    })
    .await
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn answers() -> impl Serialize {
        let bar = Bar { first: 1, last: 9, code: 2, calls: 3, is_mixed: true };
        let mark = Mark { step: 5, row: 0, is_uncaught: true };
        let function = Function { name: "f".into(), place: "a.py:1".into() };
        let chart = Chart {
            lanes: vec![Lane { name: "MainThread".into(), thread: 1, row: 0, depth: 1 }],
            rows: vec![Row { row: 1, bars: vec![drawn(&bar)] }],
            column: 4,
            steps: 9,
            read: 9,
            whole: true,
            functions: [(2, function)].into(),
            exceptions: vec![marked(&mark)],
            output: vec![],
        };
        let call = Called { arguments: vec![("n".into(), "1".into())], ending: "returned", value: Some("2".into()) };
        (chart, call)
    }
}

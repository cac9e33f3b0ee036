//! The answers of a flame chart as clients get them: the viewer by HTTP, editors by the debug adapter.

use std::collections::BTreeMap;

use connie_recording::error::Error;
use connie_recording::reader::Recording;
use serde::Serialize;

use super::{Bar, Call, Ending, Flame, Mark, Window};

/// The calls of a thread or task.
#[derive(Serialize)]
pub struct Lane {
    name: String,
    thread: u32,
    task: u32,
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
pub struct Function {
    name: String,
    /// Its file and first line.
    place: String,
}

/// The calls in a range of steps.
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

/// The functions with these codes.
#[must_use]
pub fn functions(recording: &Recording, codes: impl Iterator<Item = u32>) -> BTreeMap<u32, Function> {
    let mut found = BTreeMap::new();
    for code in codes {
        if let Some(function) = recording.function(code) {
            found.entry(code).or_insert_with(|| {
                let place = format!("{}:{}", recording.short(function.source), function.line);
                Function { name: function.name.clone(), place }
            });
        }
    }
    found
}

/// Lanes with their names.
///
/// # Errors
/// If the tables of threads and tasks cannot be read.
pub fn named(recording: &Recording, lanes: &[super::Lane]) -> Result<Vec<Lane>, Error> {
    let (threads, tasks) = (recording.thread_names()?, recording.tasks()?);
    let lane = |lane: &super::Lane| {
        let thread = threads.iter().find(|(id, _)| *id == lane.thread).map(|(_, name)| name.clone());
        let thread = thread.unwrap_or_else(|| format!("Thread {}", lane.thread));
        let task = tasks.iter().find(|task| task.id == lane.task).map(|task| task.name.clone());
        let name = if lane.task == 0 {
            thread
        } else {
            format!("{thread}: {}", task.unwrap_or_else(|| format!("task {}", lane.task)))
        };
        Lane { name, thread: lane.thread, task: lane.task, row: lane.row, depth: lane.depth }
    };
    Ok(lanes.iter().map(lane).collect())
}

impl Chart {
    /// The chart of some calls.
    ///
    /// # Errors
    /// If the tables of threads and tasks cannot be read.
    pub fn of(recording: &Recording, flame: &Flame) -> Result<Self, Error> {
        let row = |row: &super::Row| Row { row: row.row, bars: row.bars.iter().map(drawn).collect() };
        Ok(Self {
            lanes: named(recording, &flame.lanes)?,
            rows: flame.rows.iter().map(row).collect(),
            column: flame.column,
            steps: recording.last_step(),
            read: flame.read,
            whole: flame.is_whole,
            functions: functions(recording, flame.rows.iter().flat_map(|row| row.bars.iter().map(|bar| bar.code))),
            exceptions: flame.exceptions.iter().map(marked).collect(),
            output: flame.output.iter().map(marked).collect(),
        })
    }
}

/// What a client asks for: a range of steps, pixels, the first row and the number of rows.
#[must_use]
pub fn window([from, to, width]: [u64; 3], row: usize, rows: usize) -> Window {
    Window { from, to, width, rows: row..row.saturating_add(rows) }
}

/// What a call was given, and how it ended.
#[derive(Serialize)]
pub struct Called {
    /// Names and values.
    arguments: Vec<(String, String)>,
    /// How it ended: `returned`, `yielded`, `raised` or `unknown`, with the value.
    ending: &'static str,
    value: Option<String>,
}

impl From<Call> for Called {
    fn from(call: Call) -> Self {
        let (ending, value) = match call.ending {
            Ending::Returned(value) => ("returned", Some(value)),
            Ending::Yielded(value) => ("yielded", Some(value)),
            Ending::Raised(value) => ("raised", Some(value)),
            Ending::Unknown => ("unknown", None),
        };
        Self { arguments: call.arguments, ending, value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_have_the_keys_that_pages_read() {
        let bar = Bar { first: 1, last: 9, code: 2, calls: 3, is_mixed: true };
        let mark = Mark { step: 5, row: 0, is_uncaught: true };
        let chart = Chart {
            lanes: vec![Lane { name: "MainThread".into(), thread: 1, task: 0, row: 0, depth: 1 }],
            rows: vec![Row { row: 1, bars: vec![drawn(&bar)] }],
            column: 4,
            steps: 9,
            read: 9,
            whole: true,
            functions: [(2, Function { name: "f".into(), place: "a.py:1".into() })].into(),
            exceptions: vec![marked(&mark)],
            output: vec![],
        };
        let call = Call { code: 2, arguments: vec![("n".into(), "1".into())], ending: Ending::Returned("2".into()) };
        let known = r#"{"lanes":[{"name":"MainThread","thread":1,"task":0,"row":0,"depth":1}],"rows":[{"row":1,"bars":[[1,9,2,3,1]]}],"column":4,"steps":9,"read":9,"whole":true,"functions":{"2":{"name":"f","place":"a.py:1"}},"exceptions":[[5,0,1]],"output":[]}"#;
        assert_eq!(serde_json::to_string(&chart).unwrap(), known);
        let known = r#"{"arguments":[["n","1"]],"ending":"returned","value":"2"}"#;
        assert_eq!(serde_json::to_string(&Called::from(call)).unwrap(), known);
    }
}

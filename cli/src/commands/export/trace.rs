//! Writes the calls of a run in the Trace Event Format, which Perfetto, speedscope and Chrome read
//! (<https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>).

use std::collections::HashMap;
use std::io::Write;

use connie_history::calls::{Happening, times};
use connie_recording::Recording;
use serde::Serialize;

use crate::failure::Failure;

/// The name of a process or a thread.
#[derive(Serialize)]
struct Metadata<'a> {
    ph: &'static str,
    name: &'static str,
    pid: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    tid: Option<u32>,
    args: Name<'a>,
}

#[derive(Serialize)]
struct Name<'a> {
    name: &'a str,
}

impl<'a> Metadata<'a> {
    fn new(what: &'static str, pid: u32, tid: Option<u32>, name: &'a str) -> Self {
        Self { ph: "M", name: what, pid, tid, args: Name { name } }
    }
}

impl std::fmt::Display for Metadata<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| std::fmt::Error)?)
    }
}

/// The tracks of the trace: one for each thread, and one for each asyncio task.
struct Tracks {
    /// The process id of each thread.
    pids: HashMap<u32, u32>,
    /// The process id of the program.
    own: u32,
    /// Tasks have numbers above those of threads.
    first_task: u32,
    /// For each thread, the calls that are active: track and code.
    active: HashMap<u32, Vec<(u32, u32)>>,
}

impl Tracks {
    fn pid(&self, thread: u32) -> u32 {
        self.pids.get(&thread).copied().unwrap_or(self.own)
    }

    fn of(&self, thread: u32, task: u32) -> u32 {
        if task == 0 { thread } else { self.first_task.saturating_add(task) }
    }

    /// Reads the tracks, and writes their names.
    fn named(recording: &Recording, out: &mut impl Write) -> Result<Self, Failure> {
        let processes = recording.processes()?;
        let threads = recording.threads()?;
        let of_process = |id: u32| processes.iter().find(|process| process.id == id).map_or(id, |process| process.pid);
        let pids = threads.iter().map(|one| (one.id, of_process(one.process))).collect();
        let first_task = threads.iter().map(|thread| thread.id).max().unwrap_or(0);
        let tracks = Self { pids, own: of_process(1), first_task, active: HashMap::new() };
        write!(out, "{}", Metadata::new("process_name", tracks.own, None, &recording.info.program))?;
        for process in processes.iter().filter(|process| process.id != 1) {
            let name = process.argv.iter().skip(1).map(String::as_str).collect::<Vec<_>>().join(" ");
            write!(out, ",\n{}", Metadata::new("process_name", process.pid, None, &name))?;
        }
        let names = recording.thread_names()?;
        for (thread, name) in &names {
            write!(out, ",\n{}", Metadata::new("thread_name", tracks.pid(*thread), Some(*thread), name))?;
        }
        for task in recording.tasks()? {
            let thread = names.iter().find(|(id, _)| *id == task.thread).map_or("", |(_, name)| name.as_str());
            let name = if names.len() > 1 { format!("{} in {thread}", task.name) } else { task.name };
            let track = tracks.of(task.thread, task.id);
            write!(out, ",\n{}", Metadata::new("thread_name", tracks.pid(task.thread), Some(track), &name))?;
        }
        Ok(tracks)
    }
}

/// The name and the place of each function, as written into events. Readers treat two events as the same function if
/// these are equal, so they must not contain anything that differs from call to call.
fn functions(recording: &Recording) -> Vec<String> {
    let quote = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let function = |function: &connie_recording::reader::Function| {
        let path = recording.sources.get(function.source as usize).map_or("?", |source| source.path.as_str());
        let place = quote(&format!("{path}:{}", function.line));
        format!("\"name\":{},\"args\":{{\"at\":{place}}}", quote(&function.name))
    };
    recording.functions.iter().map(function).collect()
}

/// Writes an event at the beginning and the end of each call; times in microseconds.
///
/// # Errors
/// If the recording cannot be read, or `out` cannot be written.
pub fn write(recording: &Recording, out: &mut impl Write) -> Result<(), Failure> {
    let functions = functions(recording);
    let unknown = String::from("\"name\":\"?\",\"args\":{\"at\":\"?\"}");
    write!(out, "{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")?;
    let mut tracks = Tracks::named(recording, out)?;
    let mut failed = None;
    times(recording, |happening| {
        let (sign, thread, (track, code), time, step) = match happening {
            Happening::Begins { thread, task, code, time, step, .. } => {
                let begun = (tracks.of(thread, task), code);
                tracks.active.entry(thread).or_default().push(begun);
                ('B', thread, begun, time, Some(step))
            }
            Happening::Ends { thread, time, .. } => match tracks.active.entry(thread).or_default().pop() {
                Some(begun) => ('E', thread, begun, time, None),
                None => return true,
            },
        };
        let function = functions.get(code as usize).unwrap_or(&unknown);
        // Readers ignore keys that they do not know.
        let step = step.map_or_else(String::new, |step| format!(",\"step\":{step}"));
        let (pid, time) = (tracks.pid(thread), time as f64 / 1e3);
        let written =
            write!(out, ",\n{{\"ph\":\"{sign}\",\"pid\":{pid},\"tid\":{track},\"ts\":{time:.3},{function}{step}}}");
        if let Err(error) = written {
            failed.get_or_insert(error);
        }
        failed.is_none()
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    writeln!(out, "\n]}}")?;
    out.flush()?;
    Ok(())
}

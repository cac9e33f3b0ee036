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

/// Writes an event at the beginning and the end of each call; times in microseconds.
///
/// # Errors
/// If the recording cannot be read, or `out` cannot be written.
pub fn write(recording: &Recording, out: &mut impl Write) -> Result<(), Failure> {
    let quote = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let names: Vec<String> = recording.functions.iter().map(|function| quote(&function.name)).collect();
    let places: Vec<String> = recording
        .functions
        .iter()
        .map(|function| {
            let path = recording.sources.get(function.source as usize).map_or("?", |source| source.path.as_str());
            quote(&format!("{path}:{}", function.line))
        })
        .collect();
    let pids: HashMap<u32, u32> = recording.processes()?.iter().map(|process| (process.id, process.pid)).collect();
    let threads = recording.threads()?;
    let of_process = |process: u32| pids.get(&process).copied().unwrap_or(process);
    let of_thread: HashMap<u32, u32> = threads.iter().map(|one| (one.id, of_process(one.process))).collect();
    let pid = |thread: u32| of_thread.get(&thread).copied().unwrap_or_else(|| of_process(1));
    write!(out, "{{\"displayTimeUnit\":\"ns\",\"traceEvents\":[")?;
    write!(out, "{}", Metadata::new("process_name", of_process(1), None, &recording.info.program))?;
    for thread in &threads {
        write!(out, ",\n{}", Metadata::new("thread_name", pid(thread.id), Some(thread.id), &thread.name))?;
    }
    let unknown = String::from("\"?\"");
    let mut failed = None;
    times(recording, |happening| {
        let written = match happening {
            Happening::Begins { thread, code, time, step } => {
                let name = names.get(code as usize).unwrap_or(&unknown);
                let place = places.get(code as usize).unwrap_or(&unknown);
                write!(
                    out,
                    ",\n{{\"ph\":\"B\",\"pid\":{},\"tid\":{thread},\"ts\":{:.3},\"name\":{name},\"args\":{{\"at\":{place},\"step\":{step}}}}}",
                    pid(thread),
                    time as f64 / 1e3,
                )
            }
            Happening::Ends { thread, time } => {
                write!(
                    out,
                    ",\n{{\"ph\":\"E\",\"pid\":{},\"tid\":{thread},\"ts\":{:.3}}}",
                    pid(thread),
                    time as f64 / 1e3
                )
            }
        };
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

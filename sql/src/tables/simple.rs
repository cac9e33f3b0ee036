//! Small tables, each read in one page from the tables of the recording.

use connie_recording::Error;
use connie_recording::reader::{Link, Raised};

use crate::filter::Filter;
use crate::row::{Row, row};
use crate::run::Run;
use crate::table::{Once, RUN, Scan, Table, integer, real, text};

/// The maximum number of writes to output read from one recording.
const MAX_OUTPUT: usize = 10_000_000;

type Read = fn(&Run, &Filter, &mut Vec<Row>) -> Result<(), Error>;

fn once(read: Read) -> Box<dyn Scan> {
    Box::new(Once(read))
}

/// A time as ISO 8601 in UTC.
fn moment(nanoseconds: i64) -> String {
    let stamp = jiff::Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or_default();
    stamp.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}

fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

/// The recordings.
pub const RUNS: Table = Table {
    name: "runs",
    about: "A recording",
    columns: &[
        RUN,
        text("program", "the script, module or test that ran"),
        text("command", "the whole command line, as JSON"),
        text("folder", "the working folder"),
        text("python", "the version of Python"),
        text("started", "when it began, in UTC"),
        real("seconds", "how long it took"),
        integer("steps", "how many steps were recorded"),
        text("outcome", "how it ended: ok, failed, exit 3, signal 9, …"),
        integer("exit_code", "its exit code"),
        integer("exception", "the step of the exception that ended it"),
        text("path", "the recording's file"),
    ],
    size: |_| 1,
    scan: |_, _| {
        once(|run, _, rows| {
            let info = &run.recording.info;
            rows.push(row![
                &*info.program,
                serde_json::to_string(&info.argv).unwrap_or_default(),
                &*info.cwd,
                info.python.as_deref(),
                moment(info.started),
                info.duration().map(|took| seconds(took.unsigned_abs())),
                run.recording.last_step(),
                info.outcome(),
                info.exit_code,
                info.exception,
                run.recording.path().to_string_lossy().into_owned(),
            ]);
            Ok(())
        })
    },
};

/// Hits of lines.
pub const HITS: Table = Table {
    name: "hits",
    about: "A line that ran",
    columns: &[
        RUN,
        text("file", "the file, as seen from the project").narrowing(),
        integer("line", "the line, from 1"),
        integer("hits", "how often it ran"),
        text("text", "the line's text"),
    ],
    size: |run| run.recording.sources.len() as u64 * 100,
    scan: |_, _| {
        once(|run, filter, rows| {
            for (n, source) in run.recording.sources.iter().enumerate() {
                let file = run.recording.short(n as u32);
                if !filter.allows_text(1, file) {
                    continue;
                }
                let lines: Vec<&str> = source.text.as_deref().unwrap_or_default().lines().collect();
                for (line, hits) in run.recording.line_hits(n as u32)? {
                    rows.push(row![
                        file,
                        line,
                        hits,
                        (line as usize).checked_sub(1).and_then(|n| lines.get(n).copied())
                    ]);
                }
            }
            Ok(())
        })
    },
};

/// Exceptions.
pub const EXCEPTIONS: Table = Table {
    name: "exceptions",
    about: "An exception that appeared in recorded code",
    columns: &[
        RUN,
        integer("step", "when it appeared").narrowing(),
        text("thread", "in which thread"),
        text("type", "its class, with its module"),
        text("text", "the text that Python prints after its class"),
        text("function", "the function in which it appeared"),
        text("file", "the file"),
        integer("line", "the line"),
        integer("uncaught", "1 if nothing caught it"),
        text("traceback", "the calls that led there, the outermost first: FILE:LINE FUNCTION, one a line"),
        text("chain", "the exception that led to it: cause or context, with its class and text"),
        integer("chain_step", "the step at which that exception appeared"),
    ],
    size: |run| run.recording.counts().map_or(100, |counts| counts[0]),
    scan: |_, _| {
        once(|run, filter, rows| {
            let exceptions = run.exceptions().iter().filter(|raised| filter.allows_number(1, raised.step));
            rows.extend(exceptions.map(|raised| exception(run, raised)));
            Ok(())
        })
    },
};

fn exception(run: &Run, raised: &Raised) -> Row {
    let place = |(code, line): &(u32, u32)| {
        let (name, file, _) = run.function(*code).unwrap_or(("?", "?", 0));
        format!("{file}:{line} {name}")
    };
    let (code, line) = raised.traceback.last().copied().unwrap_or((u32::MAX, 0));
    let function = run.function(code);
    let chain = |link: &Link| match link.text.is_empty() {
        true => format!("{} {}", link.how, link.ty),
        false => format!("{} {}: {}", link.how, link.ty, link.text),
    };
    row![
        raised.step,
        run.thread(raised.thread),
        &*raised.ty,
        &*raised.text,
        function.map(|(name, _, _)| name),
        function.map(|(_, file, _)| file),
        (line > 0).then_some(line),
        raised.uncaught,
        raised.traceback.iter().map(place).collect::<Vec<_>>().join("\n"),
        raised.chain.as_ref().map(chain),
        raised.chain.as_ref().and_then(|link| link.step),
    ]
}

/// Output.
pub const OUTPUT: Table = Table {
    name: "output",
    about: "A text that was written to stdout or stderr",
    columns: &[
        RUN,
        integer("step", "when the text began").narrowing(),
        integer("last_step", "when it ended"),
        text("stream", "stdout or stderr"),
        text("text", "the text"),
    ],
    size: |run| run.recording.counts().map_or(100, |counts| counts[1]),
    scan: |_, filter| {
        let (least, _) = filter.range(1);
        let mut from = least.saturating_sub(1);
        Box::new(Once(move |run: &Run, filter: &Filter, rows: &mut Vec<Row>| {
            let (_, most) = filter.range(1);
            for written in run.recording.output_after(from, MAX_OUTPUT)? {
                if written.step > most {
                    break;
                }
                from = written.last_step;
                let stream = if written.stream == 2 { "stderr" } else { "stdout" };
                rows.push(row![written.step, written.last_step, stream, written.text]);
            }
            Ok(())
        }))
    },
};

/// Functions.
pub const FUNCTIONS: Table = Table {
    name: "functions",
    about: "A function, class body or module that was called",
    columns: &[
        RUN,
        text("function", "its qualified name").narrowing(),
        text("file", "its file").narrowing(),
        integer("line", "its first line"),
        integer("calls", "how often it was called"),
        real("seconds", "how long its calls took, with what they called"),
        real("own_seconds", "how long they took without what they called"),
        integer("exceptions", "how many exceptions appeared in it"),
    ],
    size: |run| run.recording.functions.len() as u64,
    scan: |_, _| {
        once(|run, filter, rows| {
            for code in 0..run.recording.functions.len() as u32 {
                let Some((name, file, line)) = run.function(code) else { continue };
                if !filter.allows_text(1, name) || !filter.allows_text(2, file) {
                    continue;
                }
                let (calls, total, own) = run.recording.times(code)?;
                if calls > 0 {
                    let raised = if filter.reads(7) { run.recording.raised_in(code)?.len() as u64 } else { 0 };
                    rows.push(row![name, file, line, calls, seconds(total), seconds(own), raised]);
                }
            }
            Ok(())
        })
    },
};

/// Sources.
pub const SOURCES: Table = Table {
    name: "sources",
    about: "A file that ran, with its text at that time",
    columns: &[
        RUN,
        text("file", "the file, as seen from the project").narrowing(),
        text("path", "its whole path"),
        integer("lines", "how many lines it has"),
        text("text", "its text"),
    ],
    size: |run| run.recording.sources.len() as u64,
    scan: |_, _| {
        once(|run, filter, rows| {
            for (n, source) in run.recording.sources.iter().enumerate() {
                let file = run.recording.short(n as u32);
                if filter.allows_text(1, file) {
                    let lines = source.text.as_deref().map(|text| text.lines().count() as u64);
                    rows.push(row![file, &*source.path, lines, source.text.as_deref()]);
                }
            }
            Ok(())
        })
    },
};

/// Threads.
pub const THREADS: Table = Table {
    name: "threads",
    about: "A thread of the program, or of a process that it started",
    columns: &[
        RUN,
        text("thread", "its name at its first step"),
        integer("process", "its process; 1 is the program"),
        integer("ident", "threading.get_ident()"),
        integer("first_step", "its first step"),
        integer("last_step", "its last step"),
        integer("steps", "how many steps it has"),
    ],
    size: |_| 10,
    scan: |_, _| {
        once(|run, _, rows| {
            for thread in run.recording.threads()? {
                let ident = thread.ident.unsigned_abs();
                rows.push(row![
                    &*thread.name,
                    thread.process,
                    ident,
                    thread.first_step,
                    thread.last_step,
                    thread.steps
                ]);
            }
            Ok(())
        })
    },
};

/// Tasks.
pub const TASKS: Table = Table {
    name: "tasks",
    about: "An asyncio task",
    columns: &[
        RUN,
        text("task", "its name"),
        text("thread", "the thread whose loop runs it"),
        integer("first_step", "the step at which its first recorded frame begins"),
    ],
    size: |_| 10,
    scan: |_, _| {
        once(|run, _, rows| {
            for task in run.recording.tasks()? {
                rows.push(row![&*task.name, run.thread(task.thread), task.first_step]);
            }
            Ok(())
        })
    },
};

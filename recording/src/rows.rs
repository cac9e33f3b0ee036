//! The rows of a recording's tables as types.

use connie_wire::Decoder;
use connie_wire::level::Level;
use rusqlite::types::{Type, ValueRef};
use schemars::JsonSchema;
use serde::Serialize;

use crate::outcome::{Mood, RunResult};

/// The `recording` row.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Info {
    /// Id: start time and a few random letters.
    pub id: String,
    /// The program, for people.
    pub program: String,
    /// Command line of the program, interpreter first.
    pub argv: Vec<String>,
    /// Working folder.
    pub cwd: String,
    /// Root of the project.
    pub root: String,
    /// Nanoseconds since 1970.
    pub started: i64,
    /// Nanoseconds since 1970; `None` during recording, or if the recorder died.
    pub ended: Option<i64>,
    /// Number of the last step.
    pub steps: u64,
    /// The outcome, by its name.
    pub result: String,
    /// Exit code, unless a signal ended the program.
    pub exit_code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Whether the interpreter shut down in an orderly way.
    pub complete: bool,
    /// The step of the uncaught exception.
    pub exception: Option<u64>,
    /// A problem within connie, if there was one.
    pub trouble: Option<String>,
    /// Python's version.
    pub python: Option<String>,
    /// The number of earlier steps that were not kept, because only the end of the run was recorded.
    pub dropped: u64,
    /// Nanoseconds the program waited for the recorder.
    pub waited: Option<i64>,
    /// The number of ticks per second of the times in the chunks.
    #[serde(skip)]
    pub ticks_per_second: Option<f64>,
    /// Why a part of a program was kept, or what else is to know of it: [`REFERENCE`] or [`SKIPPED`].
    #[serde(skip)]
    pub kept: Option<String>,
    /// How much is recorded of which files, if not all lines are: `LEVEL` or `LEVEL:PATTERN`.
    #[serde(skip)]
    pub levels: Vec<String>,
}

/// [`Info::kept`] of a test that passed, and is kept only to compare failures of the test with.
pub const REFERENCE: &str = "reference";
/// [`Info::kept`] of a test that was skipped, or failed as expected.
pub const SKIPPED: &str = "skipped";

impl Info {
    /// Whether it is a test that passed, and is kept only to compare failures of the test with.
    #[must_use]
    pub fn is_reference(&self) -> bool {
        self.kept.as_deref() == Some(REFERENCE) && RunResult::read(&self.result) == Some(RunResult::Ok)
    }

    /// Whether the run failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        RunResult::read(&self.result).is_some_and(|result| result.mood() == Mood::Bad)
    }

    /// The outcome of the run, in a word or two.
    #[must_use]
    pub fn outcome(&self) -> String {
        match (RunResult::read(&self.result), self.exit_code, self.signal) {
            (Some(RunResult::Signal), _, Some(signal)) => format!("signal {signal}"),
            (Some(RunResult::Failed), Some(code), _) => format!("exit {code}"),
            _ => self.result.clone(),
        }
    }

    /// The duration in nanoseconds; `None` during recording. The times in a file may have any values.
    #[must_use]
    pub fn duration(&self) -> Option<i64> {
        self.ended.map(|ended| ended.saturating_sub(self.started).max(0))
    }

    /// The minor version of Python; a guess until the program has reported it.
    #[must_use]
    pub fn minor(&self) -> u32 {
        let python = self.python.as_deref().unwrap_or_default();
        python.split('.').nth(1).and_then(|minor| minor.parse().ok()).unwrap_or(13)
    }

    /// Whether recording is in progress.
    #[must_use]
    pub fn is_going_on(&self) -> bool {
        RunResult::read(&self.result) == Some(RunResult::Recording)
    }

    /// Whether the recorder was interrupted, so that the data it stores at the end is missing.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        RunResult::read(&self.result) == Some(RunResult::Cut)
    }

    /// Whether the recorder has stored the data that it stores at the end.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        !self.is_cut() && !self.is_going_on()
    }
}

/// A `threads` row.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ThreadInfo {
    /// Number in order of appearance.
    pub id: u32,
    /// The number of its process: 1 for the main program, others for processes that it started.
    pub process: u32,
    /// `threading.get_ident()`
    pub ident: i64,
    /// Name at its first step.
    pub name: String,
    /// Its first step.
    pub first_step: u64,
    /// Its last step; `None` during recording.
    pub last_step: Option<u64>,
    /// The number of its steps; `None` during recording.
    pub steps: Option<u64>,
}

/// A `processes` row.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ProcessInfo {
    /// Number in order of appearance; 1 is the program.
    pub id: u32,
    /// Process id; 0 if it is not known yet.
    pub pid: u32,
    /// Process id of its parent; `None` for the main program.
    pub parent: Option<u32>,
    /// Its interpreter.
    pub executable: String,
    /// Its version of Python, if known.
    pub version: Option<String>,
    /// Its command line; empty for the main program, whose command line is in [`Info`].
    pub argv: Vec<String>,
    /// Nanoseconds since 1970.
    pub started: Option<i64>,
    /// The same; `None` if it outlived the main program.
    pub ended: Option<i64>,
}

/// A `tasks` row.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TaskInfo {
    /// Number in order of appearance.
    pub id: u32,
    /// The thread whose loop runs it.
    pub thread: u32,
    /// Its name when it first ran.
    pub name: String,
    /// The step at which its first recorded frame begins.
    pub first_step: u64,
}

/// A `functions` row.
#[derive(Clone, Debug)]
pub struct Function {
    /// The number of its source.
    pub source: u32,
    /// Qualified name.
    pub name: String,
    /// First line.
    pub line: u32,
    /// The number of slots that are parameters.
    pub arguments: u32,
    /// The number of slots (the last ones) that are variables of enclosing functions; 0 if that was not recorded.
    pub free: usize,
    /// Names of the slots.
    pub slots: Vec<String>,
    /// How much is recorded of it.
    pub level: Level,
}

impl Function {
    /// Whether its lines are not recorded.
    #[must_use]
    pub fn is_thin(&self) -> bool {
        self.level != Level::Lines
    }
}

/// A `sources` row.
#[derive(Clone, Debug)]
pub struct Source {
    /// Absolute path, or `<string>`.
    pub path: String,
    /// The text as run; `None` if it could not be read.
    pub text: Option<String>,
}

/// An `exceptions` row.
#[derive(Clone, Debug, Serialize)]
pub struct Raised {
    /// The step at which it appeared.
    pub step: u64,
    /// The thread in which it appeared.
    pub thread: u32,
    /// Qualified name of its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its text as Python would print it at that step, after the type.
    pub text: String,
    /// Its text in the outermost frame of its thread or task, if different.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_text: Option<String>,
    /// (function, line), outermost frame first.
    pub traceback: Vec<(u32, u32)>,
    /// Whether it left the outermost frame.
    pub uncaught: bool,
    /// Whether it left the recorded code of its thread or task, even if other code caught it.
    pub left_code: bool,
    /// The exception that it is chained to.
    pub chain: Option<Link>,
}

/// The exception that another one is chained to.
#[derive(Clone, Debug, Serialize, serde::Deserialize)]
pub struct Link {
    /// `cause` (raised from it) or `context` (raised while handling it).
    pub how: String,
    /// The step at which it appeared; `None` if recorded code did not see it.
    pub step: Option<u64>,
    /// Its type.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its text as Python would print it, after the type.
    pub text: String,
    /// The exception that it is chained to, if it has no step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<Box<Link>>,
}

impl Raised {
    /// The text that Python printed if it was uncaught: its type, and its text in the outermost frame.
    #[must_use]
    pub fn at_the_end(&self) -> String {
        self.named(self.last_text.as_ref().unwrap_or(&self.text))
    }

    fn named(&self, text: &str) -> String {
        if text.is_empty() { self.ty.clone() } else { format!("{}: {text}", self.ty) }
    }
}

impl std::fmt::Display for Raised {
    /// Formats it like the last line of a traceback.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.named(&self.text))
    }
}

/// Selects exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// All that were raised in or passed through recorded code.
    Any,
    /// Those that left the recorded code of their thread or task.
    LeftCode,
    /// Uncaught exceptions.
    Uncaught,
}

/// One or several writes to a standard stream.
#[derive(Clone, Debug)]
pub struct Written {
    /// The first step.
    pub step: u64,
    /// The last step.
    pub last_step: u64,
    /// 1 stdout, 2 stderr.
    pub stream: u8,
    /// The text; bytes that are not valid text become U+FFFD.
    pub text: String,
}

/// The position and summary of a chunk.
#[derive(Clone, Debug)]
pub struct ChunkInfo {
    /// Its number.
    pub id: i64,
    /// Its first step.
    pub first_step: u64,
    /// The number of its steps.
    pub steps: u64,
    /// The first numbers of frames and objects that were assigned in it, one for each process.
    pub births: Vec<u64>,
    /// Lines that ran in it: source in the upper half, line in the lower; ascending.
    pub lines: Vec<u64>,
    /// The smallest depth at which each thread ran a line in it; `None` if unknown.
    pub depths: Option<Vec<(u32, u32)>>,
}

/// The maximum size in bytes of a column in the table of chunks: lines take a few bytes each, the others less.
const MAX_COLUMN_BYTES: usize = 8 << 20;

impl ChunkInfo {
    pub(crate) fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        for column in 3..6 {
            // Decoding takes eight times as much memory.
            if let ValueRef::Blob(bytes) | ValueRef::Text(bytes) = row.get_ref(column)?
                && bytes.len() > MAX_COLUMN_BYTES
            {
                let why = format!("a chunk has {} bytes of lines", bytes.len());
                return Err(rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, why.into()));
            }
        }
        let (lines, depths): (Vec<u8>, Option<Vec<u8>>) = (row.get(4)?, row.get(5)?);
        let mut last = 0u64;
        let lines = varints(&lines).into_iter().map(|delta| {
            last = last.wrapping_add(delta);
            last
        });
        let lines = lines.collect();
        let births = match row.get_ref(3)? {
            // Up to version 2 there was only one process.
            ValueRef::Integer(first) => vec![first as u64],
            ValueRef::Blob(starts) => {
                let mut last = 0u64;
                let starts = varints(starts).into_iter().map(|delta| {
                    last = last.wrapping_add(delta);
                    last
                });
                starts.collect()
            }
            _ => Vec::new(),
        };
        let depths = depths
            .map(|depths| varints(&depths).chunks_exact(2).map(|pair| (pair[0] as u32, pair[1] as u32)).collect());
        Ok(Self { id: row.get(0)?, first_step: row.get(1)?, steps: row.get(2)?, births, lines, depths })
    }

    /// Whether a line of a source ran in it.
    pub fn has_line(&self, source: u32, line: u32) -> bool {
        self.lines.binary_search(&(u64::from(source) << 32 | u64::from(line))).is_ok()
    }

    /// Whether a thread may have run a line at or above this depth.
    pub fn may_reach(&self, thread: u32, depth: u32) -> bool {
        self.depths.as_ref().is_none_or(|depths| depths.iter().any(|(t, least)| *t == thread && *least <= depth))
    }
}

pub(crate) fn varints(bytes: &[u8]) -> Vec<u64> {
    let mut decoder = Decoder::new(bytes);
    std::iter::from_fn(|| if decoder.is_empty() { None } else { decoder.varint().ok() }).collect()
}

/// Reads an exception from a row with the columns of `Recording::exception_columns`.
pub(crate) fn raised(row: &rusqlite::Row<'_>) -> rusqlite::Result<Raised> {
    Ok(Raised {
        step: row.get(0)?,
        thread: row.get(1)?,
        ty: row.get(2)?,
        text: row.get(3)?,
        traceback: serde_json::from_str(&row.get::<_, String>(4)?).unwrap_or_default(),
        uncaught: row.get(5)?,
        left_code: row.get(6)?,
        chain: row.get::<_, Option<String>>(7)?.and_then(|chain| serde_json::from_str(&chain).ok()),
        last_text: row.get(8)?,
    })
}

//! What a comparison is asked and what it finds.

use serde::Serialize;

use connie_recording::reader::Recording;
use connie_recording::render::Bounds;

/// What differs between two runs. Pairs are (left, right).
#[derive(Debug, Default, Serialize)]
pub struct Comparison {
    /// How each ended: `ok`, `exit 1`, `ValueError: no tea`.
    pub results: [String; 2],
    /// How many steps each has.
    pub steps: [u64; 2],
    /// How many steps of each were compared with one of the other.
    pub compared: u64,
    /// Whether all that was recorded is the same, step by step, whatever the bounds.
    pub identical: bool,
    /// Whether only so many differences were looked for.
    pub more: bool,
    /// Threads that only one of them has.
    pub threads: [Vec<String>; 2],
    /// Files whose text differs, or that ran in one only.
    pub files: Vec<File>,
    /// Variables and results that differ where both are at the same place, in the order in which they first did.
    pub values: Vec<ValueParting>,
    /// Where they went different ways, in the order in which they first did.
    pub ways: Vec<WayParting>,
    /// Functions that were called differently often.
    pub calls: Vec<Calls>,
    /// Lines that ran in one of them only.
    pub lines: Vec<Lines>,
    /// The first difference in what was written to stdout and stderr.
    pub output: Vec<Output>,
}

impl Comparison {
    /// Whether nothing differs but times and identities, and all was compared.
    #[must_use]
    pub fn is_same(&self) -> bool {
        !self.more
            && self.results[0] == self.results[1]
            && self.threads.iter().all(Vec::is_empty)
            && self.files.is_empty()
            && self.values.is_empty()
            && self.ways.is_empty()
            && self.calls.is_empty()
            && self.output.is_empty()
    }
}

/// A place in one run.
#[derive(Clone, Debug, Serialize)]
pub struct RunPoint {
    /// The step.
    pub step: u64,
    /// What happens there: `line`, `call`, `return`, `raise`, `yield`, `resume`.
    pub event: &'static str,
    /// Its thread.
    pub thread: String,
    /// Qualified name.
    pub function: String,
    /// Number of the source.
    #[serde(skip)]
    pub source: u32,
    /// Path of the source.
    pub file: String,
    /// The line.
    pub line: u32,
    /// Its text, without its indentation; empty if it is not known.
    pub code: String,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A variable.
    Variable,
    /// What a function returned.
    Returned,
    /// What it yielded.
    Yielded,
    /// What was raised.
    Raised,
}

/// A value that differs.
#[derive(Clone, Debug, Serialize)]
pub struct ValueParting {
    /// What it is.
    pub what: What,
    /// The variable's name.
    pub name: String,
    /// The way to what differs inside its value: `.items[1].count`. An item of an object is told once, whatever
    /// shows the object.
    pub path: String,
    /// Where that was seen.
    pub at: [RunPoint; 2],
    /// The line that ran before in that function, where it did right before: the one that made the values.
    pub made_by: [Option<u32>; 2],
    /// The text of that line, or of the one where that was seen.
    pub code: [String; 2],
    /// The values there; `None`: there is none.
    pub texts: [Option<String>; 2],
    /// Either may have been changed by code that was not recorded.
    pub in_doubt: bool,
    /// How many different pairs of values there were, one after the other.
    pub times: u64,
}

/// Where the runs go different ways.
#[derive(Clone, Debug, Serialize)]
pub struct WayParting {
    /// The last step at which they were at the same place.
    pub after: Option<[RunPoint; 2]>,
    /// Where each went next; `None`: its thread ended.
    pub next: [Option<RunPoint>; 2],
    /// Where they met again, if they did.
    pub met: Option<[RunPoint; 2]>,
    /// How many times they parted there in this way.
    pub times: u64,
}

impl WayParting {
    /// The step of the left run at which they were together last, or the first one where they were not.
    #[must_use]
    pub fn step(&self) -> u64 {
        let first = self.after.as_ref().map(|after| after[0].step);
        first.or_else(|| self.next[0].as_ref().map(|next| next.step)).unwrap_or(u64::MAX)
    }
}

/// A file that is not the same in both.
#[derive(Clone, Debug, Serialize)]
pub struct File {
    /// Its path, below the project.
    pub path: String,
    /// Whether code of it ran in each.
    pub ran: [bool; 2],
}

/// A function, and how often it was called.
#[derive(Clone, Debug, Serialize)]
pub struct Calls {
    /// Qualified name.
    pub function: String,
    /// Its path, below the project.
    pub file: String,
    /// Its first line in each; `None` if it did not run.
    pub line: [Option<u32>; 2],
    /// The calls.
    pub calls: [u64; 2],
}

/// A line that ran in one of them only.
#[derive(Clone, Debug, Serialize)]
pub struct Lines {
    /// Its path, below the project.
    pub file: String,
    /// Number of the source where it ran.
    #[serde(skip)]
    pub source: u32,
    /// 0: left, 1: right.
    pub ran_in: usize,
    /// The line there.
    pub line: u32,
    /// Its text, without its indentation.
    pub code: String,
    /// How often it ran.
    pub hits: u64,
}

/// The first line of a stream that differs.
#[derive(Clone, Debug, Serialize)]
pub struct Output {
    /// `stdout` or `stderr`.
    pub stream: &'static str,
    /// The number of the line, from 1.
    pub line: usize,
    /// The line; `None`: there was no more.
    pub texts: [Option<String>; 2],
    /// The step that wrote it.
    pub steps: [Option<u64>; 2],
}

/// How much is looked for, and what is left out.
pub struct Options<'a> {
    /// At most so many variables, and so many places at which they part.
    pub most: usize,
    /// Variables that are left out.
    pub ignored: &'a dyn Fn(&str) -> bool,
    /// How much of values is compared.
    pub bounds: Bounds,
    /// AttributeChanges now and then how many steps were compared; false: enough.
    pub progress: &'a dyn Fn(u64) -> bool,
}

/// The text of a line of a source, without its indentation; empty if it is not known.
pub(super) fn code(recording: &Recording, source: u32, line: u32) -> String {
    let text = recording.sources.get(source as usize).and_then(|source| source.text.as_deref());
    let line = text.and_then(|text| text.lines().nth((line as usize).checked_sub(1)?));
    line.unwrap_or_default().trim().to_owned()
}

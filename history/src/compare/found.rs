//! The options and the result of a comparison.

use schemars::JsonSchema;
use serde::Serialize;

use connie_recording::plain::around;
use connie_recording::player::Step;
use connie_recording::reader::Recording;
use connie_recording::render::Bounds;

/// The differences between two runs. Pairs are (left, right).
#[derive(Debug, Default, Serialize, JsonSchema)]
pub struct Comparison {
    /// The outcome of each run: `ok`, `exit 1`, `ValueError: no tea`.
    pub results: [String; 2],
    /// The number of steps of each run.
    pub steps: [u64; 2],
    /// The number of steps that were compared with a step of the other run.
    pub compared: u64,
    /// Whether the recordings are the same, step by step, regardless of the bounds.
    pub identical: bool,
    /// Whether the search stopped at the limit, so that there may be more differences.
    pub more: bool,
    /// Threads that exist in only one run.
    pub threads: [Vec<String>; 2],
    /// Files whose text differs, or that ran in only one run.
    pub files: Vec<File>,
    /// Variables and results that differ at corresponding places, in the order of their first difference.
    pub values: Vec<ValueParting>,
    /// Places where control flow differs, in the order of the first difference.
    pub ways: Vec<WayParting>,
    /// Functions with different numbers of calls.
    pub calls: Vec<Calls>,
    /// Lines that ran in only one run.
    pub lines: Vec<Lines>,
    /// The first difference in what was written to stdout and stderr.
    pub output: Vec<Output>,
}

impl Comparison {
    /// Whether nothing differs except times and identities, and everything was compared.
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

    /// The first pair of steps at which something differs; `None` if no value and no control flow does.
    #[must_use]
    pub fn parting(&self) -> Option<[u64; 2]> {
        let value = self.values.first().map(|value| [value.at[0].step, value.at[1].step]);
        let way = self.ways.iter().find_map(WayParting::steps);
        value.into_iter().chain(way).min()
    }

    /// A copy with texts of at most `most` characters, cut around their first difference, and without repetitions.
    #[must_use]
    pub fn shortened(&self, most: usize) -> Self {
        let value = |value: &ValueParting| ValueParting {
            what: value.what,
            name: value.name.clone(),
            path: value.path.clone(),
            at: value.at.clone(),
            made_by: value.made_by,
            code: value.code.clone(),
            texts: cut(&value.texts, most),
            in_doubt: value.in_doubt,
            times: value.times,
            alike: value.alike,
            repeats: Vec::new(),
        };
        let way = |way: &WayParting| WayParting {
            after: way.after.clone(),
            next: way.next.clone(),
            met: way.met.clone(),
            times: way.times,
            repeats: Vec::new(),
        };
        Self {
            results: self.results.clone(),
            steps: self.steps,
            compared: self.compared,
            identical: self.identical,
            more: self.more,
            threads: self.threads.clone(),
            files: self.files.clone(),
            values: self.values.iter().map(value).collect(),
            ways: self.ways.iter().map(way).collect(),
            calls: self.calls.clone(),
            lines: self.lines.clone(),
            output: self.output.iter().map(|one| Output { texts: cut(&one.texts, most), ..one.clone() }).collect(),
        }
    }
}

/// A place in one run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunPoint {
    /// The step.
    pub step: u64,
    /// The event at that step: `line`, `call`, `return`, `raise`, `yield`, `resume`.
    pub event: &'static str,
    /// The thread's name.
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
    /// The text of the line, without its indentation; empty if unknown.
    pub code: String,
}

impl RunPoint {
    /// The place of a step in a thread with a name.
    pub(super) fn of(recording: &Recording, step: &Step, thread: &str) -> Self {
        let frame = step.frame;
        let function = frame.and_then(|frame| recording.function(frame.code));
        let source = function.map_or(u32::MAX, |function| function.source);
        Self {
            step: step.number,
            event: step.event.name(),
            thread: thread.to_owned(),
            function: function.map_or_else(|| "?".to_owned(), |function| function.name.clone()),
            source,
            file: recording.sources.get(source as usize).map_or_else(String::new, |source| source.path.clone()),
            line: frame.map_or(0, |frame| frame.line),
            code: frame.map_or_else(String::new, |frame| code(recording, source, frame.line)),
        }
    }
}

/// The kind of value that differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum What {
    /// A variable.
    Variable,
    /// The return value of a function.
    Returned,
    /// The value that a function yielded.
    Yielded,
    /// The exception that was raised.
    Raised,
}

/// A value that differs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ValueParting {
    /// The kind of value.
    pub what: What,
    /// The variable's name.
    pub name: String,
    /// The path to the difference within the value: `.items[1].count`. An item of an object is reported once, even if
    /// several variables show the object.
    pub path: String,
    /// Where the difference was seen.
    pub at: [RunPoint; 2],
    /// The line that made the values: the line of that function that ran directly before; `None` if another line ran in
    /// between.
    pub made_by: [Option<u32>; 2],
    /// The text of that line, or of the line where the difference was seen.
    pub code: [String; 2],
    /// The values as text; `None` if there is no value.
    pub texts: [Option<String>; 2],
    /// Whether code that is not recorded may have changed one of them.
    pub in_doubt: bool,
    /// The number of different pairs of values, in sequence.
    pub times: u64,
    /// The number of further differences that are alike: in other objects or items, but with the same name, in the same
    /// function, made by the same line.
    pub alike: u64,
    /// The first ones of all these, in the order in which they were found.
    #[serde(skip)]
    pub repeats: Vec<Repeat>,
}

/// A place where control flow differs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WayParting {
    /// The last step at which both were at the same place.
    pub after: Option<[RunPoint; 2]>,
    /// Where each run went next; `None` if its thread ended.
    pub next: [Option<RunPoint>; 2],
    /// Where they met again, if they did.
    pub met: Option<[RunPoint; 2]>,
    /// The number of times the runs parted there in this way.
    pub times: u64,
    /// The first ones of these.
    #[serde(skip)]
    pub repeats: Vec<Repeat>,
}

/// One of several differences that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repeat {
    /// The steps; `None` if the thread of that run had ended.
    pub steps: [Option<u64>; 2],
    /// The path to the difference within the value.
    pub path: String,
    /// The values as text, cut around their first difference; `None` if there is no value.
    pub texts: [Option<String>; 2],
}

impl WayParting {
    /// The last step of the left run at which both were at the same place, or else the first one at which they were
    /// not.
    #[must_use]
    pub fn step(&self) -> u64 {
        let first = self.after.as_ref().map(|after| after[0].step);
        first.or_else(|| self.next[0].as_ref().map(|next| next.step)).unwrap_or(u64::MAX)
    }

    /// The first steps at which the runs are at different places: of a thread that ended, its last one.
    #[must_use]
    pub fn steps(&self) -> Option<[u64; 2]> {
        let step = |n: usize| {
            let next = self.next[n].as_ref().map(|next| next.step);
            next.or_else(|| self.after.as_ref().map(|after| after[n].step))
        };
        Some([step(0)?, step(1)?])
    }
}

/// A file that differs between the runs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct File {
    /// Its path, relative to the project.
    pub path: String,
    /// Whether code of it ran in each.
    pub ran: [bool; 2],
}

/// A function, and the number of its calls.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Calls {
    /// Qualified name.
    pub function: String,
    /// Its path, relative to the project.
    pub file: String,
    /// Its first line in each; `None` if it did not run.
    pub line: [Option<u32>; 2],
    /// The numbers of calls.
    pub calls: [u64; 2],
}

/// A line that ran in only one of the runs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Lines {
    /// Its path, relative to the project.
    pub file: String,
    /// Number of the source where it ran.
    #[serde(skip)]
    pub source: u32,
    /// The run in which it ran: 0 for left, 1 for right.
    pub ran_in: usize,
    /// The line there.
    pub line: u32,
    /// Its text, without its indentation.
    pub code: String,
    /// How often it ran.
    pub hits: u64,
}

/// The first differing line of a stream.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Output {
    /// `stdout` or `stderr`.
    pub stream: &'static str,
    /// The number of the line, from 1.
    pub line: usize,
    /// The text of the line; `None` if the output ended before.
    pub texts: [Option<String>; 2],
    /// The step that wrote it.
    pub steps: [Option<u64>; 2],
}

/// The limits of a comparison, and the variables to ignore.
pub struct Options<'a> {
    /// The maximum number of variables, and of places where control flow differs.
    pub most: usize,
    /// Whether a variable is ignored.
    pub ignored: &'a dyn Fn(&str) -> bool,
    /// How much of values is compared.
    pub bounds: Bounds,
    /// Called now and then with the number of compared steps; returns false to stop.
    pub progress: &'a dyn Fn(u64) -> bool,
}

/// The text of a line of a source, without its indentation; empty if unknown.
pub(super) fn code(recording: &Recording, source: u32, line: u32) -> String {
    let text = recording.sources.get(source as usize).and_then(|source| source.text.as_deref());
    let line = text.and_then(|text| text.lines().nth((line as usize).checked_sub(1)?));
    line.unwrap_or_default().trim().to_owned()
}

/// Two texts of at most `most` characters, cut around their first difference.
pub(super) fn cut(texts: &[Option<String>; 2], most: usize) -> [Option<String>; 2] {
    let same = match texts {
        [Some(left), Some(right)] => left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count(),
        _ => 0,
    };
    texts.each_ref().map(|text| text.as_ref().map(|text| around(text, same, most).into_owned()))
}

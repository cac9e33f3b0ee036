//! `list_recordings`: lists the recordings.

use std::path::Path;

use connie_recording::outcome::{Mood, RunResult};
use connie_recording::reader::{self, Info};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Recorded, WriteLines};
use crate::bounds::{Cursor, Page};
use crate::refusal::Refusal;
use crate::stop::Stop;
use crate::store::{Store, id};
use crate::tool::{About, Action};

/// See [`Action::ABOUT`].
pub struct List;

/// Which ones.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Only runs that failed or were interrupted.
    #[serde(default)]
    failed: bool,
    /// The `next` of the previous answer, to get the next page.
    cursor: Option<String>,
    /// How many recordings, 1 to 200; 30 if not given.
    limit: Option<usize>,
}

/// A recording.
#[derive(Serialize, JsonSchema)]
struct Row {
    /// Its id, which the other tools take as `recording`.
    id: Recorded,
    /// When the run started, in UTC.
    started: String,
    /// The program that ran.
    program: Recorded,
    /// How it ended: ok, exit N, exception, signal N, stopped (recording ended before the program), recording (the
    /// program still runs), cut (recording was interrupted).
    result: Recorded,
    /// How many steps were recorded.
    steps: u64,
    /// The exception that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    exception: Option<Recorded>,
}

/// Recordings.
#[derive(Serialize, JsonSchema)]
pub struct Output {
    /// The latest first.
    recordings: Vec<Row>,
}

impl WriteLines for Output {
    fn write_lines(&self, lines: &mut Vec<String>) {
        for row in &self.recordings {
            let exception = row.exception.as_ref().map_or_else(String::new, |exception| format!("  {exception}"));
            let Row { id, started, program, result, steps, .. } = row;
            lines.push(format!("{id}  {started}  {program}  {result}  {steps} steps{exception}"));
        }
    }
}

/// A time as text, in UTC.
pub fn time(nanoseconds: i64) -> String {
    let stamp = jiff::Timestamp::from_nanosecond(i128::from(nanoseconds)).unwrap_or_default();
    stamp.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn row(path: &Path, info: &Info) -> Row {
    let has_failed = info.exception.is_some() || info.result == RunResult::Failed.name();
    let exception = has_failed.then(|| reader::uncaught(path).ok().flatten()).flatten();
    Row {
        id: Recorded::new(&id(path)),
        started: time(info.started),
        program: Recorded::new(&info.program),
        result: Recorded::new(&info.outcome()),
        steps: info.steps,
        exception: exception.as_deref().map(|text| Recorded::within(text, 200)),
    }
}

impl Action for List {
    const ABOUT: About = About {
        name: "list_recordings",
        title: "List recordings",
        description: "Lists the available recordings, the latest first: id, program, how the run ended, the \
            exception. Begin here, unless you want the latest recording: all other tools use it if you name none.",
        reads_only: true,
    };
    type Input = Input;
    type Output = Output;

    fn act(input: Input, store: &Store, stop: &Stop) -> Result<Answer<Output>, Refusal> {
        let mut page = Page::new(Cursor::read(input.cursor.as_deref())?, input.limit)?;
        let (mut found, mut unreadable) = (Vec::new(), 0);
        for path in store.all()?.into_iter().rev() {
            if stop.is_stopped() {
                return Err(Refusal::Cancelled);
            }
            match reader::info(&path) {
                Ok(info) => found.push((path, info)),
                Err(_) => unreadable += 1,
            }
        }
        if input.failed {
            let mood = |info: &Info| RunResult::read(&info.result).map_or(Mood::Bad, RunResult::mood);
            found.retain(|(_, info)| mood(info) != Mood::Good);
        }
        // Ids of recordings from one run of pytest begin with the same letters, so sort by time.
        found.sort_by_key(|(_, info)| std::cmp::Reverse(info.started));
        let _ = found.iter().all(|(path, info)| page.push(0, || row(path, info)));
        let (recordings, next) = page.done();
        let none = recordings.is_empty().then(|| match input.failed {
            true => "no recorded run failed".to_owned(),
            false => "this project has no recordings: ask the user to make one with `connie run SCRIPT`".to_owned(),
        });
        let unreadable = (unreadable > 0).then(|| format!("files that cannot be read as recordings: {unreadable}"));
        Ok(Answer::new(Output { recordings }).next(next).note(none).note(unreadable))
    }
}

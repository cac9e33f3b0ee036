//! The story of a run, page by page: what each step did, line by line.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Path, Query, State};
use connie_history::flame::Ending;
use connie_history::story::{self, Change, Filter, Folds, Line, Names, Unknown, What};
use connie_history::timeline::Direction;
use connie_recording::{Error, Recording};
use serde::{Deserialize, Serialize};

use super::{Answer, ask, ask_long};
use crate::Shared;
use crate::failure::Failure;

/// The number of lines on a page, and the most that can be asked for.
const PAGE: usize = 200;
const MAX_PAGE: usize = 1000;
/// The time for which a question reads on. The page asks again until it has enough lines.
const BUDGET: Duration = Duration::from_millis(150);
/// The maximum number of characters of a text, and of changes of a line.
const LENGTH: usize = 1000;
const MAX_CHANGES: usize = 40;
/// The maximum number of calls that are folded or opened one by one.
const MAX_FOLDS: usize = 1000;
/// The maximum number of threads, and of tasks, that are listed.
const MAX_ACTORS: usize = 1000;

/// A page of the story: after a step, or before one.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub struct Asked {
    /// The first step.
    from: Option<u64>,
    /// The step before which the lines are.
    before: Option<u64>,
    count: Option<usize>,
    /// A thread and a task: number or name.
    thread: String,
    task: String,
    /// Parts of names of functions, of paths, and of lines.
    function: String,
    file: String,
    text: String,
    /// The number of calls around a line at which calls are folded.
    depth: Option<u32>,
    /// Frames that are not folded, and frames that are, separated by commas.
    open: String,
    closed: String,
    /// `1` for only lines that tell of a change.
    changes: String,
}

/// `GET /api/run/{id}/story`
#[derive(Serialize)]
pub struct Story {
    /// In the order of their steps.
    lines: Vec<Told>,
    /// Up to which step everything is told: the last one, or the first one with `before`.
    reached: u64,
    /// Whether there is nothing beyond.
    end: bool,
    /// The number of steps of the run.
    steps: u64,
}

/// A line of the story.
#[derive(Default, Serialize)]
pub struct Told {
    pub step: u64,
    pub kind: &'static str,
    pub frame: u64,
    pub depth: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// What it says, besides changes: text of code, name of a function, a value.
    pub text: String,
    /// Changes or arguments: names and values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// The number of changes that are left out.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: usize,
    /// Whether it goes on with a block of lines that change nothing, and changes nothing itself.
    #[serde(skip_serializing_if = "is_false")]
    pub goes_on: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    fold: Option<Folded>,
}

/// The inside of a call that is left out.
#[derive(Serialize)]
struct Folded {
    last: u64,
    /// `returned`, `yielded`, `raised` or `unknown`, with the value.
    ending: &'static str,
    value: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde gives")]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde gives")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// A text that is not too long.
pub fn cut(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(LENGTH) {
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Told {
    /// The line, with limited texts.
    pub fn of(recording: &Recording, line: Line) -> Self {
        let Line { step, frame, depth, thread, task, what } = line;
        let known = |source: u32| recording.sources.get(source as usize).map(|_| source);
        let mut told = Self { step, frame, depth, ..Self::default() };
        match what {
            What::Thread { name } => (told.kind, told.text) = ("thread", format!("thread {thread} {name}")),
            What::Task { name: Some(name) } => (told.kind, told.text) = ("task", format!("task {task} {name}")),
            What::Task { name: None } => (told.kind, told.text) = ("task", "no task".into()),
            What::Comment { text } => (told.kind, told.text) = ("comment", text),
            What::Code { source, line, text, changes, goes_on } => {
                (told.kind, told.text) = ("code", text);
                told.goes_on = goes_on && changes.is_empty();
                (told.source, told.line, told.changes) = (known(source), Some(line), changes);
            }
            What::Changes(changes) => (told.kind, told.changes) = ("changes", changes),
            What::Call { name, source, line, arguments, fold } => {
                (told.kind, told.text) = ("call", name);
                (told.source, told.line, told.changes) = (known(source), Some(line), arguments);
                told.fold = fold.map(folded);
            }
            What::Resume { name, fold } => {
                (told.kind, told.text, told.fold) = ("resume", name, fold.map(folded));
            }
            What::Return(value) => (told.kind, told.text) = ("return", value),
            What::Yield(value) => (told.kind, told.text) = ("yield", value),
            What::Raise(value) => (told.kind, told.text) = ("raise", value),
            What::Closed => told.kind = "closed",
            What::Output { stream, text } => {
                (told.kind, told.text) = (if stream == 2 { "stderr" } else { "stdout" }, text);
            }
            What::MoreOutput(lines) => (told.kind, told.more) = ("cut", lines),
        }
        told.text = cut(told.text);
        if told.changes.len() > MAX_CHANGES {
            told.more = told.changes.len() - MAX_CHANGES;
            told.changes.truncate(MAX_CHANGES);
        }
        told.changes = told.changes.into_iter().map(|(name, value)| (cut(name), cut(value))).collect();
        told
    }
}

fn folded(fold: story::Fold) -> Folded {
    let (ending, value) = match fold.ending {
        Ending::Returned(value) => ("returned", Some(value)),
        Ending::Yielded(value) => ("yielded", Some(value)),
        Ending::Raised(value) => ("raised", Some(value)),
        Ending::Unknown => ("unknown", None),
    };
    Folded { last: fold.last, ending, value: value.map(cut) }
}

/// The numbers of a list.
fn frames(list: &str) -> Result<impl Iterator<Item = u64>, Failure> {
    let numbers: Result<HashSet<u64>, _> = list.split(',').filter(|text| !text.is_empty()).map(str::parse).collect();
    let numbers = numbers.map_err(|_| Failure::Question("frames are numbers with commas between".into()))?;
    if numbers.len() > MAX_FOLDS {
        return Err(Failure::Question(format!("at most {MAX_FOLDS} calls can be folded or opened one by one")));
    }
    Ok(numbers.into_iter())
}

fn unknown(error: Unknown) -> Failure {
    match error {
        Unknown::Recording(error) => error.into(),
        error => Failure::Question(error.to_string()),
    }
}

fn question(recording: &Recording, asked: Asked) -> Result<story::Asked, Failure> {
    let names = Names { thread: asked.thread, task: asked.task, function: asked.function, file: asked.file };
    let filter = Filter::resolve(recording, &names).map_err(unknown)?;
    let (open, closed) = (frames(&asked.open)?.collect(), frames(&asked.closed)?.collect());
    let (step, direction) = match asked.before {
        Some(before) => (before, Direction::Backward),
        None => (asked.from.unwrap_or(1), Direction::Forward),
    };
    Ok(story::Asked {
        step,
        direction,
        most: asked.count.unwrap_or(PAGE).clamp(1, MAX_PAGE),
        filter,
        folds: Folds { depth: asked.depth, open, closed },
        text: asked.text.to_lowercase(),
        only_changes: asked.changes == "1",
    })
}

/// `GET /api/run/{id}/story?from=…` or `?before=…`: lines of the story, with conditions.
pub async fn story(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Answer<Story> {
    ask_long(&shared, &id, move |loaded| {
        let begun = Instant::now();
        let question = question(&loaded.recording, asked)?;
        let is_enough = || begun.elapsed() >= BUDGET;
        let page = story::page(&loaded.history(), &loaded.story, &question, &is_enough)?;
        let recording = &loaded.recording;
        let lines = page.lines.into_iter().map(|line| Told::of(recording, line)).collect();
        Ok(Story { lines, reached: page.reached, end: page.is_end, steps: recording.last_step() })
    })
    .await
}

/// A thread or a task.
#[derive(Serialize)]
struct Actor {
    id: u32,
    name: String,
}

/// `GET /api/run/{id}/actors`
#[derive(Serialize)]
pub struct Actors {
    threads: Vec<Actor>,
    tasks: Vec<Actor>,
}

impl Actors {
    /// The threads and tasks of a recording, the first of them.
    ///
    /// # Errors
    /// If the tables cannot be read.
    pub fn of(recording: &Recording) -> Result<Self, Error> {
        let actor = |(id, name): (u32, String)| Actor { id, name: cut(name) };
        let threads = recording.thread_names()?.into_iter().take(MAX_ACTORS).map(actor);
        let tasks = recording.tasks()?.into_iter().take(MAX_ACTORS).map(|task| actor((task.id, task.name)));
        Ok(Self { threads: threads.collect(), tasks: tasks.collect() })
    }
}

/// `GET /api/run/{id}/actors`: the threads and tasks of the run, the first of them.
pub async fn actors(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Answer<Actors> {
    ask(&shared, &id, |loaded| Ok(Actors::of(&loaded.recording)?)).await
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn told() -> impl Serialize {
        let folded = Folded { last: 9, ending: "returned", value: Some("2".into()) };
        let changes = vec![("n".to_owned(), "1".to_owned())];
        Told {
            step: 5,
            kind: "call",
            frame: 7,
            depth: 1,
            source: Some(0),
            line: Some(3),
            text: "f".into(),
            changes,
            more: 0,
            goes_on: true,
            fold: Some(folded),
        }
    }

    #[test]
    fn texts_and_lists_are_limited() {
        assert_eq!(cut("x".repeat(LENGTH)).len(), LENGTH);
        assert_eq!(cut("é".repeat(LENGTH + 1)).chars().count(), LENGTH + 1);
        assert_eq!(frames("3,,4,3").map(|all| all.count()).ok(), Some(2));
        assert!(frames("3,x").is_err());
        let many: Vec<String> = (0..=MAX_FOLDS).map(|n| n.to_string()).collect();
        assert!(frames(&many.join(",")).is_err());
    }
}

//! Walks through both runs up to the failure, and notes what differs at the executions of a slice.

use std::cell::Cell;
use std::time::Duration;

use connie_recording::error::Error;
use connie_recording::player::{Event, Step};
use connie_recording::reader::{ChunkInfo, Recording};
use connie_recording::render::Bounds;
use rustc_hash::{FxHashMap, FxHashSet};

use super::super::budget::Budget;
use super::super::failure::Start;
use super::super::slice::{Slicer, unless_cancelled};
use crate::History;
use crate::compare::{Difference, Options, Watcher, What, follow};
use crate::timeline::{At, Direction, Position};

/// The time limit for the comparison.
const PATIENCE: Duration = Duration::from_secs(1);
/// The maximum number of variables, and of places where control flow differs, that the comparison keeps itself.
const MAX_DIFFERENCES: usize = 1_000;
/// The maximum number of differences that are kept of one execution.
const MAX_OF_ONE: usize = 16;
/// How much of a value is compared.
const BOUNDS: Bounds = Bounds { string: 4096, items: 100, depth: 3 };

/// A value that an execution made, and that differs in the passing run.
#[derive(Debug)]
pub(super) struct Other {
    /// Its kind.
    pub what: What,
    /// The variable, and the path to the difference within its value.
    pub name: String,
    /// The path alone.
    pub path: String,
    /// The value in the passing run and in the failing one; `None` if there is no value.
    pub texts: [Option<String>; 2],
    /// Whether code that is not recorded may have changed one of them.
    pub in_doubt: bool,
}

/// Where each run went on after an execution at which they parted: the line, if it is one of the same frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// The line of the passing run.
    pub before: Option<u32>,
    /// The line of the failing run.
    pub after: Option<u32>,
}

/// An execution of a line to which one of the passing run corresponds.
#[derive(Debug)]
pub(super) struct Execution {
    /// The frames, of the passing run and of the failing one.
    frames: [u64; 2],
    /// The source and the line in the passing run.
    pub before: (u32, u32),
    /// Whether what it did was compared.
    pub is_compared: bool,
    /// The values that differ.
    pub others: Vec<Other>,
    /// Where the runs part, if they do.
    pub way: Option<Way>,
    /// The step of the failing run at which the first difference was seen.
    pub seen: Option<u64>,
}

impl Execution {
    fn new(frames: [u64; 2], before: (u32, u32)) -> Self {
        Self { frames, before, is_compared: false, others: Vec::new(), way: None, seen: None }
    }
}

/// What differs at the executions of a slice.
#[derive(Debug, Default)]
pub(super) struct Watched {
    /// By the step of the failing run at which the execution began.
    executions: FxHashMap<u64, Execution>,
    /// Steps of the failing run that have no counterpart, first and last.
    alone: Vec<(u64, u64)>,
    /// The number of steps at the beginning that are the same in both runs.
    same: u64,
    /// Whether the comparison reached its limit.
    pub is_cut: bool,
}

impl Watched {
    /// Compares two runs up to the failure.
    ///
    /// # Errors
    /// If the question is cancelled.
    pub fn of(
        history: &History<'_>,
        slicer: &Slicer<'_, '_>,
        start: &Start,
        passing: &Recording,
    ) -> Result<Self, Error> {
        let mut watch = Watch {
            history,
            passing,
            nodes: slicer.nodes.iter().map(|node| node.at).collect(),
            wanted: slicer.nodes.iter().map(|node| node.at.step).collect(),
            until: start.until,
            now: FxHashMap::default(),
            frames: FxHashMap::default(),
            made: None,
            last: 0,
            found: Watched::default(),
        };
        let (budget, is_cancelled) = (Budget::of(history.recording, PATIENCE), Cell::new(false));
        let progress = |_| {
            is_cancelled.set(is_cancelled.get() || history.timeline.is_interrupted());
            !is_cancelled.get() && !budget.is_spent()
        };
        let options = Options { most: MAX_DIFFERENCES, ignored: &|_| false, bounds: BOUNDS, progress: &progress };
        let compared = follow(passing, history.recording, start.line.thread, &options, &mut watch);
        if is_cancelled.get() {
            return Err(Error::Interrupted);
        }
        let compared = unless_cancelled(compared)?;
        let mut found = watch.found;
        found.is_cut = compared.is_none_or(|compared| compared.more) && !found.is_done(start.line.step);
        Ok(found)
    }

    /// The execution that began at a step.
    pub fn execution(&self, step: u64) -> Option<&Execution> {
        self.executions.get(&step)
    }

    /// The step at which a difference of the execution that began at a step was seen; else the step itself.
    pub fn seen(&self, step: u64) -> u64 {
        self.execution(step).and_then(|execution| execution.seen).unwrap_or(step)
    }

    /// Whether nothing differed at the execution that began at a step.
    pub fn is_equal(&self, step: u64) -> bool {
        match self.execution(step) {
            Some(execution) => execution.is_compared && execution.others.is_empty() && execution.way.is_none(),
            None => step < self.same,
        }
    }

    /// Whether the passing run did not come to the place of a step, although it went on beyond it.
    pub fn is_alone(&self, step: u64) -> bool {
        self.alone.iter().any(|(first, last)| (*first..=*last).contains(&step))
    }

    /// Whether the comparison came to a step.
    fn is_done(&self, step: u64) -> bool {
        self.executions.contains_key(&step) || self.same > step
    }
}

/// Follows the comparison.
struct Watch<'w, 'r> {
    history: &'w History<'r>,
    passing: &'w Recording,
    nodes: Vec<Position>,
    /// The steps at which executions of the slice begin.
    wanted: FxHashSet<u64>,
    until: u64,
    /// The execution that is running in each frame of the failing run, by its step.
    now: FxHashMap<u64, u64>,
    /// The frame at each depth of the stack.
    frames: FxHashMap<usize, u64>,
    /// The execution that made what is compared now.
    made: Option<u64>,
    /// The last step that was compared.
    last: u64,
    found: Watched,
}

impl Watch<'_, '_> {
    /// Whether an execution was over at a step.
    fn is_over(&self, at: &Position, step: u64) -> bool {
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(at.thread, at.depth);
        let next = |p: &Position| p.at != At::Output;
        let (timeline, recording) = (self.history.timeline, self.history.recording);
        let next = timeline.find_frame(recording, at.frame, (at.step, Direction::Forward), chunks, next);
        next.ok().flatten().is_some_and(|next| next.step <= step)
    }

    /// The execution that led to a step: for a call, that of the caller.
    fn before(&self, step: &Step) -> Option<u64> {
        let frame = step.frame?.frame;
        match step.event {
            Event::Call => {
                let caller = self.frames.get(&step.depth.checked_sub(1)?)?;
                self.now.get(caller).copied()
            }
            _ => self.now.get(&frame).copied(),
        }
    }
}

impl Watcher for Watch<'_, '_> {
    fn same(&mut self, steps: u64) {
        self.found.same = steps;
        // Executions that go on beyond the common beginning. Up to there, all numbers are the same.
        let begun: Vec<Position> = self.nodes.iter().filter(|at| at.step <= steps).copied().collect();
        for at in begun {
            if !self.is_over(&at, steps) {
                let source = self.history.recording.function(at.code).map_or(u32::MAX, |function| function.source);
                let execution = Execution::new([at.frame; 2], (source, at.line));
                self.found.executions.insert(at.step, execution);
                self.now.insert(at.frame, at.step);
                self.frames.insert(at.depth as usize, at.frame);
            }
        }
    }

    fn paired(&mut self, left: &Step, right: &Step) {
        self.made = self.before(right);
        self.last = right.number;
        let (Some(one), Some(other)) = (left.frame, right.frame) else { return };
        if right.event != Event::Call
            && let Some(execution) = self.made.and_then(|step| self.found.executions.get_mut(&step))
        {
            execution.is_compared = true;
        }
        self.frames.insert(right.depth, other.frame);
        match right.event {
            Event::Line => {
                self.now.insert(other.frame, right.number);
                if self.wanted.contains(&right.number) {
                    let source = self.passing.function(one.code).map_or(u32::MAX, |function| function.source);
                    let execution = Execution::new([one.frame, other.frame], (source, one.line));
                    self.found.executions.insert(right.number, execution);
                }
            }
            Event::Call => drop(self.now.remove(&other.frame)),
            _ => {}
        }
    }

    fn differs(&mut self, difference: &Difference<'_>) {
        let Some(execution) = self.made.and_then(|step| self.found.executions.get_mut(&step)) else { return };
        if execution.others.len() < MAX_OF_ONE && !is_temporary(difference.texts) {
            execution.seen.get_or_insert(self.last);
            execution.others.push(Other {
                what: difference.what,
                name: format!("{}{}", difference.name, difference.path),
                path: difference.path.to_owned(),
                texts: difference.texts.clone(),
                in_doubt: difference.in_doubt,
            });
        }
    }

    fn parted(&mut self, next: &[Option<Step>; 2], met: Option<[u64; 2]>) {
        // The failure itself is no difference: it is what is explained.
        let fails = next[1].as_ref().is_some_and(|next| next.number >= self.until);
        let left = next[1].as_ref().map_or(self.made, |next| self.before(next)).filter(|_| !fails);
        if let Some(execution) = left.and_then(|step| self.found.executions.get_mut(&step)) {
            let line = |n: usize| {
                let step = next[n].as_ref().filter(|step| step.event == Event::Line)?;
                step.frame.filter(|frame| frame.frame == execution.frames[n]).map(|frame| frame.line)
            };
            let way = Way { before: line(0), after: line(1) };
            execution.way.get_or_insert(way);
            execution.seen.get_or_insert(self.last);
        }
        if let Some([_, met]) = met {
            self.found.alone.push((self.last + 1, met.saturating_sub(1)));
        }
        // Which lines ran in between is not known, except those of callers, which still wait.
        let met = met.and_then(|[_, met]| self.history.timeline.position(self.history.recording, met).ok());
        let depth = met.map_or(0, |met| met.depth as usize);
        self.frames.retain(|of, _| *of < depth);
        let frames = &self.frames;
        self.now.retain(|frame, _| frames.values().any(|one| one == frame));
    }

    fn is_beyond(&self, step: u64) -> bool {
        step > self.until
    }
}

/// Whether two texts differ in the names of temporary files and folders alone, which are new in each run.
fn is_temporary(texts: &[Option<String>; 2]) -> bool {
    let [Some(left), Some(right)] = texts else { return false };
    let may = |text: &str| text.contains("/tmp") || text.contains("pytest-");
    may(left) && may(right) && without_temporary(left) == without_temporary(right)
}

/// A text without the part of names that `tempfile` and pytest choose: `/tmp/tmpab12cd34`, `pytest-12`.
fn without_temporary(text: &str) -> String {
    let mut out = String::new();
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    for part in text.split_inclusive('/') {
        let (name, end) = part.strip_suffix('/').map_or((part, ""), |name| (name, "/"));
        let random = name.strip_prefix("tmp").map(|rest| rest.chars().take_while(|char| is_name(*char)).count());
        let number = name.strip_prefix("pytest-").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
        match (random, number) {
            (Some(8), _) => out.push_str(&name[11..]),
            (_, Some(_)) => out.push_str("pytest-"),
            _ => out.push_str(name),
        }
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::is_temporary;

    #[test]
    fn names_of_temporary_files_are_no_difference() {
        let texts = |left: &str, right: &str| [Some(left.to_owned()), Some(right.to_owned())];
        assert!(is_temporary(&texts("'/tmp/tmpab12cd_4/in'", "'/tmp/tmpzz99zz99/in'")));
        assert!(is_temporary(&texts(
            "PosixPath('/tmp/pytest-of-a/pytest-3/t0')",
            "PosixPath('/tmp/pytest-of-a/pytest-14/t0')"
        )));
        assert!(!is_temporary(&texts("'/tmp/tmpab12cd_4/in'", "'/tmp/tmpzz99zz99/out'")));
        assert!(!is_temporary(&texts("'/tmp/tmpab12cd_4 1'", "'/tmp/tmpab12cd_4 2'")));
        assert!(!is_temporary(&texts("5", "6")));
        assert!(!is_temporary(&[None, Some("6".to_owned())]));
    }
}

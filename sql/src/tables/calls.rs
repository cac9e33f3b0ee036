//! The table of calls, with arguments and results.

use connie_recording::Error;
use connie_recording::chunk::{Context, StackFrame};
use connie_recording::player::{Event, Player, Step};
use connie_recording::render::Renderer;
use connie_wire::{Op, Value};
use rustc_hash::{FxHashMap, FxHashSet};

use super::steps;
use crate::filter::Filter;
use crate::row::{Row, row};
use crate::run::{BOUNDS, Run};
use crate::table::{RUN, Scan, Table, integer, real, text};

const FUNCTION: usize = 2;
const FILE: usize = 3;
const ARGUMENTS: usize = 10;
const RESULT: usize = 11;
const EXCEPTION: usize = 12;

/// Calls.
pub const CALLS: Table = Table {
    name: "calls",
    about: "A call of a recorded function, in the order in which calls end",
    columns: &[
        RUN,
        integer("frame", "the frame: a number for each call"),
        text("function", "the qualified name of the called function").narrowing(),
        text("file", "its file, relative to the project's root").narrowing(),
        integer("line", "its first line"),
        text("thread", "the thread"),
        text("task", "the asyncio task"),
        integer("caller", "the frame of the recorded caller"),
        integer("first_step", "the step at which it begins"),
        integer("last_step", "the step at which it ends; NULL if it did not end"),
        text("arguments", "a JSON object: each parameter, and its value as Python writes it"),
        text("result", "what it returned, as Python writes it"),
        text("exception", "the exception with which it ended: class and text"),
        real(
            "seconds",
            "how long it took, including the functions that it called; for generators and coroutines, until they end",
        ),
    ],
    size: |run| run.recording.last_step() / 4,
    scan: |run, filter| {
        Box::new(Calls {
            codes: steps::codes(run, filter, FUNCTION, FILE),
            next: 0,
            open: FxHashMap::default(),
            now: 0,
            raised: FxHashMap::default(),
            raises: FxHashMap::default(),
            texts: FxHashMap::default(),
            left: None,
        })
    },
};

/// A running call.
struct Open {
    code: u32,
    thread: u32,
    task: u32,
    caller: Option<u64>,
    first: u64,
    since: i64,
    arguments: Option<String>,
}

/// A call that an exception ended.
struct Left {
    frame: u64,
    open: Open,
    /// The last step at which the exception was seen in it.
    step: u64,
    /// The last exception that was seen in it.
    exception: Option<Value>,
    /// Whether that was the only exception seen in it.
    is_only: bool,
}

/// How a call ended.
struct Ending {
    step: Option<u64>,
    result: Option<String>,
    exception: Option<String>,
}

struct Calls {
    codes: Option<FxHashSet<u32>>,
    next: usize,
    open: FxHashMap<u64, Open>,
    /// Ticks since recording began.
    now: i64,
    /// For each frame: the step and value of the last exception seen in it.
    raised: FxHashMap<u64, (u64, Value)>,
    /// For each frame: the number of exceptions seen in it.
    raises: FxHashMap<u64, u32>,
    /// The text of each exception at its first appearance.
    texts: FxHashMap<Value, String>,
    /// A call that an exception ended: the caller's next event tells which exception.
    left: Option<Left>,
}

impl Calls {
    fn wants(&self, code: u32) -> bool {
        self.codes.as_ref().is_none_or(|codes| codes.contains(&code))
    }

    fn ended(&self, run: &Run, frame: u64, open: &Open, ending: Ending) -> Row {
        let function = run.function(open.code);
        let seconds = run.recording.info.ticks_per_second.map(|ticks| (self.now - open.since).max(0) as f64 / ticks);
        row![
            frame,
            function.map(|(name, _, _)| name),
            function.map(|(_, file, _)| file),
            function.map(|(_, _, line)| line),
            run.thread(open.thread),
            run.task(open.task),
            open.caller,
            open.first,
            ending.step,
            open.arguments.as_deref(),
            ending.result,
            ending.exception,
            ending.step.and(seconds),
        ]
    }

    /// Records the text of an exception if the recording has it.
    fn note(&mut self, run: &Run, step: u64, exception: &Value) {
        let all = run.exceptions();
        if let Ok(at) = all.binary_search_by_key(&step, |raised| raised.step) {
            self.texts.insert(exception.clone(), all[at].to_string());
        }
    }

    /// Adds the row of a call that an exception ended. `passed` is the exception that then appeared in its caller.
    fn settle(&mut self, run: &Run, passed: Option<&Value>, rows: &mut Vec<Row>) {
        let Some(left) = self.left.take() else { return };
        let own = left.exception.filter(|_| left.is_only);
        let exception = passed.cloned().or(own).and_then(|exception| self.texts.get(&exception).cloned());
        let ending = Ending { step: Some(left.step), result: None, exception };
        rows.push(self.ended(run, left.frame, &left.open, ending));
    }

    /// Reads a chunk: ops for times and ends, and in parallel steps for values.
    fn chunk(&mut self, run: &Run, filter: &Filter, index: usize, rows: &mut Vec<Row>) -> Result<(), Error> {
        let info = &run.recording.chunks[index];
        let chunk = run.recording.chunk(index)?;
        let mut walk = chunk.walk(info.first_step);
        // Reading values costs more than everything else.
        let mut player = (filter.reads(ARGUMENTS) || filter.reads(RESULT)).then(|| Values::new(run, info.first_step));
        while let Some(op) = walk.next_op() {
            let step = walk.step();
            if self.left.is_some() && (op.is_step() || matches!(op, Op::Unwind { .. })) {
                let passed = self.passed(op, walk.context()).cloned();
                self.settle(run, passed.as_ref(), rows);
            }
            let at = match &mut player {
                Some(values) if op.is_step() => values.go_to(step)?,
                _ => None,
            };
            let (thread, top) = (walk.context().thread, walk.context().top());
            match op {
                Op::Call { frame, code, time, .. } => {
                    self.now = self.now.saturating_add(*time);
                    if self.wants(*code) {
                        let arguments = at.map(|(player, step)| arguments(run, player, step));
                        let caller = top.map(|top| top.frame);
                        let task = player.as_ref().and_then(Values::task).unwrap_or_default();
                        let task = if task == 0 { top.map_or(0, |top| top.task) } else { task };
                        let (code, since) = (*code, self.now);
                        self.open.insert(*frame, Open { code, thread, task, caller, first: step, since, arguments });
                    }
                }
                Op::Resume { time, .. } | Op::Yield { time, .. } => self.now = self.now.saturating_add(*time),
                Op::Raise { value, .. } => {
                    if filter.reads(EXCEPTION) {
                        self.note(run, step, value);
                    }
                    if let Some(top) = top {
                        *self.raises.entry(top.frame).or_default() += 1;
                        self.raised.insert(top.frame, (step, value.clone()));
                    }
                }
                Op::Return { time, .. } => {
                    self.now = self.now.saturating_add(*time);
                    let result = at.and_then(|(player, step)| result(player, step));
                    self.end(run, top, Ending { step: Some(step), result, exception: None }, rows);
                }
                Op::Unwind { time } => {
                    self.now = self.now.saturating_add(*time);
                    self.leave(top, step);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The exception that an op shows in the caller of a call that an exception ended.
    fn passed<'o>(&self, op: &'o Op, context: &Context) -> Option<&'o Value> {
        let (left, Op::Raise { value, .. }) = (self.left.as_ref()?, op) else { return None };
        let is_in_caller = context.top().map(|top| top.frame) == left.open.caller;
        (context.thread == left.open.thread && is_in_caller).then_some(value)
    }

    /// Registers that an exception ended the running call.
    fn leave(&mut self, top: Option<StackFrame>, step: u64) {
        let Some(frame) = top.map(|top| top.frame) else { return };
        let raised = self.raised.remove(&frame);
        let is_only = self.raises.remove(&frame) == Some(1);
        let Some(open) = self.open.remove(&frame) else { return };
        // This is not a step: the frame's last step is that of the exception.
        let step = raised.as_ref().map_or(step.saturating_sub(1), |(step, _)| *step);
        let exception = raised.map(|(_, exception)| exception);
        self.left = Some(Left { frame, open, step, exception, is_only });
    }

    fn end(&mut self, run: &Run, top: Option<StackFrame>, ending: Ending, rows: &mut Vec<Row>) {
        let Some(frame) = top.map(|top| top.frame) else { return };
        self.raised.remove(&frame);
        self.raises.remove(&frame);
        if let Some(open) = self.open.remove(&frame) {
            rows.push(self.ended(run, frame, &open, ending));
        }
    }
}

/// The values at the steps of a chunk.
struct Values<'r> {
    run: &'r Run,
    first: u64,
    player: Option<(Player<'r>, Step)>,
}

impl<'r> Values<'r> {
    fn new(run: &'r Run, first: u64) -> Self {
        Self { run, first, player: None }
    }

    /// Moves to a step of the chunk.
    fn go_to(&mut self, wanted: u64) -> Result<Option<(&Player<'r>, &Step)>, Error> {
        if self.player.is_none() {
            self.player = Some(Player::at(&self.run.recording, self.first)?);
        }
        let Some((player, step)) = &mut self.player else { return Ok(None) };
        while step.number < wanted {
            let Some(next) = player.next_step() else { return Ok(None) };
            *step = next;
        }
        Ok(Some((player, step)))
    }

    fn task(&self) -> Option<u32> {
        self.player.as_ref()?.1.frame.map(|frame| frame.task)
    }
}

fn arguments(run: &Run, player: &Player<'_>, step: &Step) -> String {
    let mut found = serde_json::Map::new();
    if let Some(frame) = &step.frame
        && let Some(function) = run.recording.function(frame.code)
    {
        let parameters = &function.slots[..(function.arguments as usize).min(function.slots.len())];
        for (name, value) in player.locals(frame) {
            if parameters.contains(&name) {
                let text = Renderer::new(player, BOUNDS).text(&value);
                found.insert(name, text.into());
            }
        }
    }
    serde_json::Value::Object(found).to_string()
}

fn result(player: &Player<'_>, step: &Step) -> Option<String> {
    let Event::Return(value) = &step.event else { return None };
    Some(Renderer::new(player, BOUNDS).text(value))
}

impl Scan for Calls {
    fn page(&mut self, run: &Run, filter: &Filter, rows: &mut Vec<Row>) -> Result<bool, Error> {
        if self.next < run.recording.chunks.len() {
            self.chunk(run, filter, self.next, rows)?;
            self.next += 1;
            return Ok(true);
        }
        self.settle(run, None, rows);
        // Calls that were still running when the recording ended.
        let mut open: Vec<(u64, Open)> = self.open.drain().collect();
        open.sort_unstable_by_key(|(_, open)| open.first);
        let running = || Ending { step: None, result: None, exception: None };
        rows.extend(open.iter().map(|(frame, open)| self.ended(run, *frame, open, running())));
        Ok(false)
    }
}

//! Finds the values shown beside the code: for each function one call, and in that call the last time each line ran.

mod counts;
mod facts;
mod iterations;

use std::collections::BTreeMap;

use connie_wire::Value;
use rustc_hash::FxHashMap;

use crate::History;
use crate::timeline::{At, Direction, Position};
use connie_recording::chunk::StackFrame;
use connie_recording::player::Player;
use connie_recording::reader::{ChunkInfo, Raised};
use connie_recording::render::World;
use connie_source::outline::Outline;

pub use facts::Fact;
pub use iterations::{Iterations, grouped};

/// The recording and the source from which values are read.
#[derive(Clone, Copy)]
pub struct Ground<'a> {
    /// The recording, its positions and its modules.
    pub history: History<'a>,
    /// The number of the source.
    pub source: u32,
}

/// One call of a function, up to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The frame.
    pub frame: u64,
    /// Its code.
    pub code: u32,
    /// The thread in which it began.
    pub thread: u32,
    /// The depth of its stack.
    pub depth: u32,
    /// The step at which it began.
    pub first: u64,
    /// The last step that is considered.
    pub last: u64,
    /// Whether the program is at `last`, so that its line is about to run; otherwise only finished lines count.
    pub stands: bool,
}

/// How a statement continued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It finished; this position came next.
    Done(Position),
    /// It raised.
    Raised,
    /// It had not finished by the end of the considered time.
    Running,
}

impl<'r> Ground<'r> {
    /// The code numbers of a function of the outline, or of the module for `None`.
    #[must_use]
    pub fn codes(&self, outline: &Outline, function: Option<usize>) -> Vec<u32> {
        let is_it = |f: &connie_recording::reader::Function| {
            f.source == self.source
                && match function {
                    None => f.name == "<module>",
                    Some(n) => {
                        let wanted = &outline.functions[n];
                        let name = f.name.rsplit('.').next().unwrap_or(&f.name);
                        // Code objects begin at the first decorator.
                        f.line == wanted.line && name == wanted.name
                    }
                }
        };
        (0u32..).zip(&self.history.recording.functions).filter(|(_, f)| is_it(f)).map(|(n, _)| n).collect()
    }

    pub(crate) fn has_lines(&self, chunk: &ChunkInfo, lines: (u32, u32)) -> bool {
        let key = |line: u32| u64::from(self.source) << 32 | u64::from(line);
        let from = chunk.lines.partition_point(|known| *known < key(lines.0));
        chunk.lines.get(from).is_some_and(|known| *known <= key(lines.1))
    }

    /// Whether one of a function's own lines ran in a chunk; `lines` are [`Outline::own_lines`].
    fn has_own(&self, chunk: &ChunkInfo, lines: &[(u32, u32)]) -> bool {
        lines.iter().any(|lines| self.has_lines(chunk, *lines))
    }

    /// The last chunk that may hold a line of a function which ran at or before a step.
    #[must_use]
    pub fn last_chunk(&self, outline: &Outline, function: Option<usize>, upto: u64) -> Option<usize> {
        let lines = outline.own_lines(function);
        let end = self.history.recording.chunks.partition_point(|chunk| chunk.first_step <= upto);
        self.history.recording.chunks[..end].iter().rposition(|chunk| self.has_own(chunk, &lines))
    }

    /// The call of a function that was the last to run a line at or before a step, seen up to that step.
    #[must_use]
    pub fn last_call(&self, outline: &Outline, function: Option<usize>, upto: u64) -> Option<Call> {
        let codes = self.codes(outline, function);
        if codes.is_empty() {
            return None;
        }
        let lines = outline.own_lines(function);
        let found = self.history.timeline.find(
            self.history.recording,
            upto.saturating_add(1),
            Direction::Backward,
            |chunk| self.has_own(chunk, &lines),
            |p| p.at == At::Line && codes.contains(&p.code),
        );
        self.call_of(&found.ok().flatten()?, upto)
    }

    /// The call that a position belongs to.
    #[must_use]
    pub fn call_of(&self, at: &Position, upto: u64) -> Option<Call> {
        let first = if at.at == At::Call { *at } else { self.beginning(at.frame)? };
        Some(Call {
            frame: at.frame,
            code: at.code,
            thread: first.thread,
            depth: first.depth,
            first: first.step,
            last: upto,
            stands: true,
        })
    }

    /// The call of a frame on a stack.
    #[must_use]
    pub fn call_of_frame(&self, frame: &StackFrame, upto: u64) -> Option<Call> {
        self.call_of(&self.beginning(frame.frame)?, upto)
    }

    /// The position where a frame begins. Frames are numbered in order of time, as objects are.
    pub(crate) fn beginning(&self, frame: u64) -> Option<Position> {
        let after = self.history.recording.birth_of(frame).map_or(0, |index| index + 1);
        let begins = |p: &&Position| p.at == At::Call && p.frame == frame;
        // Numbers are assigned before their calls are written, so that the next chunk may have it.
        let near = (after.saturating_sub(1)..(after + 1).min(self.history.recording.chunks.len())).find_map(|index| {
            self.history.timeline.chunk(self.history.recording, index).ok()?.iter().find(begins).copied()
        });
        near.or_else(|| {
            let (recording, is_it) = (self.history.recording, |p: &Position| p.at == At::Call);
            let found = self.history.timeline.find_frame(recording, frame, (0, Direction::Forward), |_| true, is_it);
            found.ok().flatten()
        })
    }

    /// The steps at which the calls of a function begin; about `most` of them.
    #[must_use]
    pub fn calls(&self, outline: &Outline, function: usize, most: usize) -> Vec<u64> {
        let codes = self.codes(outline, Some(function));
        let lines = outline.own_lines(Some(function));
        let mut found = Vec::new();
        for index in 0..self.history.recording.chunks.len() {
            // A call may be the last step of a chunk, with its first line in the next one.
            let near = |n: usize| self.history.recording.chunks.get(n).is_some_and(|chunk| self.has_own(chunk, &lines));
            if !near(index) && !near(index + 1) {
                continue;
            }
            let Ok(positions) = self.history.timeline.chunk(self.history.recording, index) else { continue };
            found.extend(positions.iter().filter(|p| p.at == At::Call && codes.contains(&p.code)).map(|p| p.step));
            if found.len() >= most {
                break;
            }
        }
        found
    }

    /// The last hit of each given line within a call: line and position.
    fn last_hits(&self, call: &Call, lines: &[u32]) -> FxHashMap<u32, Position> {
        let mut found = FxHashMap::default();
        let mut left: Vec<u32> = lines.to_vec();
        left.sort_unstable();
        left.dedup();
        let end = self.history.recording.chunks.partition_point(|chunk| chunk.first_step <= call.last);
        for index in (0..end).rev() {
            let chunk = &self.history.recording.chunks[index];
            if left.is_empty() || chunk.first_step + chunk.steps <= call.first {
                break;
            }
            if !left.iter().any(|line| chunk.has_line(self.source, *line)) {
                continue;
            }
            let Ok(positions) = self.history.timeline.chunk(self.history.recording, index) else { continue };
            let upto = positions.partition_point(|p| p.step <= call.last);
            for p in positions[..upto].iter().rev().take_while(|p| p.step >= call.first) {
                if p.frame == call.frame
                    && p.at == At::Line
                    && let Ok(n) = left.binary_search(&p.line)
                {
                    left.remove(n);
                    found.insert(p.line, *p);
                    if left.is_empty() {
                        break;
                    }
                }
            }
        }
        found
    }

    /// The lines of a function that ran within a call.
    #[must_use]
    pub fn lines_run(&self, call: &Call, lines: &[u32]) -> Vec<u32> {
        let mut found: Vec<u32> = self.last_hits(call, lines).into_keys().collect();
        found.sort_unstable();
        found
    }

    /// The lines at which exceptions appeared in a call or reached it from a callee, each with its latest exception.
    /// Considers the last 20 of `exceptions` that passed the call's code.
    #[must_use]
    pub fn raised<'e>(&self, call: &Call, exceptions: &'e [Raised]) -> BTreeMap<u32, &'e Raised> {
        let mut found = BTreeMap::new();
        let from = exceptions.partition_point(|raised| raised.step < call.first);
        let upto = exceptions.partition_point(|raised| raised.step <= call.last);
        let passed = |raised: &&Raised| raised.traceback.iter().any(|(code, _)| *code == call.code);
        for raised in exceptions[from.min(upto)..upto].iter().rev().filter(passed).take(20) {
            let Ok((player, _)) = Player::at(self.history.recording, raised.step) else { continue };
            // Both end with the frame that raised; the traceback begins with the frame that caught it.
            let place = player.stack().iter().rev().zip(raised.traceback.iter().rev());
            if let Some((_, (_, line))) = place.into_iter().find(|(frame, _)| frame.frame == call.frame) {
                found.entry(*line).or_insert(raised);
            }
        }
        found
    }

    /// The exception that ended a call of a code: the last of `exceptions` that passed the code and was not caught in
    /// it.
    #[must_use]
    pub fn left_by<'e>(&self, codes: &[u32], exceptions: &'e [Raised]) -> Option<&'e Raised> {
        let passed = |raised: &&Raised| raised.traceback.iter().any(|(code, _)| codes.contains(code));
        exceptions.iter().rev().filter(passed).take(20).find(|raised| {
            let find = |from, wanted: &dyn Fn(&Position) -> bool| {
                self.history
                    .timeline
                    .find(self.history.recording, from, Direction::Forward, |_| true, wanted)
                    .ok()
                    .flatten()
            };
            let here = |p: &Position| p.at == At::Raise && p.thread == raised.thread && codes.contains(&p.code);
            let Some(at) = find(raised.step - 1, &here) else { return false };
            let goes_on = |p: &Position| p.thread == at.thread && (p.frame == at.frame || p.depth <= at.depth);
            find(at.step, &goes_on).is_none_or(|next| next.frame != at.frame)
        })
    }

    /// The last time a line ran within a call; if it did not run, the last time one of the lines above it, down to
    /// `from`, did.
    #[must_use]
    pub fn last_hit(&self, call: &Call, line: u32, from: u32) -> Option<Position> {
        let hits = self.last_hits(call, &(from..=line).collect::<Vec<_>>());
        (from..=line).rev().find_map(|line| hits.get(&line).copied())
    }

    /// How the statement that began at `hit` continued.
    #[must_use]
    pub fn done(&self, call: &Call, hit: &Position, lines: (u32, u32)) -> Outcome {
        let ends = |p: &Position| match p.at {
            At::Line => p.line < lines.0 || p.line > lines.1 || p.line == hit.line,
            At::Return | At::Yield | At::Raise => true,
            _ => false,
        };
        let mut from = hit.step;
        // A suspended frame may resume in another thread, and at another depth.
        let mut has_waited = false;
        loop {
            let chunks = |chunk: &ChunkInfo| {
                chunk.first_step <= call.last && (has_waited || self.may_leave(chunk, hit.thread, hit.depth))
            };
            let find = |chunks: &dyn Fn(&ChunkInfo) -> bool| {
                let after = (from, Direction::Forward);
                self.history.timeline.find_frame(self.history.recording, call.frame, after, chunks, ends).ok().flatten()
            };
            let p = find(&chunks);
            let Some(p) = p.filter(|p| p.step <= call.last) else { return Outcome::Running };
            // The value of `x = yield y` arrives after the yield.
            match p.at {
                At::Raise => return Outcome::Raised,
                At::Yield => has_waited = true,
                _ => return Outcome::Done(p),
            }
            from = p.step;
        }
    }

    /// Whether a frame that runs at this depth may have an event in a chunk. It may end or raise in a chunk in which
    /// only its callees ran lines; the thread's next line is then at this depth or above, or does not exist.
    pub(crate) fn may_leave(&self, chunk: &ChunkInfo, thread: u32, depth: u32) -> bool {
        if chunk.may_reach(thread, depth) {
            return true;
        }
        let chunks = &self.history.recording.chunks;
        let after = chunks.partition_point(|known| known.first_step <= chunk.first_step);
        let next = chunks[after..].iter().find(|next| next.may_reach(thread, u32::MAX));
        next.is_none_or(|next| next.may_reach(thread, depth))
    }
}

/// The name of a value's class; `None` if there is no value, or its class is unknown.
#[must_use]
pub fn type_of(world: &dyn World, value: &Value) -> Option<String> {
    Some(match value {
        Value::Object(object) => world.type_name(world.entity(*object)?.ty?)?.name.clone(),
        Value::Redacted(name) => world.string(*name).to_owned(),
        // The type comes first in the text of a value that was not recorded.
        Value::Unknown(name) => world.string(*name).split(',').next().unwrap_or_default().to_owned(),
        Value::None => "NoneType".into(),
        Value::Bool(_) => "bool".into(),
        Value::Int(_) | Value::BigInt(..) => "int".into(),
        Value::Float(_) => "float".into(),
        Value::Complex(..) => "complex".into(),
        Value::Str(_) => "str".into(),
        Value::Bytes(_) => "bytes".into(),
        Value::Tuple(_) => "tuple".into(),
        Value::Function(_) => "function".into(),
        Value::Method(_) => "method".into(),
        Value::Class(_) => "type".into(),
        Value::Module(_) => "module".into(),
        Value::Ellipsis => "ellipsis".into(),
        Value::NotImplemented => "NotImplementedType".into(),
        Value::Unbound | Value::Cut => return None,
    })
}

//! What each event adds to the tables: threads, exceptions, hits, times, output.

use connie_wire::Op;
use rusqlite::params;

use super::state::Recorder;
use super::types::{CodeStats, ThreadStats, Timing};
use crate::chunk::StackFrame;
use crate::error::Error;

impl CodeStats {
    /// A line runs; whether it is the first time in this chunk.
    #[inline]
    fn hit(&mut self, line: u32, chunk: i64) -> bool {
        let index = line.saturating_sub(self.first_line) as usize;
        if index >= self.hits.len() && index < 1 << 24 {
            self.hits.resize(index + 1, 0);
            self.chunks.resize(index + 1, -1);
        }
        let (Some(hits), Some(last)) = (self.hits.get_mut(index), self.chunks.get_mut(index)) else { return false };
        *hits += 1;
        std::mem::replace(last, chunk) != chunk
    }

    /// A frame of it ends or waits, so many ticks after it began; some of them are its callees'.
    #[inline]
    fn leaves(&mut self, elapsed: i64, children: i64) {
        self.own += elapsed - children;
        self.active = self.active.saturating_sub(1);
        if self.active == 0 {
            self.total += elapsed;
        }
    }
}

impl ThreadStats {
    /// An event after a frame ended by an exception: unless it is that exception, code that is not recorded has caught it.
    fn goes_on(&mut self, op: &Op) {
        self.unwound = false;
        if let Some(raised) = &mut self.raised
            && !matches!(op, Op::Raise { value, .. } if *value == raised.value)
        {
            raised.left = true;
        }
    }

    /// A frame begins or goes on.
    #[inline]
    fn enters(&mut self, now: i64) {
        self.on_line = false;
        self.timing.push(Timing { start: now, children: 0 });
    }

    /// A frame ends or waits.
    #[inline]
    fn leaves(&mut self, now: i64, code: Option<&mut CodeStats>) {
        self.on_line = false;
        let elapsed = self.timing.pop().map_or(0, |timing| {
            let elapsed = (now - timing.start).max(0);
            if let Some(code) = code {
                code.leaves(elapsed, timing.children);
            }
            elapsed
        });
        if let Some(parent) = self.timing.last_mut() {
            parent.children += elapsed;
        }
    }

    /// An exception leaves the outermost frame of the thread or of a task.
    #[inline(never)]
    fn escapes(&mut self, stack: &[StackFrame], codes: &[CodeStats]) {
        let Some(raised) = &mut self.raised else { return };
        raised.left = true;
        let [top] = stack else { return };
        self.escaped = Some(raised.step);
        let is_first = self.first_code == Some(top.code);
        let ended = is_first && codes.get(top.code as usize).is_some_and(|code| code.is_module);
        if ended && self.ended_by.is_none() {
            self.ended_by = self.raised.take();
        }
    }
}

/// Whether the current frame is the outermost of its thread, or of its task.
pub(super) fn is_outermost(stack: &[StackFrame]) -> bool {
    match stack {
        [.., below, top] => top.task != 0 && top.task != below.task,
        _ => true,
    }
}

impl Recorder {
    pub(super) fn event(&mut self, op: &Op) -> Result<(), Error> {
        let (step, top) = (self.steps, self.context.top());
        if let Op::Thread { thread, ident, name } = op {
            return self.thread(*thread, *ident, name);
        }
        let closing = self.closes(op, top.as_ref())?;
        let Some(thread) = self.threads.get_mut(&self.context.thread) else { return Ok(()) };
        if thread.unwound && (op.is_step() || matches!(op, Op::Unwind { .. })) {
            thread.goes_on(op);
        }
        if op.is_step() {
            thread.last = step;
            thread.steps += 1;
        }
        match op {
            Op::Line { line } => {
                thread.on_line = true;
                self.line(*line, top);
            }
            Op::Call { code, time, .. } => {
                self.now += time;
                thread.enters(self.now);
                thread.first_code.get_or_insert(*code);
                let inherited = &mut self.streams[self.stream].inherited;
                let is_new = *inherited == 0;
                *inherited = inherited.saturating_sub(1);
                if let Some(code) = self.codes.get_mut(*code as usize) {
                    code.calls += u64::from(is_new);
                    code.active += 1;
                }
            }
            Op::Resume { frame, time, .. } => {
                self.now += time;
                thread.enters(self.now);
                let code = self.context.suspended.get(frame).map_or(usize::MAX, |frame| frame.code as usize);
                if let Some(code) = self.codes.get_mut(code) {
                    code.active += 1;
                }
            }
            Op::Return { time, .. } | Op::Yield { time, .. } | Op::Unwind { time } => {
                self.now += time;
                thread.leaves(self.now, top.and_then(|frame| self.codes.get_mut(frame.code as usize)));
                if closing {
                    return Ok(());
                }
                let is_outermost = is_outermost(self.context.stack());
                let is_unwound = matches!(op, Op::Unwind { .. });
                thread.unwound = is_unwound && !is_outermost;
                if is_unwound && is_outermost {
                    thread.escapes(self.context.stack(), &self.codes);
                }
            }
            Op::Raise { .. } if closing => {}
            Op::Raise { line, value } => self.raise(*line, value)?,
            Op::Output { stream, text } => {
                self.output(step, *stream, text)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A line runs in the current frame.
    #[inline]
    fn line(&mut self, line: u32, top: Option<StackFrame>) {
        let depth = self.context.stack().len() as u32;
        if self.least.0 != self.context.thread || depth < self.least.1 {
            let least = self.chunk_depths.entry(self.context.thread).or_insert(depth);
            *least = depth.min(*least);
            self.least = (self.context.thread, *least);
        }
        if let Some(code) = top.and_then(|frame| self.codes.get_mut(frame.code as usize))
            && code.hit(line, self.chunk)
        {
            self.chunk_lines.push((code.source, line));
        }
    }

    pub(super) fn thread(&mut self, thread: u32, ident: u64, name: &[u8]) -> Result<(), Error> {
        if self.threads.contains_key(&thread) {
            return Ok(());
        }
        let first = self.steps + 1;
        let stats = ThreadStats {
            first,
            last: self.steps,
            steps: 0,
            timing: Vec::new(),
            raised: None,
            raised_at: 0,
            unwound: false,
            escaped: None,
            ended_by: None,
            first_code: None,
            went_on: false,
            on_line: false,
            closing: None,
        };
        self.threads.insert(thread, stats);
        let name = match (String::from_utf8_lossy(name).into_owned(), thread) {
            (name, 1) if name.is_empty() => "MainThread".into(),
            (name, _) if name.is_empty() => format!("Thread-{thread}"),
            (name, _) => self.without_secrets(&name),
        };
        let process = self.process;
        self.insert(
            "INSERT INTO threads VALUES (?,?,?,?,?,?,0)",
            params![thread, process, ident as i64, name, first, first],
        )
    }
}

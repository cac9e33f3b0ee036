//! What each event adds to the tables: threads, exceptions, hits, times, output.

use connie_wire::Op;
use rusqlite::params;

use super::{Recorder, ThreadStats, Timing};
use crate::error::Error;

impl Recorder {
    pub(super) fn event(&mut self, op: &Op) -> Result<(), Error> {
        let (step, top) = (self.steps, self.context.top());
        if let Op::Thread { thread, ident, name } = op {
            return self.thread(*thread, *ident, name);
        }
        let closing = self.closes(op, top.as_ref())?;
        let Some(thread) = self.threads.get_mut(&self.context.thread) else { return Ok(()) };
        if thread.unwound && (op.is_step() || matches!(op, Op::Unwind { .. })) {
            thread.unwound = false;
            if let Some(raised) = &mut thread.raised
                && !matches!(op, Op::Raise { value, .. } if *value == raised.value)
            {
                // Code that is not recorded has caught it.
                raised.left = true;
            }
        }
        if op.is_step() {
            thread.last = step;
            thread.steps += 1;
        }
        match op {
            Op::Line { line } => {
                thread.on_line = true;
                let depth = self.context.stack().len() as u32;
                if self.least.0 != self.context.thread || depth < self.least.1 {
                    let least = self.chunk_depths.entry(self.context.thread).or_insert(depth);
                    *least = depth.min(*least);
                    self.least = (self.context.thread, *least);
                }
                if let Some(code) = top.and_then(|frame| self.codes.get_mut(frame.code as usize)) {
                    let index = line.saturating_sub(code.first_line) as usize;
                    if index >= code.hits.len() && index < 1 << 24 {
                        code.hits.resize(index + 1, 0);
                        code.chunks.resize(index + 1, -1);
                    }
                    if let (Some(hits), Some(chunk)) = (code.hits.get_mut(index), code.chunks.get_mut(index)) {
                        *hits += 1;
                        if *chunk != self.chunk {
                            *chunk = self.chunk;
                            self.chunk_lines.push((code.source, *line));
                        }
                    }
                }
            }
            Op::Call { code, time, .. } => {
                thread.on_line = false;
                self.now += time;
                thread.timing.push(Timing { start: self.now, children: 0 });
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
                thread.on_line = false;
                self.now += time;
                thread.timing.push(Timing { start: self.now, children: 0 });
                let code = self.context.suspended.get(frame).map_or(usize::MAX, |frame| frame.code as usize);
                if let Some(code) = self.codes.get_mut(code) {
                    code.active += 1;
                }
            }
            Op::Return { time, .. } | Op::Yield { time, .. } | Op::Unwind { time } => {
                thread.on_line = false;
                self.now += time;
                let elapsed = thread.timing.pop().map_or(0, |timing| {
                    let elapsed = (self.now - timing.start).max(0);
                    if let Some(code) = top.and_then(|frame| self.codes.get_mut(frame.code as usize)) {
                        code.own += elapsed - timing.children;
                        code.active = code.active.saturating_sub(1);
                        if code.active == 0 {
                            code.total += elapsed;
                        }
                    }
                    elapsed
                });
                if let Some(parent) = thread.timing.last_mut() {
                    parent.children += elapsed;
                }
                if closing {
                    return Ok(());
                }
                let stack = self.context.stack();
                let outermost = match stack {
                    [.., below, top] => top.task != 0 && top.task != below.task,
                    _ => true,
                };
                thread.unwound = matches!(op, Op::Unwind { .. }) && !outermost;
                if matches!(op, Op::Unwind { .. })
                    && outermost
                    && let Some(raised) = &mut thread.raised
                {
                    raised.left = true;
                    if stack.len() == 1 {
                        thread.escaped = Some(raised.step);
                        let code = top.map(|frame| frame.code).filter(|code| thread.first_code == Some(*code));
                        let ended =
                            code.and_then(|code| self.codes.get(code as usize)).is_some_and(|code| code.is_module);
                        if ended && thread.ended_by.is_none() {
                            thread.ended_by = thread.raised.take();
                        }
                    }
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

//! What each event adds to the tables: threads, exceptions, hits, times, output.

use connie_wire::Value;
use connie_wire::level::Level;
use rusqlite::params;

use super::state::Recorder;
use super::types::{CodeStats, LineStats, ThreadStats, Timing};
use crate::chunk::StackFrame;
use crate::error::Error;

impl CodeStats {
    /// Counts a hit of a line. Returns whether it is the line's first hit in this chunk.
    #[inline(always)]
    pub(super) fn hit(&mut self, line: u32, chunk: i64) -> bool {
        let index = line.saturating_sub(self.first_line) as usize;
        match self.lines.get_mut(index) {
            Some(line) => line.hit(chunk),
            None => self.hit_first(index, chunk),
        }
    }

    #[cold]
    #[inline(never)]
    fn hit_first(&mut self, index: usize, chunk: i64) -> bool {
        // A damaged stream must not make the table huge.
        if index >= 1 << 24 {
            return false;
        }
        self.lines.resize(index + 1, LineStats { hits: 0, chunk: -1 });
        self.lines[index].hit(chunk)
    }

    /// A frame of this code ends or waits, `elapsed` ticks after it began or resumed. `children` of these ticks were
    /// spent in its callees.
    #[inline]
    fn leaves(&mut self, elapsed: i64, children: i64) {
        self.own += elapsed - children;
        self.active = self.active.saturating_sub(1);
        if self.active == 0 {
            self.total += elapsed;
        }
    }
}

impl LineStats {
    #[inline(always)]
    fn hit(&mut self, chunk: i64) -> bool {
        self.hits += 1;
        std::mem::replace(&mut self.chunk, chunk) != chunk
    }
}

impl ThreadStats {
    /// Handles the event after a frame was ended by an exception. Unless the event is about the same exception, code
    /// that is not recorded has caught it.
    #[cold]
    fn goes_on(&mut self, value: Option<&Value>) {
        self.unwound = false;
        if let Some(raised) = &mut self.raised
            && value != Some(&raised.value)
        {
            raised.left = true;
        }
    }

    /// The thread makes a step that is not an exception.
    #[inline(always)]
    fn steps(&mut self, step: u64) {
        if self.unwound {
            self.goes_on(None);
        }
        self.last = step;
        self.steps += 1;
        self.went_on = false;
    }

    /// The thread ran `count` lines of a frame; the last one is `step`. Only for a thread with `unwound` false.
    #[inline(always)]
    pub(super) fn runs_lines(&mut self, step: u64, count: u64) {
        self.last = step;
        self.steps += count;
        self.went_on = false;
        self.on_line = true;
    }

    /// A frame begins or resumes.
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

    /// An exception that was on its way through functions recorded at level exceptions when the thread ended has left
    /// them.
    pub(super) fn escapes_at_end(&mut self, codes: &[CodeStats]) {
        let Some(raised) = self.raised.as_mut().filter(|_| self.unwound) else { return };
        let last = raised.places.last().and_then(|(code, _)| codes.get(*code as usize));
        if last.is_some_and(|code| code.level == Level::Exceptions) {
            raised.left = true;
            self.escaped = Some(raised.step);
        }
    }
}

/// Whether the current frame is the outermost one of its thread or task.
pub(super) fn is_outermost(stack: &[StackFrame]) -> bool {
    match stack {
        [.., below, top] => top.task != 0 && top.task != below.task,
        _ => true,
    }
}

impl Recorder {
    /// Handles a line that runs in the current frame.
    #[inline(always)]
    pub(super) fn line(&mut self, line: u32) -> Result<(), Error> {
        self.steps += 1;
        if let Some(thread) = self.threads.current() {
            thread.steps(self.steps);
            thread.on_line = true;
            self.count(line);
        }
        let before = self.context.line(line);
        self.writer.line(line, before);
        self.end_full_chunk()
    }

    /// Handles a frame that begins.
    #[inline]
    pub(super) fn call(
        &mut self,
        (frame, code, namespace): (u64, u32, u64),
        time: i64,
        line: u32,
        slots: &mut Vec<(u32, Value)>,
    ) -> Result<(), Error> {
        self.redact_slots(code, slots)?;
        self.steps += 1;
        // A frame that begins with an exception says nothing about where the exception was caught.
        let level = self.codes.get(code as usize).map_or(Level::Lines, |code| code.level);
        if let Some(thread) = self.threads.current() {
            let is_on_its_way = thread.unwound && level == Level::Exceptions;
            thread.unwound &= !is_on_its_way;
            thread.steps(self.steps);
            thread.unwound |= is_on_its_way;
            // Up to Python 3.11, closing a frame makes it begin anew.
            thread.went_on = true;
            self.now += time;
            thread.enters(self.now);
            thread.first_code.get_or_insert(code);
            let inherited = &mut self.streams[self.stream].inherited;
            let is_new = *inherited == 0;
            *inherited = inherited.saturating_sub(1);
            if let Some(code) = self.codes.get_mut(code as usize) {
                code.calls += u64::from(is_new);
                code.active += 1;
            }
        }
        self.writer.call((frame, code, namespace), time, line, slots);
        self.new_frame(frame, slots);
        self.context.call((frame, code, namespace), line);
        self.reach(code);
        self.end_full_chunk()
    }

    /// Handles a return of the current frame.
    #[inline]
    pub(super) fn returns(&mut self, time: i64, mut value: Value) -> Result<(), Error> {
        self.redact_result(&mut value)?;
        let (frame, code) = self.leaves(time);
        self.writer.returns(time, code, &value);
        if let Some(frame) = frame {
            self.release(frame);
        }
        self.context.leave();
        self.end_full_chunk()
    }

    /// Handles a yield or await of the current frame.
    pub(super) fn yields(&mut self, time: i64, mut value: Value) -> Result<(), Error> {
        self.redact_result(&mut value)?;
        let (_, code) = self.leaves(time);
        self.writer.yields(time, code, &value);
        self.context.suspend();
        self.end_full_chunk()
    }

    /// Makes the step at which the current frame ends or waits. Returns the frame's number and code.
    #[inline(always)]
    fn leaves(&mut self, time: i64) -> (Option<u64>, u32) {
        self.steps += 1;
        let top = self.context.stack().last();
        let (frame, code) = (top.map(|frame| frame.frame), top.map_or(u32::MAX, |frame| frame.code));
        self.reach(code);
        if let Some(thread) = self.threads.current() {
            thread.steps(self.steps);
            self.now += time;
            thread.leaves(self.now, if frame.is_some() { self.codes.get_mut(code as usize) } else { None });
        }
        (frame, code)
    }

    /// Handles a frame that resumes.
    pub(super) fn resumes(&mut self, frame: u64, time: i64, line: u32) -> Result<(), Error> {
        self.steps += 1;
        if let Some(thread) = self.threads.current() {
            thread.steps(self.steps);
            thread.went_on = true;
            self.now += time;
            thread.enters(self.now);
            let code = self.context.suspended.get(&frame).map_or(usize::MAX, |frame| frame.code as usize);
            if let Some(code) = self.codes.get_mut(code) {
                code.active += 1;
            }
        }
        self.writer.resume(frame, time, line);
        self.context.resume(frame, line);
        self.reach(self.context.top().map_or(u32::MAX, |frame| frame.code));
        self.end_full_chunk()
    }

    /// Handles the end of the current frame by an exception.
    pub(super) fn unwinds(&mut self, time: i64) -> Result<(), Error> {
        let top = self.context.top();
        if let Some(thread) = self.threads.current() {
            let closing = top.is_some_and(|top| thread.closing.as_ref().is_some_and(|own| own.frame == top.frame));
            if thread.unwound {
                thread.goes_on(None);
            }
            self.now += time;
            thread.leaves(self.now, top.and_then(|frame| self.codes.get_mut(frame.code as usize)));
            if !closing {
                // Below a function that is recorded from an exception on may be callers that are not known yet.
                let is_last = |top: StackFrame| {
                    self.codes
                        .get(top.code as usize)
                        .is_none_or(|code| code.level != Level::Exceptions || code.is_module)
                };
                let is_outermost = is_outermost(self.context.stack()) && top.is_none_or(is_last);
                thread.unwound = !is_outermost;
                if is_outermost {
                    thread.escapes(self.context.stack(), &self.codes);
                }
            }
        }
        self.writer.unwind(time);
        if let Some(frame) = top {
            self.release(frame.frame);
        }
        self.context.leave();
        Ok(())
    }

    /// Handles the end of what is recorded of the current frame.
    pub(super) fn cuts(&mut self, time: i64) {
        let top = self.context.top();
        if let Some(thread) = self.threads.current() {
            self.now += time;
            thread.leaves(self.now, top.and_then(|frame| self.codes.get_mut(frame.code as usize)));
        }
        self.writer.cut(time);
        if let Some(frame) = top {
            self.release(frame.frame);
        }
        self.context.leave();
    }

    /// Handles an exception that appears in the current frame.
    pub(super) fn raises(&mut self, line: u32, value: &Value) -> Result<(), Error> {
        self.steps += 1;
        let closing = self.closes(line, value)?;
        if let Some(thread) = self.threads.current() {
            if thread.unwound {
                thread.goes_on(Some(value));
            }
            thread.last = self.steps;
            thread.steps += 1;
            if !closing {
                self.raise(line, value)?;
            }
        }
        self.writer.raise(line, value);
        self.reach(self.context.top().map_or(u32::MAX, |frame| frame.code));
        self.end_full_chunk()
    }

    /// Stores text that the program wrote to stdout or stderr.
    pub(super) fn prints(&mut self, stream: u8, text: &[u8]) -> Result<(), Error> {
        self.steps += 1;
        if let Some(thread) = self.threads.current() {
            thread.steps(self.steps);
            self.output(self.steps, stream, text)?;
        }
        self.writer.output(stream);
        self.end_full_chunk()
    }

    #[inline(always)]
    fn end_full_chunk(&mut self) -> Result<(), Error> {
        if self.writer.is_full() { self.end_chunk() } else { Ok(()) }
    }

    /// Notes that the view may stop at an event of the current frame, if its lines are not recorded.
    #[inline(always)]
    fn reach(&mut self, code: u32) {
        let chunk = self.chunk;
        let Some(code) = self.codes.get_mut(code as usize).filter(|code| code.level != Level::Lines) else { return };
        // Its first line stands for the function in the list of lines by which readers find chunks.
        if code.chunk != Some(chunk) {
            code.chunk = Some(chunk);
            self.chunk_lines.push((code.source, code.first_line));
        }
        self.note_depth();
    }

    /// Notes the depth of the current frame.
    #[inline(always)]
    fn note_depth(&mut self) {
        let depth = self.context.stack().len() as u32;
        if self.least.0 != self.context.thread || depth < self.least.1 {
            let least = self.chunk_depths.entry(self.context.thread).or_insert(depth);
            *least = depth.min(*least);
            self.least = (self.context.thread, *least);
        }
    }

    /// Counts a hit of a line of the current frame.
    #[inline(always)]
    fn count(&mut self, line: u32) {
        self.note_depth();
        if let Some(code) = self.context.stack().last().and_then(|frame| self.codes.get_mut(frame.code as usize))
            && code.hit(line, self.chunk)
        {
            self.chunk_lines.push((code.source, line));
        }
    }

    pub(super) fn thread(&mut self, thread: u32, ident: u64, name: &[u8]) -> Result<(), Error> {
        if self.threads.contains(thread) {
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
        self.threads.add(thread, stats);
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

//! What each event adds to the tables: threads, exceptions, hits, times, output.

use std::rc::Rc;

use connie_wire::{Op, Value};
use rusqlite::params;

use super::{OnItsWay, Recorder, ThreadStats, Timing};
use crate::chunk::Entity;
use crate::error::Error;
use crate::render::{Bounds, Renderer, TypeName, World};

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
                self.now += time;
                thread.timing.push(Timing { start: self.now, children: 0 });
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
                thread.timing.push(Timing { start: self.now, children: 0 });
                let code = self.context.suspended.get(frame).map_or(usize::MAX, |frame| frame.code as usize);
                if let Some(code) = self.codes.get_mut(code) {
                    code.active += 1;
                }
            }
            Op::Return { time, .. } | Op::Yield { time, .. } | Op::Unwind { time } => {
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
                    }
                }
            }
            Op::Raise { .. } if closing => {}
            Op::Raise { line, value } => {
                let place = (top.map_or(u32::MAX, |frame| frame.code), *line);
                let depth = self.context.stack().len();
                match &mut thread.raised {
                    // Raised again in the frame that caught it, it is where it was.
                    Some(same) if same.value == *value && depth >= thread.raised_at => {}
                    Some(same) if same.value == *value => {
                        thread.raised_at = depth;
                        same.places.push(place);
                    }
                    _ => {
                        thread.raised_at = depth;
                        let new =
                            OnItsWay { value: value.clone(), step, places: vec![place], chain: None, left: false };
                        let before = thread.raised.replace(new);
                        let thread = self.context.thread;
                        self.exception(thread, before, false)?;
                        self.chain_up(thread, value);
                    }
                }
            }
            Op::Output { stream, text } => {
                let thread = self.context.thread;
                self.insert(
                    "INSERT OR REPLACE INTO output VALUES (?,?,?,?)",
                    params![step, thread, stream, text.as_ref()],
                )?;
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
            went_on: false,
            closing: None,
        };
        self.threads.insert(thread, stats);
        let name = match (String::from_utf8_lossy(name).into_owned(), thread) {
            (name, 1) if name.is_empty() => "MainThread".into(),
            (name, _) if name.is_empty() => format!("Thread-{thread}"),
            (name, _) => name,
        };
        let process = self.process;
        self.insert(
            "INSERT INTO threads VALUES (?,?,?,?,?,?,0)",
            params![thread, process, ident as i64, name, first, first],
        )
    }

    /// Stores an exception that is no longer on its way.
    pub(super) fn exception(&mut self, thread: u32, raised: Option<OnItsWay>, uncaught: bool) -> Result<(), Error> {
        let Some(OnItsWay { value, step, places, chain, left }) = raised else { return Ok(()) };
        let (ty, text) = self.describe(&value);
        let (function, line) = places.first().copied().unwrap_or((u32::MAX, 0));
        // Outermost frame first, as Python prints it.
        let traceback: Vec<_> = places.iter().rev().collect();
        let traceback = serde_json::to_string(&traceback).unwrap_or_default();
        self.insert(
            "INSERT OR REPLACE INTO exceptions VALUES (?,?,?,?,?,?,?,?,?,?)",
            params![step, thread, function, line, ty, text, traceback, uncaught, left, chain],
        )
    }

    /// Notes at which step an exception appeared, and what it comes from.
    fn chain_up(&mut self, thread: u32, value: &Value) {
        /// Exceptions whose steps are known at a time.
        const KNOWN: usize = 1 << 16;
        let Value::Object(object) = *value else { return };
        if self.raised_at.len() >= KNOWN {
            self.raised_at.clear();
        }
        self.raised_at.insert(object, self.steps);
        let Some((_, how, other)) = self.chain.take().filter(|(exception, ..)| *exception == object) else { return };
        let (ty, text) = self.describe(&Value::Object(other));
        let link = serde_json::json!({"how": how, "step": self.raised_at.get(&other), "type": ty, "text": text});
        if let Some(raised) = self.threads.get_mut(&thread).and_then(|thread| thread.raised.as_mut()) {
            raised.chain = Some(link.to_string());
        }
    }

    /// The type of an exception and what `str` of it would be.
    pub(super) fn describe(&self, value: &Value) -> (String, String) {
        let world = LiveWorld { recorder: self };
        let Value::Object(object) = value else { return ("?".into(), String::new()) };
        let Some(entity) = world.entity(*object) else { return ("?".into(), String::new()) };
        let Some(ty) = entity.ty.and_then(|ty| world.type_name(ty)) else { return ("?".into(), String::new()) };
        let name = if ty.module == "builtins" || ty.module == "__main__" {
            ty.name.clone()
        } else {
            format!("{}.{}", ty.module, ty.name)
        };
        let mut renderer = Renderer::new(&world, Bounds::default());
        let text = match entity.items.as_slice() {
            [Value::Str(text)] if ty.name != "KeyError" => String::from_utf8_lossy(&text.bytes).into_owned(),
            [] => String::new(),
            [one] => renderer.text(one),
            [errno, Value::Str(text)] if ty.module == "builtins" => {
                format!("[Errno {}] {}", renderer.text(errno), String::from_utf8_lossy(&text.bytes))
            }
            many => renderer.text(&Value::Tuple(many.into())),
        };
        (name, text)
    }
}

/// The recorder's own view of values, for messages of exceptions.
struct LiveWorld<'a> {
    recorder: &'a Recorder,
}

impl World for LiveWorld<'_> {
    fn entity(&self, object: u64) -> Option<Rc<Entity>> {
        self.recorder.live.get(&object).map(|live| Rc::new(live.entity.clone()))
    }
    fn string(&self, id: u32) -> &str {
        self.recorder.tables.strings.get(id as usize).map_or("?", String::as_str)
    }
    fn type_name(&self, id: u32) -> Option<&TypeName> {
        self.recorder.tables.types.get(id as usize)
    }
    fn minor(&self) -> u32 {
        self.recorder.tables.minor
    }
}

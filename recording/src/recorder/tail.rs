//! The flight recorder: only the last steps of a run are kept.
//!
//! From time to time a chunk begins with everything known (a *keyframe*), so that the chunks before it can be dropped.
//! When the run ends, the first chunk that is left is rewritten as the beginning of a recording: frames that run at its
//! start become calls at their current lines, and steps are numbered from it.

use std::time::Instant;

use connie_wire::Op;
use connie_wire::level::Level;
use rusqlite::params;
use rustc_hash::FxHashMap;

use super::kept::{Before, Counted, Kept, Keyframe, Tail, known_in};
use super::state::Recorder;
use super::types::CodeStats;
use crate::chunk::{self, Chunk, Context, Entry, STEPS};
use crate::error::Error;
use crate::schema::VERSION;

/// Number of keyframes within the kept part. So a quarter more than requested is kept.
const PARTS: u32 = 4;

/// Rows of `object_chunks` from which on it is worth removing those of dropped chunks.
const FEW: u64 = 20_000;

impl Recorder {
    /// Keeps only the end of the run.
    pub fn keep_last(&mut self, tail: Tail) {
        let keyframes = std::iter::once(self.keyframe()).collect();
        self.kept = Some(Kept { tail, listed: 0, keyframes });
    }

    fn keyframe(&self) -> Keyframe {
        let counted = |code: &CodeStats| {
            let hits = code.lines.iter().map(|line| line.hits).collect();
            Counted { hits, calls: code.calls, total: code.total, own: code.own }
        };
        let mut frames = Vec::new();
        for (thread, stack) in self.context.stacks.iter() {
            let timing = self.threads.get(thread).map_or(&[][..], |thread| &thread.timing);
            for (at, (frame, timing)) in stack.iter().zip(timing).enumerate() {
                let elapsed = self.now - timing.start;
                let outermost = !stack[..at].iter().any(|outer| outer.code == frame.code);
                frames.push(Before {
                    frame: frame.frame,
                    code: frame.code,
                    total: outermost.then_some(elapsed),
                    own: elapsed - timing.children,
                });
            }
        }
        Keyframe {
            chunk: self.chunk,
            first_step: self.steps + 1,
            at: Instant::now(),
            codes: self.codes.iter().map(counted).collect(),
            threads: self.threads.iter().map(|(id, thread)| (id, thread.steps)).collect(),
            frames,
        }
    }

    /// Called after a chunk ended: makes the next one a keyframe if it is time for one, and drops what is too old.
    pub(super) fn shorten(&mut self) -> Result<(), Error> {
        let Some(kept) = &self.kept else { return Ok(()) };
        let Some(last) = kept.keyframes.back() else { return Ok(()) };
        let since = self.steps + 1 - last.first_step;
        // Keyframes must not take more room than steps.
        let is_due = match kept.tail {
            Tail::Steps(steps) => since >= (steps / u64::from(PARTS)).max(STEPS),
            Tail::Time(time) => last.at.elapsed() >= time / PARTS,
        };
        if !is_due || since < self.live.len() as u64 {
            return Ok(());
        }
        let chunk = self.chunk;
        // Ascending, so that the differences of their numbers are small.
        let mut known = self.live.all();
        known.sort_unstable();
        for (id, at) in known {
            let live = self.live.at(at);
            live.chunk = known_in(chunk);
            self.writer.snapshot(id, &live.entity);
        }
        let keyframe = self.keyframe();
        let steps = self.steps;
        let Some(kept) = &mut self.kept else { return Ok(()) };
        kept.keyframes.push_back(keyframe);
        let is_enough = |keyframe: &Keyframe| match kept.tail {
            Tail::Steps(most) => steps + 1 - keyframe.first_step >= most,
            Tail::Time(time) => keyframe.at.elapsed() >= time,
        };
        let mut dropped = false;
        while kept.keyframes.get(1).is_some_and(is_enough) {
            kept.keyframes.pop_front();
            dropped = true;
        }
        match kept.keyframes.front().map(|first| (first.chunk, first.first_step)) {
            Some((chunk, step)) if dropped => self.drop_before(chunk, step),
            _ => Ok(()),
        }
    }

    fn drop_before(&mut self, chunk: i64, step: u64) -> Result<(), Error> {
        for table in ["chunks", "chunk_data"] {
            self.insert(&format!("DELETE FROM {table} WHERE id < ?"), params![chunk])?;
        }
        // Rarely done, as it scans the whole table.
        let is_closed = self.kept.is_none();
        if is_closed || self.kept.as_ref().is_some_and(|kept| self.listed > 2 * kept.listed + FEW) {
            self.insert("DELETE FROM object_chunks WHERE chunk < ?", params![chunk])?;
            self.listed -= self.connection.changes().min(self.listed);
            if let Some(kept) = &mut self.kept {
                kept.listed = self.listed;
            }
        }
        for (table, column) in [("output", "step"), ("exceptions", "step"), ("late", "last_step")] {
            self.insert(&format!("DELETE FROM {table} WHERE {column} < ?"), params![step])?;
        }
        Ok(())
    }

    /// Called at the end of the run: turns what was kept into a recording that begins at step 1.
    pub(super) fn close_tail(&mut self) -> Result<(), Error> {
        let Some(kept) = self.kept.take() else { return Ok(()) };
        let Some(first) = kept.keyframes.into_iter().next().filter(|first| first.chunk > 0) else { return Ok(()) };
        self.drop_before(first.chunk, first.first_step)?;
        let began = self.begin_anew(first.chunk)?;
        let shift = first.first_step as i64 - 1 - began.len() as i64;
        for (sql, values) in [
            ("UPDATE chunks SET first_step = first_step - ?1 WHERE id > ?2", params![shift, first.chunk]),
            ("UPDATE tasks SET first_step = max(first_step - ?1, 1)", params![shift]),
            ("UPDATE late SET first_step = max(first_step - ?1, 1), last_step = last_step - ?1", params![shift]),
            // Done in two updates, so that no step number occurs twice in between.
            ("UPDATE output SET step = ?1 - step", params![shift]),
            ("UPDATE output SET step = -step", params![]),
            ("UPDATE exceptions SET step = ?1 - step", params![shift]),
            ("UPDATE exceptions SET step = -step", params![]),
            (
                "UPDATE exceptions SET chain = json_set(chain, '$.step', nullif(max(chain ->> 'step' - ?1, 0), 0))
                    WHERE chain ->> 'step' IS NOT NULL",
                params![shift],
            ),
            (
                "UPDATE recording SET settings = json_set(settings, '$.dropped_steps', ?1)",
                params![first.first_step - 1],
            ),
        ] {
            self.insert(sql, values)?;
        }
        let moved = |step: u64| u64::try_from(step as i64 - shift).unwrap_or(0);
        let ids = self.threads.numbers();
        for id in ids {
            let own: Vec<u64> = (1..).zip(&began).filter(|(_, thread)| **thread == id).map(|(step, _)| step).collect();
            let earlier = first.threads.get(&id).copied().unwrap_or(0);
            let gone = self.threads.get(id).is_some_and(|thread| thread.last < first.first_step) && own.is_empty();
            if gone {
                self.threads.remove(id);
                self.insert("DELETE FROM threads WHERE id = ?", params![id])?;
                continue;
            }
            let began_after = self.threads.get(id).is_some_and(|thread| thread.first >= first.first_step);
            let found = match own.first() {
                Some(step) => Some(*step),
                None if began_after => None,
                None => self.first_step_of(id, first.chunk)?,
            };
            let Some(thread) = self.threads.get_mut(id) else { continue };
            thread.first = found.unwrap_or_else(|| moved(thread.first));
            thread.last = moved(thread.last).max(own.last().copied().unwrap_or(0));
            thread.steps = thread.steps - earlier + own.len() as u64;
            // An exception raised before the first kept step has no step here.
            thread.raised = thread.raised.take().filter(|raised| raised.step >= first.first_step);
            thread.ended_by = thread.ended_by.take().filter(|raised| raised.step >= first.first_step);
            for raised in thread.raised.iter_mut().chain(&mut thread.ended_by) {
                raised.step = moved(raised.step);
                let link =
                    raised.chain.as_deref().and_then(|link| serde_json::from_str::<serde_json::Value>(link).ok());
                raised.chain = link.map(|mut link| {
                    let step = link["step"].as_u64().filter(|step| *step >= first.first_step);
                    link["step"] = step.map(moved).into();
                    link.to_string()
                });
            }
            thread.escaped = thread.escaped.filter(|step| *step >= first.first_step).map(moved);
        }
        self.steps = moved(self.steps);
        self.count_from(&first);
        Ok(())
    }

    /// Rewrites a keyframe's chunk so that it begins with nothing: frames that were running become calls. Returns the
    /// thread of each such call.
    fn begin_anew(&mut self, id: i64) -> Result<Vec<u32>, Error> {
        let path = self.path.clone();
        let sqlite = |source| Error::Sqlite { path: path.clone(), source };
        let io = |source| Error::Io { path: path.clone(), source };
        let data: Vec<u8> = self
            .connection
            .query_row("SELECT data FROM chunk_data WHERE id = ?", [id], |row| row.get(0))
            .map_err(sqlite)?;
        let chunk = chunk::decode(&data, VERSION).map_err(|why| io(std::io::Error::other(why)))?;
        let is_thin = |code: u32| self.codes.get(code as usize).is_some_and(|code| code.level != Level::Lines);
        let (data, began) = retold(&chunk, is_thin).map_err(io)?;
        let checksum = crc32fast::hash(&data);
        let more = began.len() as u64;
        self.insert("UPDATE chunk_data SET data = ? WHERE id = ?", params![data, id])?;
        self.insert(
            "UPDATE chunks SET first_step = 1, steps = steps + ?, checksum = ? WHERE id = ?",
            params![more, checksum, id],
        )?;
        Ok(began)
    }

    /// The first step, renumbered, of a thread that ran nothing when chunk `from` began.
    fn first_step_of(&mut self, thread: u32, from: i64) -> Result<Option<u64>, Error> {
        let path = self.path.clone();
        let sqlite = |source| Error::Sqlite { path: path.clone(), source };
        let mut statement = self
            .connection
            .prepare("SELECT first_step, data FROM chunks JOIN chunk_data USING (id) WHERE id >= ? ORDER BY id")
            .map_err(sqlite)?;
        let mut rows = statement.query([from]).map_err(sqlite)?;
        while let Some(row) = rows.next().map_err(sqlite)? {
            let data: Vec<u8> = row.get(1).map_err(sqlite)?;
            let Ok(chunk) = chunk::decode(&data, VERSION) else { continue };
            let (mut step, mut current) = (row.get::<_, u64>(0).map_err(sqlite)?, chunk.context.thread);
            for entry in &chunk.entries {
                match entry {
                    Entry::Op(Op::Thread { thread, .. }) => current = *thread,
                    Entry::Op(op) if op.is_step() && current == thread => return Ok(Some(step)),
                    Entry::Op(op) => step += u64::from(op.is_step()),
                    Entry::Snapshot(..) => {}
                }
            }
        }
        Ok(None)
    }

    /// Subtracts the counts up to a keyframe from the totals.
    fn count_from(&mut self, first: &Keyframe) {
        let still: Vec<u64> = self.context.stacks.frames().map(|frame| frame.frame).collect();
        for (code, before) in self.codes.iter_mut().zip(&first.codes) {
            code.calls -= before.calls;
            code.total -= before.total;
            code.own -= before.own;
            code.lines.iter_mut().zip(&before.hits).for_each(|(line, before)| line.hits -= before);
        }
        // Frames that have ended since then were counted whole.
        for before in first.frames.iter().filter(|before| !still.contains(&before.frame)) {
            if let Some(code) = self.codes.get_mut(before.code as usize) {
                code.total = (code.total - before.total.unwrap_or(0)).max(0);
                code.own = (code.own - before.own).max(0);
            }
        }
    }
}

/// Rewrites a chunk so that its frames begin in it. `is_thin` says of which code the lines are not recorded. Returns the threads of the calls that were added.
fn retold(chunk: &Chunk, is_thin: impl Fn(u32) -> bool) -> std::io::Result<(Vec<u8>, Vec<u32>)> {
    let frames: FxHashMap<u64, &chunk::Entity> = chunk
        .entries
        .iter()
        .map_while(|entry| if let Entry::Snapshot(entity, id) = entry { Some((*id, entity)) } else { None })
        .filter(|(_, entity)| entity.ty.is_none())
        .collect();
    let given = chunk.context.clone();
    let mut context = Context { suspended: given.suspended.clone(), ..Context::default() };
    let suspended = |frame: &u64| given.suspended.contains_key(frame);
    context.sure = given.sure.iter().filter(|(frame, _)| suspended(frame)).map(|(f, all)| (*f, all.clone())).collect();
    let mut writer = chunk::Writer::new(&context);
    let mut threads = Vec::new();
    let running: Vec<u64> = given.stacks.frames().map(|frame| frame.frame).collect();
    let (start, rest) = chunk
        .entries
        .split_at(chunk.entries.iter().position(|entry| matches!(entry, Entry::Op(_))).unwrap_or(chunk.entries.len()));
    for entry in start {
        if let Entry::Snapshot(entity, id) = entry
            && !running.contains(id)
        {
            writer.snapshot(*id, entity);
        }
    }
    let mut put = |op: Op| {
        writer.push(&op, &context);
        context.apply(&op);
    };
    for (thread, stack) in given.stacks.iter() {
        put(Op::Thread { thread, ident: 0, name: Box::default() });
        let mut task = 0;
        for frame in stack {
            if frame.task != task {
                put(Op::Task { task: frame.task, name: Box::default() });
                task = frame.task;
            }
            let items = frames.get(&frame.frame).map_or(&[][..], |entity| entity.items.as_slice());
            // What a frame without lines was called with may be out of date, which only a later step can say.
            let items = if is_thin(frame.code) { &[] } else { items };
            let slots = (0..).zip(items).filter(|(_, value)| **value != connie_wire::Value::Unbound);
            let (id, code, namespace, line) = (frame.frame, frame.code, frame.namespace, frame.line);
            let slots = slots.map(|(slot, value)| (slot, value.clone())).collect();
            put(Op::Call { frame: id, code, namespace, time: 0, line, slots });
            let all = given.sure.get(&id).cloned().unwrap_or_default();
            put(Op::Sure { levels: frame.sure, all });
            threads.push(thread);
        }
    }
    put(Op::Thread { thread: given.thread, ident: 0, name: Box::default() });
    if given.task != 0 {
        put(Op::Task { task: given.task, name: Box::default() });
    }
    for entry in rest {
        match entry {
            Entry::Snapshot(entity, id) => writer.snapshot(*id, entity),
            Entry::Op(op) => {
                writer.push(op, &context);
                context.apply(op);
            }
        }
    }
    Ok((writer.finish()?, threads))
}

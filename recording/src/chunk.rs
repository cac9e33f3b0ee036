//! Chunks: a run of steps as columns of small numbers, compressed.
//!
//! Rows of ops would repeat themselves badly; columns of deltas compress to about a byte a step.
//! The reader sees what the writer saw: both walk the same ops with the same [`Context`].

use std::io::Read;

use connie_wire::codec::{Decoder, Sink, WireError};
use connie_wire::value::tag;
use connie_wire::{Op, Value};
use rustc_hash::FxHashMap;

use crate::doubt::ALL;

/// Steps in a full chunk.
pub const STEPS: u64 = 16_384;
/// Bytes of columns at which a chunk is ended before that.
pub const BYTES: usize = 4 << 20;
const LEVEL: i32 = 1;

/// A frame on a thread's stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackFrame {
    /// Its number.
    pub frame: u64,
    /// Its code.
    pub code: u32,
    /// Number of its namespace object; 0: it has slots.
    pub namespace: u64,
    /// The line it is at.
    pub line: u32,
    /// The asyncio task it belongs to; 0: none.
    pub task: u32,
    /// While it is suspended: the coroutine that it waits for, which was suspended with it; 0: none.
    pub awaits: u64,
    /// Down to which level what its variables hold is sure (see [`crate::doubt`]).
    pub sure: u8,
}

/// The stacks of all threads, as they stand between two ops.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// The current thread.
    pub thread: u32,
    /// Stacks by thread, outermost frame first; ordered by thread number.
    pub stacks: std::collections::BTreeMap<u32, Vec<StackFrame>>,
    /// Frames that wait to be resumed.
    pub suspended: FxHashMap<u64, StackFrame>,
    /// The task of the frame that begins next; 0: that of its caller.
    pub task: u32,
    /// The frame that was suspended by the step before, if it was.
    pub yielded: u64,
    /// Objects that frames are sure of with all they hold, where they are not of others.
    pub sure: std::collections::BTreeMap<u64, Box<[u64]>>,
}

impl Context {
    /// The current frame.
    pub fn top(&self) -> Option<StackFrame> {
        self.stacks.get(&self.thread)?.last().copied()
    }

    /// The stack of the current thread.
    pub fn stack(&self) -> &[StackFrame] {
        self.stacks.get(&self.thread).map_or(&[], Vec::as_slice)
    }

    /// Follows an op. Returns and yields leave the frame *after* their step: call it then.
    pub fn apply(&mut self, op: &Op) {
        match op {
            Op::Thread { thread, .. } => {
                self.thread = *thread;
                self.yielded = 0;
            }
            Op::Task { task, .. } => self.task = *task,
            Op::Call { frame, code, namespace, line, .. } => {
                let sure = self.top().map_or(ALL, |caller| caller.sure);
                let task = match std::mem::take(&mut self.task) {
                    0 => self.top().map_or(0, |caller| caller.task),
                    task => task,
                };
                let (frame, code, namespace, line) = (*frame, *code, *namespace, *line);
                self.yielded = 0;
                self.push(StackFrame { frame, code, namespace, line, task, awaits: 0, sure });
            }
            Op::Resume { frame, line, .. } => {
                let caller = self.top().map_or(0, |caller| caller.task);
                let (code, line) = (u32::MAX, *line);
                let unknown = StackFrame { frame: *frame, code, namespace: 0, line, task: 0, awaits: 0, sure: ALL };
                let mut frame = self.suspended.remove(frame).unwrap_or(unknown);
                frame.awaits = 0;
                // An asynchronous generator works for whoever asks it.
                if caller != 0 {
                    frame.task = caller;
                }
                self.yielded = 0;
                self.push(frame);
            }
            Op::Line { line } => {
                self.yielded = 0;
                if let Some(frame) = self.stacks.get_mut(&self.thread).and_then(|stack| stack.last_mut()) {
                    frame.line = *line;
                }
            }
            Op::Return { .. } | Op::Unwind { .. } => {
                self.yielded = 0;
                if let Some(frame) = self.stacks.entry(self.thread).or_default().pop() {
                    self.sure.remove(&frame.frame);
                }
            }
            Op::Yield { .. } => {
                if let Some(mut frame) = self.stacks.entry(self.thread).or_default().pop() {
                    // Who waits for a coroutine is suspended right after it.
                    frame.awaits = std::mem::replace(&mut self.yielded, frame.frame);
                    self.suspended.insert(frame.frame, frame);
                }
            }
            Op::Gone { frame } => {
                self.suspended.remove(frame);
                self.sure.remove(frame);
            }
            Op::Sure { levels, all } => {
                if let Some(frame) = self.stacks.get_mut(&self.thread).and_then(|stack| stack.last_mut()) {
                    frame.sure = *levels;
                    match all.is_empty() {
                        true => self.sure.remove(&frame.frame),
                        false => self.sure.insert(frame.frame, all.clone()),
                    };
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, frame: StackFrame) {
        self.stacks.entry(self.thread).or_default().push(frame);
    }

    /// Whether all frames are sure of all that their variables hold.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.stacks.values().flatten().chain(self.suspended.values()).all(|frame| frame.sure == ALL)
    }

    /// The frames of a suspended task, the outermost first: who waits for whom.
    #[must_use]
    pub fn awaits(&self, task: u32) -> Vec<StackFrame> {
        let of_task = || self.suspended.values().filter(|frame| frame.task == task);
        let is_awaited = |frame: &StackFrame| of_task().any(|other| other.awaits == frame.frame);
        // A generator that the task holds is suspended too, and waits for nobody: coroutines that do come first.
        let outermost =
            of_task().filter(|frame| !is_awaited(frame)).min_by_key(|frame| (frame.awaits == 0, frame.frame));
        let mut chain: Vec<StackFrame> = outermost.into_iter().copied().collect();
        while let Some(next) = chain.last().and_then(|last| self.suspended.get(&last.awaits)) {
            if chain.len() > self.suspended.len() {
                break;
            }
            chain.push(*next);
        }
        chain
    }

    /// The tasks that wait, ascending.
    #[must_use]
    pub fn waiting_tasks(&self) -> Vec<u32> {
        let running = |task: u32| self.stacks.values().flatten().any(|frame| frame.task == task);
        let mut tasks: Vec<u32> = self.suspended.values().map(|frame| frame.task).collect();
        tasks.sort_unstable();
        tasks.dedup();
        tasks.retain(|task| *task != 0 && !running(*task));
        tasks
    }

    fn encode(&self, out: &mut Vec<u8>) {
        let frame = |frame: &StackFrame, last: &mut u64, out: &mut Vec<u8>| {
            out.zigzag(frame.frame.wrapping_sub(*last) as i64);
            *last = frame.frame;
            out.varint(u64::from(frame.code));
            out.varint(frame.namespace);
            out.varint(u64::from(frame.line));
            out.varint(u64::from(frame.task));
            out.varint(frame.awaits);
            out.put(frame.sure);
        };
        out.varint(u64::from(self.thread));
        out.varint(u64::from(self.task));
        out.varint(self.yielded);
        let stacks: Vec<_> = self.stacks.iter().filter(|(_, stack)| !stack.is_empty()).collect();
        out.varint(stacks.len() as u64);
        let mut last = 0;
        for (thread, stack) in stacks {
            out.varint(u64::from(*thread));
            out.varint(stack.len() as u64);
            stack.iter().for_each(|item| frame(item, &mut last, out));
        }
        out.varint(self.suspended.len() as u64);
        let mut suspended: Vec<_> = self.suspended.values().collect();
        suspended.sort_by_key(|frame| frame.frame);
        suspended.into_iter().for_each(|item| frame(item, &mut last, out));
        out.varint(self.sure.len() as u64);
        for (frame, all) in &self.sure {
            out.varint(*frame);
            out.varint(all.len() as u64);
            all.iter().for_each(|object| out.varint(*object));
        }
    }

    fn decode(decoder: &mut Decoder<'_>, version: i32) -> Result<Self, WireError> {
        // Up to version 2 nothing was known of tasks.
        let tasks = version >= 3;
        let frame = |decoder: &mut Decoder<'_>, last: &mut u64| -> Result<StackFrame, WireError> {
            *last = last.wrapping_add(decoder.zigzag()? as u64);
            Ok(StackFrame {
                frame: *last,
                code: decoder.varint32()?,
                namespace: decoder.varint()?,
                line: decoder.varint32()?,
                task: if tasks { decoder.varint32()? } else { 0 },
                awaits: if tasks { decoder.varint()? } else { 0 },
                // Up to version 3 everything was looked at.
                sure: if version >= 4 { decoder.byte()? } else { ALL },
            })
        };
        let mut context = Context { thread: decoder.varint32()?, ..Context::default() };
        if tasks {
            context.task = decoder.varint32()?;
            context.yielded = decoder.varint()?;
        }
        let mut last = 0;
        for _ in 0..decoder.count()? {
            let thread = decoder.varint32()?;
            let stack = (0..decoder.count()?).map(|_| frame(decoder, &mut last)).collect::<Result<_, _>>()?;
            context.stacks.insert(thread, stack);
        }
        for _ in 0..decoder.count()? {
            let frame = frame(decoder, &mut last)?;
            context.suspended.insert(frame.frame, frame);
        }
        if version >= 4 {
            for _ in 0..decoder.count()? {
                let frame = decoder.varint()?;
                let all = (0..decoder.count()?).map(|_| decoder.varint()).collect::<Result<_, _>>()?;
                context.sure.insert(frame, all);
            }
        }
        Ok(context)
    }
}

/// One entry of a chunk.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// An op of the stream (no definitions).
    Op(Op),
    /// The contents of a frame or object before its first change in this chunk.
    Snapshot(Entity, u64),
}

/// A frame or an object, and its contents.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// Type of an object; `None` for a frame.
    pub ty: Option<u32>,
    /// True number of items (objects).
    pub length: u64,
    /// Items of an object, slots of a frame.
    pub items: Vec<Value>,
}

impl Entity {
    /// A new frame with these slots.
    pub fn frame(slots: &[(u32, Value)]) -> Self {
        let mut entity = Entity { ty: None, length: 0, items: Vec::new() };
        for (slot, value) in slots {
            entity.set(*slot as usize, value.clone());
        }
        entity
    }

    /// Sets an item; the ones before it that were never set are unbound.
    pub fn set(&mut self, index: usize, value: Value) {
        if index >= self.items.len() {
            // Slots and items are counted by the tracer; a damaged file must not ask for the moon.
            if index > 1 << 24 {
                return;
            }
            self.items.resize(index + 1, Value::Unbound);
        }
        self.items[index] = value;
    }

    /// Replaces `removed` items from `start` on.
    pub fn splice(&mut self, start: usize, removed: usize, length: u64, items: &[Value]) {
        let start = start.min(self.items.len());
        let end = (start + removed).min(self.items.len());
        self.items.splice(start..end, items.iter().cloned());
        self.length = length;
    }
}

/// What the next int in a place is likely to be: the one before it.
#[derive(Default)]
struct Predictor {
    slots: FxHashMap<(u32, u32), i64>,
    returns: FxHashMap<u32, i64>,
    items: i64,
}

mod kind {
    pub const SNAPSHOT_OBJECT: u8 = 64;
    pub const SNAPSHOT_FRAME: u8 = 65;
}
use connie_wire::op::code;

const COLUMNS: usize = 8;

/// Columns under construction.
pub struct Writer {
    kinds: Vec<u8>,
    lines: Vec<u8>,
    ids: Vec<u8>,
    numbers: Vec<u8>,
    times: Vec<u8>,
    values: Vec<u8>,
    items: Vec<u8>,
    checkpoint: Vec<u8>,
    last_id: u64,
    predictor: Predictor,
    /// Steps so far.
    pub steps: u64,
}

fn put_predicted(out: &mut Vec<u8>, value: &Value, last: &mut i64) {
    if let Value::Int(n) = value {
        out.put(tag::INT_DELTA);
        out.zigzag(n.wrapping_sub(*last));
        *last = *n;
    } else {
        value.encode(out);
    }
}

fn take_predicted(decoder: &mut Decoder<'_>, last: &mut i64) -> Result<Value, WireError> {
    let byte = decoder.byte()?;
    if byte == tag::INT_DELTA {
        *last = last.wrapping_add(decoder.zigzag()?);
        return Ok(Value::Int(*last));
    }
    Value::decode_tagged(byte, decoder, 0)
}

impl Writer {
    /// Starts a chunk where `context` stands.
    pub fn new(context: &Context) -> Self {
        let mut writer = Self {
            kinds: Vec::with_capacity(2 * STEPS as usize),
            lines: Vec::with_capacity(STEPS as usize),
            ids: Vec::new(),
            numbers: Vec::new(),
            times: Vec::new(),
            values: Vec::new(),
            items: Vec::new(),
            checkpoint: Vec::new(),
            last_id: 0,
            predictor: Predictor::default(),
            steps: 0,
        };
        context.encode(&mut writer.checkpoint);
        writer
    }

    /// Whether the chunk is full.
    pub fn is_full(&self) -> bool {
        self.steps >= STEPS || self.values.len() + self.items.len() >= BYTES
    }

    fn id(&mut self, id: u64) {
        self.ids.zigzag(id.wrapping_sub(self.last_id) as i64);
        self.last_id = id;
    }

    fn number(&mut self, n: u64) {
        self.numbers.varint(n);
    }

    fn values_of(&mut self, values: &[Value]) {
        self.numbers.varint(values.len() as u64);
        for value in values {
            put_predicted(&mut self.items, value, &mut self.predictor.items);
        }
    }

    /// Appends the contents of a frame or object.
    pub fn snapshot(&mut self, id: u64, entity: &Entity) {
        self.kinds.push(if entity.ty.is_some() { kind::SNAPSHOT_OBJECT } else { kind::SNAPSHOT_FRAME });
        self.id(id);
        if let Some(ty) = entity.ty {
            self.number(u64::from(ty));
            self.number(entity.length);
        }
        self.values_of(&entity.items);
    }

    /// Appends an op that belongs where `context` stands (before the op).
    pub fn push(&mut self, op: &Op, context: &Context) {
        self.steps += u64::from(op.is_step());
        let top = context.top();
        let code = top.map_or(u32::MAX, |frame| frame.code);
        match op {
            Op::Line { line } => {
                self.kinds.push(code::LINE);
                let before = top.map_or(0, |frame| frame.line);
                self.lines.zigzag(i64::from(*line) - i64::from(before));
            }
            Op::Slot { slot, value } => {
                self.kinds.push(code::SLOT);
                self.numbers.varint(u64::from(*slot));
                let last = self.predictor.slots.entry((code, *slot)).or_default();
                put_predicted(&mut self.values, value, last);
            }
            Op::Call { frame, code, namespace, time, line, slots } => {
                self.kinds.push(code::CALL);
                self.id(*frame);
                self.number(u64::from(*code));
                self.number(*namespace);
                self.times.zigzag(*time);
                self.lines.varint(u64::from(*line));
                self.number(slots.len() as u64);
                for (slot, value) in slots {
                    self.numbers.varint(u64::from(*slot));
                    let last = self.predictor.slots.entry((*code, *slot)).or_default();
                    put_predicted(&mut self.values, value, last);
                }
            }
            Op::Return { time, value } | Op::Yield { time, value } => {
                self.kinds.push(if matches!(op, Op::Return { .. }) { code::RETURN } else { code::YIELD });
                self.times.zigzag(*time);
                let last = self.predictor.returns.entry(code).or_default();
                put_predicted(&mut self.values, value, last);
            }
            Op::Raise { line, value } => {
                self.kinds.push(code::RAISE);
                self.lines.varint(u64::from(*line));
                value.encode(&mut self.values);
            }
            Op::Resume { frame, time, line } => {
                self.kinds.push(code::RESUME);
                self.id(*frame);
                self.times.zigzag(*time);
                self.lines.varint(u64::from(*line));
            }
            Op::Unwind { time } => {
                self.kinds.push(code::UNWIND);
                self.times.zigzag(*time);
            }
            Op::Output { stream, .. } => {
                self.kinds.push(code::OUTPUT);
                self.number(u64::from(*stream));
            }
            Op::New { object, ty, length, items } => {
                self.kinds.push(code::NEW);
                self.id(*object);
                self.number(u64::from(*ty));
                self.number(*length);
                self.values_of(items);
            }
            Op::Splice { object, start, removed, length, items } => {
                self.kinds.push(code::SPLICE);
                self.id(*object);
                self.number(u64::from(*start));
                self.number(u64::from(*removed));
                self.number(*length);
                self.values_of(items);
            }
            Op::Set { object, index, value } => {
                self.kinds.push(code::SET);
                self.id(*object);
                self.number(u64::from(*index));
                put_predicted(&mut self.items, value, &mut self.predictor.items);
            }
            Op::Evict { object } => {
                self.kinds.push(code::EVICT);
                self.id(*object);
            }
            Op::Gone { frame } => {
                self.kinds.push(code::GONE);
                self.id(*frame);
            }
            Op::Sure { levels, all } => {
                self.kinds.push(code::SURE);
                self.number(u64::from(*levels));
                self.number(all.len() as u64);
                all.iter().for_each(|object| self.id(*object));
            }
            Op::Thread { thread, .. } => {
                self.kinds.push(code::THREAD);
                self.number(u64::from(*thread));
            }
            Op::Task { task, .. } => {
                self.kinds.push(code::TASK);
                self.number(u64::from(*task));
            }
            Op::String { .. } | Op::File { .. } | Op::Type { .. } | Op::Code { .. } | Op::Trouble { .. } | Op::End => {}
            Op::Process { .. }
            | Op::Clock { .. }
            | Op::Inherited { .. }
            | Op::Globals { .. }
            | Op::Chain { .. }
            | Op::Segment { .. }
            | Op::SegmentEnd { .. } => {}
        }
    }

    /// The compressed chunk.
    ///
    /// # Errors
    /// Where zstd fails (out of memory).
    pub fn finish(self) -> std::io::Result<Vec<u8>> {
        let columns: [&Vec<u8>; COLUMNS] = [
            &self.checkpoint,
            &self.kinds,
            &self.lines,
            &self.ids,
            &self.numbers,
            &self.times,
            &self.values,
            &self.items,
        ];
        let mut raw = Vec::with_capacity(columns.iter().map(|column| column.len() + 5).sum());
        for column in columns {
            raw.varint(column.len() as u64);
        }
        for column in columns {
            raw.extend_from_slice(column);
        }
        zstd::bulk::compress(&raw, LEVEL)
    }
}

/// A chunk read back.
#[derive(Debug)]
pub struct Chunk {
    /// Where the threads stood before its first entry.
    pub context: Context,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
}

/// Reads a chunk back; `version` is that of the file.
///
/// # Errors
/// Where the bytes are not what [`Writer::finish`] made.
pub fn decode(data: &[u8], version: i32) -> Result<Chunk, String> {
    let raw = unpack(data).map_err(|error| error.to_string())?;
    decode_columns(&raw, version).map_err(|error| error.to_string())
}

/// The columns of a chunk. They end at a few megabytes plus one op, but for the first chunk of a tail.
fn unpack(data: &[u8]) -> std::io::Result<Vec<u8>> {
    /// More is damage, not data.
    const MOST: u64 = 1 << 30;
    /// What is taken at once because the data says so.
    const USUAL: u64 = 64 << 20;
    let said = zstd::zstd_safe::get_frame_content_size(data).ok().flatten().unwrap_or(MOST);
    if said <= USUAL {
        return zstd::bulk::decompress(data, said as usize);
    }
    let mut raw = Vec::new();
    zstd::Decoder::new(data)?.take(MOST).read_to_end(&mut raw)?;
    Ok(raw)
}

fn decode_columns(raw: &[u8], version: i32) -> Result<Chunk, WireError> {
    let mut head = Decoder::new(raw);
    let mut sizes = [0usize; COLUMNS];
    for size in &mut sizes {
        *size = head.count()?;
    }
    let mut take = |n: usize| -> Result<Decoder<'_>, WireError> { Ok(Decoder::new(head.take(sizes[n])?)) };
    let (mut checkpoint, mut kinds, mut lines, mut ids) = (take(0)?, take(1)?, take(2)?, take(3)?);
    let (mut numbers, mut times, mut values, mut items) = (take(4)?, take(5)?, take(6)?, take(7)?);
    let context = Context::decode(&mut checkpoint, version)?;
    let mut now = context.clone();
    let mut entries = Vec::with_capacity(kinds.remaining());
    let mut predictor = Predictor::default();
    let mut last_id = 0u64;
    while !kinds.is_empty() {
        let byte = kinds.byte()?;
        let top = now.top();
        let code_id = top.map_or(u32::MAX, |frame| frame.code);
        macro_rules! id {
            () => {{
                last_id = last_id.wrapping_add(ids.zigzag()? as u64);
                last_id
            }};
        }
        macro_rules! values_of {
            () => {{
                let n = usize::try_from(numbers.varint()?).map_err(|_| WireError::Truncated)?;
                if n > items.remaining() {
                    return Err(WireError::Truncated);
                }
                let mut list = Vec::with_capacity(n);
                for _ in 0..n {
                    list.push(take_predicted(&mut items, &mut predictor.items)?);
                }
                list
            }};
        }
        let op = match byte {
            kind::SNAPSHOT_OBJECT | kind::SNAPSHOT_FRAME => {
                let id = id!();
                let (mut ty, mut length) = (None, 0);
                if byte == kind::SNAPSHOT_OBJECT {
                    ty = Some(numbers.varint32()?);
                    length = numbers.varint()?;
                }
                entries.push(Entry::Snapshot(Entity { ty, length, items: values_of!() }, id));
                continue;
            }
            code::LINE => {
                let before = i64::from(top.map_or(0, |frame| frame.line));
                let line = u32::try_from(before + lines.zigzag()?).map_err(|_| WireError::Range("line"))?;
                Op::Line { line }
            }
            code::SLOT => {
                let slot = numbers.varint32()?;
                let last = predictor.slots.entry((code_id, slot)).or_default();
                Op::Slot { slot, value: take_predicted(&mut values, last)? }
            }
            code::CALL => {
                let frame = id!();
                let (code, namespace) = (numbers.varint32()?, numbers.varint()?);
                let (time, line) = (times.zigzag()?, lines.varint32()?);
                let n = numbers.varint32()?;
                let mut slots = Vec::new();
                for _ in 0..n {
                    let slot = numbers.varint32()?;
                    let last = predictor.slots.entry((code, slot)).or_default();
                    slots.push((slot, take_predicted(&mut values, last)?));
                }
                Op::Call { frame, code, namespace, time, line, slots }
            }
            code::RETURN | code::YIELD => {
                let time = times.zigzag()?;
                let last = predictor.returns.entry(code_id).or_default();
                let value = take_predicted(&mut values, last)?;
                if byte == code::RETURN { Op::Return { time, value } } else { Op::Yield { time, value } }
            }
            code::RAISE => Op::Raise { line: lines.varint32()?, value: Value::decode(&mut values)? },
            code::RESUME => Op::Resume { frame: id!(), time: times.zigzag()?, line: lines.varint32()? },
            code::UNWIND => Op::Unwind { time: times.zigzag()? },
            code::OUTPUT => Op::Output { stream: numbers.varint()? as u8, text: Box::default() },
            code::NEW => {
                Op::New { object: id!(), ty: numbers.varint32()?, length: numbers.varint()?, items: values_of!() }
            }
            code::SPLICE => Op::Splice {
                object: id!(),
                start: numbers.varint32()?,
                removed: numbers.varint32()?,
                length: numbers.varint()?,
                items: values_of!(),
            },
            code::SET => Op::Set {
                object: id!(),
                index: numbers.varint32()?,
                value: take_predicted(&mut items, &mut predictor.items)?,
            },
            code::EVICT => Op::Evict { object: id!() },
            code::GONE => Op::Gone { frame: id!() },
            code::SURE => {
                let levels = numbers.varint()? as u8;
                let n = usize::try_from(numbers.varint()?).map_err(|_| WireError::Truncated)?;
                if n > ids.remaining() {
                    return Err(WireError::Truncated);
                }
                let mut all = Vec::with_capacity(n);
                for _ in 0..n {
                    all.push(id!());
                }
                Op::Sure { levels, all: all.into() }
            }
            code::THREAD => Op::Thread { thread: numbers.varint32()?, ident: 0, name: Box::default() },
            code::TASK => Op::Task { task: numbers.varint32()?, name: Box::default() },
            _ => return Err(WireError::Unknown { what: "op", byte }),
        };
        now.apply(&op);
        entries.push(Entry::Op(op));
    }
    Ok(Chunk { context, entries })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::VERSION;
    use proptest::prelude::*;

    fn sample() -> Vec<Op> {
        vec![
            Op::Thread { thread: 1, ident: 0, name: Box::default() },
            Op::Call { frame: 1, code: 3, namespace: 0, time: 5, line: 10, slots: vec![(0, Value::Int(7))] },
            Op::Line { line: 11 },
            Op::New { object: 2, ty: 0, length: 2, items: vec![Value::Int(1), Value::Float(2)] },
            Op::Slot { slot: 1, value: Value::Object(2) },
            Op::Line { line: 9 },
            Op::Slot { slot: 0, value: Value::Int(8) },
            Op::Set { object: 2, index: 1, value: Value::None },
            Op::Splice { object: 2, start: 0, removed: 1, length: 1, items: vec![] },
            Op::Yield { time: -3, value: Value::Int(-1) },
            Op::Sure { levels: 2, all: [2, 77].into() },
            Op::Task { task: 4, name: Box::default() },
            Op::Resume { frame: 1, time: 9, line: 9 },
            Op::Raise { line: 9, value: Value::Object(2) },
            Op::Unwind { time: 1 },
        ]
    }

    fn written(ops: &[Op]) -> Vec<u8> {
        let mut context = Context::default();
        let mut writer = Writer::new(&context);
        for op in ops {
            writer.push(op, &context);
            context.apply(op);
        }
        writer.snapshot(77, &Entity { ty: Some(4), length: 9, items: vec![Value::Bool(true)] });
        writer.finish().unwrap()
    }

    #[test]
    fn entries_survive() {
        let ops = sample();
        let chunk = decode(&written(&ops), VERSION).unwrap();
        let (last, entries) = chunk.entries.split_last().unwrap();
        let read: Vec<_> =
            entries.iter().map(|entry| if let Entry::Op(op) = entry { op.clone() } else { panic!() }).collect();
        assert_eq!(read, ops);
        assert_eq!(*last, Entry::Snapshot(Entity { ty: Some(4), length: 9, items: vec![Value::Bool(true)] }, 77));
    }

    proptest! {
        #[test]
        fn damage_is_an_error_not_a_panic(at in 0usize..200, byte: u8) {
            let raw = zstd::bulk::decompress(&written(&sample()), 1 << 20).unwrap();
            let mut raw = raw;
            let at = at % raw.len();
            raw[at] = byte;
            let _ = decode_columns(&raw, VERSION);
        }
    }
}

//! Encodes chunks.

use connie_wire::codec::Sink;
use connie_wire::op::code;
use connie_wire::{Op, Value};

use super::predict::{Predictor, ValueSlot};
use super::{BYTES, COLUMNS, Context, Entity, LEVEL, STEPS, kind};
use crate::schema::VERSION;

/// Columns under construction.
pub struct Writer {
    kinds: Vec<u8>,
    lines: Vec<u8>,
    ids: Vec<u8>,
    numbers: Vec<u8>,
    times: Vec<u8>,
    pub(super) values: Vec<u8>,
    items: Vec<u8>,
    checkpoint: Vec<u8>,
    predictor: Predictor,
    /// The number of steps so far.
    pub steps: u64,
}

impl Writer {
    /// Starts a chunk at the state of `context`.
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
            predictor: Predictor::new(VERSION),
            steps: 0,
        };
        context.encode(&mut writer.checkpoint);
        writer
    }

    /// Whether the chunk is full.
    pub fn is_full(&self) -> bool {
        self.steps >= STEPS || self.values.len() + self.items.len() >= BYTES
    }

    /// Closes the chunk, compresses it, and starts the next one at the state of `context`.
    ///
    /// # Errors
    /// If zstd fails (out of memory).
    pub(crate) fn restart(
        &mut self,
        context: &Context,
        compressor: &mut zstd::bulk::Compressor<'_>,
    ) -> std::io::Result<Vec<u8>> {
        let data = compressor.compress(&self.columns())?;
        self.column_list().into_iter().for_each(Vec::clear);
        self.predictor.restart();
        self.steps = 0;
        context.encode(&mut self.checkpoint);
        Ok(data)
    }

    #[inline(always)]
    fn object(&mut self, id: u64) {
        self.predictor.put_object(&mut self.ids, id);
    }

    #[inline(always)]
    fn frame(&mut self, id: u64) {
        self.predictor.put_frame(&mut self.ids, id);
    }

    #[inline(always)]
    fn number(&mut self, n: u64) {
        self.numbers.varint(n);
    }

    fn values_of(&mut self, values: &[Value]) {
        self.numbers.varint(values.len() as u64);
        for value in values {
            self.predictor.put(&mut self.items, ValueSlot::Items, value);
        }
    }

    /// Appends the contents of a frame or object.
    pub fn snapshot(&mut self, id: u64, entity: &Entity) {
        self.kinds.push(if entity.ty.is_some() { kind::SNAPSHOT_OBJECT } else { kind::SNAPSHOT_FRAME });
        if entity.ty.is_some() {
            self.object(id);
        } else {
            self.frame(id);
        }
        if let Some(ty) = entity.ty {
            self.number(u64::from(ty));
            self.number(entity.length);
        }
        self.values_of(&entity.items);
    }

    /// Appends an op; `context` is the state before the op.
    pub fn push(&mut self, op: &Op, context: &Context) {
        let top = context.top();
        let code = top.map_or(u32::MAX, |frame| frame.code);
        match op {
            Op::Line { line } => self.line(*line, top.map_or(0, |frame| frame.line)),
            Op::Moved { line } => self.moved(*line),
            Op::Slot { slot, value } => self.slot(code, *slot, value),
            Op::SlotOf { frame, slot, value } => self.slot_of(*frame, *slot, value),
            Op::Call { frame, code, namespace, time, line, slots } => {
                self.call((*frame, *code, *namespace), *time, *line, slots);
            }
            Op::Return { time, value } => self.returns(*time, code, value),
            Op::Yield { time, value } => self.yields(*time, code, value),
            Op::Raise { line, value } => self.raise(*line, value),
            Op::Resume { frame, time, line } => self.resume(*frame, *time, *line),
            Op::Unwind { time } => self.unwind(*time),
            Op::Cut { time } => self.cut(*time),
            Op::Output { stream, .. } => self.output(*stream),
            Op::Thread { thread, .. } => self.thread(*thread),
            Op::Task { task, .. } => self.task(*task),
            Op::New { object, ty, length, items } => self.new_object(*object, *ty, *length, items),
            Op::Splice { object, start, removed, length, items } => {
                self.splice(*object, (*start, *removed), *length, items);
            }
            Op::Set { object, index, value } => self.set(*object, *index, value),
            Op::Evict { object } => self.evict(*object),
            Op::Gone { frame } => self.gone(*frame),
            Op::Sure { levels, all } => self.sure(*levels, all),
            Op::SureOf { frame, levels, all } => self.sure_of(*frame, *levels, all),
            // Their data is in tables, or of no use to readers.
            Op::String { .. } | Op::File { .. } | Op::Source { .. } | Op::Type { .. } | Op::Code { .. } => {}
            Op::Process { .. } | Op::Inherited { .. } | Op::Globals { .. } | Op::Started { .. } => {}
            // The recorder gives them as `Slot` and `Set`.
            Op::SlotText { .. } | Op::SetText { .. } => {}
            Op::Chain { .. } | Op::Text { .. } | Op::Late { .. } | Op::Dead { .. } | Op::LeftOut { .. } => {}
            Op::Trouble { .. } | Op::Clock { .. } | Op::Segment { .. } | Op::SegmentEnd { .. } | Op::End => {}
        }
    }

    /// Appends a line; `before` is the previous line of the frame.
    #[inline(always)]
    pub(crate) fn line(&mut self, line: u32, before: u32) {
        self.steps += 1;
        self.kinds.push(code::LINE);
        self.lines.zigzag(i64::from(line) - i64::from(before));
    }

    pub(crate) fn moved(&mut self, line: u32) {
        self.kinds.push(code::MOVED);
        self.lines.varint(u64::from(line));
    }

    /// Appends a slot of a frame of a code.
    #[inline(always)]
    pub(crate) fn slot(&mut self, code: u32, slot: u32, value: &Value) {
        self.kinds.push(code::SLOT);
        self.slot_value(code, slot, value);
    }

    #[inline(always)]
    fn slot_value(&mut self, code: u32, slot: u32, value: &Value) {
        self.numbers.varint(u64::from(slot));
        self.predictor.put(&mut self.values, ValueSlot::Slot(code, slot), value);
    }

    pub(crate) fn slot_of(&mut self, frame: u64, slot: u32, value: &Value) {
        self.kinds.push(code::SLOT_OF);
        self.frame(frame);
        self.number(u64::from(slot));
        value.encode(&mut self.values);
    }

    #[inline]
    pub(crate) fn call(
        &mut self,
        (frame, code, namespace): (u64, u32, u64),
        time: i64,
        line: u32,
        slots: &[(u32, Value)],
    ) {
        self.steps += 1;
        self.kinds.push(code::CALL);
        self.predictor.put_new(&mut self.ids, frame);
        self.number(u64::from(code));
        self.number(namespace);
        self.times.zigzag(time);
        self.lines.varint(u64::from(line));
        self.number(slots.len() as u64);
        for (slot, value) in slots {
            self.slot_value(code, *slot, value);
        }
    }

    /// Appends the end of a frame of a code.
    #[inline(always)]
    pub(crate) fn returns(&mut self, time: i64, code: u32, value: &Value) {
        self.result(code::RETURN, time, code, value);
    }

    /// Appends the suspension of a frame of a code.
    #[inline(always)]
    pub(crate) fn yields(&mut self, time: i64, code: u32, value: &Value) {
        self.result(code::YIELD, time, code, value);
    }

    #[inline(always)]
    fn result(&mut self, kind: u8, time: i64, code: u32, value: &Value) {
        self.steps += 1;
        self.kinds.push(kind);
        self.times.zigzag(time);
        self.predictor.put(&mut self.values, ValueSlot::Return(code), value);
    }

    pub(crate) fn raise(&mut self, line: u32, value: &Value) {
        self.steps += 1;
        self.kinds.push(code::RAISE);
        self.lines.varint(u64::from(line));
        value.encode(&mut self.values);
    }

    pub(crate) fn resume(&mut self, frame: u64, time: i64, line: u32) {
        self.steps += 1;
        self.kinds.push(code::RESUME);
        self.frame(frame);
        self.times.zigzag(time);
        self.lines.varint(u64::from(line));
    }

    pub(crate) fn unwind(&mut self, time: i64) {
        self.kinds.push(code::UNWIND);
        self.times.zigzag(time);
    }

    pub(crate) fn cut(&mut self, time: i64) {
        self.kinds.push(code::CUT);
        self.times.zigzag(time);
    }

    pub(crate) fn output(&mut self, stream: u8) {
        self.steps += 1;
        self.announce(code::OUTPUT, u64::from(stream));
    }

    pub(crate) fn thread(&mut self, thread: u32) {
        self.announce(code::THREAD, u64::from(thread));
    }

    pub(crate) fn task(&mut self, task: u32) {
        self.announce(code::TASK, u64::from(task));
    }

    /// Appends an op with a single number.
    fn announce(&mut self, kind: u8, number: u64) {
        self.kinds.push(kind);
        self.number(number);
    }

    #[inline]
    pub(crate) fn new_object(&mut self, object: u64, ty: u32, length: u64, items: &[Value]) {
        self.kinds.push(code::NEW);
        self.predictor.put_new(&mut self.ids, object);
        self.number(u64::from(ty));
        self.number(length);
        self.values_of(items);
    }

    /// Appends the replacement of `removed` items from `start` on.
    #[inline]
    pub(crate) fn splice(&mut self, object: u64, (start, removed): (u32, u32), length: u64, items: &[Value]) {
        self.kinds.push(code::SPLICE);
        self.object(object);
        self.number(u64::from(start));
        self.number(u64::from(removed));
        self.number(length);
        self.values_of(items);
    }

    #[inline]
    pub(crate) fn set(&mut self, object: u64, index: u32, value: &Value) {
        self.kinds.push(code::SET);
        self.object(object);
        self.number(u64::from(index));
        self.predictor.put(&mut self.items, ValueSlot::Item(object, index), value);
    }

    pub(crate) fn evict(&mut self, object: u64) {
        self.kinds.push(code::EVICT);
        self.object(object);
    }

    pub(crate) fn gone(&mut self, frame: u64) {
        self.kinds.push(code::GONE);
        self.frame(frame);
    }

    pub(crate) fn sure(&mut self, levels: u8, all: &[u64]) {
        self.kinds.push(code::SURE);
        self.levels(levels, all);
    }

    pub(crate) fn sure_of(&mut self, frame: u64, levels: u8, all: &[u64]) {
        self.kinds.push(code::SURE_OF);
        self.frame(frame);
        self.levels(levels, all);
    }

    fn levels(&mut self, levels: u8, all: &[u64]) {
        self.number(u64::from(levels));
        self.number(all.len() as u64);
        all.iter().for_each(|object| self.object(*object));
    }

    /// The compressed chunk.
    ///
    /// # Errors
    /// If zstd fails (out of memory).
    pub fn finish(mut self) -> std::io::Result<Vec<u8>> {
        zstd::bulk::compress(&self.columns(), LEVEL)
    }

    fn column_list(&mut self) -> [&mut Vec<u8>; COLUMNS] {
        [
            &mut self.checkpoint,
            &mut self.kinds,
            &mut self.lines,
            &mut self.ids,
            &mut self.numbers,
            &mut self.times,
            &mut self.values,
            &mut self.items,
        ]
    }

    /// All columns, preceded by their lengths.
    fn columns(&mut self) -> Vec<u8> {
        let columns = self.column_list();
        let mut raw = Vec::with_capacity(columns.iter().map(|column| column.len() + 5).sum());
        for column in &columns {
            raw.varint(column.len() as u64);
        }
        for column in &columns {
            raw.extend_from_slice(column);
        }
        raw
    }
}

/// The compressor, which is reused for all chunks.
///
/// # Errors
/// If zstd fails (out of memory).
pub(crate) fn compressor() -> std::io::Result<zstd::bulk::Compressor<'static>> {
    zstd::bulk::Compressor::new(LEVEL)
}

//! Writing a chunk.

use connie_wire::codec::Sink;
use connie_wire::op::code;
use connie_wire::{Op, Value};

use super::predict::{Place, Predictor};
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
    /// Steps so far.
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

    fn object(&mut self, id: u64) {
        self.predictor.put_object(&mut self.ids, id);
    }

    fn frame(&mut self, id: u64) {
        self.predictor.put_frame(&mut self.ids, id);
    }

    fn number(&mut self, n: u64) {
        self.numbers.varint(n);
    }

    fn values_of(&mut self, values: &[Value]) {
        self.numbers.varint(values.len() as u64);
        for value in values {
            self.predictor.put(&mut self.items, Place::Items, value);
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

    /// Appends an op that belongs where `context` stands (before the op).
    pub fn push(&mut self, op: &Op, context: &Context) {
        self.steps += u64::from(op.is_step());
        let top = context.top();
        let code = top.map_or(u32::MAX, |frame| frame.code);
        match op {
            Op::Line { line } => self.line(*line, top.map_or(0, |frame| frame.line)),
            Op::Moved { line } => {
                self.kinds.push(code::MOVED);
                self.lines.varint(u64::from(*line));
            }
            Op::Slot { slot, value } => {
                self.kinds.push(code::SLOT);
                self.slot(code, *slot, value);
            }
            Op::SlotOf { frame, slot, value } => {
                self.kinds.push(code::SLOT_OF);
                self.frame(*frame);
                self.number(u64::from(*slot));
                value.encode(&mut self.values);
            }
            Op::Call { frame, code, namespace, time, line, slots } => {
                self.call((*frame, *code, *namespace), *time, *line, slots);
            }
            Op::Return { time, value } => self.result(code::RETURN, *time, code, value),
            Op::Yield { time, value } => self.result(code::YIELD, *time, code, value),
            Op::Raise { line, value } => {
                self.kinds.push(code::RAISE);
                self.lines.varint(u64::from(*line));
                value.encode(&mut self.values);
            }
            Op::Resume { frame, time, line } => {
                self.kinds.push(code::RESUME);
                self.frame(*frame);
                self.times.zigzag(*time);
                self.lines.varint(u64::from(*line));
            }
            Op::Unwind { time } => {
                self.kinds.push(code::UNWIND);
                self.times.zigzag(*time);
            }
            Op::Output { stream, .. } => self.announce(code::OUTPUT, u64::from(*stream)),
            Op::Thread { thread, .. } => self.announce(code::THREAD, u64::from(*thread)),
            Op::Task { task, .. } => self.announce(code::TASK, u64::from(*task)),
            Op::New { .. } | Op::Splice { .. } | Op::Set { .. } | Op::Evict { .. } => self.of_object(op),
            Op::Gone { .. } | Op::Sure { .. } | Op::SureOf { .. } => self.of_object(op),
            // What they say is in tables, or of no use to readers.
            Op::String { .. } | Op::File { .. } | Op::Source { .. } | Op::Type { .. } | Op::Code { .. } => {}
            Op::Process { .. } | Op::Inherited { .. } | Op::Globals { .. } | Op::Started { .. } => {}
            Op::Chain { .. } | Op::Text { .. } | Op::Late { .. } | Op::Dead { .. } | Op::LeftOut { .. } => {}
            Op::Trouble { .. } | Op::Clock { .. } | Op::Segment { .. } | Op::SegmentEnd { .. } | Op::End => {}
        }
    }

    /// Appends an op that is about an object, or about a frame as one.
    #[inline(always)]
    fn of_object(&mut self, op: &Op) {
        match op {
            Op::New { object, ty, length, items } => {
                self.kinds.push(code::NEW);
                self.predictor.put_new(&mut self.ids, *object);
                self.number(u64::from(*ty));
                self.number(*length);
                self.values_of(items);
            }
            Op::Splice { object, start, removed, length, items } => {
                self.kinds.push(code::SPLICE);
                self.object(*object);
                self.number(u64::from(*start));
                self.number(u64::from(*removed));
                self.number(*length);
                self.values_of(items);
            }
            Op::Set { object, index, value } => {
                self.kinds.push(code::SET);
                self.object(*object);
                self.number(u64::from(*index));
                self.predictor.put(&mut self.items, Place::Item(*object, *index), value);
            }
            Op::Evict { object } => {
                self.kinds.push(code::EVICT);
                self.object(*object);
            }
            Op::Gone { frame } => {
                self.kinds.push(code::GONE);
                self.frame(*frame);
            }
            Op::Sure { levels, all } => {
                self.kinds.push(code::SURE);
                self.sure(*levels, all);
            }
            Op::SureOf { frame, levels, all } => {
                self.kinds.push(code::SURE_OF);
                self.frame(*frame);
                self.sure(*levels, all);
            }
            _ => {}
        }
    }

    #[inline(always)]
    fn line(&mut self, line: u32, before: u32) {
        self.kinds.push(code::LINE);
        self.lines.zigzag(i64::from(line) - i64::from(before));
    }

    /// A slot of a frame of some code.
    #[inline(always)]
    fn slot(&mut self, code: u32, slot: u32, value: &Value) {
        self.numbers.varint(u64::from(slot));
        self.predictor.put(&mut self.values, Place::Slot(code, slot), value);
    }

    #[inline(always)]
    fn call(&mut self, (frame, code, namespace): (u64, u32, u64), time: i64, line: u32, slots: &[(u32, Value)]) {
        self.kinds.push(code::CALL);
        self.predictor.put_new(&mut self.ids, frame);
        self.number(u64::from(code));
        self.number(namespace);
        self.times.zigzag(time);
        self.lines.varint(u64::from(line));
        self.number(slots.len() as u64);
        for (slot, value) in slots {
            self.slot(code, *slot, value);
        }
    }

    /// A frame of some code ends or waits, and gives a value.
    #[inline(always)]
    fn result(&mut self, kind: u8, time: i64, code: u32, value: &Value) {
        self.kinds.push(kind);
        self.times.zigzag(time);
        self.predictor.put(&mut self.values, Place::Return(code), value);
    }

    /// An op of one number.
    fn announce(&mut self, kind: u8, number: u64) {
        self.kinds.push(kind);
        self.number(number);
    }

    fn sure(&mut self, levels: u8, all: &[u64]) {
        self.number(u64::from(levels));
        self.number(all.len() as u64);
        all.iter().for_each(|object| self.object(*object));
    }

    /// The compressed chunk.
    ///
    /// # Errors
    /// If zstd fails (out of memory).
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

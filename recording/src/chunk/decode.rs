//! Decodes chunks.

use std::io::Read;

use connie_wire::codec::{Decoder, WireError};
use connie_wire::op::code;
use connie_wire::{Op, Value};

use super::predict::{Predictor, ValueSlot};
use super::{COLUMNS, Context, Entity, Entry, STEPS, StackFrame, kind};

/// A decoded chunk.
#[derive(Debug)]
pub struct Chunk {
    /// The stacks of all threads before its first entry.
    pub context: Context,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
}

/// Decodes a chunk; `version` is the format of the file.
///
/// # Errors
/// If the bytes were not made by [`Writer::finish`].
pub fn decode(data: &[u8], version: i32) -> Result<Chunk, String> {
    let raw = unpack(data).map_err(|error| error.to_string())?;
    decode_columns(&raw, version).map_err(|error| error.to_string())
}

/// Decompresses the columns of a chunk. They take a few megabytes plus one op, except for the first chunk of a tail.
fn unpack(data: &[u8]) -> std::io::Result<Vec<u8>> {
    /// A larger size is damage. The limit also applies per stored byte.
    const MAX_BYTES: u64 = 1 << 30;
    const FOR_EACH_BYTE: u64 = 1 << 10;
    /// The maximum number of bytes reserved based only on a size in the data.
    const USUAL: u64 = 64 << 20;
    let said = zstd::zstd_safe::get_frame_content_size(data).ok().flatten().unwrap_or(MAX_BYTES);
    if said <= USUAL {
        return zstd::bulk::decompress(data, said as usize);
    }
    let most = (data.len() as u64 * FOR_EACH_BYTE).clamp(USUAL, MAX_BYTES);
    let mut raw = Vec::new();
    let mut packed = zstd::Decoder::new(data)?.take(most + 1);
    let mut piece = vec![0; 1 << 20];
    loop {
        let n = packed.read(&mut piece)?;
        if n == 0 {
            return Ok(raw);
        }
        if (raw.len() + n) as u64 > most {
            return Err(std::io::Error::other("it is larger than it can be"));
        }
        // There may not be enough memory.
        raw.try_reserve(n).map_err(std::io::Error::other)?;
        raw.extend_from_slice(&piece[..n]);
    }
}

/// The maximum number of entries of a chunk: a full one has some ten thousand; the first one of a tail has a few for
/// each live object.
const MAX_ENTRIES: usize = 1 << 24;

/// An empty list with room for `n` entries.
fn room<T>(n: usize) -> Result<Vec<T>, WireError> {
    let mut list = Vec::new();
    list.try_reserve_exact(n).map_err(|_| WireError::Range("number of items"))?;
    Ok(list)
}

pub(super) fn decode_columns(raw: &[u8], version: i32) -> Result<Chunk, WireError> {
    let mut head = Decoder::new(raw);
    let mut sizes = [0usize; COLUMNS];
    for size in &mut sizes {
        *size = head.count()?;
    }
    let mut take = |n: usize| -> Result<Decoder<'_>, WireError> { Ok(Decoder::new(head.take(sizes[n])?)) };
    let (mut checkpoint, mut kinds, lines, ids) = (take(0)?, take(1)?, take(2)?, take(3)?);
    let (numbers, times, values, items) = (take(4)?, take(5)?, take(6)?, take(7)?);
    let context = Context::decode(&mut checkpoint, version)?;
    let mut now = context.clone();
    let mut entries = Vec::with_capacity(kinds.remaining().min(4 * STEPS as usize));
    let mut columns = Columns { lines, ids, numbers, times, values, items, predictor: Predictor::new(version) };
    if kinds.remaining() > MAX_ENTRIES {
        return Err(WireError::Range("number of entries"));
    }
    while !kinds.is_empty() {
        // There may not be enough memory for them.
        entries.try_reserve(1).map_err(|_| WireError::Range("number of entries"))?;
        let byte = kinds.byte()?;
        if matches!(byte, kind::SNAPSHOT_OBJECT | kind::SNAPSHOT_FRAME) {
            entries.push(columns.snapshot(byte)?);
            continue;
        }
        let op = columns.op(byte, now.stack().last())?;
        now.apply(&op);
        entries.push(Entry::Op(op));
    }
    Ok(Chunk { context, entries })
}

/// The columns with the contents of a chunk's entries, each read up to the current entry.
///
/// The fields of an entry are read in the order in which [`Writer`](super::Writer) writes them: guesses depend on it.
struct Columns<'a> {
    lines: Decoder<'a>,
    ids: Decoder<'a>,
    numbers: Decoder<'a>,
    times: Decoder<'a>,
    values: Decoder<'a>,
    items: Decoder<'a>,
    predictor: Predictor,
}

impl Columns<'_> {
    /// Reads the op that begins with a byte; `top` is the current frame before it.
    #[inline(always)]
    fn op(&mut self, byte: u8, top: Option<&StackFrame>) -> Result<Op, WireError> {
        let code = top.map_or(u32::MAX, |frame| frame.code);
        Ok(match byte {
            code::LINE => Op::Line { line: self.line(top.map_or(0, |frame| frame.line))? },
            code::MOVED => Op::Moved { line: self.lines.varint32()? },
            code::SLOT => {
                let (slot, value) = self.slot(code)?;
                Op::Slot { slot, value }
            }
            code::SLOT_OF => Op::SlotOf {
                frame: self.frame()?,
                slot: self.numbers.varint32()?,
                value: Value::decode(&mut self.values)?,
            },
            code::CALL => self.call()?,
            code::RETURN => {
                let (time, value) = self.result(code)?;
                Op::Return { time, value }
            }
            code::YIELD => {
                let (time, value) = self.result(code)?;
                Op::Yield { time, value }
            }
            code::RAISE => Op::Raise { line: self.lines.varint32()?, value: Value::decode(&mut self.values)? },
            code::RESUME => {
                Op::Resume { frame: self.frame()?, time: self.times.zigzag()?, line: self.lines.varint32()? }
            }
            code::UNWIND => Op::Unwind { time: self.times.zigzag()? },
            code::CUT => Op::Cut { time: self.times.zigzag()? },
            code::OUTPUT => Op::Output { stream: self.numbers.varint()? as u8, text: Box::default() },
            code::SURE => {
                let (levels, all) = self.sure()?;
                Op::Sure { levels, all }
            }
            code::SURE_OF => {
                let frame = self.frame()?;
                let (levels, all) = self.sure()?;
                Op::SureOf { frame, levels, all }
            }
            code::THREAD => Op::Thread { thread: self.numbers.varint32()?, ident: 0, name: Box::default() },
            code::TASK => Op::Task { task: self.numbers.varint32()?, name: Box::default() },
            _ => self.of_object(byte)?,
        })
    }

    /// Reads an op about an object, or about a frame as an object.
    #[inline(always)]
    fn of_object(&mut self, byte: u8) -> Result<Op, WireError> {
        Ok(match byte {
            code::NEW => Op::New {
                object: self.predictor.take_new(&mut self.ids)?,
                ty: self.numbers.varint32()?,
                length: self.numbers.varint()?,
                items: self.list()?,
            },
            code::SPLICE => Op::Splice {
                object: self.object()?,
                start: self.numbers.varint32()?,
                removed: self.numbers.varint32()?,
                length: self.numbers.varint()?,
                items: self.list()?,
            },
            code::SET => {
                let (object, index) = (self.object()?, self.numbers.varint32()?);
                let value = self.predictor.take(&mut self.items, ValueSlot::Item(object, index))?;
                Op::Set { object, index, value }
            }
            code::EVICT => Op::Evict { object: self.object()? },
            code::GONE => Op::Gone { frame: self.frame()? },
            _ => return Err(WireError::Unknown { what: "op", byte }),
        })
    }

    /// Reads the contents of a frame or object.
    fn snapshot(&mut self, byte: u8) -> Result<Entry, WireError> {
        let (id, ty, length) = if byte == kind::SNAPSHOT_OBJECT {
            (self.object()?, Some(self.numbers.varint32()?), self.numbers.varint()?)
        } else {
            (self.frame()?, None, 0)
        };
        Ok(Entry::Snapshot(Entity { ty, length, items: self.list()? }, id))
    }

    #[inline(always)]
    fn object(&mut self) -> Result<u64, WireError> {
        self.predictor.take_object(&mut self.ids)
    }

    #[inline(always)]
    fn frame(&mut self) -> Result<u64, WireError> {
        self.predictor.take_frame(&mut self.ids)
    }

    #[inline(always)]
    fn line(&mut self, before: u32) -> Result<u32, WireError> {
        let line = i64::from(before).saturating_add(self.lines.zigzag()?);
        u32::try_from(line).map_err(|_| WireError::Range("line"))
    }

    /// Reads a slot of a frame of a code.
    #[inline(always)]
    fn slot(&mut self, code: u32) -> Result<(u32, Value), WireError> {
        let slot = self.numbers.varint32()?;
        Ok((slot, self.predictor.take(&mut self.values, ValueSlot::Slot(code, slot))?))
    }

    #[inline(always)]
    fn call(&mut self) -> Result<Op, WireError> {
        let frame = self.predictor.take_new(&mut self.ids)?;
        let (code, namespace) = (self.numbers.varint32()?, self.numbers.varint()?);
        let (time, line) = (self.times.zigzag()?, self.lines.varint32()?);
        let n = self.numbers.varint32()?;
        let mut slots = Vec::new();
        for _ in 0..n {
            slots.push(self.slot(code)?);
        }
        Ok(Op::Call { frame, code, namespace, time, line, slots })
    }

    /// Reads the time at which a frame of a code ends or is suspended, and its value.
    #[inline(always)]
    fn result(&mut self, code: u32) -> Result<(i64, Value), WireError> {
        let time = self.times.zigzag()?;
        Ok((time, self.predictor.take(&mut self.values, ValueSlot::Return(code))?))
    }

    /// Reads the items of an object, or the slots of a frame.
    #[inline(always)]
    fn list(&mut self) -> Result<Vec<Value>, WireError> {
        let n = usize::try_from(self.numbers.varint()?).map_err(|_| WireError::Truncated)?;
        if n > self.items.remaining() {
            return Err(WireError::Truncated);
        }
        let mut list = room(n)?;
        for _ in 0..n {
            list.push(self.predictor.take(&mut self.items, ValueSlot::Items)?);
        }
        Ok(list)
    }

    /// Reads the level down to which a frame is sure, and the objects that are sure with everything they contain.
    fn sure(&mut self) -> Result<(u8, Box<[u64]>), WireError> {
        let levels = self.numbers.varint()? as u8;
        let n = usize::try_from(self.numbers.varint()?).map_err(|_| WireError::Truncated)?;
        if n > self.ids.remaining() {
            return Err(WireError::Truncated);
        }
        let mut all = room(n)?;
        for _ in 0..n {
            all.push(self.object()?);
        }
        Ok((levels, all.into()))
    }
}

//! Reading a chunk back.

use std::io::Read;

use connie_wire::codec::{Decoder, WireError};
use connie_wire::op::code;
use connie_wire::{Op, Value};

use super::predict::{Place, Predictor};
use super::{COLUMNS, Context, Entity, Entry, STEPS, kind};

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
    /// More is damage, not data; as much for each byte that is stored.
    const MOST: u64 = 1 << 30;
    const FOR_EACH_BYTE: u64 = 1 << 10;
    /// What is taken at once because the data says so.
    const USUAL: u64 = 64 << 20;
    let said = zstd::zstd_safe::get_frame_content_size(data).ok().flatten().unwrap_or(MOST);
    if said <= USUAL {
        return zstd::bulk::decompress(data, said as usize);
    }
    let most = (data.len() as u64 * FOR_EACH_BYTE).clamp(USUAL, MOST);
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
        // There may be no memory for it.
        raw.try_reserve(n).map_err(std::io::Error::other)?;
        raw.extend_from_slice(&piece[..n]);
    }
}

/// Entries of a chunk: a full one has some ten thousand, the first one of a tail a few for each object that lives.
const MOST_ENTRIES: usize = 1 << 24;

/// An empty list with room for so many.
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
    let (mut checkpoint, mut kinds, mut lines, mut ids) = (take(0)?, take(1)?, take(2)?, take(3)?);
    let (mut numbers, mut times, mut values, mut items) = (take(4)?, take(5)?, take(6)?, take(7)?);
    let context = Context::decode(&mut checkpoint, version)?;
    let mut now = context.clone();
    let mut entries = Vec::with_capacity(kinds.remaining().min(4 * STEPS as usize));
    let mut predictor = Predictor::new(version);
    if kinds.remaining() > MOST_ENTRIES {
        return Err(WireError::Range("number of entries"));
    }
    while !kinds.is_empty() {
        // There may be no memory for them.
        entries.try_reserve(1).map_err(|_| WireError::Range("number of entries"))?;
        let byte = kinds.byte()?;
        let (code_id, line_before) = now.stack().last().map_or((u32::MAX, 0), |frame| (frame.code, frame.line));
        macro_rules! object {
            () => {
                predictor.take_object(&mut ids)?
            };
        }
        macro_rules! frame {
            () => {
                predictor.take_frame(&mut ids)?
            };
        }
        macro_rules! values_of {
            () => {{
                let n = usize::try_from(numbers.varint()?).map_err(|_| WireError::Truncated)?;
                if n > items.remaining() {
                    return Err(WireError::Truncated);
                }
                let mut list = room(n)?;
                for _ in 0..n {
                    list.push(predictor.take(&mut items, Place::Items)?);
                }
                list
            }};
        }
        let op = match byte {
            kind::SNAPSHOT_OBJECT | kind::SNAPSHOT_FRAME => {
                let id = if byte == kind::SNAPSHOT_OBJECT { object!() } else { frame!() };
                let (mut ty, mut length) = (None, 0);
                if byte == kind::SNAPSHOT_OBJECT {
                    ty = Some(numbers.varint32()?);
                    length = numbers.varint()?;
                }
                entries.push(Entry::Snapshot(Entity { ty, length, items: values_of!() }, id));
                continue;
            }
            code::LINE => {
                let line = u32::try_from(i64::from(line_before).saturating_add(lines.zigzag()?))
                    .map_err(|_| WireError::Range("line"))?;
                Op::Line { line }
            }
            code::MOVED => Op::Moved { line: lines.varint32()? },
            code::SLOT => {
                let slot = numbers.varint32()?;
                Op::Slot { slot, value: predictor.take(&mut values, Place::Slot(code_id, slot))? }
            }
            code::SLOT_OF => {
                Op::SlotOf { frame: frame!(), slot: numbers.varint32()?, value: Value::decode(&mut values)? }
            }
            code::CALL => {
                let frame = predictor.take_new(&mut ids)?;
                let (code, namespace) = (numbers.varint32()?, numbers.varint()?);
                let (time, line) = (times.zigzag()?, lines.varint32()?);
                let n = numbers.varint32()?;
                let mut slots = Vec::new();
                for _ in 0..n {
                    let slot = numbers.varint32()?;
                    slots.push((slot, predictor.take(&mut values, Place::Slot(code, slot))?));
                }
                Op::Call { frame, code, namespace, time, line, slots }
            }
            code::RETURN | code::YIELD => {
                let time = times.zigzag()?;
                let value = predictor.take(&mut values, Place::Return(code_id))?;
                if byte == code::RETURN { Op::Return { time, value } } else { Op::Yield { time, value } }
            }
            code::RAISE => Op::Raise { line: lines.varint32()?, value: Value::decode(&mut values)? },
            code::RESUME => Op::Resume { frame: frame!(), time: times.zigzag()?, line: lines.varint32()? },
            code::UNWIND => Op::Unwind { time: times.zigzag()? },
            code::OUTPUT => Op::Output { stream: numbers.varint()? as u8, text: Box::default() },
            code::NEW => Op::New {
                object: predictor.take_new(&mut ids)?,
                ty: numbers.varint32()?,
                length: numbers.varint()?,
                items: values_of!(),
            },
            code::SPLICE => Op::Splice {
                object: object!(),
                start: numbers.varint32()?,
                removed: numbers.varint32()?,
                length: numbers.varint()?,
                items: values_of!(),
            },
            code::SET => {
                let (object, index) = (object!(), numbers.varint32()?);
                Op::Set { object, index, value: predictor.take(&mut items, Place::Item(object, index))? }
            }
            code::EVICT => Op::Evict { object: object!() },
            code::GONE => Op::Gone { frame: frame!() },
            code::SURE | code::SURE_OF => {
                let frame = if byte == code::SURE_OF { Some(frame!()) } else { None };
                let levels = numbers.varint()? as u8;
                let n = usize::try_from(numbers.varint()?).map_err(|_| WireError::Truncated)?;
                if n > ids.remaining() {
                    return Err(WireError::Truncated);
                }
                let mut all = room(n)?;
                for _ in 0..n {
                    all.push(object!());
                }
                let all = all.into();
                match frame {
                    Some(frame) => Op::SureOf { frame, levels, all },
                    None => Op::Sure { levels, all },
                }
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

//! Reading a chunk back.

use std::io::Read;

use connie_wire::codec::{Decoder, WireError};
use connie_wire::op::code;
use connie_wire::value::tag;
use connie_wire::{Op, Value};

use super::{COLUMNS, Context, Entity, Entry, Predictor, kind};

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
    let mut entries = Vec::with_capacity(kinds.remaining());
    let mut predictor = Predictor::default();
    let mut last_id = 0u64;
    while !kinds.is_empty() {
        let byte = kinds.byte()?;
        let (code_id, line_before) = now.stack().last().map_or((u32::MAX, 0), |frame| (frame.code, frame.line));
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
                let line =
                    u32::try_from(i64::from(line_before) + lines.zigzag()?).map_err(|_| WireError::Range("line"))?;
                Op::Line { line }
            }
            code::SLOT => {
                let slot = numbers.varint32()?;
                let last = predictor.slots.entry((code_id, slot)).or_default();
                Op::Slot { slot, value: take_predicted(&mut values, last)? }
            }
            code::SLOT_OF => Op::SlotOf { frame: id!(), slot: numbers.varint32()?, value: Value::decode(&mut values)? },
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
            code::SURE | code::SURE_OF => {
                let frame = if byte == code::SURE_OF { Some(id!()) } else { None };
                let levels = numbers.varint()? as u8;
                let n = usize::try_from(numbers.varint()?).map_err(|_| WireError::Truncated)?;
                if n > ids.remaining() {
                    return Err(WireError::Truncated);
                }
                let mut all = Vec::with_capacity(n);
                for _ in 0..n {
                    all.push(id!());
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

fn take_predicted(decoder: &mut Decoder<'_>, last: &mut i64) -> Result<Value, WireError> {
    let byte = decoder.byte()?;
    if byte == tag::INT_DELTA {
        *last = last.wrapping_add(decoder.zigzag()?);
        return Ok(Value::Int(*last));
    }
    Value::decode_tagged(byte, decoder, 0)
}

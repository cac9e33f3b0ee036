//! The most frequent ops, stored without the general path: lines, calls, results, and changes of variables and items, as
//! long as their values are scalars. For a run of lines and changes of variables of a frame, its thread, code and
//! contents are looked up once.
//!
//! Every op that needs more is left to the general path: texts, which may be secrets; the first change of an object in a
//! chunk; all ops once there are several processes. Both paths store the same, which a test checks.

use connie_wire::codec::unzigzag;
use connie_wire::op::code;
use connie_wire::value::{SMALLEST, Value, tag};

use super::state::Recorder;
use crate::error::Error;

/// The number that begins at an offset, and the offset behind it; `None` if it has more than eight bytes, or if these
/// may not all be there.
#[inline(always)]
fn number(bytes: &[u8], at: usize) -> Option<(u64, usize)> {
    let first = *bytes.get(at)?;
    if first < 0x80 {
        return Some((u64::from(first), at + 1));
    }
    let word = u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?);
    let ends = !word & 0x8080_8080_8080_8080;
    if ends == 0 {
        return None;
    }
    let digits = word & (ends ^ (ends - 1));
    let pairs = (digits & 0x007f_007f_007f_007f) | (digits & 0x7f00_7f00_7f00_7f00) >> 1;
    let fours = (pairs & 0x0000_3fff_0000_3fff) | (pairs & 0x3fff_0000_3fff_0000) >> 2;
    let all = (fours & 0x0fff_ffff) | (fours & 0x0fff_ffff_0000_0000) >> 4;
    Some((all, at + 1 + (ends.trailing_zeros() / 8) as usize))
}

/// The same for a number of 32 bits.
#[inline(always)]
fn small(bytes: &[u8], at: usize) -> Option<(u32, usize)> {
    let (n, at) = number(bytes, at)?;
    Some((u32::try_from(n).ok()?, at))
}

/// The value that begins at an offset, and the offset behind it; `None` if it is not a scalar that is frequent.
#[inline(always)]
fn scalar(bytes: &[u8], at: usize) -> Option<(Value, usize)> {
    let tag = *bytes.get(at)?;
    let at = at + 1;
    Some(match tag {
        tag::SMALL_INT.. => (Value::Int(i64::from(tag - tag::SMALL_INT) + SMALLEST), at),
        tag::INT => number(bytes, at).map(|(n, at)| (Value::Int(unzigzag(n)), at))?,
        tag::OBJECT => number(bytes, at).map(|(object, at)| (Value::Object(object), at))?,
        tag::NONE => (Value::None, at),
        tag::FALSE => (Value::Bool(false), at),
        tag::TRUE => (Value::Bool(true), at),
        tag::FLOAT => (Value::Float(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?)), at + 8),
        _ => return None,
    })
}

/// The values that begin at an offset, preceded by their count, and the offset behind them. They are added to `items`.
#[inline(always)]
fn scalars(bytes: &[u8], at: usize, items: &mut Vec<Value>) -> Option<usize> {
    let (count, mut at) = number(bytes, at)?;
    // Each value has a byte at least: a damaged stream must not allocate unlimited memory.
    items.reserve_exact(usize::try_from(count).ok().filter(|count| *count <= bytes.len())?);
    for _ in 0..count {
        let (value, end) = scalar(bytes, at)?;
        items.push(value);
        at = end;
    }
    Some(at)
}

/// The same for slots and their values.
#[inline(always)]
fn slots(bytes: &[u8], at: usize, slots: &mut Vec<(u32, Value)>) -> Option<usize> {
    let (count, mut at) = number(bytes, at)?;
    for _ in 0..count {
        let (slot, end) = small(bytes, at)?;
        let (value, end) = scalar(bytes, end)?;
        slots.push((slot, value));
        at = end;
    }
    Some(at)
}

/// The frame, code, namespace, time and line of a call, and the offset behind them.
type Called = ((u64, u32, u64), i64, u32, usize);

#[inline(always)]
fn called(bytes: &[u8], at: usize) -> Option<Called> {
    let (frame, at) = number(bytes, at)?;
    let (code, at) = small(bytes, at)?;
    let (namespace, at) = number(bytes, at)?;
    let (time, at) = number(bytes, at)?;
    let (line, at) = small(bytes, at)?;
    Some(((frame, code, namespace), unzigzag(time), line, at))
}

/// The time and the value of a result, and the offset behind them.
#[inline(always)]
fn result(bytes: &[u8], at: usize) -> Option<(i64, Value, usize)> {
    let (time, at) = number(bytes, at)?;
    let (value, at) = scalar(bytes, at)?;
    Some((unzigzag(time), value, at))
}

/// The frame, time and line of a frame that resumes, and the offset behind them.
#[inline(always)]
fn resumed(bytes: &[u8], at: usize) -> Option<(u64, i64, u32, usize)> {
    let (frame, at) = number(bytes, at)?;
    let (time, at) = number(bytes, at)?;
    let (line, at) = small(bytes, at)?;
    Some((frame, unzigzag(time), line, at))
}

/// The object, type and length of a new object, and the offset behind them.
#[inline(always)]
fn made(bytes: &[u8], at: usize) -> Option<(u64, u32, u64, usize)> {
    let (object, at) = number(bytes, at)?;
    let (ty, at) = small(bytes, at)?;
    let (length, at) = number(bytes, at)?;
    Some((object, ty, length, at))
}

/// The object, the range that is replaced, the new length, and the offset behind them.
#[inline(always)]
fn spliced(bytes: &[u8], at: usize) -> Option<(u64, (u32, u32), u64, usize)> {
    let (object, at) = number(bytes, at)?;
    let (start, at) = small(bytes, at)?;
    let (removed, at) = small(bytes, at)?;
    let (length, at) = number(bytes, at)?;
    Some((object, (start, removed), length, at))
}

/// The number of bytes after which the general path is asked again.
const MOST: usize = 1 << 20;
/// The largest capacity of a vector that is kept for the next object, which owns it from then on.
const LARGE: usize = 8;

/// Vectors that are reused from op to op.
#[derive(Default)]
pub(super) struct Spare {
    slots: Vec<(u32, Value)>,
    items: Vec<Value>,
}

impl Recorder {
    /// Stores ops at the beginning of `bytes` as long as they are frequent ones. Returns the number of bytes taken.
    pub(super) fn take_frequent(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let [stream] = self.streams.as_slice() else { return Ok(0) };
        if stream.thread != self.context.thread || self.threads.current().is_none() {
            return Ok(0);
        }
        let mut at = 0;
        let mut after_run = false;
        while at < MOST && self.steps < self.most_steps {
            let Some(kind) = bytes.get(at) else { break };
            let is_run = matches!(*kind, code::LINE | code::SLOT | code::SET);
            let bytes = &bytes[at..];
            let taken = match *kind {
                // A run that ended before such an op cannot go on with it.
                code::SLOT | code::SET if after_run => 0,
                code::LINE | code::SLOT | code::SET => self.take_run(bytes)?,
                code::CALL => self.take_call(bytes)?,
                code::RETURN | code::YIELD => self.take_result(bytes)?,
                code::RESUME => self.take_resume(bytes)?,
                code::MOVED => self.take_moved(bytes),
                code::NEW => self.take_new(bytes)?,
                code::SPLICE => self.take_splice(bytes)?,
                _ => 0,
            };
            if taken == 0 {
                break;
            }
            at += taken;
            after_run = is_run;
        }
        Ok(at)
    }

    fn take_call(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let Some((mut ids, time, line, at)) = called(bytes, 1) else { return Ok(0) };
        let mut given = std::mem::take(&mut self.spare.slots);
        given.clear();
        let end = slots(bytes, at, &mut given);
        if end.is_some() {
            self.own().open = false;
            let time = self.time(time);
            if let Some(translation) = self.translation() {
                ids.1 = translation.code(ids.1);
            }
            self.call(ids, time, line, &mut given)?;
        }
        self.spare.slots = given;
        Ok(end.unwrap_or(0))
    }

    fn take_result(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let Some((time, value, end)) = result(bytes, 1) else { return Ok(0) };
        self.own().open = false;
        let time = self.time(time);
        if bytes[0] == code::RETURN {
            self.returns(time, value)?
        } else {
            self.yields(time, value)?
        }
        Ok(end)
    }

    fn take_resume(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let Some((frame, time, line, end)) = resumed(bytes, 1) else { return Ok(0) };
        self.own().open = false;
        let time = self.time(time);
        self.resumes(frame, time, line)?;
        Ok(end)
    }

    fn take_moved(&mut self, bytes: &[u8]) -> usize {
        let Some((line, end)) = small(bytes, 1) else { return 0 };
        self.own().open = true;
        self.writer.moved(line);
        self.context.moved(line);
        end
    }

    fn take_new(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let Some((object, mut ty, length, at)) = made(bytes, 1) else { return Ok(0) };
        let mut items = std::mem::take(&mut self.spare.items);
        items.clear();
        let end = scalars(bytes, at, &mut items);
        if end.is_some() {
            self.own().open = true;
            if let Some(translation) = self.translation() {
                ty = translation.type_of(ty);
            }
            items = self.new_object(object, ty, length, items)?;
        }
        self.keep_spare(items);
        Ok(end.unwrap_or(0))
    }

    fn take_splice(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let Some((object, range, length, at)) = spliced(bytes, 1) else { return Ok(0) };
        let mut items = std::mem::take(&mut self.spare.items);
        items.clear();
        let end = scalars(bytes, at, &mut items);
        if end.is_some() {
            self.own().open = true;
            self.splice(object, range, length, &mut items)?;
        }
        self.keep_spare(items);
        Ok(end.unwrap_or(0))
    }

    /// Keeps a vector for the next object, unless it is large.
    fn keep_spare(&mut self, items: Vec<Value>) {
        if items.capacity() <= LARGE {
            self.spare.items = items;
        }
    }

    /// Stores lines, and changes of variables and items, as long as they belong to the current frame.
    fn take_run(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        let most = self.most_steps;
        let Self { writer, context, live, codes, threads, streams, chunk, chunk_lines, steps, .. } = self;
        let Some(stream) = streams.first_mut() else { return Ok(0) };
        let (thread, depth) = (context.thread, context.stack().len() as u32);
        if self.least.0 != thread || depth < self.least.1 {
            return Ok(0);
        }
        let Some(stats) = threads.current().filter(|stats| !stats.unwound) else { return Ok(0) };
        let Some(top) = context.top_mut() else { return Ok(0) };
        let Some(own) = codes.get_mut(top.code as usize) else { return Ok(0) };
        // The frame's contents, if they have changed in this chunk.
        let mut frame = None;
        let before = *steps;
        let bytes = &bytes[..bytes.len().min(MOST)];
        let mut at = 0;
        while let Some(kind) = bytes.get(at) {
            match *kind {
                code::LINE => {
                    let Some((line, end)) = small(bytes, at + 1) else { break };
                    at = end;
                    *steps += 1;
                    stream.open = false;
                    let line_before = std::mem::replace(&mut top.line, line);
                    if own.hit(line, *chunk) {
                        chunk_lines.push((own.source, line));
                    }
                    writer.line(line, line_before);
                    if writer.is_full() || *steps >= most {
                        break;
                    }
                }
                code::SLOT => {
                    if frame.is_none() {
                        frame = live.find(top.frame).filter(|at| live.at(*at).chunk == *chunk);
                    }
                    let Some(frame) = frame else { break };
                    let Some((slot, end)) = small(bytes, at + 1) else { break };
                    let Some((value, end)) = scalar(bytes, end) else { break };
                    at = end;
                    stream.open = true;
                    writer.slot(top.code, slot, &value);
                    live.at(frame).entity.set(slot as usize, value);
                }
                code::SET => {
                    let Some((object, end)) = number(bytes, at + 1) else { break };
                    let Some((index, end)) = small(bytes, end) else { break };
                    let Some((value, end)) = scalar(bytes, end) else { break };
                    let Some(found) = live.find(object).filter(|at| live.at(*at).chunk == *chunk) else { break };
                    at = end;
                    stream.open = true;
                    writer.set(object, index, &value);
                    live.at(found).entity.set(index as usize, value);
                }
                _ => break,
            }
        }
        if *steps > before {
            stats.runs_lines(*steps, *steps - before);
            context.yielded = 0;
            if writer.is_full() {
                self.end_chunk()?;
            }
        }
        Ok(at)
    }
}

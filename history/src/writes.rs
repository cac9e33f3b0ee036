//! Finds the writes of a value: the changes of one variable, attribute, item or key.

use connie_wire::{Kind, Op, Value};

use crate::birth;
use crate::target::has;
pub use crate::target::{Target, value_of};
use crate::timeline::{At, Direction, Position, Timeline};
use crate::untouched::Untouched;
use connie_recording::chunk::{Entity, Entry, StackFrame};
use connie_recording::error::Error;
use connie_recording::reader::{ChunkInfo, Recording};
use connie_source::comprehensions::Lines;
use std::cell::RefCell;
use std::rc::Rc;

/// One change.
#[derive(Clone, Debug)]
pub struct Write {
    /// The step at which it was seen: the line that made it ran before.
    pub seen: u64,
    /// The line that was running.
    pub line: Position,
    /// The written value; `None` if it was deleted.
    pub value: Option<Value>,
    /// For a change that was found late: the first step at which it may have happened.
    pub since: Option<u64>,
    /// Whether the recording shows no change: the value before looked the same (see [`crate::stores`]).
    pub is_same: bool,
    /// Whether it is uncertain that this value was written, because another thread wrote at that time.
    pub is_unsure: bool,
}

impl Write {
    /// Whether the written value is known to equal the one before.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        self.is_same && self.value.as_ref().is_some_and(is_whole)
    }
}

/// Whether everything that distinguishes a value is recorded. This is not the case for secrets, truncated values, and
/// values recorded by name.
fn is_whole(value: &Value) -> bool {
    match value {
        Value::Str(text) | Value::Bytes(text) => text.cut.is_none(),
        Value::Tuple(items) => items.iter().all(is_whole),
        Value::Function(_) | Value::Class(_) | Value::Method(_) => false,
        Value::Redacted(_) | Value::Unknown(_) | Value::Cut | Value::Unbound => false,
        _ => true,
    }
}

/// The nearest write beyond a step: the latest seen at or before it, or the first seen after it.
///
/// # Errors
/// If the tables cannot be read.
pub fn near(
    recording: &Recording,
    timeline: &Timeline,
    target: &Target,
    step: u64,
    direction: Direction,
) -> Result<Option<Write>, Error> {
    near_in(recording, timeline, target, step, direction, &LastChunk::default())
}

/// A cache of the writes to a place in the chunk that was read last: a caller that asks for one write after another
/// reads the same chunk many times.
#[derive(Default)]
pub struct LastChunk(RefCell<Option<(i64, Rc<Vec<Seen>>)>>);

impl LastChunk {
    fn writes(&self, recording: &Recording, target: &Target, index: usize) -> Result<Rc<Vec<Seen>>, Error> {
        let id = recording.chunks[index].id;
        if let Some((known, writes)) = &*self.0.borrow()
            && *known == id
        {
            return Ok(Rc::clone(writes));
        }
        let writes = Rc::new(in_chunk(recording, target, index)?);
        *self.0.borrow_mut() = Some((id, Rc::clone(&writes)));
        Ok(writes)
    }
}

/// Like [`near`], for repeated questions about one target in one recording.
///
/// # Errors
/// If the tables cannot be read.
pub fn near_in(
    recording: &Recording,
    timeline: &Timeline,
    target: &Target,
    step: u64,
    direction: Direction,
    last: &LastChunk,
) -> Result<Option<Write>, Error> {
    let (apart, is_within) = match target {
        Target::Slot { apart, is_within, .. } if !apart.is_empty() => (apart, *is_within),
        _ => return change(recording, timeline, target, step, direction, last),
    };
    let mut step = step;
    while let Some(write) = change(recording, timeline, target, step, direction, last)? {
        step = match comprehension(recording, timeline, apart, &write) {
            Some(_) if is_within && write.value.is_some() => return Ok(Some(write)),
            // When the comprehension begins, the value of the variable is saved.
            Some(_) if is_within => beyond(&write, direction),
            Some(lines) => past(recording, timeline, lines, &write, direction)?,
            None if is_back(recording, timeline, target, apart, &write, last)? => beyond(&write, direction),
            None => return Ok(Some(write)),
        };
    }
    Ok(None)
}

/// The step from which to search for the write after (or before) a given one.
fn beyond(write: &Write, direction: Direction) -> u64 {
    match direction {
        Direction::Forward => write.seen,
        Direction::Backward => write.seen - 1,
    }
}

/// The comprehension that wrote to its own variable: it ran before the change was seen, and continued afterwards.
fn comprehension(recording: &Recording, timeline: &Timeline, apart: &[Lines], write: &Write) -> Option<Lines> {
    let lines = apart.iter().find(|lines| has(**lines, write.line.line))?;
    let seen = timeline.position(recording, write.seen).ok()?;
    // A callee was called from within it.
    let goes_on = seen.frame != write.line.frame || seen.at != At::Return && has(*lines, seen.line);
    goes_on.then_some(*lines)
}

/// The step beyond which changes no longer belong to the comprehension that made a given one.
fn past(
    recording: &Recording,
    timeline: &Timeline,
    lines: Lines,
    write: &Write,
    direction: Direction,
) -> Result<u64, Error> {
    let frame = write.line.frame;
    let find = |step, direction, wanted: &dyn Fn(&Position) -> bool| {
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(write.line.thread, write.line.depth);
        timeline.find_frame(recording, frame, (step, direction), chunks, wanted)
    };
    let outside = |p: &Position| match p.at {
        At::Line => !has(lines, p.line),
        at => matches!(at, At::Call | At::Return),
    };
    Ok(match direction {
        Direction::Forward => {
            find(write.seen, direction, &outside)?.map_or(recording.info.steps, |after| after.step - 1)
        }
        Direction::Backward => {
            let before = find(write.seen, direction, &outside)?.map_or(0, |before| before.step);
            // The changes of the line before it are seen when it begins.
            let begins = find(before, Direction::Forward, &|p| p.at == At::Line)?;
            begins.map_or(before, |begins| begins.step).min(write.seen - 1)
        }
    })
}

/// Whether a change only restores the value that the variable had before a comprehension.
fn is_back(
    recording: &Recording,
    timeline: &Timeline,
    target: &Target,
    apart: &[Lines],
    write: &Write,
    last: &LastChunk,
) -> Result<bool, Error> {
    let (mut step, mut is_after) = (write.seen - 1, false);
    while let Some(earlier) = change(recording, timeline, target, step, Direction::Backward, last)? {
        match comprehension(recording, timeline, apart, &earlier) {
            Some(lines) => step = past(recording, timeline, lines, &earlier, Direction::Backward)?,
            None => return Ok(is_after && earlier.value == write.value),
        }
        is_after = true;
    }
    Ok(is_after && write.value.is_none())
}

/// The nearest change of a place beyond a step.
fn change(
    recording: &Recording,
    timeline: &Timeline,
    target: &Target,
    step: u64,
    direction: Direction,
    last: &LastChunk,
) -> Result<Option<Write>, Error> {
    let chunks = recording.chunks_of(target.id())?;
    let here = recording.chunks.partition_point(|chunk| chunk.first_step <= step);
    let mut order: Vec<usize> = match direction {
        // A change may be seen at the first step of the next chunk.
        Direction::Backward => chunks.into_iter().filter(|index| *index <= here).collect(),
        Direction::Forward => chunks.into_iter().filter(|index| index + 1 >= here).collect(),
    };
    if direction == Direction::Backward {
        order.reverse();
    }
    let mut untouched = Untouched::new(recording, target, step, direction);
    for (n, index) in order.iter().copied().enumerate() {
        if untouched.has(index) {
            continue;
        }
        if timeline.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let Ok(writes) = last.writes(recording, target, index) else { continue };
        let up_to = writes.partition_point(|write| write.seen <= step);
        let beyond: Vec<Seen> = match direction {
            Direction::Backward => writes[..up_to].iter().rev().take(2).cloned().collect(),
            Direction::Forward => writes[up_to..].iter().take(2).cloned().collect(),
        };
        for Seen { seen, value, first } in beyond {
            if let (true, Target::Item { object, key }, Some(value)) = (first, target, &value)
                && let Some(birth) = birth::in_body(recording, timeline, *object, key, seen, value)?
            {
                let write = birth.write;
                if direction == Direction::Forward && write.seen <= step {
                    continue;
                }
                return Ok(Some(write));
            }
            let Some(line) = running(recording, timeline, target, seen)? else { continue };
            let since = target.late_since(recording, seen);
            return Ok(Some(Write { seen, line, value, since, is_same: false, is_unsure: false }));
        }
        untouched.missed(timeline, index, &order[n + 1..]);
    }
    // While the class body runs, the class does not exist yet.
    let birth = match direction {
        Direction::Backward => birth::of(recording, timeline, target)?,
        Direction::Forward => None,
    };
    Ok(birth.map(|birth| birth.write).filter(|write| write.seen <= step))
}

/// The line that was running when a change was seen.
pub(crate) fn running(
    recording: &Recording,
    timeline: &Timeline,
    target: &Target,
    seen: u64,
) -> Result<Option<Position>, Error> {
    let Ok(at) = timeline.position(recording, seen.min(recording.info.steps)) else { return Ok(None) };
    // Before a callee starts or resumes, the caller's line runs; otherwise the frame's own line.
    let starts = matches!(at.at, At::Call | At::Resume);
    if at.at == At::Call && matches!(target, Target::Slot { frame, .. } if *frame == at.frame) {
        // An argument is written by the call itself.
        return Ok(Some(at));
    }
    let caller = if starts { top_before(recording, seen)? } else { None };
    if let Some(caller) = caller {
        let source = recording.function(caller.code).map(|function| function.source);
        let chunks = |chunk: &ChunkInfo| source.is_some_and(|source| chunk.has_line(source, caller.line));
        let line = |p: &Position| p.at == At::Line;
        return timeline.find_frame(recording, caller.frame, (seen, Direction::Backward), chunks, line);
    }
    let line = |p: &Position| p.at == At::Line && p.thread == at.thread;
    let (before, chunks) = ((seen, Direction::Backward), |chunk: &ChunkInfo| chunk.may_reach(at.thread, at.depth));
    if starts {
        return timeline.find(recording, seen, Direction::Backward, chunks, line);
    }
    timeline.find_frame(recording, at.frame, before, chunks, line)
}

/// The frame that runs when a step's event comes; `None` outside of recorded code.
fn top_before(recording: &Recording, step: u64) -> Result<Option<StackFrame>, Error> {
    let index = recording.chunk_of(step)?;
    let chunk = recording.chunk(index)?;
    let mut walk = chunk.walk(recording.chunks[index].first_step);
    while let Some(op) = walk.next_op() {
        if op.is_step() && walk.step() == step {
            break;
        }
    }
    Ok(walk.context().top())
}

/// A write found in a chunk.
#[derive(Clone)]
pub(crate) struct Seen {
    /// The step at which it was seen.
    pub seen: u64,
    /// The written value; `None` if it was deleted.
    pub value: Option<Value>,
    /// Whether it is a value that a class has from the start.
    pub first: bool,
}

/// The writes in a chunk.
pub(crate) fn in_chunk(recording: &Recording, target: &Target, index: usize) -> Result<Vec<Seen>, Error> {
    let chunk = recording.chunk(index)?;
    let mut walk = chunk.walk(recording.chunks[index].first_step);
    let id = target.id();
    let mut entity: Option<Entity> = None;
    let mut found = Vec::new();
    while let Some(entry) = walk.next_entry() {
        let op = match entry {
            Entry::Snapshot(snapshot, of) => {
                if *of == id {
                    entity = Some(snapshot.clone());
                }
                continue;
            }
            Entry::Op(op) => op,
        };
        let context = walk.context();
        let about = match op {
            Op::Call { frame, .. } => *frame == id,
            Op::New { object, .. } | Op::Set { object, .. } | Op::Splice { object, .. } => *object == id,
            Op::SlotOf { frame, .. } => *frame == id,
            Op::Slot { .. } => context.top().is_some_and(|frame| frame.frame == id),
            _ => false,
        };
        if about {
            let is_bare = entity.as_ref().is_none_or(|entity| entity.items.is_empty());
            let before = entity.as_ref().and_then(|entity| value_of(recording, entity, target));
            connie_recording::reader::change(op, id, context, &mut entity);
            let after = entity.as_ref().and_then(|entity| value_of(recording, entity, target));
            if before != after {
                let first = is_bare && is_class(recording, entity.as_ref());
                found.push(Seen { seen: walk.step(), value: after, first });
            }
        }
    }
    Ok(found)
}

fn is_class(recording: &Recording, entity: Option<&Entity>) -> bool {
    let ty = entity.and_then(|entity| recording.type_name(entity.ty?));
    ty.is_some_and(|ty| ty.kind == Kind::Class)
}

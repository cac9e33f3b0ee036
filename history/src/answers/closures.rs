//! Resolves variables that functions share: the call that binds them, and the functions that write to them.
//!
//! A recording holds the value of each frame's own slot. An inner function has a variable of an enclosing function from
//! its call on, like an argument. The write is at the statement that binds the variable, or at a statement of a
//! function that declares it `nonlocal`.

use connie_expression::{Expression, Got};
use connie_recording::chunk::Entry;
use connie_recording::error::Error;
use connie_recording::reader::{ChunkInfo, Function};
use connie_recording::render::World;
use connie_recording::sketch::Sketch;
use connie_source::python::{Statements, slice};
use connie_wire::{Kind, Op, Value};

use super::binds::{binds, declares_nonlocal};
use crate::History;
use crate::beside::Ground;
use crate::moment::Moment;
use crate::skip;
use crate::timeline::{At, Direction, Position};
use crate::writes::{self, Target, Write};

/// A shared variable in the call that binds it.
#[derive(Clone, Debug)]
pub struct Shared {
    /// The call's frame.
    pub frame: u64,
    /// The variable's index among the frame's slots.
    pub slot: u32,
    /// Whether inner functions may write to it.
    pub is_written_within: bool,
    name: String,
    /// The inner functions that use it: their code and slot.
    within: Vec<(u32, u32)>,
    /// Whether the function that binds it was called once, so that all its inner functions refer to this call.
    is_only: bool,
}

/// The owner of a variable.
#[derive(Clone, Debug)]
pub enum Owner {
    /// The frame in question; no other function writes to the variable.
    Itself,
    /// The call that binds the shared variable.
    Frame(Shared),
    /// A call of the function with this name; it is unknown which call.
    Unknown(String),
}

/// The maximum nesting depth of functions that is searched.
const NESTED: usize = 8;

/// Finds the call in which a variable of a frame is bound.
///
/// # Errors
/// Where the recording cannot be read.
pub fn owner(
    history: &History<'_>,
    frame: &connie_recording::chunk::StackFrame,
    slot: u32,
    step: u64,
) -> Result<Owner, Error> {
    find(history, frame.frame, frame.code, slot, step, 0)
}

fn find(history: &History<'_>, frame: u64, code: u32, slot: u32, step: u64, deep: usize) -> Result<Owner, Error> {
    let recording = history.recording;
    let Some(function) = recording.function(code) else { return Ok(Owner::Itself) };
    let Some(name) = function.slots.get(slot as usize).filter(|name| *name != "__class__") else {
        return Ok(Owner::Itself);
    };
    if own_slot(function, name).is_some() {
        let shared = shared(history, frame, code, name);
        return Ok(shared.filter(|shared| shared.is_written_within).map_or(Owner::Itself, Owner::Frame));
    }
    let around = around(history, code, name);
    let Some(first) = around.first().and_then(|code| recording.function(*code)) else { return Ok(Owner::Itself) };
    let unknown = || Ok(Owner::Unknown(first.name.clone()));
    if let Some(only) = only_call(history, &around, frame)? {
        return Ok(shared(history, only.frame, only.code, name).map_or(Owner::Itself, Owner::Frame));
    }
    if deep >= NESTED {
        return unknown();
    }
    let Some(made) = maker(history, frame, code, step)? else { return unknown() };
    if around.contains(&made.code) {
        return Ok(shared(history, made.frame, made.code, name).map_or(Owner::Itself, Owner::Frame));
    }
    // It was created in an inner function of that one.
    let slot = recording.function(made.code).and_then(|f| f.slots.iter().position(|known| known == name));
    match slot {
        Some(slot) => find(history, made.frame, made.code, slot as u32, made.step, deep + 1),
        None => unknown(),
    }
}

/// The slot of a variable that a function binds itself.
fn own_slot(function: &Function, name: &str) -> Option<u32> {
    let own = function.slots.len().saturating_sub(function.free);
    // Up to 3.10, a parameter that functions share moves to a separate slot.
    function.slots[..own].iter().rposition(|slot| slot == name).map(|slot| slot as u32)
}

/// The slot of a variable that a function takes from an enclosing function.
fn free_slot(function: &Function, name: &str) -> Option<u32> {
    let own = function.slots.len().saturating_sub(function.free);
    function.slots[own..].iter().position(|slot| slot == name).map(|slot| (own + slot) as u32)
}

/// The codes of the innermost enclosing function that binds a variable.
fn around(history: &History<'_>, code: u32, name: &str) -> Vec<u32> {
    let Some(function) = history.recording.function(code) else { return Vec::new() };
    let mut rest = function.name.as_str();
    while let Some((outer, _)) = rest.rsplit_once(".<locals>.") {
        rest = outer;
        let all = (0u32..).zip(&history.recording.functions);
        let is_it = |f: &Function| f.source == function.source && f.name == outer && own_slot(f, name).is_some();
        // Among several functions of one name, the last one before it encloses it.
        let codes: Vec<(u32, u32)> =
            all.filter(|(_, f)| is_it(f) && f.line <= function.line).map(|(code, f)| (code, f.line)).collect();
        if let Some(line) = codes.iter().map(|(_, line)| *line).max() {
            return codes.into_iter().filter(|(_, at)| *at == line).map(|(code, _)| code).collect();
        }
    }
    Vec::new()
}

/// A variable in a call of the function that binds it.
fn shared(history: &History<'_>, frame: u64, code: u32, name: &str) -> Option<Shared> {
    let recording = history.recording;
    let function = recording.function(code)?;
    let slot = own_slot(function, name)?;
    let prefix = format!("{}.<locals>.", function.name);
    let all = (0u32..).zip(&recording.functions);
    let inner = all.filter(|(_, f)| f.source == function.source && f.name.starts_with(&prefix));
    let inner: Vec<(u32, &Function)> = inner.collect();
    let free = inner.iter().filter_map(|(code, f)| free_slot(f, name).map(|slot| (*code, slot)));
    let within: Vec<(u32, u32)> = free.collect();
    let text = recording.sources.get(function.source as usize)?.text.as_deref();
    // Searching the text for the word is enough: whether it is really a write is decided where it ran.
    let has_word = |word: &str| text.is_none_or(|text| text.contains(word));
    // A class has no slot for it.
    let is_by_class = || {
        let statements = text.and_then(Statements::of);
        let declares = |f: &Function, of: &Statements<'_>| declares_nonlocal(of, (&f.name, f.line), name);
        statements.is_some_and(|of| inner.iter().any(|(_, f)| declares(f, &of)))
    };
    let is_written_within = !within.is_empty() && (has_word("nonlocal") || has_word(":="))
        || within.is_empty() && has_word("nonlocal") && is_by_class();
    let is_only = only_call(history, &[code], frame).ok().flatten().is_some();
    Some(Shared { frame, slot, is_written_within, name: name.to_owned(), within, is_only })
}

/// How many answers of [`only_call`] are kept.
const ONLY: usize = 64;

/// The only call of these codes, in the process of a frame; `None` if there are several, or some were not recorded.
///
/// # Errors
/// If the search was interrupted.
pub(crate) fn only_call(history: &History<'_>, codes: &[u32], frame: u64) -> Result<Option<Position>, Error> {
    let recording = history.recording;
    if recording.info.dropped > 0 || recording.has_calls(codes, 2) {
        return Ok(None);
    }
    let process = recording.process_of(frame);
    let asked = (codes.to_vec(), process, recording.last_step());
    if let Some((_, known)) = history.timeline.only.borrow().iter().find(|(known, _)| *known == asked) {
        return Ok(*known);
    }
    let own = |p: &Position| recording.process_of(p.frame) == process;
    let find = |step| history.timeline.find_call(recording, codes, (step, Direction::Forward), |_| true, own);
    let Some(first) = find(0)? else { return Ok(None) };
    let only = find(first.step)?.is_none().then_some(first);
    let mut known = history.timeline.only.borrow_mut();
    known.truncate(ONLY - 1);
    known.insert(0, (asked, only));
    Ok(only)
}

/// The line that created the function of a frame, and the step at which the function was first seen. The line is known
/// if the caller's line names the function.
fn maker(history: &History<'_>, frame: u64, code: u32, step: u64) -> Result<Option<Position>, Error> {
    let recording = history.recording;
    let begins = |p: &Position| p.at == At::Call;
    let call = history.timeline.find_frame(recording, frame, (step + 1, Direction::Backward), |_| true, begins)?;
    let Some(call) = call else { return Ok(None) };
    let moment = Moment::at(recording, call.step)?;
    let stack = moment.player.stack();
    let Some(caller) = stack.len().checked_sub(2).map(|n| stack[n]) else { return Ok(None) };
    let source = recording.function(caller.code).and_then(|f| recording.sources.get(f.source as usize));
    let Some(statements) = source.and_then(|source| Statements::of(source.text.as_deref()?)) else { return Ok(None) };
    let name = recording.function(code).map(|f| f.name.as_str());
    let scope = moment.scope(caller, history.globals_of(caller));
    let mut found: Option<u64> = None;
    for made in statements.on(caller.line).into_iter().flat_map(|statement| statements.calls(statement)) {
        let Ok(callee) = Expression::parse(slice(statements.text, &*made.func)) else { continue };
        let Ok(Got::Value(Value::Object(object))) = callee.eval(&scope) else { continue };
        let Some(entity) = moment.player.entity(object) else { continue };
        let kind = entity.ty.and_then(|ty| recording.type_name(ty)).map(|ty| ty.kind);
        let is_it = matches!(entity.items.first(), Some(Value::Function(id)) if Some(recording.string(*id)) == name);
        if kind != Some(Kind::Function) || !is_it {
            continue;
        }
        if found.is_some_and(|known| known != object) {
            return Ok(None);
        }
        found = Some(object);
    }
    let Some(object) = found else { return Ok(None) };
    let Some(seen) = first_sight(history, object)? else { return Ok(None) };
    writes::running(recording, history.timeline, &Target::Item { object, key: Value::None }, seen)
}

/// The step at which an object was first seen.
///
/// # Errors
/// Where the recording cannot be read.
pub fn first_sight(history: &History<'_>, object: u64) -> Result<Option<u64>, Error> {
    let recording = history.recording;
    let Some(born) = recording.birth_of(object) else { return Ok(None) };
    // Numbers are assigned before they are written, so that the next chunk may have it.
    for index in born..(born + 2).min(recording.chunks.len()) {
        let Ok(chunk) = recording.chunk(index) else { continue };
        let mut walk = chunk.walk(recording.chunks[index].first_step);
        while let Some(entry) = walk.next_entry() {
            if matches!(entry, Entry::Op(Op::New { object: of, .. }) if *of == object) {
                return Ok(Some(walk.step()));
            }
        }
    }
    Ok(None)
}

/// The nearest write to a shared variable, by the call that binds it or by an inner function.
///
/// # Errors
/// Where the recording cannot be read, or it is not known whose variable a call wrote to.
pub fn near(
    history: &History<'_>,
    shared: &Shared,
    target: &Target,
    step: u64,
    direction: Direction,
) -> Result<Option<Write>, Error> {
    let own = own_write(history, shared, target, step, direction)?;
    let other = others_write(history, shared, step, direction)?;
    let is_own = match (&own, &other) {
        (Some(own), Some(other)) if direction == Direction::Backward => own.seen > other.seen,
        (Some(own), Some(other)) => own.seen < other.seen,
        (own, _) => own.is_some(),
    };
    Ok(if is_own { own } else { other })
}

fn beyond(seen: u64, direction: Direction) -> u64 {
    match direction {
        Direction::Forward => seen,
        Direction::Backward => seen - 1,
    }
}

/// A change of the slot in the call that binds the variable, made by a statement that binds the name.
fn own_write(
    history: &History<'_>,
    shared: &Shared,
    target: &Target,
    step: u64,
    direction: Direction,
) -> Result<Option<Write>, Error> {
    let mut from = step;
    while let Some(write) = writes::near(history.recording, history.timeline, target, from, direction)? {
        if write.line.at == At::Call || does_bind(history, &write.line, &shared.name) {
            return Ok(Some(write));
        }
        if let Some(line) = in_class_body(history, shared, &write)? {
            return Ok(Some(Write { line, ..write }));
        }
        // A value that this frame only received was written elsewhere.
        from = beyond(write.seen, direction);
    }
    Ok(None)
}

/// The line of a class body that wrote to a variable which it declares `nonlocal`: a class has no slot for it, so that the
/// change is seen in the function around it.
fn in_class_body(history: &History<'_>, shared: &Shared, write: &Write) -> Result<Option<Position>, Error> {
    let recording = history.recording;
    let (begin, name) = (write.line, shared.name.as_str());
    let Some(function) = recording.function(begin.code) else { return Ok(None) };
    let text = recording.sources.get(function.source as usize).and_then(|source| source.text.as_deref());
    let Some(statements) = text.filter(|text| text.contains("nonlocal")).and_then(Statements::of) else {
        return Ok(None);
    };
    let stores = |p: &Position| {
        let is_body = |body: &Function| {
            body.source == function.source && declares_nonlocal(&statements, (&body.name, body.line), name)
        };
        // It is looked for up to the line of the class.
        p.step <= begin.step
            || p.at == At::Line
                && p.thread == begin.thread
                && p.depth > begin.depth
                && statements.on(p.line).iter().any(|statement| binds(statement, name))
                && recording.function(p.code).is_some_and(is_body)
    };
    let chunks = |chunk: &ChunkInfo| chunk.may_reach(begin.thread, begin.depth + 1);
    let found = history.timeline.find(recording, write.seen, Direction::Backward, chunks, stores)?;
    let Some(line) = found.filter(|line| line.step > begin.step) else { return Ok(None) };
    // An inner function may have written after it.
    let other = others_write(history, shared, write.seen, Direction::Backward)?;
    Ok(Some(line).filter(|line| other.is_none_or(|other| other.seen <= line.step)))
}

/// A change of the slot of an inner function, made by one of its statements that binds the name.
fn others_write(
    history: &History<'_>,
    shared: &Shared,
    step: u64,
    direction: Direction,
) -> Result<Option<Write>, Error> {
    let recording = history.recording;
    let here = recording.chunks.partition_point(|chunk| chunk.first_step <= step);
    // Before the call that binds the variable, inner functions wrote to those of other calls.
    let begins = (Ground { history: *history, source: 0 }).beginning(shared.frame).map_or(0, |begins| begins.step);
    let first = recording.chunk_of(begins).unwrap_or(0);
    let order: Box<dyn Iterator<Item = usize>> = match direction {
        Direction::Backward => Box::new((first..recording.chunks.len().min(here + 1)).rev()),
        Direction::Forward => Box::new(here.saturating_sub(1)..recording.chunks.len()),
    };
    let mut misses = 0;
    for index in order {
        if history.timeline.is_interrupted() {
            return Err(Error::Interrupted);
        }
        let may = |sketch: &Sketch| shared.within.iter().any(|(code, slot)| sketch.may_set(*code, *slot));
        if recording.sketch(index).is_none() && misses >= skip::PATIENCE {
            skip::learn_next(history.timeline, recording, (index, direction), misses, |_| true);
        }
        if recording.sketch(index).is_some_and(|sketch| !may(&sketch)) {
            continue;
        }
        let Ok(mut found) = slots_in_chunk(history, shared, index) else { continue };
        misses += 1;
        if direction == Direction::Backward {
            found.reverse();
        }
        for (seen, frame, code, slot, value) in found {
            let is_beyond = if direction == Direction::Backward { seen <= step } else { seen > step };
            if !is_beyond || seen <= begins {
                continue;
            }
            let target = Target::Slot { frame, slot, apart: Box::default(), is_within: false };
            let line = writes::running(recording, history.timeline, &target, seen)?;
            let Some(line) = line.filter(|line| does_bind(history, line, &shared.name)) else { continue };
            if !shared.is_only {
                match find(history, frame, code, slot, line.step, 0)? {
                    Owner::Frame(other) if other.frame == shared.frame => {}
                    Owner::Frame(_) | Owner::Itself => continue,
                    Owner::Unknown(function) => {
                        return Err(Error::Expression(format!(
                            "step {} wrote to {} of a call of {function}; of which call is not known",
                            line.step, shared.name
                        )));
                    }
                }
            }
            let since = seen.checked_sub(1).and_then(|before| recording.late().since(frame, Some(slot), before));
            let value = Some(value).filter(|value| *value != Value::Unbound);
            return Ok(Some(Write { seen, line, value, since, is_same: false, is_unsure: false }));
        }
    }
    Ok(None)
}

/// The step at which the value was seen, the frame, code, slot, and the value.
type InSlot = (u64, u64, u32, u32, Value);

/// The steps of a chunk at which running frames of the inner functions got another value.
fn slots_in_chunk(history: &History<'_>, shared: &Shared, index: usize) -> Result<Vec<InSlot>, Error> {
    let chunk = history.recording.chunk(index)?;
    history.recording.learn(index, &chunk);
    let mut walk = chunk.walk(history.recording.chunks[index].first_step);
    let mut found = Vec::new();
    while let Some(entry) = walk.next_entry() {
        let Entry::Op(Op::Slot { slot, value }) = entry else { continue };
        if let Some(top) = walk.context().top()
            && shared.within.contains(&(top.code, *slot))
        {
            found.push((walk.step(), top.frame, top.code, *slot, value.clone()));
        }
    }
    Ok(found)
}

/// Whether the statement on a line binds a name.
fn does_bind(history: &History<'_>, line: &Position, name: &str) -> bool {
    let source = history.recording.function(line.code).and_then(|f| history.recording.sources.get(f.source as usize));
    let Some(statements) = source.and_then(|source| Statements::of(source.text.as_deref()?)) else { return true };
    let all = statements.on(line.line);
    all.is_empty() || all.iter().any(|statement| binds(statement, name))
}

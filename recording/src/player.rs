//! Walks the steps of a recording, with all values at each step.

mod contexts;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use connie_wire::{Op, Value};
use rustc_hash::FxHashMap;

use crate::chunk::{Chunk, Context, Entity, Entry, StackFrame};
use crate::doubt::Sure;
use crate::error::Error;
use crate::reader::Recording;
use crate::render::{TypeName, World};
use crate::world::Held;

/// What happened at a step.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A frame began.
    Call,
    /// A line is about to run.
    Line,
    /// The frame returns this.
    Return(Value),
    /// This exception appeared.
    Raise(Value),
    /// The frame yields this.
    Yield(Value),
    /// The frame resumes.
    Resume,
    /// Text was written to stdout (1) or stderr (2).
    Output(u8),
}

impl Event {
    /// Its name in the public format.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Call => "call",
            Event::Line => "line",
            Event::Return(_) => "return",
            Event::Raise(_) => "raise",
            Event::Yield(_) => "yield",
            Event::Resume => "resume",
            Event::Output(_) => "output",
        }
    }
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its number.
    pub number: u64,
    /// What happened.
    pub event: Event,
    /// The thread.
    pub thread: u32,
    /// The frame it belongs to; `None` for output from outside all recorded frames.
    pub frame: Option<StackFrame>,
    /// The number of recorded frames on the thread's stack; 1 for the outermost.
    pub depth: usize,
}

/// A cursor over a recording, which knows all values at its step.
pub struct Player<'a> {
    recording: &'a Recording,
    chunk: Option<(usize, Rc<Chunk>)>,
    next_chunk: usize,
    /// The chunk before which it ends.
    end: usize,
    position: usize,
    step: u64,
    context: Context,
    /// An op that takes effect after its step (a return leaves its frame).
    after: Option<Op>,
    entities: RefCell<FxHashMap<u64, Rc<Entity>>>,
    /// The number of changes of each entity since it was loaded.
    versions: FxHashMap<u64, u64>,
    changes: u64,
    /// The objects that changed at the step.
    changed: Vec<u64>,
    /// What is sure at the step; computed on first use, and as far as somebody asks.
    sure: RefCell<Option<Option<Sure>>>,
    /// The object that the step returns, yields or raises.
    given: Option<u64>,
    /// The frame that the step begins, or in which it raises.
    seen: Option<u64>,
    /// The frame in view, whose context variables are shown.
    viewed: Cell<Option<StackFrame>>,
    /// Chunks that could not be read.
    pub damaged: Vec<Error>,
}

impl<'a> Player<'a> {
    /// Creates a player before the first step.
    pub fn new(recording: &'a Recording) -> Self {
        Self {
            recording,
            chunk: None,
            next_chunk: 0,
            end: usize::MAX,
            position: 0,
            step: 0,
            context: Context::default(),
            after: None,
            entities: RefCell::default(),
            versions: FxHashMap::default(),
            changes: 0,
            changed: Vec::new(),
            sure: RefCell::default(),
            given: None,
            seen: None,
            viewed: Cell::new(None),
            damaged: Vec::new(),
        }
    }

    /// Creates a player before the first step of some chunks (by index), which ends after the last step of these.
    #[must_use]
    pub fn in_chunks(recording: &'a Recording, chunks: std::ops::Range<usize>) -> Self {
        Self { next_chunk: chunks.start, end: chunks.end, ..Self::new(recording) }
    }

    /// Creates a player at a step.
    ///
    /// # Errors
    /// If there is no such step, or its chunk is damaged.
    pub fn at(recording: &'a Recording, step: u64) -> Result<(Self, Step), Error> {
        let mut player = Self::new(recording);
        player.next_chunk = recording.chunk_of(step)?;
        recording.chunk(player.next_chunk)?;
        while let Some(found) = player.next_step() {
            if found.number == step {
                return Ok((player, found));
            }
        }
        Err(Error::NoStep { step, last: recording.info.steps })
    }

    /// Creates a player before the given step, so that [`Self::next_step`] returns that step.
    ///
    /// # Errors
    /// If there is no such step.
    pub fn before(recording: &'a Recording, step: u64) -> Result<Self, Error> {
        if step <= 1 {
            return Ok(Self::new(recording));
        }
        Ok(Self::at(recording, step - 1)?.0)
    }

    /// The number of its step; 0 before the first.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The stack of the current thread, outermost frame first.
    pub fn stack(&self) -> &[StackFrame] {
        self.context.stack()
    }

    /// The stacks of all threads at the step.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// The recording.
    pub fn recording(&self) -> &'a Recording {
        self.recording
    }

    /// The objects that changed, or were first seen, at its step.
    pub fn changed(&self) -> &[u64] {
        &self.changed
    }

    /// A number that changes whenever the text of `entity` may change.
    pub fn version(&self, entity: u64) -> u64 {
        self.versions.get(&entity).copied().unwrap_or(0)
    }

    /// Moves to the next step; `None` at the end. Chunks that cannot be read are skipped and added to
    /// [`Self::damaged`].
    pub fn next_step(&mut self) -> Option<Step> {
        *self.sure.get_mut() = None;
        self.changed.clear();
        if let Some(op) = self.after.take() {
            self.leave(&op);
        }
        loop {
            let Some((_, chunk)) = self.chunk.clone() else {
                self.load()?;
                continue;
            };
            let Some(entry) = chunk.entries.get(self.position) else {
                self.chunk = None;
                continue;
            };
            self.position += 1;
            match entry {
                Entry::Snapshot(entity, id) => {
                    self.entities.borrow_mut().insert(*id, Rc::new(entity.clone()));
                }
                Entry::Op(op) => {
                    self.apply(op);
                    if op.is_step() {
                        self.step += 1;
                        self.given = match op {
                            Op::Return { value: Value::Object(object), .. }
                            | Op::Yield { value: Value::Object(object), .. }
                            | Op::Raise { value: Value::Object(object), .. } => Some(*object),
                            _ => None,
                        };
                        self.seen = match op {
                            Op::Call { .. } | Op::Raise { .. } => self.context.top().map(|frame| frame.frame),
                            _ => None,
                        };
                        return Some(self.step_of(op));
                    }
                }
            }
        }
    }

    /// Shows context variables as this frame sees them from now on; without a frame, by their names only.
    pub fn view_from(&self, frame: Option<StackFrame>) {
        self.viewed.set(frame);
    }

    /// Whether anything is uncertain at the step.
    pub fn is_doubtful(&self) -> bool {
        !self.context.is_sure() || self.recording.late().has_any(self.step) || self.recording.is_thinned()
    }

    /// Whether the variables of a frame are not known at the step, because its lines are not recorded. Its arguments are
    /// those of the call.
    #[must_use]
    pub fn is_unobserved(&self, frame: &StackFrame) -> bool {
        self.recording.is_thin(frame.code) && self.seen != Some(frame.frame)
    }

    /// Whether other code may have changed a variable of a frame by then: another function that shares it, or lines
    /// that are not recorded.
    #[must_use]
    pub fn is_variable_in_doubt(&self, frame: &StackFrame, name: &str) -> bool {
        if self.is_unobserved(frame) {
            return true;
        }
        let late = self.recording.late();
        let slot = || self.recording.function(frame.code)?.slots.iter().position(|slot| slot == name);
        late.has_any(self.step) && slot().is_some_and(|slot| late.has_slot(frame.frame, slot, self.step))
    }

    fn load(&mut self) -> Option<()> {
        while self.next_chunk < self.recording.chunks.len().min(self.end) {
            let index = self.next_chunk;
            self.next_chunk += 1;
            self.step = self.recording.chunks[index].first_step - 1;
            match self.recording.chunk(index) {
                Ok(chunk) => {
                    if self.context != chunk.context {
                        self.context = chunk.context.clone();
                    }
                    self.position = 0;
                    self.chunk = Some((index, chunk));
                    return Some(());
                }
                Err(error) => {
                    self.damaged.push(error);
                    // Known values may have changed in the part that cannot be read.
                    self.entities.borrow_mut().clear();
                }
            }
        }
        None
    }

    fn step_of(&self, op: &Op) -> Step {
        let event = match op {
            Op::Call { .. } => Event::Call,
            Op::Return { value, .. } => Event::Return(value.clone()),
            Op::Raise { value, .. } => Event::Raise(value.clone()),
            Op::Yield { value, .. } => Event::Yield(value.clone()),
            Op::Resume { .. } => Event::Resume,
            Op::Output { stream, .. } => Event::Output(*stream),
            _ => Event::Line,
        };
        let stack = self.context.stack();
        Step { number: self.step, event, thread: self.context.thread, frame: stack.last().copied(), depth: stack.len() }
    }

    fn leave(&mut self, op: &Op) {
        if let (Op::Return { .. } | Op::Unwind { .. } | Op::Cut { .. }, Some(frame)) = (op, self.context.top()) {
            self.entities.borrow_mut().remove(&frame.frame);
            self.versions.remove(&frame.frame);
        }
        self.context.apply(op);
    }

    fn apply(&mut self, op: &Op) {
        match op {
            Op::Return { .. } | Op::Yield { .. } => self.after = Some(op.clone()),
            Op::Unwind { .. } | Op::Cut { .. } => self.leave(op),
            Op::Call { frame, slots, .. } => {
                self.entities.get_mut().insert(*frame, Rc::new(Entity::frame(slots)));
                self.context.apply(op);
            }
            Op::New { object, ty, length, items } => {
                let entity = Entity { ty: Some(*ty), length: *length, items: items.clone() };
                if self.entities.get_mut().insert(*object, Rc::new(entity)).is_some() {
                    // Its class was assigned.
                    self.changes += 1;
                    self.versions.insert(*object, self.changes);
                }
                self.changed.push(*object);
            }
            Op::Slot { slot, value } => {
                if let Some(frame) = self.context.top() {
                    self.change(frame.frame, |entity| entity.set(*slot as usize, value.clone()));
                }
            }
            Op::SlotOf { frame, slot, value } => {
                self.change(*frame, |entity| entity.set(*slot as usize, value.clone()));
            }
            Op::Set { object, index, value } => {
                self.change(*object, |entity| entity.set(*index as usize, value.clone()));
            }
            Op::Splice { object, start, removed, length, items } => {
                self.change(*object, |entity| entity.splice(*start as usize, *removed as usize, *length, items));
            }
            Op::Evict { object } => {
                self.entities.get_mut().remove(object);
                self.changes += 1;
                self.versions.insert(*object, self.changes);
            }
            _ => self.context.apply(op),
        }
    }

    fn change(&mut self, id: u64, change: impl FnOnce(&mut Entity)) {
        if self.entities.get_mut().get(&id).is_none() {
            // It was first seen before the start of this player.
            let loaded = self.load_entity(id);
            let Some(loaded) = loaded else { return };
            self.entities.get_mut().insert(id, loaded);
        }
        if let Some(entity) = self.entities.get_mut().get_mut(&id) {
            change(Rc::make_mut(entity));
        }
        self.changes += 1;
        self.changed.push(id);
        self.versions.insert(id, self.changes);
    }

    fn load_entity(&self, id: u64) -> Option<Rc<Entity>> {
        self.recording.entity_before(id, self.chunk_here()).ok().flatten()
    }

    /// The chunk of its step, by index.
    fn chunk_here(&self) -> usize {
        self.chunk.as_ref().map_or(self.next_chunk, |(index, _)| *index)
    }

    /// The bound variables of a frame: (name, value), in the order of its slots or namespace. If its lines are not
    /// recorded, these are its arguments.
    pub fn locals(&self, frame: &StackFrame) -> Vec<(String, Value)> {
        let mut found: Vec<(String, Value)> = Vec::new();
        if frame.namespace != 0 {
            let Some(namespace) = self.entity(frame.namespace) else { return found };
            for pair in namespace.items.chunks_exact(2) {
                if let Value::Str(name) = &pair[0] {
                    found.push((String::from_utf8_lossy(&name.bytes).into_owned(), pair[1].clone()));
                }
            }
        }
        let Some(entity) = self.entity(frame.frame) else { return found };
        let Some(function) = self.recording.function(frame.code) else { return found };
        let count = if self.is_unobserved(frame) { function.arguments as usize } else { usize::MAX };
        let slots = function.slots.iter().zip(&entity.items).take(count);
        for (name, value) in slots.filter(|(_, value)| **value != Value::Unbound) {
            // The variable of a comprehension hides a variable of the module with the same name.
            match found.iter_mut().find(|(known, _)| frame.namespace != 0 && known == name) {
                Some(known) => known.1 = value.clone(),
                None => found.push((name.clone(), value.clone())),
            }
        }
        found
    }
}

impl Player<'_> {
    /// The number of a frame's globals, if they are not those of its module: stored behind its variables, without a
    /// name.
    #[must_use]
    pub fn other_globals(&self, frame: &StackFrame) -> Option<u64> {
        let function = self.recording.function(frame.code)?;
        match self.entity(frame.frame)?.items.get(function.slots.len())? {
            Value::Object(globals) => Some(*globals),
            _ => None,
        }
    }
}

impl World for Player<'_> {
    fn entity(&self, object: u64) -> Option<Rc<Entity>> {
        if let Some(entity) = self.entities.borrow().get(&object) {
            return Some(Rc::clone(entity));
        }
        let entity = self.load_entity(object)?;
        self.entities.borrow_mut().insert(object, Rc::clone(&entity));
        Some(entity)
    }
    fn load(&self, objects: &[u64]) {
        let unknown = |object: &u64| !self.entities.borrow().contains_key(object);
        let unknown: Vec<u64> = objects.iter().copied().filter(unknown).collect();
        if unknown.len() > 1
            && let Ok(found) = self.recording.entities_before(&unknown, self.chunk_here())
        {
            self.entities.borrow_mut().extend(found);
        }
    }
    fn is_renamed(&self, class: u64) -> bool {
        self.recording.is_renamed(class)
    }
    fn in_doubt(&self, object: u64) -> bool {
        let is_unsure = {
            let mut sure = self.sure.borrow_mut();
            let is_unobserved = |frame: &StackFrame| self.is_unobserved(frame);
            let sure = sure.get_or_insert_with(|| Sure::of(&self.context, self.given, is_unobserved));
            sure.as_mut().is_some_and(|sure| !sure.has(object, self))
        };
        is_unsure || self.recording.late().has(object, self.step)
    }
    fn held(&self, object: u64) -> Option<Held> {
        self.held_in(&self.viewed.get()?, object)
    }
    fn string(&self, id: u32) -> &str {
        self.recording.string(id)
    }
    fn type_name(&self, id: u32) -> Option<&TypeName> {
        self.recording.type_name(id)
    }
    fn minor(&self) -> u32 {
        self.recording.minor()
    }
}

#[cfg(test)]
mod tests;

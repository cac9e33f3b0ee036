//! Judges conditions on variables that hold scalars. The variables of frames and modules are followed through a chunk,
//! without all other values.

use std::cell::RefCell;

use connie_expression::Expression;
use connie_expression::quick::{Globals, Quick, Untold};
use connie_recording::chunk::{Entity, Entry, StackFrame, Walk};
use connie_wire::{Op, Value};
use rustc_hash::{FxHashMap, FxHashSet};

use super::judged::{Judged, Verdict};
use crate::History;
use crate::breakpoint::quickly::Frames;

/// How often a chunk is begun anew because the namespace of another module is needed.
const MAX_TRIES: usize = 16;

/// A condition on scalars, with what is known at the end of the last chunk.
pub(super) struct Scalars<'h, 'r> {
    history: &'h History<'r>,
    condition: &'h Expression,
    globals: Globals,
    /// The condition in its small form for each code that was met; `None` for code where it has none.
    forms: FxHashMap<u32, Option<Form>>,
    /// The namespaces of modules that matter; `None` for one whose contents are not known.
    modules: FxHashMap<u64, Option<Module>>,
    /// The chunk after the one at whose end `modules` were.
    next: usize,
    /// The verdicts of a chunk.
    found: Vec<Found>,
    /// The reasons why names have no value.
    reasons: FxHashMap<String, Verdict>,
}

/// A condition in the code of a function.
struct Form {
    quick: Quick,
    /// Whether each slot may be unbound without hiding a global: see `is_of_comprehensions`.
    hides: RefCell<FxHashMap<usize, bool>>,
}

/// The namespace of a module.
struct Module {
    entity: Entity,
    /// The values of the names of [`Scalars::globals`].
    values: Vec<Option<Value>>,
}

/// What a chunk has, in order.
enum Found {
    Begins(u64),
    Leaves(u64),
    Line(u64, u32, StackFrame, Told),
}

/// What the small form tells about a line.
enum Told {
    Holds(bool),
    /// This name has no value.
    NoValue(String),
}

/// Why a chunk cannot be judged.
enum Stop {
    /// The contents of this namespace are needed from the beginning of the chunk on.
    Needs(u64),
    /// The condition must be evaluated.
    Evaluate,
}

impl<'h, 'r> Scalars<'h, 'r> {
    /// Prepares a condition; `None` if it has no small form.
    pub fn new(history: &'h History<'r>, condition: &'h Expression) -> Option<Self> {
        let globals = Globals::default();
        condition.quick_with(&[], &globals)?;
        let (forms, modules, reasons) = Default::default();
        Some(Self { history, condition, globals, forms, modules, next: usize::MAX, found: Vec::new(), reasons })
    }

    /// Judges the lines of a chunk. Returns whether that was possible; if not, nothing was added.
    pub fn judge(&mut self, index: usize, codes: Option<&FxHashSet<u32>>, judged: &mut Judged) -> bool {
        for _ in 0..MAX_TRIES {
            self.begin(index);
            self.next = index + 1;
            match self.walk(index, codes) {
                Ok(()) => {
                    self.hand_over(judged);
                    return true;
                }
                Err(Stop::Needs(namespace)) => {
                    self.modules.insert(namespace, None);
                    self.next = usize::MAX;
                }
                Err(Stop::Evaluate) => break,
            }
        }
        self.next = usize::MAX;
        false
    }

    /// Adds the verdicts of a chunk.
    fn hand_over(&mut self, judged: &mut Judged) {
        for found in self.found.drain(..) {
            match found {
                Found::Begins(frame) => judged.begins(frame),
                Found::Leaves(frame) => judged.leaves(frame),
                Found::Line(step, thread, frame, Told::Holds(holds)) => {
                    judged.line((step, thread), &frame, &Verdict::Holds(holds));
                }
                Found::Line(step, thread, frame, Told::NoValue(name)) => {
                    let verdict = self.reasons.entry(name).or_insert_with_key(|name| {
                        let reason = Expression::unknown_name(name).map(|problem| problem.to_string());
                        Verdict::Unknown(reason.unwrap_or_default())
                    });
                    judged.line((step, thread), &frame, verdict);
                }
            }
        }
    }

    /// Reads the namespaces at the beginning of a chunk, unless they are known from the end of the one before.
    fn begin(&mut self, index: usize) {
        if self.next == index {
            return;
        }
        let names = self.globals.names();
        for (id, module) in &mut self.modules {
            let entity = self.history.recording.entity_before(*id, index).ok().flatten();
            *module = entity.map(|entity| Module::new((*entity).clone(), &names));
        }
    }

    fn walk(&mut self, index: usize, codes: Option<&FxHashSet<u32>>) -> Result<(), Stop> {
        self.found.clear();
        let recording = self.history.recording;
        let chunk = recording.chunk(index).map_err(|_| Stop::Evaluate)?;
        let mut walk = chunk.walk(recording.chunks[index].first_step);
        let mut frames = Frames::default();
        let mut of_frames = FxHashMap::default();
        let is_wanted = |code: u32| codes.is_none_or(|codes| codes.contains(&code));
        while let Some(entry) = walk.next_entry() {
            let op = match entry {
                Entry::Snapshot(entity, id) => {
                    self.snapshot(entity, *id, &mut frames);
                    continue;
                }
                Entry::Op(op) => op,
            };
            match op {
                Op::Call { frame, code, slots, .. } => {
                    frames.put(*frame, Entity::frame(slots));
                    if is_wanted(*code) {
                        self.found.push(Found::Begins(*frame));
                    }
                }
                Op::Slot { slot, value } => {
                    if let Some(entity) = walk.context().top().and_then(|top| frames.known(recording, top.frame, index))
                    {
                        entity.set(*slot as usize, value.clone());
                    }
                }
                Op::SlotOf { frame, slot, value } => {
                    if let Some(entity) = frames.known(recording, *frame, index) {
                        entity.set(*slot as usize, value.clone());
                    }
                }
                Op::New { object, .. } | Op::Set { object, .. } | Op::Splice { object, .. } => self.change(*object, op),
                Op::Return { .. } | Op::Unwind { .. } => {
                    if let Some(top) = walk.context().top() {
                        if matches!(op, Op::Return { .. }) && is_wanted(top.code) {
                            self.found.push(Found::Leaves(top.frame));
                        }
                        frames.remove(top.frame);
                    }
                }
                Op::Raise { .. } | Op::Yield { .. } | Op::Resume { .. } | Op::Output { .. } => {}
                op if op.is_step() => self.line(&mut walk, index, &is_wanted, (&mut frames, &mut of_frames))?,
                _ => {}
            }
        }
        Ok(())
    }

    fn snapshot(&mut self, entity: &Entity, id: u64, frames: &mut Frames) {
        if entity.ty.is_none() {
            frames.put(id, entity.clone());
        } else if let Some(module) = self.modules.get_mut(&id) {
            *module = Some(Module::new(entity.clone(), &self.globals.names()));
        }
    }

    /// Follows a change of a namespace.
    fn change(&mut self, object: u64, op: &Op) {
        let Some(known) = self.modules.get_mut(&object) else { return };
        let mut entity = match known.take() {
            Some(module) => module.entity,
            None if matches!(op, Op::New { .. }) => Entity::default(),
            None => return,
        };
        match op {
            Op::New { ty, length, items, .. } => {
                entity = Entity { ty: Some(*ty), length: *length, items: items.clone() };
            }
            Op::Set { index, value, .. } => entity.set(*index as usize, value.clone()),
            Op::Splice { start, removed, length, items, .. } => {
                entity.splice(*start as usize, *removed as usize, *length, items);
            }
            _ => {}
        }
        *known = Some(Module::new(entity, &self.globals.names()));
    }

    /// Judges the line that is about to run.
    fn line(
        &mut self,
        walk: &mut Walk<'_>,
        index: usize,
        is_wanted: &dyn Fn(u32) -> bool,
        (frames, of_frames): (&mut Frames, &mut FxHashMap<u64, Option<u64>>),
    ) -> Result<(), Stop> {
        let step = walk.step();
        walk.apply();
        let Some(top) = walk.context().top().filter(|top| is_wanted(top.code)) else { return Ok(()) };
        let recording = self.history.recording;
        if top.namespace != 0 || recording.late().has_any(step) {
            return Err(Stop::Evaluate);
        }
        let function = recording.function(top.code).ok_or(Stop::Evaluate)?;
        let (condition, globals) = (self.condition, &self.globals);
        let form = self.forms.entry(top.code).or_insert_with(|| {
            let quick = condition.quick_with(&function.slots, globals)?;
            Some(Form { quick, hides: RefCell::default() })
        });
        let form = form.as_ref().ok_or(Stop::Evaluate)?;
        let slots = &frames.known(recording, top.frame, index).ok_or(Stop::Evaluate)?.items;
        let told = match form.quick.judge(slots, &[]) {
            // A global is needed.
            Err(Untold::Unknown) => {
                let namespace = *of_frames.entry(top.frame).or_insert_with(|| match slots.get(function.slots.len()) {
                    Some(Value::Object(globals)) => Some(*globals),
                    _ => {
                        let History { recording, timeline, modules } = self.history;
                        modules.namespace(recording, timeline, function.source, top.frame)
                    }
                });
                let nothing = vec![None; self.globals.names().len()];
                let values = match namespace {
                    None => &nothing,
                    Some(namespace) => match self.modules.get(&namespace) {
                        None => return Err(Stop::Needs(namespace)),
                        Some(None) => return Err(Stop::Evaluate),
                        Some(Some(module)) => &module.values,
                    },
                };
                form.quick.judge(slots, values)
            }
            told => told,
        };
        let told = match told {
            Ok(holds) => Told::Holds(holds),
            Err(Untold::UnboundSlot(slot)) => {
                let name = &function.slots[slot];
                let mut hides = form.hides.borrow_mut();
                if !*hides.entry(slot).or_insert_with(|| !recording.is_of_comprehensions(top.code, name)) {
                    return Err(Stop::Evaluate);
                }
                Told::NoValue(name.clone())
            }
            Err(Untold::NoGlobal(number)) => {
                let name = self.globals.names()[number].clone();
                if !self.reasons.contains_key(&name) && Expression::unknown_name(&name).is_none() {
                    return Err(Stop::Evaluate);
                }
                Told::NoValue(name)
            }
            Err(Untold::Unknown) => return Err(Stop::Evaluate),
        };
        self.found.push(Found::Line(step, walk.context().thread, top, told));
        Ok(())
    }
}

impl Module {
    fn new(entity: Entity, names: &[String]) -> Self {
        let is_name = |key: &Value, name: &str| matches!(key, Value::Str(key) if key.cut.is_none() && *key.bytes == *name.as_bytes());
        let value = |name: &String| {
            entity.items.chunks_exact(2).find(|pair| is_name(&pair[0], name)).map(|pair| pair[1].clone())
        };
        let values = names.iter().map(value).collect();
        Self { entity, values }
    }
}

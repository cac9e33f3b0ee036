//! Evaluates a condition at lines. While nothing changes that an evaluation read, its result is not computed again.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use connie_expression::{Expression, Scope, holds};
use connie_recording::chunk::{Entity, StackFrame};
use connie_recording::error::Error;
use connie_recording::player::{Event, Player};
use connie_recording::render::{TypeName, World};
use connie_recording::world::Held;
use connie_wire::Value;
use rustc_hash::{FxHashMap, FxHashSet};

use super::judged::{Judged, Verdict};
use crate::History;
use crate::moment::FrameScope;

/// The maximum number of objects that an evaluation may read if its result is kept: they are compared at each line.
const MAX_READ: usize = 16;

/// Judges a condition at the lines of some chunks.
pub(super) fn judge(
    history: &History<'_>,
    chunks: Range<usize>,
    condition: &Expression,
    codes: Option<&FxHashSet<u32>>,
    judged: &mut Judged,
) {
    let recording = history.recording;
    let mut player = Player::in_chunks(recording, chunks.clone());
    let mut memo = Memo::of(condition);
    let mut next_chunk = 0;
    while let Some(step) = player.next_step() {
        if history.timeline.is_interrupted() {
            judged.damage = Some(Error::Interrupted);
            return;
        }
        if step.number >= next_chunk {
            // Between two chunks, contents may change without an op.
            memo.known.clear();
            next_chunk = recording.chunk_of(step.number).map_or(u64::MAX, |index| {
                let chunk = &recording.chunks[index];
                chunk.first_step + chunk.steps
            });
        }
        let Some(frame) = step.frame.filter(|frame| codes.is_none_or(|codes| codes.contains(&frame.code))) else {
            continue;
        };
        match step.event {
            Event::Call => judged.begins(frame.frame),
            Event::Return(_) => {
                judged.leaves(frame.frame);
                memo.known.remove(&frame.frame);
            }
            Event::Line => {
                let place = (step.number, step.thread);
                match memo.verdict(history, &player, &frame, condition) {
                    Some(verdict) => judged.line(place, &frame, verdict),
                    None => judged.ends(frame.frame),
                }
            }
            _ => {}
        }
    }
    judged.damage = player.damaged.pop().or(judged.damage.take());
}

/// The results of the last evaluations, by frame.
struct Memo {
    /// The names of the condition.
    names: Vec<String>,
    /// Whether one of them is private to a class, where it means another name.
    has_private: bool,
    /// For each code: the slots of these names. `None` for a name that is no slot.
    slots: FxHashMap<u32, Rc<[Option<usize>]>>,
    known: FxHashMap<u64, Known>,
}

/// The result of an evaluation, and what it read.
struct Known {
    verdict: Verdict,
    /// Whether it holds until something changes.
    is_kept: bool,
    values: Vec<Value>,
    /// Objects, with their versions.
    read: Vec<(u64, u64)>,
}

impl Memo {
    fn of(condition: &Expression) -> Self {
        let names = condition.names();
        let is_private = |name: &String| name.starts_with("__") && !name.ends_with("__");
        let has_private = names.iter().any(is_private);
        Self { names, has_private, slots: FxHashMap::default(), known: FxHashMap::default() }
    }

    /// The verdict at the player's step; `None` for code that is not known.
    fn verdict(
        &mut self,
        history: &History<'_>,
        player: &Player<'_>,
        frame: &StackFrame,
        condition: &Expression,
    ) -> Option<&Verdict> {
        let function = history.recording.function(frame.code)?;
        let names = &self.names;
        let slots = self
            .slots
            .entry(frame.code)
            .or_insert_with(|| names.iter().map(|name| function.slots.iter().position(|slot| slot == name)).collect());
        let entity = player.entity(frame.frame);
        let value_at = |slot: usize| entity.as_ref().and_then(|entity| entity.items.get(slot));
        let is_exact = player.damaged.is_empty() && !player.is_doubtful();
        let is_valid = |known: &Known| {
            let current = slots.iter().flatten().map(|slot| value_at(*slot).unwrap_or(&Value::Unbound));
            known.is_kept
                && is_exact
                && current.eq(&known.values)
                && known.read.iter().all(|(object, version)| player.version(*object) == *version)
        };
        if !self.known.get(&frame.frame).is_some_and(is_valid) {
            let globals = player.other_globals(frame).or_else(|| {
                history.modules.namespace(history.recording, history.timeline, function.source, frame.frame)
            });
            let watched = Watched::new(FrameScope::new(history.recording, player, *frame, globals), player);
            let verdict = match holds(condition, &watched) {
                Ok(holds) => Verdict::Holds(holds),
                Err(problem) => Verdict::Unknown(problem.to_string()),
            };
            let mut read = watched.read.into_inner();
            let values: Vec<Value> =
                slots.iter().flatten().map(|slot| value_at(*slot).cloned().unwrap_or(Value::Unbound)).collect();
            if values.len() < names.len() || values.contains(&Value::Unbound) {
                read.extend(globals);
                read.extend(Some(frame.namespace).filter(|namespace| *namespace != 0));
            }
            read.sort_unstable();
            read.dedup();
            let is_kept = is_exact && !self.has_private && watched.is_repeatable.get() && read.len() <= MAX_READ;
            let read = read.into_iter().map(|object| (object, player.version(object))).collect();
            self.known.insert(frame.frame, Known { verdict, is_kept, values, read });
        }
        self.known.get(&frame.frame).map(|known| &known.verdict)
    }
}

/// A scope that notes which objects an evaluation reads.
struct Watched<'a> {
    scope: FrameScope<'a>,
    player: &'a Player<'a>,
    read: RefCell<Vec<u64>>,
    /// Whether the result depends on nothing but the noted objects and the names.
    is_repeatable: Cell<bool>,
}

impl<'a> Watched<'a> {
    fn new(scope: FrameScope<'a>, player: &'a Player<'a>) -> Self {
        Self { scope, player, read: RefCell::default(), is_repeatable: Cell::new(true) }
    }
}

impl World for Watched<'_> {
    fn entity(&self, object: u64) -> Option<Rc<Entity>> {
        let found = self.player.entity(object);
        match found {
            Some(_) => self.read.borrow_mut().push(object),
            // That it is seen for the first time is not counted as a change.
            None => self.is_repeatable.set(false),
        }
        found
    }

    fn load(&self, objects: &[u64]) {
        self.player.load(objects);
    }

    fn in_doubt(&self, object: u64) -> bool {
        self.player.in_doubt(object)
    }

    fn held(&self, object: u64) -> Option<Held> {
        self.is_repeatable.set(false);
        self.player.held(object)
    }

    fn string(&self, id: u32) -> &str {
        self.player.string(id)
    }

    fn type_name(&self, id: u32) -> Option<&TypeName> {
        self.player.type_name(id)
    }

    fn is_renamed(&self, class: u64) -> bool {
        self.player.is_renamed(class)
    }

    fn minor(&self) -> u32 {
        self.player.minor()
    }
}

impl Scope for Watched<'_> {
    fn world(&self) -> &dyn World {
        // It puts the frame in view.
        self.scope.world();
        self
    }

    fn name(&self, name: &str) -> Option<Value> {
        self.scope.name(name)
    }

    fn is_unbound(&self, name: &str) -> bool {
        self.scope.is_unbound(name)
    }

    fn locals(&self) -> Option<Vec<(String, Value)>> {
        self.is_repeatable.set(false);
        self.scope.locals()
    }

    fn globals(&self) -> Option<Vec<(String, Value)>> {
        self.is_repeatable.set(false);
        self.scope.globals()
    }

    fn class(&self) -> Option<&str> {
        self.scope.class()
    }

    fn is_in_doubt(&self, name: &str) -> bool {
        self.scope.is_in_doubt(name)
    }
}

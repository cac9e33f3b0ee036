//! A step seen from a frame: what a debugger's cursor points to.

use std::cell::RefCell;

use connie_wire::Value;
use connie_wire::level::Level;
use rustc_hash::FxHashMap;

use crate::timeline::{At, Direction, Timeline};
use connie_expression::Scope;
use connie_expression::private::class_of;
use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use connie_recording::player::{Player, Step};
use connie_recording::reader::Recording;
use connie_recording::render::World;

/// All values at a step.
pub struct Moment<'a> {
    /// The player at the step.
    pub player: Player<'a>,
    /// The step.
    pub step: Step,
    recording: &'a Recording,
}

impl<'a> Moment<'a> {
    /// The moment of a step.
    ///
    /// # Errors
    /// If there is no such step, or its chunk is damaged.
    pub fn at(recording: &'a Recording, step: u64) -> Result<Self, Error> {
        let (player, step) = Player::at(recording, step)?;
        Ok(Self { player, step, recording })
    }

    /// Names of the variables that a frame's function takes from enclosing functions.
    pub fn closure(&self, frame: &StackFrame) -> &'a [String] {
        let function = self.recording.function(frame.code);
        function.map_or(&[], |function| &function.slots[function.slots.len().saturating_sub(function.free)..])
    }

    /// Resolves names as a frame sees them. `globals` is the number of its module's namespace, if known.
    pub fn scope(&self, frame: StackFrame, globals: Option<u64>) -> FrameScope<'_> {
        FrameScope::new(self.recording, &self.player, frame, globals)
    }
}

/// Resolves the names of one frame.
pub struct FrameScope<'a> {
    recording: &'a Recording,
    player: &'a Player<'a>,
    frame: StackFrame,
    globals: Option<u64>,
}

impl<'a> FrameScope<'a> {
    /// The names of a frame on the stack at the step of `player`.
    pub fn new(recording: &'a Recording, player: &'a Player<'a>, frame: StackFrame, globals: Option<u64>) -> Self {
        // The globals of code without lines are not read.
        let globals = globals.filter(|_| !recording.is_thin(frame.code));
        Self { recording, player, frame, globals: player.other_globals(&frame).or(globals) }
    }

    /// The value of a variable of the function; `None` if the function has no variable with this name.
    fn in_slot(&self, name: &str) -> Option<Value> {
        let function = self.recording.function(self.frame.code)?;
        let slot = function.slots.iter().position(|slot| slot == name)?;
        if slot >= function.arguments as usize && self.player.is_unobserved(&self.frame) {
            return Some(Value::Unbound);
        }
        let frame = self.player.entity(self.frame.frame);
        Some(frame.and_then(|frame| frame.items.get(slot).cloned()).unwrap_or(Value::Unbound))
    }

    fn in_namespace(&self, namespace: u64, name: &str) -> Option<Value> {
        let is_name =
            |key: &Value| matches!(key, Value::Str(key) if key.cut.is_none() && *key.bytes == *name.as_bytes());
        let entity = self.player.entity(namespace)?;
        entity.items.chunks_exact(2).find(|pair| is_name(&pair[0])).map(|pair| pair[1].clone())
    }
}

impl Scope for FrameScope<'_> {
    fn world(&self) -> &dyn World {
        self.player.view_from(Some(self.frame));
        self.player
    }

    fn name(&self, name: &str) -> Option<Value> {
        match self.in_slot(name) {
            Some(Value::Unbound) if self.is_unbound(name) => return None,
            Some(Value::Unbound) | None => {}
            value => return value,
        }
        let own = (self.frame.namespace != 0).then(|| self.in_namespace(self.frame.namespace, name)).flatten();
        own.or_else(|| self.globals.and_then(|globals| self.in_namespace(globals, name)))
    }

    fn is_unbound(&self, name: &str) -> bool {
        // In a module or class, slots belong to comprehensions.
        self.frame.namespace == 0
            && self.in_slot(name) == Some(Value::Unbound)
            && !self.recording.is_of_comprehensions(self.frame.code, name)
    }

    fn locals(&self) -> Option<Vec<(String, Value)>> {
        let mut found = self.player.locals(&self.frame);
        found.retain(|(_, value)| *value != Value::Unbound);
        Some(found)
    }

    fn globals(&self) -> Option<Vec<(String, Value)>> {
        let namespace = self.globals.or((self.frame.namespace != 0).then_some(self.frame.namespace))?;
        let pair = |pair: &[Value]| match &pair[0] {
            Value::Str(name) => Some((String::from_utf8_lossy(&name.bytes).into_owned(), pair[1].clone())),
            _ => None,
        };
        Some(self.player.entity(namespace)?.items.chunks_exact(2).filter_map(pair).collect())
    }

    fn class(&self) -> Option<&str> {
        let function = self.recording.function(self.frame.code)?;
        let is_class = self.frame.namespace != 0 && function.name != "<module>";
        class_of(&function.name, is_class)
    }

    fn level(&self) -> Level {
        self.recording.function(self.frame.code).map_or(Level::Lines, |function| function.level)
    }

    fn is_in_doubt(&self, name: &str) -> bool {
        self.player.is_variable_in_doubt(&self.frame, name)
    }
}

/// The namespaces of modules, by source. Each is searched when it is first needed.
#[derive(Default)]
pub struct Modules {
    known: RefCell<FxHashMap<(u32, u32), u64>>,
    /// Namespaces that were not found, with the number of steps searched: they may appear while the program runs.
    missing: RefCell<FxHashMap<(u32, u32), u64>>,
}

impl Modules {
    /// The number of the namespace of a source's module in the process of a frame, if it is known.
    pub fn namespace(&self, recording: &Recording, timeline: &Timeline, source: u32, frame: u64) -> Option<u64> {
        let process = recording.process_of(frame);
        if let Some(known) = self.known.borrow().get(&(process, source)) {
            return Some(*known);
        }
        if let Some(known) = recording.inherited_globals(process, source) {
            return Some(known);
        }
        let steps = recording.last_step();
        if self.missing.borrow().get(&(process, source)) == Some(&steps) {
            return None;
        }
        let is_body = |code: u32| recording.function(code).is_some_and(|f| f.source == source && f.name == "<module>");
        let first = u64::from(source) << 32;
        let call = timeline.find(
            recording,
            0,
            Direction::Forward,
            |chunk| {
                chunk
                    .lines
                    .get(chunk.lines.partition_point(|key| *key < first))
                    .is_some_and(|key| key >> 32 == u64::from(source))
            },
            |p| p.at == At::Call && is_body(p.code) && recording.process_of(p.frame) == process,
        );
        let call = call.ok()?;
        if call.is_none() {
            self.missing.borrow_mut().insert((process, source), steps);
        }
        let position = call?;
        let moment = Moment::at(recording, position.step).ok()?;
        let namespace = moment.step.frame?.namespace;
        self.known.borrow_mut().insert((process, source), namespace);
        Some(namespace)
    }
}

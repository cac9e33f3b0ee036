//! Finds the variables of two frames that may have different texts, without rendering them.
//!
//! Values are the same if their kinds, their bytes and the contents of their objects are. Pairs of objects that were found
//! to be the same are remembered, and compared again only after one of them has changed. Values that are the same have
//! the same text; others may have it too, as the text shows neither identities nor everything.

use std::rc::Rc;

use connie_recording::chunk::{Entity, StackFrame};
use connie_recording::player::Player;
use connie_recording::render::World;
use connie_wire::{Kind, Value};
use rustc_hash::{FxHashMap, FxHashSet};

/// The maximum number of pairs that are remembered.
const REMEMBERED: usize = 1 << 20;
/// The maximum number of objects that one value leads to.
const LARGEST: usize = 20_000;

/// A frame of the left run, all of whose variables were the same as those of its counterpart.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Checked {
    other: u64,
    /// The versions of both frames and of their namespaces at that time.
    versions: [[u64; 2]; 2],
    /// See [`Same::generation`].
    generation: u64,
}

/// The objects of two runs that are the same.
#[derive(Default)]
pub struct Same {
    /// The right object for each left one. Their types and lengths are equal, and their items are the same: other pairs
    /// in here, or equal scalars.
    right: FxHashMap<u64, u64>,
    left: FxHashMap<u64, u64>,
    /// The left objects that were added for the value that is being compared.
    added: Vec<u64>,
    /// Those of them whose contents are not compared yet, with their counterparts.
    left_over: Vec<[u64; 2]>,
    /// Whether types (left, right) are the same.
    types: FxHashMap<(u32, u32), bool>,
    frames: FxHashMap<u64, Checked>,
    /// How often pairs turned out not to be the same any more.
    generation: u64,
}

/// The variables of a frame: the frame and its namespace.
struct Shown<'p> {
    names: &'p [String],
    slots: Option<Rc<Entity>>,
    namespace: Option<Rc<Entity>>,
}

fn shown<'p>(player: &'p Player<'_>, frame: &StackFrame) -> Option<Shown<'p>> {
    let names = player.recording().function(frame.code)?.slots.as_slice();
    let namespace = if frame.namespace == 0 { None } else { player.entity(frame.namespace) };
    Some(Shown { names, slots: player.entity(frame.frame), namespace })
}

/// The names and values of a namespace.
fn pairs(namespace: Option<&Rc<Entity>>) -> impl Iterator<Item = (&[u8], &Value)> {
    let items = namespace.map_or(&[][..], |entity| &entity.items);
    items.chunks_exact(2).filter_map(|pair| match &pair[0] {
        Value::Str(name) => Some((&*name.bytes, &pair[1])),
        _ => None,
    })
}

fn text(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

impl Same {
    /// Compares what has changed since the last call: objects of the left run, and of the right one.
    pub fn changed(&mut self, players: [&Player<'_>; 2], changed: [&mut Vec<u64>; 2]) {
        let [left, right] = changed;
        let mut dirty: Vec<u64> = left.drain(..).filter(|object| self.right.contains_key(object)).collect();
        dirty.extend(right.drain(..).filter_map(|object| self.left.get(&object)));
        dirty.sort_unstable();
        dirty.dedup();
        for object in dirty {
            let Some(other) = self.right.get(&object).copied() else { continue };
            self.added.clear();
            self.left_over.push([object, other]);
            if !self.same_left_over(players) {
                // What leads to them is not the same either.
                self.forget();
                return;
            }
        }
        if self.right.len() > REMEMBERED {
            self.forget();
        }
    }

    /// Forgets everything but the types.
    pub fn forget(&mut self) {
        self.right.clear();
        self.left.clear();
        self.left_over.clear();
        self.frames.clear();
        self.generation += 1;
    }

    /// Drops a frame of the left run that has ended.
    pub fn forget_frame(&mut self, frame: u64) {
        self.frames.remove(&frame);
    }

    /// The names of variables of two frames that may have different texts. A name may come twice.
    pub fn different(&mut self, players: [&Player<'_>; 2], frames: [&StackFrame; 2]) -> FxHashSet<String> {
        let versions = [0, 1].map(|n| [players[n].version(frames[n].frame), players[n].version(frames[n].namespace)]);
        let now = Checked { other: frames[1].frame, versions, generation: self.generation };
        let mut different = FxHashSet::default();
        if self.frames.get(&frames[0].frame) == Some(&now) {
            return different;
        }
        let [Some(left), Some(right)] = [0, 1].map(|n| shown(players[n], frames[n])) else { return different };
        self.slots(players, [&left, &right], &mut different);
        self.namespaces(players, [&left, &right], &mut different);
        if different.is_empty() {
            self.frames.insert(frames[0].frame, now);
        } else {
            self.frames.remove(&frames[0].frame);
        }
        different
    }

    fn slots(&mut self, players: [&Player<'_>; 2], shown: [&Shown<'_>; 2], different: &mut FxHashSet<String>) {
        let [left, right] = shown;
        let value = |shown: &Shown<'_>, slot: usize| {
            shown.slots.as_ref().and_then(|entity| entity.items.get(slot)).cloned().unwrap_or(Value::Unbound)
        };
        if left.names == right.names {
            for (slot, name) in left.names.iter().enumerate() {
                if !self.values(players, &value(left, slot), &value(right, slot)) {
                    different.insert(name.clone());
                }
            }
            return;
        }
        for (slot, name) in left.names.iter().enumerate() {
            let other = right.names.iter().position(|known| known == name).map(|slot| value(right, slot));
            if !self.values(players, &value(left, slot), &other.unwrap_or(Value::Unbound)) {
                different.insert(name.clone());
            }
        }
        for (slot, name) in right.names.iter().enumerate() {
            if !left.names.contains(name) && value(right, slot) != Value::Unbound {
                different.insert(name.clone());
            }
        }
    }

    fn namespaces(&mut self, players: [&Player<'_>; 2], shown: [&Shown<'_>; 2], different: &mut FxHashSet<String>) {
        let [left, right] = shown.map(|shown| shown.namespace.clone());
        let is_same_order = pairs(left.as_ref()).map(|(name, _)| name).eq(pairs(right.as_ref()).map(|(name, _)| name));
        if is_same_order {
            for ((name, one), (_, other)) in pairs(left.as_ref()).zip(pairs(right.as_ref())) {
                if !self.values(players, one, other) {
                    different.insert(text(name));
                }
            }
            return;
        }
        let mut others: FxHashMap<&[u8], &Value> = pairs(right.as_ref()).collect();
        for (name, one) in pairs(left.as_ref()) {
            let is_same = others.remove(name).is_some_and(|other| self.values(players, one, other));
            if !is_same {
                different.insert(text(name));
            }
        }
        different.extend(others.into_keys().map(text));
    }

    /// Whether two values are the same.
    fn values(&mut self, players: [&Player<'_>; 2], left: &Value, right: &Value) -> bool {
        self.added.clear();
        let is_same = self.same(players, left, right) && self.same_left_over(players);
        if !is_same {
            self.left_over.clear();
            for object in std::mem::take(&mut self.added) {
                if let Some(other) = self.right.remove(&object) {
                    self.left.remove(&other);
                }
            }
        }
        is_same
    }

    fn same(&mut self, players: [&Player<'_>; 2], left: &Value, right: &Value) -> bool {
        let is_same_string = |one: u32, other: u32| players[0].string(one) == players[1].string(other);
        match (left, right) {
            (Value::Object(left), Value::Object(right)) => self.objects(*left, *right),
            (Value::Tuple(left), Value::Tuple(right)) => {
                left.len() == right.len()
                    && left.iter().zip(right.iter()).all(|(left, right)| self.same(players, left, right))
            }
            (Value::Function(one), Value::Function(other))
            | (Value::Class(one), Value::Class(other))
            | (Value::Module(one), Value::Module(other))
            | (Value::Method(one), Value::Method(other))
            | (Value::Redacted(one), Value::Redacted(other))
            | (Value::Unknown(one), Value::Unknown(other)) => is_same_string(*one, *other),
            _ => left == right,
        }
    }

    /// Whether two objects may be the same: their contents are compared later.
    fn objects(&mut self, left: u64, right: u64) -> bool {
        match (self.right.get(&left), self.left.get(&right)) {
            (Some(known), _) => return *known == right,
            (None, Some(_)) => return false,
            (None, None) => {}
        }
        if self.added.len() >= LARGEST {
            return false;
        }
        self.right.insert(left, right);
        self.left.insert(right, left);
        self.added.push(left);
        self.left_over.push([left, right]);
        true
    }

    fn same_left_over(&mut self, players: [&Player<'_>; 2]) -> bool {
        while let Some([left, right]) = self.left_over.pop() {
            if !self.same_contents(players, left, right) {
                return false;
            }
        }
        true
    }

    fn same_contents(&mut self, players: [&Player<'_>; 2], left: u64, right: u64) -> bool {
        let entities = [players[0].entity(left), players[1].entity(right)];
        let [Some(left), Some(right)] = &entities else { return entities.iter().all(Option::is_none) };
        let (Some(ty), Some(other)) = (left.ty, right.ty) else { return false };
        if !self.same_types(players, ty, other) || left.length != right.length {
            return false;
        }
        let kind = players[0].type_name(ty).map_or(Kind::Opaque, |ty| ty.kind);
        let shown = match kind {
            // Shown by their type, and by their name alone.
            Kind::Opaque => 0,
            kind if kind.is_named() => 1,
            _ => usize::MAX,
        };
        let [left, right] = [left, right].map(|entity| &entity.items[..entity.items.len().min(shown)]);
        left.len() == right.len() && left.iter().zip(right).all(|(left, right)| self.same(players, left, right))
    }

    fn same_types(&mut self, players: [&Player<'_>; 2], left: u32, right: u32) -> bool {
        *self.types.entry((left, right)).or_insert_with(|| {
            let [Some(one), Some(other)] = [players[0].type_name(left), players[1].type_name(right)] else {
                return false;
            };
            // How some types are written depends on the version of Python.
            players[0].minor() == players[1].minor()
                && (one.kind, &one.module, &one.name) == (other.kind, &other.module, &other.name)
                && ![(players[0], one), (players[1], other)].iter().any(|(player, ty)| player.is_renamed(ty.class))
        })
    }
}

//! Finds where two values differ, as deep within them as possible.

use std::rc::Rc;

use connie_wire::{Contents, Value};
use rustc_hash::FxHashSet;

use connie_recording::chunk::Entity;
use connie_recording::render::{Bounds, Renderer, World};

/// The maximum number of differences searched for in one pair of values.
const MAX_DIFFERENCES: usize = 64;

/// Attributes of `threading.Thread` that differ in every run.
const IDENTITIES: [&str; 2] = ["._ident", "._native_id"];

/// A place within two values where they differ.
#[derive(Debug, PartialEq)]
pub struct Leaf {
    /// The path of the place: `.items[1].count`; empty for the values themselves.
    pub path: String,
    /// The objects that contain it; 0 for the variable itself.
    pub holder: [u64; 2],
    /// The last part of the path.
    pub last: String,
    /// The values there as text; `None` if there is none.
    pub texts: [Option<String>; 2],
}

struct Finder<'a> {
    worlds: [&'a dyn World; 2],
    identities: &'a [[i64; 2]],
    bounds: Bounds,
    seen: FxHashSet<(u64, u64)>,
    found: Vec<Leaf>,
    path: Vec<String>,
}

/// The places where two values differ, in display order. `identities` are numbers of threads and processes that
/// correspond, and count as equal.
pub fn differences(worlds: [&dyn World; 2], identities: &[[i64; 2]], values: [&Value; 2], bounds: Bounds) -> Vec<Leaf> {
    let mut finder =
        Finder { worlds, identities, bounds, seen: FxHashSet::default(), found: Vec::new(), path: Vec::new() };
    finder.values([Some(values[0]), Some(values[1])], [0, 0]);
    finder.found
}

impl Finder<'_> {
    fn text(&self, side: usize, value: &Value) -> String {
        Renderer::bare(self.worlds[side], self.bounds).sorted(true).text(value)
    }

    fn values(&mut self, values: [Option<&Value>; 2], holder: [u64; 2]) {
        if self.found.len() >= MAX_DIFFERENCES {
            return;
        }
        if let [Some(left), Some(right)] = values {
            match (left, right) {
                (Value::Object(left), Value::Object(right)) => {
                    if !self.seen.insert((*left, *right)) {
                        return;
                    }
                    let entities = [self.worlds[0].entity(*left), self.worlds[1].entity(*right)];
                    if let [Some(one), Some(other)] = entities
                        && self.path.len() < self.bounds.depth
                        && self.contents([one, other], [*left, *right])
                    {
                        return;
                    }
                }
                (Value::Tuple(left), Value::Tuple(right)) if left.len() == right.len() => {
                    for (n, (one, other)) in left.iter().zip(right.iter()).enumerate() {
                        self.within(format!("[{n}]"), [Some(one), Some(other)], holder);
                    }
                    return;
                }
                (Value::BigInt(..), Value::BigInt(..)) => {
                    // Two different ints may have the same text: see `ints::text`.
                    if left != right {
                        self.differ(self.texts(values), holder);
                    }
                    return;
                }
                (Value::Int(left), Value::Int(right)) if self.identities.contains(&[*left, *right]) => return,
                _ if left == right && !has_name(left) => return,
                _ => {}
            }
        }
        let texts = self.texts(values);
        if texts[0] != texts[1] {
            self.differ(texts, holder);
        }
    }

    fn texts(&self, values: [Option<&Value>; 2]) -> [Option<String>; 2] {
        [0, 1].map(|side| values[side].map(|value| self.text(side, value)))
    }

    fn differ(&mut self, texts: [Option<String>; 2], holder: [u64; 2]) {
        let last = self.path.last().cloned().unwrap_or_default();
        self.found.push(Leaf { path: self.path.concat(), holder, last, texts });
    }

    fn within(&mut self, part: String, values: [Option<&Value>; 2], holder: [u64; 2]) {
        if IDENTITIES.contains(&part.as_str()) {
            return;
        }
        self.path.push(part);
        self.values(values, holder);
        self.path.pop();
    }

    /// Compares the items of two containers; returns false if they are not containers of the same kind.
    fn contents(&mut self, entities: [Rc<Entity>; 2], objects: [u64; 2]) -> bool {
        let kind = |side: usize| entities[side].ty.and_then(|ty| self.worlds[side].type_name(ty));
        let [Some(left), Some(right)] = [kind(0), kind(1)] else { return false };
        if (left.kind, &left.name) != (right.kind, &right.name) {
            return false;
        }
        let kind = left.kind;
        let shape = kind.shape();
        let [left, right] = entities.each_ref().map(|entity| shape.of(&entity.items));
        match shape.contents {
            Contents::Positions | Contents::Arguments => {
                for n in 0..left.len().max(right.len()).min(self.bounds.items) {
                    self.within(format!("[{n}]"), [left.get(n), right.get(n)], objects);
                }
            }
            Contents::Pairs => self.pairs([left, right], objects, |key| format!("[{key}]")),
            Contents::Names if !kind.is_named() => {
                self.pairs([left, right], objects, |key| format!(".{}", key.trim_matches('\'')));
            }
            Contents::Names | Contents::Members => return false,
            Contents::Text | Contents::Whole | Contents::Nothing => return false,
        }
        true
    }

    fn pairs(&mut self, items: [&[Value]; 2], objects: [u64; 2], part: impl Fn(&str) -> String) {
        let most = 2 * self.bounds.items;
        let keyed = |finder: &Self, side: usize| -> Vec<(String, Value)> {
            let items = &items[side][..items[side].len().min(most)];
            items.chunks_exact(2).map(|pair| (finder.text(side, &pair[0]), pair[1].clone())).collect()
        };
        let (left, right) = (keyed(self, 0), keyed(self, 1));
        let by_key: rustc_hash::FxHashMap<&str, &Value> =
            right.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let mut known = FxHashSet::default();
        for (key, value) in &left {
            known.insert(key.as_str());
            self.within(part(key), [Some(value), by_key.get(key.as_str()).copied()], objects);
        }
        for (key, value) in right.iter().filter(|(key, _)| !known.contains(key.as_str())) {
            self.within(part(key), [None, Some(value)], objects);
        }
    }
}

/// Whether a value refers to a string of its recording.
fn has_name(value: &Value) -> bool {
    matches!(
        value,
        Value::Function(_)
            | Value::Class(_)
            | Value::Module(_)
            | Value::Method(_)
            | Value::Redacted(_)
            | Value::Unknown(_)
            | Value::Tuple(_)
    )
}

//! The names under which an object can be reached at a step: two of them are aliases of each other.

use std::collections::VecDeque;

use connie_recording::chunk::StackFrame;
use connie_recording::contexts;
use connie_recording::hidden::{is_dunder, is_hidden};
use connie_recording::player::Player;
use connie_recording::render::{Bounds, Renderer, World};
use connie_wire::{Kind, Value};
use rustc_hash::FxHashSet;

/// The number of values that are looked at.
const MAX_LOOKS: usize = 50_000;
/// How a key is written.
const KEY: Bounds = Bounds { string: 60, items: 6, depth: 1 };

/// A name of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// The frame that has the name; `None` for a global variable of a module whose code does not run.
    pub frame: Option<u64>,
    /// The function of the frame.
    pub function: String,
    /// The expression, such as `self.items[0]`.
    pub expression: String,
}

/// The names of an object in the frames of the thread of a step, the innermost frame first and short names before long
/// ones. At most `most`; of what is found within other objects, one name of each holder, and none through the object
/// itself.
#[must_use]
pub fn of(player: &Player<'_>, object: u64, most: usize) -> Vec<Alias> {
    let mut search = Search { player, wanted: object, most, looks: 0, seen: FxHashSet::default(), found: Vec::new() };
    let mut globals = Vec::new();
    let frames: Vec<StackFrame> = player.stack().iter().rev().copied().collect();
    // A module's frame has the module's variables.
    let own: FxHashSet<u64> = frames.iter().map(|frame| frame.namespace).collect();
    for frame in &frames {
        player.view_from(Some(*frame));
        let name = player.recording().function(frame.code).map_or("?", |function| &function.name);
        let locals = player.locals(frame).into_iter().filter(|(name, _)| !is_hidden(name) && !is_dunder(name));
        search.from(Some(frame.frame), name, locals);
        if let Some(namespace) = player.other_globals(frame).filter(|one| !own.contains(one) && !globals.contains(one))
        {
            globals.push(namespace);
        }
    }
    for namespace in globals {
        let Some(entity) = player.entity(namespace) else { continue };
        let pair = |pair: &[Value]| match &pair[0] {
            Value::Str(name) => Some((String::from_utf8_lossy(&name.bytes).into_owned(), pair[1].clone())),
            _ => None,
        };
        let variables = entity.items.chunks_exact(2).filter_map(pair).filter(|(name, _)| !is_dunder(name));
        search.from(None, "<module>", variables);
    }
    search.found
}

struct Search<'a> {
    player: &'a Player<'a>,
    wanted: u64,
    most: usize,
    looks: usize,
    seen: FxHashSet<u64>,
    found: Vec<Alias>,
}

impl Search<'_> {
    /// Looks from variables on, breadth first.
    fn from(&mut self, frame: Option<u64>, function: &str, variables: impl Iterator<Item = (String, Value)>) {
        let mut waiting: VecDeque<(u64, String)> = VecDeque::new();
        let look = |search: &mut Self, waiting: &mut VecDeque<(u64, String)>, value: &Value, expression: String| {
            search.looks += 1;
            match value {
                Value::Object(object) if *object == search.wanted => {
                    search.found.push(Alias { frame, function: function.to_owned(), expression });
                }
                Value::Object(object) if search.seen.insert(*object) => waiting.push_back((*object, expression)),
                Value::Tuple(items) => {
                    let at = |n: usize| format!("{expression}[{n}]");
                    let is_it = |item: &Value| matches!(item, Value::Object(object) if *object == search.wanted);
                    let own = items.iter().enumerate().filter(|(_, item)| is_it(item)).map(|(n, _)| at(n));
                    let own = own.map(|expression| Alias { frame, function: function.to_owned(), expression });
                    search.found.extend(own.collect::<Vec<_>>());
                    for (n, item) in items.iter().enumerate() {
                        if let Value::Object(object) = item
                            && *object != search.wanted
                            && search.seen.insert(*object)
                        {
                            waiting.push_back((*object, at(n)));
                        }
                    }
                }
                _ => {}
            }
        };
        for (name, value) in variables {
            let value = contexts::behind(self.player, value);
            look(self, &mut waiting, &value, name);
        }
        while let Some((object, way)) = waiting.pop_front() {
            if self.looks > MAX_LOOKS || self.found.len() >= self.most {
                break;
            }
            for (path, value) in children(self.player, object) {
                look(self, &mut waiting, &value, format!("{way}{path}"));
            }
        }
        self.found.truncate(self.most);
    }
}

/// What an object holds: the end of an expression for it, and the value.
fn children(player: &Player<'_>, object: u64) -> Vec<(String, Value)> {
    let Some(entity) = player.entity(object) else { return Vec::new() };
    let Some(ty) = entity.ty.and_then(|ty| player.type_name(ty)) else { return Vec::new() };
    let indexed =
        |items: &[Value]| items.iter().enumerate().map(|(n, item)| (format!("[{n}]"), item.clone())).collect();
    let keyed = |items: &[Value]| {
        let pair = |pair: &[Value]| (format!("[{}]", Renderer::new(player, KEY).text(&pair[0])), pair[1].clone());
        items.chunks_exact(2).map(pair).collect()
    };
    match ty.kind {
        Kind::List | Kind::Tuple => indexed(&entity.items),
        Kind::Deque => indexed(entity.items.get(1..).unwrap_or_default()),
        Kind::Dict | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter => keyed(&entity.items),
        Kind::DefaultDict => keyed(entity.items.get(1..).unwrap_or_default()),
        Kind::Instance | Kind::NamedTuple => {
            let pair = |pair: &[Value]| match &pair[0] {
                Value::Str(name) => Some((format!(".{}", String::from_utf8_lossy(&name.bytes)), pair[1].clone())),
                _ => None,
            };
            entity.items.chunks_exact(2).filter_map(pair).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{call, line, made, text, thread};
    use connie_wire::Op;

    #[test]
    fn all_names_of_an_object_are_found() {
        let new = |object, ty, items: Vec<Value>| Op::New { object, ty, length: items.len() as u64, items };
        let set = |slot, object| Op::Slot { slot, value: Value::Object(object) };
        let ops = vec![
            thread(1),
            call(1, 0, 1),
            line(2),
            new(10, 0, vec![]),
            // A list that has itself, and a dict within a tuple.
            new(11, 0, vec![Value::Object(11), Value::Object(10)]),
            new(12, 1, vec![text("a b"), Value::Object(10)]),
            set(0, 11),
            Op::Slot { slot: 1, value: Value::Tuple([Value::Int(1), Value::Object(12)].into()) },
            call(2, 1, 5),
            line(6),
            set(0, 10),
            line(7),
        ];
        let made = made("x = 1\n", &[("main", 1, &["x", "y"]), ("f", 5, &["x", "y"])], &[ops]);
        let (player, _) = Player::at(&made.recording, made.recording.last_step()).unwrap();
        let names = |object| {
            let all = of(&player, object, 10);
            all.iter().map(|one| format!("{} {}", one.function, one.expression)).collect::<Vec<_>>()
        };
        assert_eq!(names(10), ["f x", "main x[1]", "main y[1]['a b']"]);
        assert_eq!(names(11), ["main x"]);
        assert_eq!(names(99), [""; 0]);
        assert_eq!(of(&player, 10, 2).len(), 2);
    }
}

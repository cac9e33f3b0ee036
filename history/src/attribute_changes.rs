//! Renders attributes of classes, functions and modules as text: the ones that change at a step, and the ones that a
//! frame's variables lead to.

use std::collections::HashMap;

use connie_wire::{Kind, Value};
use rustc_hash::{FxHashMap, FxHashSet};

use connie_recording::attributes::{self, ClassView, Found};
use connie_recording::chunk::StackFrame;
use connie_recording::player::Player;
use connie_recording::reader::Recording;
use connie_recording::render::{Bounds, DOUBT, Renderer, World};

struct Rendered {
    value: Value,
    /// The text without marks of doubt.
    bare: String,
    /// The objects that the text shows, and their versions at that time.
    objects: Vec<(u64, u64)>,
}

/// A class, a function or the namespace of a module, as it was shown last.
struct Shown {
    /// The prefix before the names of its attributes.
    owner: String,
    /// Whether nothing was known of it yet.
    empty: bool,
    attributes: HashMap<String, Rendered>,
}

/// An attribute of a class, function or module: its name (`Player.limit`) and its text; `None` if it was deleted.
pub type Change = (String, Option<String>);

/// The text shown last for each class, function and module.
pub struct AttributeChanges {
    bounds: Bounds,
    sorted: bool,
    shown: FxHashMap<u64, Shown>,
    /// For each object, the classes, functions and modules whose attributes show it.
    users: FxHashMap<u64, FxHashSet<u64>>,
    /// Names of modules, by the number of their namespace.
    modules: FxHashMap<u64, String>,
}

impl AttributeChanges {
    /// Starts with the contents of the classes of a recording at the player's step.
    #[must_use]
    pub fn new(recording: &Recording, player: &Player<'_>, bounds: Bounds) -> Self {
        let (shown, users, modules) = (FxHashMap::default(), FxHashMap::default(), FxHashMap::default());
        let mut told = Self { bounds, sorted: false, shown, users, modules };
        if player.step() > 0 {
            for class in recording.classes() {
                told.look(player, class, &mut Vec::new());
            }
        }
        told
    }

    /// Shows sets in the order of their items' texts.
    #[must_use]
    pub fn sorted(self) -> Self {
        Self { sorted: true, ..self }
    }

    /// The attributes that changed at the player's step. Call it at every step.
    pub fn changed(&mut self, player: &Player<'_>) -> Vec<Change> {
        let mut changes = Vec::new();
        if player.changed().is_empty() {
            return changes;
        }
        let mut holders: Vec<u64> = Vec::new();
        for object in player.changed() {
            if self.is_holder(player, *object) {
                holders.push(*object);
            }
            holders.extend(self.users.get(object).into_iter().flatten());
        }
        holders.sort_unstable();
        holders.dedup();
        for holder in holders {
            let own = player.context().top().is_some_and(|frame| frame.namespace == holder);
            let before = changes.len();
            self.look(player, holder, &mut changes);
            if own {
                // A module's own code changes its variables, which are shown elsewhere.
                changes.truncate(before);
            }
        }
        changes
    }

    /// Whether the attributes of an object are shown. Also registers the namespaces of modules.
    fn is_holder(&mut self, player: &Player<'_>, object: u64) -> bool {
        if self.shown.contains_key(&object) || self.modules.contains_key(&object) {
            return true;
        }
        let Some(entity) = player.entity(object) else { return false };
        match entity.ty.and_then(|ty| player.type_name(ty)).map(|ty| ty.kind) {
            Some(Kind::Class | Kind::Function) => true,
            Some(Kind::Instance) => self.main_of(player, object).is_some(),
            Some(Kind::Module) => {
                if let [Value::Module(name), Value::Object(namespace), ..] = entity.items.as_slice() {
                    self.modules.insert(*namespace, player.string(*name).to_owned());
                    self.look(player, *namespace, &mut Vec::new());
                }
                false
            }
            _ => false,
        }
    }

    /// The object whose attributes are held by another object, if the main object is shown by its contents.
    fn main_of(&self, player: &Player<'_>, object: u64) -> Option<u64> {
        let main = object.checked_sub(1)?;
        (attributes::apart(player, main) == Some(object)).then_some(main)
    }

    /// The display name of a holder, with names and values of its data attributes; `None` if no variable leads to it.
    fn attributes_of(&self, player: &Player<'_>, holder: u64) -> Option<(String, Vec<(String, Value)>)> {
        if let Some(main) = self.main_of(player, holder) {
            let frame = player.context().top();
            let locals = frame.map(|frame| player.locals(&frame)).unwrap_or_default();
            let owner = locals.into_iter().find(|(_, value)| *value == Value::Object(main)).map(|(name, _)| name);
            return Some((owner.unwrap_or_default(), data_of(player, &player.entity(holder)?.items)));
        }
        if let Some(name) = self.modules.get(&holder) {
            let entity = player.entity(holder)?;
            return Some((name.clone(), data_of(player, &entity.items)));
        }
        let entity = player.entity(holder)?;
        match entity.items.first()? {
            Value::Class(_) => {
                let view = ClassView::of(player, holder)?;
                Some((short(view.name(player)).to_owned(), data_of(player, view.attributes())))
            }
            Value::Function(name) => Some((short(player.string(*name)).to_owned(), data_of(player, &entity.items))),
            _ => None,
        }
    }

    fn look(&mut self, player: &Player<'_>, holder: u64, changes: &mut Vec<Change>) {
        let Some((owner, attributes)) = self.attributes_of(player, holder) else { return };
        let is_class = ClassView::of(player, holder).is_some_and(|view| !view.attributes().is_empty());
        let new = Shown { owner: owner.clone(), empty: true, attributes: HashMap::new() };
        let is_new = !self.shown.contains_key(&holder);
        let is_apart = self.main_of(player, holder).is_some();
        let shown = self.shown.entry(holder).or_insert(new);
        // The initial contents of a class are shown where its body runs; likewise for a module.
        let silent = is_class && std::mem::replace(&mut shown.empty, !is_class)
            || is_new && (is_apart || self.modules.contains_key(&holder));
        // No variable that is shown leads to it.
        let silent = silent || owner.is_empty();
        shown.owner.clone_from(&owner);
        let doubted = player.is_doubtful() && player.in_doubt(holder);
        let gone: Vec<String> =
            shown.attributes.keys().filter(|name| !attributes.iter().any(|(n, _)| n == *name)).cloned().collect();
        for name in gone {
            shown.attributes.remove(&name);
            if !owner.is_empty() {
                changes.push((format!("{owner}.{name}"), None));
            }
        }
        for (name, value) in attributes {
            let same = shown.attributes.get(&name).is_some_and(|known| {
                known.value == value
                    && known.objects.iter().all(|(object, version)| player.version(*object) == *version)
            });
            if same {
                continue;
            }
            let mut renderer = Renderer::new(player, self.bounds).sorted(self.sorted);
            let mut text = renderer.text(&value);
            let bare = match renderer.doubtful {
                true => Renderer::bare(player, self.bounds).sorted(self.sorted).text(&value),
                false => text.clone(),
            };
            if doubted && !text.ends_with(DOUBT) {
                text.push_str(DOUBT);
            }
            let objects: Vec<(u64, u64)> =
                renderer.seen.iter().map(|object| (*object, player.version(*object))).collect();
            for (object, _) in &objects {
                self.users.entry(*object).or_default().insert(holder);
            }
            let rendered = Rendered { value, bare: bare.clone(), objects };
            let before = shown.attributes.insert(name.clone(), rendered);
            if !silent && before.is_none_or(|before| before.bare != bare) {
                changes.push((format!("{owner}.{name}"), Some(text)));
            }
        }
    }

    /// The text of an attribute by its full name, without marks of doubt.
    #[must_use]
    pub fn known(&self, name: &str) -> Option<&str> {
        let (owner, attribute) = name.rsplit_once('.')?;
        let owners = self.shown.iter().filter(|(_, shown)| shown.owner == owner);
        let found = owners.filter_map(|(holder, shown)| Some((*holder, shown.attributes.get(attribute)?)));
        // The latest of several holders with this name.
        found.max_by_key(|(holder, _)| *holder).map(|(_, rendered)| rendered.bare.as_str())
    }
}

/// A qualified name without the enclosing function.
fn short(name: &str) -> &str {
    name.rsplit_once("<locals>.").map_or(name, |(_, name)| name)
}

/// The pairs that are data: without functions, modules, classes and names of the interpreter.
fn data_of(world: &dyn World, items: &[Value]) -> Vec<(String, Value)> {
    let named = |value: &Value| match value {
        Value::Function(_) | Value::Module(_) | Value::Unknown(_) => true,
        Value::Object(object) => {
            let ty = world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty));
            ty.is_some_and(|ty| ty.kind.is_named())
        }
        _ => false,
    };
    let pair = |pair: &[Value]| match &pair[0] {
        Value::Str(name) => Some((String::from_utf8_lossy(&name.bytes).into_owned(), pair[1].clone())),
        _ => None,
    };
    let pairs = items.chunks_exact(2).filter_map(pair);
    pairs.filter(|(name, value)| !attributes::is_dunder(name) && name != "_abc_impl" && !named(value)).collect()
}

/// The attributes that a frame's variables lead to and that are not part of the variables themselves: `p.badges` of the
/// class of `p`, `Player.limit`, `conf.LEVEL`.
#[must_use]
pub fn reached(player: &Player<'_>, frame: &StackFrame, bounds: Bounds) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (variable, value) in player.locals(frame) {
        let Value::Object(object) = value else { continue };
        if attributes::is_dunder(&variable) {
            continue;
        }
        let kind = player.entity(object).and_then(|entity| entity.ty).and_then(|ty| player.type_name(ty));
        let members = match kind.map(|ty| ty.kind) {
            Some(kind) if kind.is_named() => attributes::members(player, object),
            Some(_) => attributes::class_data(player, attributes::class_of(player, object)),
            None => continue,
        };
        let own = attributes::apart_members(player, object);
        let own = own.into_iter().filter(|(name, ..)| !members.iter().any(|(known, ..)| known == name));
        let members: Vec<_> = own.chain(members.iter().cloned()).collect();
        for (name, ..) in members {
            let mut looked = Vec::new();
            let Some(Found::Is { value, holder }) = attributes::find(player, object, &name, &mut looked) else {
                continue;
            };
            if holder == object && kind.is_some_and(|ty| !ty.kind.is_named()) {
                continue;
            }
            let mut text = Renderer::new(player, bounds).text(&value);
            let doubted = player.is_doubtful() && looked.into_iter().any(|object| player.in_doubt(object));
            if doubted && !text.ends_with(DOUBT) {
                text.push_str(DOUBT);
            }
            found.push((format!("{variable}.{name}"), text));
        }
    }
    found
}

//! The variables of a step as text, rendered again only where something changed.

use std::collections::HashMap;

use connie_wire::{Kind, Value};

use connie_expression::with_doubt;
use connie_recording::chunk::StackFrame;
use connie_recording::hidden::{is_dunder, is_hidden};
use connie_recording::player::Player;
use connie_recording::render::{Bounds, Renderer, World};

struct Rendered {
    value: Value,
    text: String,
    /// The text without marks of doubt, if a part of the value is uncertain.
    bare: Option<String>,
    /// The objects that it shows, and their versions at that time.
    objects: Vec<(u64, u64)>,
}

impl Rendered {
    fn bare(&self) -> &str {
        self.bare.as_ref().unwrap_or(&self.text)
    }
}

/// The texts last shown of each live frame's variables. Modules, dunder names and hidden names are left out.
pub struct Variables {
    bounds: Bounds,
    sorted: bool,
    hidden: bool,
    most: usize,
    frames: HashMap<u64, HashMap<String, Rendered>>,
}

impl Variables {
    /// Starts with no texts.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, sorted: false, hidden: false, most: usize::MAX, frames: HashMap::new() }
    }

    /// Shows sets in the order of their items' texts, so that equal sets look alike.
    #[must_use]
    pub fn sorted(self) -> Self {
        Self { sorted: true, ..self }
    }

    /// Also shows hidden names (see [`connie_recording::hidden`]).
    #[must_use]
    pub fn with_hidden(self, hidden: bool) -> Self {
        Self { hidden, ..self }
    }

    /// Limits the number of values shown of each variable.
    #[must_use]
    pub fn limited(self, most: usize) -> Self {
        Self { most, ..self }
    }

    fn render(
        &mut self,
        player: &Player<'_>,
        frame: &StackFrame,
        is_asked: &dyn Fn(&str) -> bool,
        mut each: impl FnMut(String, &str, bool),
    ) {
        let (bounds, sorted, hidden, most) = (self.bounds, self.sorted, self.hidden, self.most);
        let known = self.frames.entry(frame.frame).or_default();
        let doubtful = player.is_doubtful();
        let in_doubt = player.is_unobserved(frame);
        for (name, value) in player.locals(frame) {
            if !is_asked(&name) || is_module(player, &value) || is_dunder(&name) || !hidden && is_hidden(&name) {
                continue;
            }
            let same = known.get(&name).is_some_and(|rendered| {
                rendered.value == value
                    && rendered.bare.is_none()
                    && !doubtful
                    && rendered.objects.iter().all(|(object, version)| player.version(*object) == *version)
            });
            let mut changed = false;
            if !same {
                let mut renderer = Renderer::new(player, bounds).sorted(sorted).limited(most);
                let text = with_doubt(renderer.text(&value), in_doubt);
                let is_marked = renderer.doubtful || in_doubt;
                let bare = is_marked.then(|| Renderer::bare(player, bounds).sorted(sorted).limited(most).text(&value));
                let objects = renderer.seen.iter().map(|object| (*object, player.version(*object))).collect();
                let before = known.insert(name.clone(), Rendered { value, text, bare, objects });
                // A value that only becomes certain again has not changed.
                let now = &known[&name];
                changed = before.is_none_or(|before| {
                    before.bare() != now.bare() || matches!(now.value, Value::BigInt(..)) && before.value != now.value
                });
            }
            let text = known.get(&name).map_or("", |rendered| rendered.text.as_str());
            each(name, text, changed);
        }
    }

    /// The variables of a frame that changed since the last call, all of them at first: (name, text).
    pub fn changed(&mut self, player: &Player<'_>, frame: &StackFrame) -> Vec<(String, String)> {
        self.changed_of(player, frame, &|_| true)
    }

    /// The same, but only for variables with certain names.
    pub fn changed_of(
        &mut self,
        player: &Player<'_>,
        frame: &StackFrame,
        is_asked: &dyn Fn(&str) -> bool,
    ) -> Vec<(String, String)> {
        let mut shown = Vec::new();
        self.render(player, frame, is_asked, |name, text, changed| {
            if changed {
                shown.push((name, text.to_owned()));
            }
        });
        shown
    }

    /// The variables of a frame now: (name, text).
    pub fn all(&mut self, player: &Player<'_>, frame: &StackFrame) -> Vec<(String, String)> {
        let mut shown = Vec::new();
        self.render(player, frame, &|_| true, |name, text, _| shown.push((name, text.to_owned())));
        shown
    }

    /// A variable as of the last query of its frame: the value, its text without marks of doubt, and whether there were
    /// such marks.
    #[must_use]
    pub fn known(&self, frame: u64, name: &str) -> Option<(&Value, &str, bool)> {
        let rendered = self.frames.get(&frame)?.get(name)?;
        Some((&rendered.value, rendered.bare(), rendered.bare.is_some()))
    }

    /// Forgets what was shown of a frame's variables, except those with certain names.
    pub fn retain(&mut self, frame: u64, is_kept: impl Fn(&str) -> bool) {
        if let Some(known) = self.frames.get_mut(&frame) {
            known.retain(|name, _| is_kept(name));
        }
    }

    /// Whether the variables of a frame were shown, and it has not ended.
    #[must_use]
    pub fn knows(&self, frame: u64) -> bool {
        self.frames.contains_key(&frame)
    }

    /// Goes on with another player, whose objects have other versions: texts stay known, and are compared again.
    pub fn moved(&mut self) {
        for rendered in self.frames.values_mut().flat_map(HashMap::values_mut) {
            if let Some(object) = rendered.objects.first_mut() {
                object.1 = u64::MAX;
            }
        }
    }

    /// Drops a frame that has ended.
    pub fn forget(&mut self, frame: u64) {
        self.frames.remove(&frame);
    }

    /// A value as text.
    pub fn text(&self, player: &Player<'_>, value: &Value) -> String {
        Renderer::new(player, self.bounds).sorted(self.sorted).text(value)
    }
}

/// Whether a value is a module.
#[must_use]
pub fn is_module(player: &Player<'_>, value: &Value) -> bool {
    match value {
        Value::Module(_) => true,
        Value::Object(object) => {
            let ty = player.entity(*object).and_then(|entity| entity.ty).and_then(|ty| player.type_name(ty));
            ty.is_some_and(|ty| ty.kind == Kind::Module)
        }
        _ => false,
    }
}

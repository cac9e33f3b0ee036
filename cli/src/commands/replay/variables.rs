//! The variables of a step as text, rendered again only where something changed.

use std::collections::HashMap;

use connie_recording::chunk::StackFrame;
use connie_recording::player::Player;
use connie_recording::render::{Bounds, Renderer};
use connie_wire::Value;

use super::Locals;

struct Rendered {
    value: Value,
    text: String,
    /// Where some of it is not sure: without the marks of that.
    bare: Option<String>,
    /// Objects it shows, and their versions then.
    objects: Vec<(u64, u64)>,
}

impl Rendered {
    fn bare(&self) -> &str {
        self.bare.as_ref().unwrap_or(&self.text)
    }
}

/// What was last shown of each frame that is alive.
pub struct Variables {
    bounds: Bounds,
    frames: HashMap<u64, HashMap<String, Rendered>>,
}

impl Variables {
    /// Starts with nothing shown.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, frames: HashMap::new() }
    }

    /// The variables of a frame now: (name, text).
    pub fn of(&mut self, player: &Player<'_>, frame: &StackFrame, locals: Locals) -> Vec<(String, String)> {
        let mut shown = Vec::new();
        let known = self.frames.entry(frame.frame).or_default();
        let doubtful = player.is_doubtful();
        for (name, value) in player.locals(frame) {
            if matches!(value, Value::Module(_)) || is_dunder(&name) {
                continue;
            }
            let same = known.get(&name).is_some_and(|rendered| {
                rendered.value == value
                    && rendered.bare.is_none()
                    && !doubtful
                    && rendered.objects.iter().all(|(object, version)| player.version(*object) == *version)
            });
            if !same {
                let mut renderer = Renderer::new(player, self.bounds);
                let text = renderer.text(&value);
                let bare = renderer.doubtful.then(|| Renderer::bare(player, self.bounds).text(&value));
                let objects = renderer.seen.iter().map(|object| (*object, player.version(*object))).collect();
                let before = known.insert(name.clone(), Rendered { value, text: text.clone(), bare, objects });
                // That something is sure again is no change.
                let same = before.is_some_and(|before| before.bare() == known[&name].bare());
                if locals == Locals::Changed && !same {
                    shown.push((name.clone(), text));
                }
            }
            if locals == Locals::All
                && let Some(rendered) = known.get(&name)
            {
                shown.push((name, rendered.text.clone()));
            }
        }
        shown
    }

    /// A frame has ended.
    pub fn forget(&mut self, frame: u64) {
        self.frames.remove(&frame);
    }

    /// A value as text.
    pub fn text(&self, player: &Player<'_>, value: &Value) -> String {
        Renderer::new(player, self.bounds).text(value)
    }
}

fn is_dunder(name: &str) -> bool {
    name.len() > 4 && name.starts_with("__") && name.ends_with("__")
}

//! Values that calls returned in the line that was stepped over or out of, shown as variables like `(return) words`.

use connie_expression::Scope;
use connie_history::history::History;
use connie_history::moment::FrameScope;
use connie_history::returned;
use connie_history::timeline::{Position, Reach};
use connie_recording::render::World;
use connie_wire::Value;
use connie_wire::level::Level;

/// The prefix of the name of a function whose returned value is shown.
const MARK: &str = "(return) ";
/// The largest number of functions whose returned values are shown.
const MAX_FUNCTIONS: usize = 20;

/// The values that functions returned to a frame.
pub struct Returned {
    step: u64,
    frame: u64,
    /// `(return) name` and the value, the latest first.
    values: Vec<(String, Value)>,
}

impl Returned {
    /// The values returned by functions that a frame called, or that a step left, between two positions.
    fn between(history: &History<'_>, from: &Position, to: &Position) -> Self {
        let values = returned::between(history, from, to, MAX_FUNCTIONS);
        let values = values.into_iter().map(|(name, value)| (format!("{MARK}{name}"), value)).collect();
        Self { step: to.step, frame: to.frame, values }
    }

    /// The returned values for a frame at a step.
    pub fn at(&self, step: u64, frame: u64) -> &[(String, Value)] {
        if (self.step, self.frame) == (step, frame) { &self.values } else { &[] }
    }

    /// The values that were returned in a step over or out.
    pub fn by_step(history: &History<'_>, reach: Reach, from: &Position, to: &Position) -> Option<Self> {
        (reach != Reach::In && from.step < to.step).then(|| Self::between(history, from, to))
    }
}

/// Replaces each `(return) name` in an expression by a name for [`ReturnScope`]. Returns the expression, and these
/// names with their values.
#[must_use]
pub fn with_names(text: &str, values: &[(String, Value)]) -> (String, Vec<(String, Value)>) {
    let (mut text, mut known) = (text.to_owned(), Vec::new());
    let mut longest: Vec<_> = values.iter().collect();
    longest.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    for (n, (name, value)) in longest.into_iter().enumerate() {
        let own = format!("_returned_{n}_");
        let replaced = replace_name(&text, name, &own);
        if replaced != text {
            text = replaced;
            known.push((own, value.clone()));
        }
    }
    (text, known)
}

/// Replaces a name in a text, but not where it is the beginning of a longer name.
fn replace_name(text: &str, name: &str, by: &str) -> String {
    let (mut made, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let is_whole = !after.starts_with(|next: char| next.is_alphanumeric() || next == '_');
        made.push_str(before);
        made.push_str(if is_whole { by } else { name });
        rest = after;
    }
    made + rest
}

/// Why an expression that still has a `(return) name` has no value: no such call returned in this step.
#[must_use]
pub fn not_returned(text: &str) -> Option<String> {
    let name = &text[text.find(MARK)? + MARK.len()..];
    let name = name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()?;
    (!name.is_empty()).then(|| format!("{MARK}{name} is not known here: no call of {name} returned in this step"))
}

/// The names of a frame, and those of the values returned to it.
pub struct ReturnScope<'a> {
    /// The names of the frame.
    pub frame: FrameScope<'a>,
    /// Names made by [`with_names`].
    pub known: Vec<(String, Value)>,
}

impl Scope for ReturnScope<'_> {
    fn world(&self) -> &dyn World {
        self.frame.world()
    }

    fn name(&self, name: &str) -> Option<Value> {
        let own = self.known.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        own.or_else(|| self.frame.name(name))
    }

    fn is_unbound(&self, name: &str) -> bool {
        self.frame.is_unbound(name)
    }

    fn locals(&self) -> Option<Vec<(String, Value)>> {
        self.frame.locals()
    }

    fn globals(&self) -> Option<Vec<(String, Value)>> {
        self.frame.globals()
    }

    fn class(&self) -> Option<&str> {
        self.frame.class()
    }

    fn level(&self) -> Level {
        self.frame.level()
    }

    fn is_in_doubt(&self, name: &str) -> bool {
        self.frame.is_in_doubt(name)
    }
}

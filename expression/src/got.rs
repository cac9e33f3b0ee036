//! The results of expressions.

use connie_recording::render::{Bounds, DOUBT, Renderer, World};
use connie_wire::Value;

use super::problem::{Problem, unknown};

/// A value, or the reason why there is none.
pub(super) type Outcome = Result<Got, Problem>;

/// The result of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Got {
    /// A recorded value, or a scalar.
    Value(Value),
    /// A list created by the expression.
    List(Vec<Got>),
    /// A tuple created by the expression.
    Tuple(Vec<Got>),
    /// A set created by the expression, each value once.
    Set(Vec<Got>),
    /// A dict created by the expression.
    Dict(Vec<(Got, Got)>),
    /// A class: its module and its qualified name.
    Class(String, String),
    /// The result of `keys`, `values` or `items` of a dict: its type name and its contents.
    View(&'static str, Vec<Got>),
    /// A cell of an array, as numpy returns it; with its type, prefixed with the library's name if that is not numpy.
    Scalar(Value, String),
    /// A `range`: start, stop and step.
    Range(i64, i64, i64),
}

impl Got {
    /// Whether it contains a set of several values, whose display order depends on the interpreter.
    pub(super) fn has_order_of_a_set(&self) -> bool {
        match self {
            Got::Value(_) | Got::Scalar(..) | Got::Class(..) | Got::Range(..) => false,
            Got::List(items) | Got::Tuple(items) | Got::View(_, items) => items.iter().any(Got::has_order_of_a_set),
            Got::Set(items) => items.len() > 1 || items.iter().any(Got::has_order_of_a_set),
            Got::Dict(pairs) => pairs.iter().any(|(key, value)| key.has_order_of_a_set() || value.has_order_of_a_set()),
        }
    }
}

/// Whether a key is hashed and compared like a scalar.
pub(super) fn is_scalar(key: &Got) -> bool {
    match key {
        Got::Value(Value::Object(_)) | Got::List(_) | Got::Set(_) | Got::Dict(_) | Got::Class(..) => false,
        Got::View(..) | Got::Range(..) | Got::Scalar(..) => false,
        Got::Value(_) => true,
        Got::Tuple(items) => items.iter().all(is_scalar),
    }
}

/// A recorded value; an error if nothing is known of it.
pub(super) fn known(value: &Value) -> Outcome {
    match value {
        Value::Redacted(_) => unknown("this is a secret that was not recorded"),
        Value::Cut | Value::Unknown(_) => unknown("this was not recorded"),
        value => Ok(Got::Value(value.clone())),
    }
}

/// The text of a result.
pub fn text(world: &dyn World, value: &Got, bounds: Bounds) -> String {
    let list = |items: &[Got]| items.iter().map(|item| text(world, item, bounds)).collect::<Vec<_>>().join(", ");
    match value {
        Got::Value(value) | Got::Scalar(value, _) => Renderer::new(world, bounds).text(value),
        Got::List(items) => format!("[{}]", list(items)),
        Got::Tuple(items) => format!("({}{})", list(items), if items.len() == 1 { "," } else { "" }),
        Got::Class(_, name) => format!("<class {name}>"),
        Got::Set(items) if items.is_empty() => "set()".into(),
        Got::Set(items) => format!("{{{}}}", list(items)),
        Got::Dict(pairs) => {
            let pair =
                |(key, value): &(Got, Got)| format!("{}: {}", text(world, key, bounds), text(world, value, bounds));
            format!("{{{}}}", pairs.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Got::View(name, items) => format!("{name}([{}])", list(items)),
        Got::Range(start, stop, 1) => format!("range({start}, {stop})"),
        Got::Range(start, stop, step) => format!("range({start}, {stop}, {step})"),
    }
}

/// Adds the mark of doubt to a text.
#[must_use]
pub fn with_doubt(mut text: String, doubtful: bool) -> String {
    if doubtful && !text.ends_with(DOUBT) {
        text.push_str(DOUBT);
    }
    text
}

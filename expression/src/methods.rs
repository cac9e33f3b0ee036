//! Methods of builtin values that do not change them.

use connie_wire::{Contents, Kind, Value};

use super::got::{Got, Outcome, is_scalar};
use super::problem::{Problem, raised, unknown};
use super::values::Values;
use super::{numbers, text};

const SET_METHODS: [&str; 8] =
    ["union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint", "copy"];

impl Values<'_> {
    /// The type name of a view of a dict.
    fn view(&self, receiver: &Got, name: &str) -> Option<&'static str> {
        let is_ordered = self.library_kind(receiver) == Some(Kind::OrderedDict);
        Some(match (name, is_ordered) {
            ("keys", false) => "dict_keys",
            ("values", false) => "dict_values",
            ("items", false) => "dict_items",
            ("keys", true) => "odict_keys",
            ("values", true) => "odict_values",
            ("items", true) => "odict_items",
            _ => return None,
        })
    }

    pub(super) fn of_dict(&self, receiver: &Got, name: &str, arguments: &[Got]) -> Option<Outcome> {
        if let (Some(view), []) = (self.view(receiver, name), arguments) {
            let made = |(key, value): (Got, Got)| match name {
                "keys" => key,
                "values" => value,
                _ => Got::Tuple(vec![key, value]),
            };
            let pairs = self.pairs(receiver)?;
            return Some(pairs.map(|pairs| Got::View(view, pairs.into_iter().map(made).collect())));
        }
        match (name, arguments) {
            ("get", [key] | [key, _]) => Some(match self.stored(receiver, key) {
                Err(Problem::Raised(what)) if what.starts_with("KeyError") => {
                    Ok(arguments.get(1).cloned().unwrap_or(Got::Value(Value::None)))
                }
                found => found,
            }),
            ("copy", []) if self.library_kind(receiver).is_none() => Some(self.pairs(receiver)?.map(Got::Dict)),
            ("most_common", [] | [_]) if self.library_kind(receiver) == Some(Kind::Counter) => {
                Some(self.most_common(receiver, arguments.first()))
            }
            _ => None,
        }
    }

    /// `Counter.most_common`
    fn most_common(&self, receiver: &Got, most: Option<&Got>) -> Outcome {
        let most = match most {
            None | Some(Got::Value(Value::None)) => usize::MAX,
            Some(Got::Value(Value::Int(n))) => usize::try_from(*n).unwrap_or(0),
            Some(_) => return unknown("most_common() with this argument"),
        };
        let pairs = self.pairs(receiver).unwrap_or_else(|| unknown("the items of this"))?;
        let counts = |pair: &(Got, Got)| numbers::int(&pair.1);
        if !pairs.iter().all(|pair| counts(pair).is_some()) {
            return unknown("the order of counts that are not ints");
        }
        let mut pairs = pairs;
        pairs.sort_by_key(|pair| std::cmp::Reverse(counts(pair)));
        pairs.truncate(most);
        Ok(Got::List(pairs.into_iter().map(|(key, count)| Got::Tuple(vec![key, count])).collect()))
    }

    pub(super) fn of_sequence(&self, receiver: &Got, is_list: bool, name: &str, arguments: &[Got]) -> Option<Outcome> {
        let items = match self.items(receiver) {
            Ok(items) => items,
            Err(problem) => return Some(Err(problem)),
        };
        let count = |wanted: &Got| -> Result<Vec<usize>, Problem> {
            let mut found = Vec::new();
            for (n, item) in items.iter().enumerate() {
                if self.equal(item, wanted)? {
                    found.push(n);
                }
            }
            Ok(found)
        };
        let number = |n: usize| Ok(Got::Value(Value::Int(n as i64)));
        match (name, arguments) {
            ("count", [wanted]) => Some(count(wanted).and_then(|found| number(found.len()))),
            ("index", [wanted]) => Some(count(wanted).and_then(|found| match found.first() {
                Some(at) => number(*at),
                None => raised("ValueError: it is not in the list"),
            })),
            ("copy", []) if is_list => Some(Ok(Got::List(items))),
            _ => None,
        }
    }

    pub(super) fn of_set(&self, receiver: &Got, name: &str, arguments: &[Got]) -> Option<Outcome> {
        if !SET_METHODS.contains(&name) || arguments.len() > 1 {
            return None;
        }
        let evaluated = || {
            let own = self.set_items(receiver)?;
            let Some(other) = arguments.first() else {
                return if matches!(name, "union" | "intersection" | "difference" | "copy") {
                    Ok(Got::Set(own))
                } else {
                    raised(format!("TypeError: {name}() takes exactly one argument"))
                };
            };
            if name == "copy" {
                return raised("TypeError: copy() takes no arguments");
            }
            let Got::Set(other) = self.set_of(self.iterated(other)?)? else { return unknown("this argument") };
            self.combined(name, &own, &other)
        };
        Some(match evaluated() {
            Ok(Got::Set(_)) if self.builtin_kind(receiver) == Some(Kind::Frozenset) => {
                unknown("a new frozenset is not evaluated")
            }
            found => found,
        })
    }

    /// Whether a value of a builtin class is known to have a method of this name.
    pub(super) fn has(&self, receiver: &Got, name: &str) -> bool {
        match (receiver, self.kind_with(receiver, name)) {
            (Got::Value(Value::Str(_)), _) => text::METHODS.contains(&name) || matches!(name, "join" | "format"),
            (_, Some(kind)) if kind.shape().contents == Contents::Pairs => {
                matches!(name, "get" | "copy" | "keys" | "values" | "items")
            }
            (_, Some(Kind::Set | Kind::Frozenset)) => SET_METHODS.contains(&name),
            (_, Some(Kind::List | Kind::Tuple)) => matches!(name, "count" | "index"),
            _ => false,
        }
    }

    /// The values of a set, recorded or created by the expression, in any order.
    pub(super) fn set_items(&self, value: &Got) -> Result<Vec<Got>, Problem> {
        let items = match value {
            Got::Set(items) => items.clone(),
            value => self.items(value)?,
        };
        // Only these are known to hash and compare like Python's own.
        if items.iter().all(is_scalar) { Ok(items) } else { unknown("sets of these values") }
    }

    /// The result of a method of sets, or of the corresponding operator.
    pub(super) fn combined(&self, name: &str, own: &[Got], other: &[Got]) -> Outcome {
        let within = |value: &Got, all: &[Got]| -> Result<bool, Problem> {
            for known in all {
                if self.equal(known, value)? {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        let chosen = |from: &[Got], of: &[Got], wanted: bool| -> Result<Vec<Got>, Problem> {
            let mut found = Vec::new();
            for value in from {
                if within(value, of)? == wanted {
                    found.push(value.clone());
                }
            }
            Ok(found)
        };
        let truth = |truth: bool| Ok(Got::Value(Value::Bool(truth)));
        match name {
            "union" => Ok(Got::Set([own, &chosen(other, own, false)?].concat())),
            "intersection" => Ok(Got::Set(chosen(own, other, true)?)),
            "difference" => Ok(Got::Set(chosen(own, other, false)?)),
            "symmetric_difference" => Ok(Got::Set([chosen(own, other, false)?, chosen(other, own, false)?].concat())),
            "issubset" => truth(chosen(own, other, false)?.is_empty()),
            "issuperset" => truth(chosen(other, own, false)?.is_empty()),
            _ => truth(chosen(own, other, true)?.is_empty()),
        }
    }
}

pub(super) fn of_int(value: &Got, name: &str, arguments: &[Got]) -> Option<Outcome> {
    let n = numbers::big(value)?;
    let number = |n: u64| Some(Ok(Got::Value(Value::Int(n as i64))));
    match (name, arguments) {
        ("bit_length", []) => number(n.bits()),
        ("bit_count", []) => number(n.magnitude().count_ones()),
        ("conjugate", []) => Some(numbers::give_big(n)),
        _ => None,
    }
}

pub(super) fn of_float(x: f64, name: &str, arguments: &[Got]) -> Option<Outcome> {
    match (name, arguments) {
        ("is_integer", []) => Some(Ok(Got::Value(Value::Bool(x.is_finite() && x.fract() == 0.0)))),
        ("conjugate", []) => Some(numbers::give_float(x)),
        _ => None,
    }
}

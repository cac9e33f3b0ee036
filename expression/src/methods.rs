//! Methods of builtin values that change nothing.

use connie_wire::{Kind, Value};
use ruff_python_ast::{Expr, ExprCall};

use super::operators::{all_bytes, whole};
use super::{Evaluator, Got, Outcome, Problem, is_scalar, numbers, raised, text, text_value, unknown};

const SET_METHODS: [&str; 8] =
    ["union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint", "copy"];

impl Evaluator<'_> {
    /// A call of a method; `None` where it is no such call.
    pub(super) fn method(&self, call: &ExprCall) -> Option<Outcome> {
        let Expr::Attribute(attribute) = &*call.func else { return None };
        Some(
            self.eval(&attribute.value).and_then(|receiver| self.call_method(&receiver, attribute.attr.as_str(), call)),
        )
    }

    fn call_method(&self, receiver: &Got, name: &str, call: &ExprCall) -> Outcome {
        let foreign = || unknown("calls code that was not recorded");
        if !call.arguments.keywords.is_empty() || call.arguments.args.iter().any(Expr::is_starred_expr) {
            return unknown("keyword arguments of methods");
        }
        if name == "join"
            && let (Got::Value(Value::Str(separator)), [values]) = (receiver, &*call.arguments.args)
        {
            return text::joined(&whole(separator)?, &self.values_of(values)?);
        }
        // Of the program's own objects nothing is called; what is given to builtin ones is looked at first.
        let kind = self.builtin_kind(receiver);
        let is_value = matches!(receiver, Got::Value(value) if !matches!(value, Value::Object(_)));
        if kind.is_none() && !is_value {
            return foreign();
        }
        let arguments = call.arguments.args.iter().map(|argument| self.eval(argument)).collect::<Result<Vec<_>, _>>();
        let arguments = match arguments {
            Ok(arguments) => arguments,
            // That there is no such method comes before what the arguments raise.
            Err(Problem::Raised(_) | Problem::Name(_)) if !has(receiver, kind, name) => return foreign(),
            Err(problem) => return Err(problem),
        };
        let found = match receiver {
            Got::Value(Value::Str(string)) if name == "format" => {
                return Ok(Got::Value(text_value(&self.str_format(&whole(string)?, &arguments)?)));
            }
            Got::Value(Value::Str(string)) => text::method(&whole(string)?, name, &arguments),
            Got::Value(Value::Bytes(bytes)) => text::of_bytes(all_bytes(bytes)?, name, &arguments),
            Got::Value(Value::Bool(_) | Value::Int(_) | Value::BigInt(..)) => of_int(receiver, name, &arguments),
            Got::Value(Value::Float(bits)) => of_float(f64::from_bits(*bits), name, &arguments),
            _ => match kind {
                Some(Kind::Dict | Kind::FrozenDict) => self.of_dict(receiver, name, &arguments),
                Some(Kind::Set | Kind::Frozenset) => self.of_set(receiver, name, &arguments),
                Some(Kind::List | Kind::Tuple) => {
                    self.of_sequence(receiver, kind == Some(Kind::List), name, &arguments)
                }
                _ => None,
            },
        };
        found.unwrap_or_else(foreign)
    }

    /// The kind of a container of a builtin class, recorded or made here.
    pub(super) fn builtin_kind(&self, value: &Got) -> Option<Kind> {
        match value {
            Got::List(_) => Some(Kind::List),
            Got::Tuple(_) | Got::Value(Value::Tuple(_)) => Some(Kind::Tuple),
            Got::Set(_) => Some(Kind::Set),
            Got::Dict(_) => Some(Kind::Dict),
            Got::Value(Value::Object(object)) => {
                let world = self.scope.world();
                let ty = world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty))?;
                (ty.module == "builtins").then_some(ty.kind)
            }
            _ => None,
        }
    }

    fn of_dict(&self, receiver: &Got, name: &str, arguments: &[Got]) -> Option<Outcome> {
        match (name, arguments) {
            ("get", [key] | [key, _]) => Some(match self.item(receiver, key) {
                Err(Problem::Raised(what)) if what.starts_with("KeyError") => {
                    Ok(arguments.get(1).cloned().unwrap_or(Got::Value(Value::None)))
                }
                found => found,
            }),
            ("copy", []) => Some(self.pairs(receiver)?.map(Got::Dict)),
            _ => None,
        }
    }

    fn of_sequence(&self, receiver: &Got, is_list: bool, name: &str, arguments: &[Got]) -> Option<Outcome> {
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

    fn of_set(&self, receiver: &Got, name: &str, arguments: &[Got]) -> Option<Outcome> {
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
        Some(evaluated())
    }

    /// The values of a set, recorded or made here, in whatever order.
    pub(super) fn set_items(&self, value: &Got) -> Result<Vec<Got>, Problem> {
        let items = match value {
            Got::Set(items) => items.clone(),
            value => self.items(value)?,
        };
        // Only these are known to hash and compare as python's own do.
        if items.iter().all(is_scalar) { Ok(items) } else { unknown("sets of these values") }
    }

    /// What a method of sets, or the operator that does the same, makes of two of them.
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

/// Whether a value of a builtin class is known to have a method of this name.
fn has(receiver: &Got, kind: Option<Kind>, name: &str) -> bool {
    match (receiver, kind) {
        (Got::Value(Value::Str(_)), _) => text::METHODS.contains(&name),
        (_, Some(Kind::Dict | Kind::FrozenDict)) => matches!(name, "get" | "copy" | "keys" | "values" | "items"),
        (_, Some(Kind::Set | Kind::Frozenset)) => SET_METHODS.contains(&name),
        (_, Some(Kind::List | Kind::Tuple)) => matches!(name, "count" | "index"),
        _ => false,
    }
}

fn of_int(value: &Got, name: &str, arguments: &[Got]) -> Option<Outcome> {
    let n = numbers::big(value)?;
    let number = |n: u64| Some(Ok(Got::Value(Value::Int(n as i64))));
    match (name, arguments) {
        ("bit_length", []) => number(n.bits()),
        ("bit_count", []) => number(n.magnitude().count_ones()),
        ("conjugate", []) => Some(numbers::give_big(n)),
        _ => None,
    }
}

fn of_float(x: f64, name: &str, arguments: &[Got]) -> Option<Outcome> {
    match (name, arguments) {
        ("is_integer", []) => Some(Ok(Got::Value(Value::Bool(x.is_finite() && x.fract() == 0.0)))),
        ("conjugate", []) => Some(numbers::give_float(x)),
        _ => None,
    }
}

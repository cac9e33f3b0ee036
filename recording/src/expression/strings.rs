//! f-strings, and methods of builtin values that change nothing.

use connie_wire::{Kind, Value};
use ruff_python_ast::{ConversionFlag, Expr, ExprCall, ExprFString, InterpolatedStringElement};

use super::{Evaluator, Got, Outcome, Problem, operators, raised, text_value, unknown};

/// How deep containers are looked into.
const DEEP: usize = 20;

impl Evaluator<'_> {
    /// Whether python's repr of a value is known: no code of the program's own makes a part of it.
    pub(super) fn is_plain(&self, value: &Got, depth: usize) -> bool {
        let value = match value {
            Got::List(items) | Got::Tuple(items) => {
                return depth < DEEP && items.iter().all(|item| self.is_plain(item, depth + 1));
            }
            Got::Set(items) => return items.len() < 2 && items.iter().all(|item| self.is_plain(item, depth + 1)),
            Got::Dict(pairs) => {
                let plain = |item: &Got| self.is_plain(item, depth + 1);
                return depth < DEEP && pairs.iter().all(|(key, value)| plain(key) && plain(value));
            }
            Got::Value(value) => value,
        };
        match value {
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::BigInt(..)
            | Value::Float(_)
            | Value::Complex(..)
            | Value::Ellipsis
            | Value::NotImplemented => true,
            Value::Str(text) | Value::Bytes(text) => text.cut.is_none(),
            Value::Tuple(items) => items.iter().all(|item| self.is_plain(&Got::Value(item.clone()), depth + 1)),
            Value::Object(object) => {
                let world = self.scope.world();
                let Some(entity) = world.entity(*object) else { return false };
                let Some(ty) = entity.ty.and_then(|ty| world.type_name(ty)) else { return false };
                depth < DEEP
                    && ty.module == "builtins"
                    && matches!(ty.kind, Kind::List | Kind::Tuple | Kind::Dict | Kind::Set | Kind::Frozenset)
                    && entity.items.len() as u64 == entity.length
                    && entity.items.iter().all(|item| self.is_plain(&Got::Value(item.clone()), depth + 1))
            }
            _ => false,
        }
    }

    /// An f-string without format specifications.
    pub(super) fn formatted(&self, expr: &ExprFString) -> Outcome {
        let mut out = String::new();
        for part in &expr.value {
            let string = match part {
                ruff_python_ast::FStringPart::Literal(literal) => {
                    out.push_str(&literal.value);
                    continue;
                }
                ruff_python_ast::FStringPart::FString(string) => string,
            };
            for element in &string.elements {
                match element {
                    InterpolatedStringElement::Literal(literal) => out.push_str(&literal.value),
                    InterpolatedStringElement::Interpolation(inner) => {
                        if inner.format_spec.is_some() || inner.debug_text.is_some() {
                            return unknown("format specifications");
                        }
                        let value = self.eval(&inner.expression)?;
                        out.push_str(&match (&value, inner.conversion) {
                            (Got::Value(Value::Str(text)), ConversionFlag::None | ConversionFlag::Str) => {
                                operators::whole(text)?.into_owned()
                            }
                            (_, ConversionFlag::Ascii) => return unknown("!a"),
                            (value, _) => self.shown(value)?,
                        });
                    }
                }
            }
        }
        Ok(Got::Value(text_value(&out)))
    }

    /// A call of a method of a builtin value; `None` where it is no such call.
    pub(super) fn method(&self, call: &ExprCall) -> Option<Outcome> {
        let Expr::Attribute(attribute) = &*call.func else { return None };
        if !call.arguments.keywords.is_empty() {
            return None;
        }
        let receiver = match self.eval(&attribute.value) {
            Ok(receiver) => receiver,
            Err(problem) => return Some(Err(problem)),
        };
        const OF_TEXT: [&str; 8] = ["upper", "lower", "strip", "lstrip", "rstrip", "isdigit", "startswith", "endswith"];
        let name = attribute.attr.as_str();
        let is_text = matches!(receiver, Got::Value(Value::Str(_))) && OF_TEXT.contains(&name);
        if !(is_text || self.is_dict(&receiver) && name == "get") {
            return Some(unknown("calls code that was not recorded"));
        }
        let arguments: Result<Vec<Got>, Problem> =
            call.arguments.args.iter().map(|argument| self.eval(argument)).collect();
        let arguments = match arguments {
            Ok(arguments) => arguments,
            Err(problem) => return Some(Err(problem)),
        };
        match &receiver {
            Got::Value(Value::Str(text)) => match operators::whole(text) {
                Ok(text) => of_text(&text, name, &arguments),
                Err(problem) => Some(Err(problem)),
            },
            _ => self.of_dict(&receiver, &arguments),
        }
    }

    fn is_dict(&self, value: &Got) -> bool {
        let Got::Value(Value::Object(object)) = value else { return false };
        let world = self.scope.world();
        let ty = world.entity(*object).and_then(|entity| entity.ty).and_then(|ty| world.type_name(ty));
        ty.is_some_and(|ty| ty.kind == Kind::Dict && ty.module == "builtins")
    }

    fn of_dict(&self, receiver: &Got, arguments: &[Got]) -> Option<Outcome> {
        match arguments {
            [key] | [key, _] => Some(match self.item(receiver, key) {
                Err(Problem::Raised(what)) if what.starts_with("KeyError") => {
                    Ok(arguments.get(1).cloned().unwrap_or(Got::Value(Value::None)))
                }
                found => found,
            }),
            _ => None,
        }
    }
}

/// Methods of str, on ASCII: what other letters are in upper case differs between versions of Unicode.
fn of_text(text: &str, name: &str, arguments: &[Got]) -> Option<Outcome> {
    let give = |text: &str| Some(Ok(Got::Value(text_value(text))));
    let truth = |truth: bool| Some(Ok(Got::Value(Value::Bool(truth))));
    let ascii = text.is_ascii();
    // What `str.strip` takes for white space, among ASCII.
    let white = |c: char| matches!(c, '\t'..='\r' | '\x1c'..=' ');
    match (name, arguments) {
        ("upper", []) if ascii => give(&text.to_ascii_uppercase()),
        ("lower", []) if ascii => give(&text.to_ascii_lowercase()),
        ("strip", []) if ascii => give(text.trim_matches(white)),
        ("lstrip", []) if ascii => give(text.trim_start_matches(white)),
        ("rstrip", []) if ascii => give(text.trim_end_matches(white)),
        ("isdigit", []) if ascii => truth(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())),
        ("startswith" | "endswith", [argument]) => Some(match argument {
            Got::Value(Value::Str(part)) => operators::whole(part).map(|part| {
                let found = if name == "startswith" { text.starts_with(&*part) } else { text.ends_with(&*part) };
                Got::Value(Value::Bool(found))
            }),
            Got::Value(Value::Tuple(_) | Value::Object(_)) | Got::List(_) | Got::Tuple(_) => {
                unknown("several beginnings")
            }
            _ => raised(format!("TypeError: {name} first arg must be str or a tuple of str")),
        }),
        _ => None,
    }
}

//! Calls of methods of builtin values.

use connie_wire::value::{Blob, text_value};
use connie_wire::{Contents, Kind, Value};
use ruff_python_ast::{Expr, ExprAttribute, ExprCall};

use super::arguments::{Arg, Arguments};
use super::blob::{all_bytes, whole};
use super::evaluator::Evaluator;
use super::got::{Got, Outcome};
use super::problem::{Problem, raised, unknown};
use super::templates::Fields;
use super::{classes, cut, methods, refuse, text};

impl Evaluator<'_> {
    /// Evaluates a call of a method.
    pub(super) fn method(&self, call: &ExprCall, attribute: &ExprAttribute) -> Outcome {
        let name = attribute.attr.as_str();
        if let Expr::Name(class) = &*attribute.value
            && self.is_builtin(class.id.as_str())
            && classes::builtin(class.id.as_str()).is_some()
        {
            return self.call_unbound(class.id.as_str(), name, self.arguments(call)?);
        }
        let receiver = self.eval(&attribute.value)?;
        if self.is_variable(&receiver)
            && let Some(found) = self.value_of_variable(&receiver, name, &self.arguments(call)?)
        {
            return found.map(|got| self.stood_for(got));
        }
        self.can_have_methods(&receiver, name, &call.func)?;
        if name == "join"
            && let (Got::Value(Value::Str(separator)), [values], []) =
                (&receiver, &*call.arguments.args, &*call.arguments.keywords)
            && !values.is_starred_expr()
        {
            return text::joined(&whole(separator)?, &self.values_of(values)?);
        }
        let arguments = match self.arguments(call) {
            // Python reports a missing method before errors of the arguments.
            Err(Problem::Raised(_) | Problem::Name(_)) if !self.has(&receiver, name) => {
                return Err(refuse::method(self, &receiver, name));
            }
            arguments => arguments?,
        };
        self.call_method(&receiver, name, arguments)
    }

    /// Fails if a method may be code of the program, which must not run.
    pub(super) fn can_have_methods(&self, receiver: &Got, name: &str, function: &Expr) -> Result<(), Problem> {
        let is_value = !matches!(receiver, Got::Value(Value::Object(_)));
        let is_container = self.builtin_kind(receiver).is_some_and(|kind| !kind.is_named());
        let of_program =
            matches!(receiver, Got::Value(Value::Function(_) | Value::Class(_) | Value::Module(_) | Value::Method(_)));
        if is_value && !of_program
            || is_container
            || self.library_kind(receiver).is_some()
            || self.inherited(receiver, name).is_some()
        {
            return Ok(());
        }
        match self.attribute(receiver, name) {
            Err(Problem::Raised(error)) => Err(Problem::Raised(error)),
            _ => Err(refuse::program(&dotted(function).unwrap_or_else(|| name.to_owned()))),
        }
    }

    /// Calls a method of a builtin class through the class: `str.lower(name)`.
    pub(super) fn call_unbound(&self, class: &str, name: &str, mut arguments: Arguments<'_>) -> Outcome {
        if class == "dict" && name == "fromkeys" {
            let (keys, value) = match &arguments.positional[..] {
                [keys] => (self.prepared(keys)?, Got::Value(Value::None)),
                [keys, value] => (self.prepared(keys)?, self.value(value)?),
                _ => return raised("TypeError: fromkeys expected 1 or 2 arguments"),
            };
            arguments.no_more(name)?;
            let keys = self.stream(&keys)?.all()?;
            return self.dict_of(keys.into_iter().map(|key| (key, value.clone())).collect());
        }
        if arguments.positional.is_empty() {
            return unknown(format!("{class}.{name}() is not evaluated with these arguments"));
        }
        let receiver = self.value(&arguments.positional.remove(0))?;
        match refuse::class_name(self, &receiver) {
            Some(own) if own == class || own == "bool" && class == "int" => {
                self.call_method(&receiver, name, arguments)
            }
            Some(own) if class != "object" && class != "type" => raised(format!(
                "TypeError: descriptor '{name}' for '{class}' objects doesn't apply to a '{own}' object"
            )),
            _ => unknown(format!("{class}.{name}() is not evaluated with these arguments")),
        }
    }

    /// Calls a method of a value of a builtin class.
    pub(super) fn call_method(&self, receiver: &Got, name: &str, mut arguments: Arguments<'_>) -> Outcome {
        if name == "join"
            && let (Got::Value(Value::Str(separator)), [values], []) =
                (receiver, &arguments.positional[..], &arguments.keywords[..])
        {
            return text::joined(&whole(separator)?, &self.stream(values)?.all()?);
        }
        let kind = self.kind_with(receiver, name);
        let foreign = || Err(refuse::method(self, receiver, name));
        if refuse::changes(self, receiver, name) {
            return foreign();
        }
        if let (Got::Value(Value::Str(pattern)), "format") = (receiver, name) {
            return self.format_method(pattern, &arguments);
        }
        by_place(name, &mut arguments)?;
        arguments.no_more(name)?;
        let arguments = match self.evaluated(&arguments.positional) {
            // Python reports a missing method before errors of the arguments.
            Err(Problem::Raised(_) | Problem::Name(_)) if !self.has(receiver, name) => return foreign(),
            arguments => arguments?,
        };
        if let Got::Value(Value::Str(string)) = receiver
            && let Some(found) = cut::method(string, name, &arguments)
        {
            return found;
        }
        let found = match receiver {
            Got::Value(Value::Str(string)) => text::method(&whole(string)?, name, &arguments),
            Got::Value(Value::Bytes(bytes)) => text::of_bytes(all_bytes(bytes)?, name, &arguments),
            Got::Value(Value::Bool(_) | Value::Int(_) | Value::BigInt(..)) => {
                methods::of_int(receiver, name, &arguments)
            }
            Got::Value(Value::Float(bits)) => methods::of_float(f64::from_bits(*bits), name, &arguments),
            _ => kind.and_then(|kind| match kind.shape().contents {
                Contents::Pairs => self.of_dict(receiver, name, &arguments),
                Contents::Members => self.of_set(receiver, name, &arguments),
                Contents::Positions => self.of_sequence(receiver, kind == Kind::List, name, &arguments),
                Contents::Names if kind == Kind::NamedTuple => self.of_sequence(receiver, false, name, &arguments),
                _ => None,
            }),
        };
        found.unwrap_or_else(foreign)
    }

    /// `pattern.format(…)`
    pub(super) fn format_method(&self, pattern: &Blob, arguments: &Arguments<'_>) -> Outcome {
        let positional = self.evaluated(&arguments.positional)?;
        let named = |(name, value): &(String, Arg<'_>)| Ok((name.clone(), self.value(value)?));
        let named = arguments.keywords.iter().map(named).collect::<Result<Vec<_>, Problem>>()?;
        let mut fields = Fields::of(&positional, &named);
        Ok(Got::Value(text_value(&self.filled_in(&whole(pattern)?, &mut fields, 0)?)))
    }
}

/// Keyword arguments of methods that are also positional.
fn by_place(name: &str, arguments: &mut Arguments<'_>) -> Result<(), Problem> {
    let places: &[&str] = match name {
        "split" | "rsplit" => &["sep", "maxsplit"],
        "splitlines" => &["keepends"],
        "encode" | "decode" => &["encoding", "errors"],
        _ => &[],
    };
    for (place, keyword) in places.iter().enumerate() {
        let Some(value) = arguments.keyword(keyword) else { continue };
        if arguments.positional.len() < place {
            arguments.positional.push(Arg::Got(Got::Value(Value::None)));
        }
        if arguments.positional.len() != place {
            return unknown(format!("{name}() with the keyword {keyword}"));
        }
        arguments.positional.push(value);
    }
    Ok(())
}

/// A dotted name as written.
pub(super) fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr)),
        _ => None,
    }
}

//! Evaluates calls of builtin functions and lambdas. A call that would run code of the program is refused.

use std::rc::Rc;

use connie_wire::value::text_value;
use connie_wire::{Contents, Kind, Value};
use ruff_python_ast::{Expr, ExprCall, Operator};

use super::arguments::{Arg, Arguments};
use super::evaluator::Evaluator;
use super::got::{Got, Outcome};
use super::problem::{Problem, raised, unknown};
use super::{blob, classes, makers, numbers, radix, refuse};

impl Evaluator<'_> {
    /// The arguments of a call; values unpacked by `*` and `**` are evaluated.
    pub(super) fn arguments<'e>(&self, call: &'e ExprCall) -> Result<Arguments<'e>, Problem> {
        let mut found = Arguments::default();
        for argument in &call.arguments.args {
            match argument {
                Expr::Starred(starred) => {
                    found.positional.extend(self.values_of(&starred.value)?.into_iter().map(Arg::Got));
                }
                argument => found.positional.push(Arg::Expr(argument)),
            }
        }
        for keyword in &call.arguments.keywords {
            let mut add = |name: String, value| {
                if found.keywords.iter().any(|(known, _)| *known == name) {
                    return raised(format!("TypeError: got multiple values for keyword argument '{name}'"));
                }
                found.keywords.push((name, value));
                Ok(())
            };
            match &keyword.arg {
                Some(name) => add(name.to_string(), Arg::Expr(&keyword.value))?,
                None => {
                    for (key, value) in self.mapping(&self.eval(&keyword.value)?)? {
                        let Got::Value(Value::Str(key)) = &key else {
                            return raised("TypeError: keywords must be strings");
                        };
                        add(blob::whole(key)?.into_owned(), Arg::Got(value))?;
                    }
                }
            }
        }
        Ok(found)
    }

    /// The value of an argument.
    pub(super) fn value(&self, argument: &Arg<'_>) -> Outcome {
        match argument {
            Arg::Expr(expr) => self.eval(expr),
            Arg::Got(value) => Ok(value.clone()),
            Arg::Made(_) => unknown("an iterator shows nothing itself: list(…) shows its values"),
        }
    }

    /// Evaluates an argument that is iterated over, since Python evaluates all arguments before it iterates over one.
    pub(super) fn prepared<'e>(&self, argument: &Arg<'e>) -> Result<Arg<'e>, Problem> {
        match argument {
            Arg::Expr(expr) if self.is_made(expr) => Ok(Arg::Made(Rc::new(self.stream_of(expr)?))),
            argument => Ok(match argument {
                Arg::Expr(_) => Arg::Got(self.value(argument)?),
                other => other.clone(),
            }),
        }
    }

    /// The values of arguments.
    pub(super) fn evaluated(&self, arguments: &[Arg<'_>]) -> Result<Vec<Got>, Problem> {
        arguments.iter().map(|argument| self.value(argument)).collect()
    }

    /// Evaluates a call.
    pub(super) fn call(&self, call: &ExprCall) -> Outcome {
        match &*call.func {
            Expr::Attribute(attribute) => self.method(call, attribute),
            Expr::Lambda(lambda) => {
                let mut arguments = self.arguments(call)?;
                // Python evaluates the arguments outside the lambda.
                for argument in arguments.positional.iter_mut().chain(arguments.keywords.iter_mut().map(|(_, a)| a)) {
                    *argument = Arg::Got(self.value(argument)?);
                }
                self.apply_lambda(lambda, arguments)
            }
            Expr::Name(name) => {
                let name = name.id.as_str();
                if !self.is_builtin(name) {
                    return Err(refuse::program(name));
                }
                if makers::MAKERS.contains(&name) {
                    return Err(refuse::iterator(name));
                }
                if !refuse::is_builtin_function(name) && classes::builtin(name).is_none() {
                    return Err(refuse::name(name));
                }
                let mut arguments = self.arguments(call)?;
                if let ("type", [Arg::Expr(Expr::Name(of))]) = (name, &arguments.positional[..]) {
                    // The class of a proxy is its own.
                    arguments.positional[0] = Arg::Got(self.named_itself(of.id.as_str())?);
                }
                self.call_builtin(name, arguments)
            }
            _ => unknown("it calls the result of an expression, and nothing of the program is run"),
        }
    }

    /// A call of a builtin function or class.
    pub(super) fn call_builtin(&self, name: &str, mut arguments: Arguments<'_>) -> Outcome {
        match name {
            "min" | "max" => return self.extreme_of(name, arguments),
            "sorted" => {
                let (key, reverse) = (arguments.keyword("key"), arguments.keyword("reverse"));
                arguments.no_more(name)?;
                let [values] = &arguments.positional[..] else {
                    return raised("TypeError: sorted expected 1 argument");
                };
                let values = self.prepared(values)?;
                let key = key.map(|key| self.callable(&key)).transpose()?;
                let reverse = reverse.map(|reverse| self.value(&reverse)).transpose()?;
                let values = if key.is_none() { self.in_any_order(&values)? } else { self.stream(&values)? }.all()?;
                let reverse = reverse.map_or(Ok(false), |reverse| self.truth(&reverse))?;
                return self.sorted(values, &|value| self.rank(value, key.as_ref()), reverse).map(Got::List);
            }
            "sum" => {
                let start = arguments.keyword("start");
                arguments.no_more(name)?;
                let (values, start) = match (&arguments.positional[..], start) {
                    ([values], start) => (values, start),
                    ([values, start], None) => (values, Some(start.clone())),
                    _ => return raised("TypeError: sum() takes an iterable and a start"),
                };
                let values = self.prepared(values)?;
                let start = start.map(|start| self.value(&start)).transpose()?;
                return self.sum_of(self.stream(&values)?, start.unwrap_or(Got::Value(Value::Int(0))));
            }
            "dict" => return self.dict(arguments),
            "next" => {
                arguments.no_more(name)?;
                return match &arguments.positional[..] {
                    [values] => self.next(values, None),
                    [values, default] => self.next(values, Some(default)),
                    _ => raised("TypeError: next expected 1 or 2 arguments"),
                };
            }
            "any" | "all" | "list" | "tuple" | "set" | "frozenset" => {
                arguments.no_more(name)?;
                return match &arguments.positional[..] {
                    [values] => self.collected(name, values),
                    [] if name == "list" => Ok(Got::List(Vec::new())),
                    [] if name == "tuple" => Ok(Got::Tuple(Vec::new())),
                    [] if name == "set" => Ok(Got::Set(Vec::new())),
                    [] if name == "frozenset" => Err(refuse::not_evaluated(name)),
                    _ => raised(format!("TypeError: {name} expected 1 argument")),
                };
            }
            "print" => return self.print(arguments),
            _ => {}
        }
        let known = ["ndigits", "mod", "base"];
        let mut values = self.evaluated(&arguments.positional)?;
        if let Some(at) = arguments.keywords.iter().position(|(keyword, _)| known.contains(&keyword.as_str())) {
            let (keyword, value) = arguments.keywords.remove(at);
            let places = match (name, keyword.as_str()) {
                ("round", "ndigits") | ("int", "base") => 1,
                ("pow", "mod") => 2,
                _ => return unknown(format!("{name}() with the keyword {keyword}")),
            };
            if values.len() != places {
                return unknown(format!("{name}() with these arguments"));
            }
            values.push(self.value(&value)?);
        }
        arguments.no_more(name)?;
        self.of_values(name, &values)
    }

    /// Builtin functions that read all values of an iterable.
    fn collected(&self, name: &str, values: &Arg<'_>) -> Outcome {
        let values = self.prepared(values)?;
        let values =
            if matches!(name, "any" | "all" | "set") { self.in_any_order(&values)? } else { self.stream(&values)? };
        match name {
            "any" | "all" => self.decided(name, &values),
            "list" => values.all().map(Got::List),
            "tuple" => values.all().map(Got::Tuple),
            "set" => self.set_of(values.all()?),
            _ => Err(refuse::not_evaluated(name)),
        }
    }

    /// `dict(…)`
    fn dict(&self, arguments: Arguments<'_>) -> Outcome {
        let given = match &arguments.positional[..] {
            [] => None,
            [given] => Some(self.prepared(given)?),
            _ => return raised("TypeError: dict expected at most 1 argument"),
        };
        let named = arguments.keywords.iter();
        let named = named.map(|(name, value)| Ok((Got::Value(text_value(name)), self.value(value)?)));
        let named = named.collect::<Result<Vec<_>, Problem>>()?;
        let mut pairs = given.map_or(Ok(Vec::new()), |given| self.pairs_of_value(&given))?;
        pairs.extend(named);
        self.dict_of(pairs)
    }

    /// The pairs that `dict` creates from a mapping, or from pairs.
    fn pairs_of_value(&self, given: &Arg<'_>) -> Result<Vec<(Got, Got)>, Problem> {
        if let Arg::Got(value) = given {
            if let Some(pairs) = self.pairs(value) {
                return pairs;
            }
            if self.overrides(value, "keys") || self.object(value).is_some_and(|(_, kind, _)| is_dict(kind)) {
                return unknown("converting this to a dict may run code of its class");
            }
        }
        let items = self.stream(given)?.all()?;
        let pair = |item: Got| {
            let items = self.iterated(&item)?;
            match <[Got; 2]>::try_from(items) {
                Ok([key, value]) => Ok((key, value)),
                Err(_) => raised("ValueError: dictionary update sequence element has another length than 2"),
            }
        };
        items.into_iter().map(pair).collect()
    }

    /// `min` and `max`.
    fn extreme_of(&self, name: &str, mut arguments: Arguments<'_>) -> Outcome {
        let (key, default) = (arguments.keyword("key"), arguments.keyword("default"));
        arguments.no_more(name)?;
        let several = arguments.positional.len() > 1;
        if several && default.is_some() {
            return raised(format!(
                "TypeError: Cannot specify a default for {name}() with multiple positional arguments"
            ));
        }
        let values = match &arguments.positional[..] {
            [] => return raised(format!("TypeError: {name} expected at least 1 argument")),
            [values] => self.prepared(values)?,
            values => Arg::Got(Got::Tuple(self.evaluated(values)?)),
        };
        let key = key.map(|key| self.callable(&key)).transpose()?;
        let default = default.map(|default| self.value(&default)).transpose()?;
        let values = if key.is_none() { self.in_any_order(&values)? } else { self.stream(&values)? }.all()?;
        match default {
            Some(default) if values.is_empty() => Ok(default),
            _ => self.extreme(name, values, &|value| self.rank(value, key.as_ref())),
        }
    }

    /// Builtin functions of values.
    fn of_values(&self, name: &str, arguments: &[Got]) -> Outcome {
        let one = || match arguments {
            [one] => Ok(one),
            _ => unknown(format!("{name}() with {} arguments", arguments.len())),
        };
        if let ("int" | "float" | "str", [one]) = (name, arguments)
            && let Some(number) = self.scalar_of(one)
        {
            return self.of_values(name, &[number]);
        }
        let text = |text: String| Ok(Got::Value(text_value(&text)));
        match (name, arguments) {
            ("len", _) => Ok(Got::Value(Value::Int(self.length(one()?)?))),
            ("bool", []) => Ok(Got::Value(Value::Bool(false))),
            ("bool", _) => Ok(Got::Value(Value::Bool(self.truth(one()?)?))),
            ("repr", _) => text(self.shown(one()?)?),
            ("str", []) => text(String::new()),
            ("str", [Got::Value(Value::Str(text))]) => Ok(Got::Value(Value::Str(text.clone()))),
            ("str", _) => text(self.shown(one()?)?),
            ("ascii", _) => text(self.as_ascii(one()?)?),
            ("format", [value]) => text(self.format(value, "")?),
            ("format", [value, Got::Value(Value::Str(spec))]) => text(self.format(value, &blob::whole(spec)?)?),
            ("type", _) => self.class_of(one()?),
            ("chr" | "ord" | "hex" | "bin" | "oct" | "callable" | "hash", _) => self.of_one(name, one()?),
            ("pow", [left, right]) => self.operate(Operator::Pow, left, right),
            ("pow", [base, exponent, modulus]) => radix::power_modulo(base, exponent, modulus),
            ("divmod", [left, right]) => Ok(Got::Tuple(vec![
                self.operate(Operator::FloorDiv, left, right)?,
                self.operate(Operator::Mod, left, right)?,
            ])),
            ("id", _) => match one()? {
                Got::Value(Value::Object(object)) => Ok(Got::Value(Value::Int(*object as i64))),
                _ => unknown("only objects have an identity"),
            },
            ("round", [value]) => numbers::round(value, None),
            ("round", [value, digits]) => numbers::round(value, Some(digits)),
            ("round", _) => raised("TypeError: round() takes one or two arguments"),
            ("abs", _) => numbers::abs(one()?),
            ("int", []) => Ok(Got::Value(Value::Int(0))),
            ("float", []) => numbers::give_float(0.0),
            ("int", [value]) => numbers::to_int(value),
            ("int", [value, base]) => radix::to_int_of_base(value, base),
            ("float", _) => numbers::to_float(one()?),
            ("range", _) => self.range(arguments),
            ("isinstance", [value, class]) => self.is_instance(value, class),
            ("issubclass", [class, base]) => self.is_subclass(class, base),
            ("getattr" | "hasattr", _) => self.attribute_named(name, arguments),
            ("vars" | "locals" | "globals" | "dir", _) => self.reflected(name, arguments, self.within.get() > 0),
            _ => Err(refuse::not_evaluated(name)),
        }
    }
}

fn is_dict(kind: Kind) -> bool {
    kind.shape().contents == Contents::Pairs
}

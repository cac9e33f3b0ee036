//! What can be iterated over: containers, strings, generator expressions, `range`, `zip` and the like; and what
//! builtin functions make of all values at once.

use connie_wire::{Kind, Value};
use ruff_python_ast::{Expr, ExprCall, Operator};

use super::{Evaluator, Got, Outcome, Problem, is_scalar, operators, raised, text_value, unknown};

/// How many values a `range` may have.
const MOST: usize = 100_000;

/// Functions that look at all values of what they are given, however it is made.
pub(super) const TAKES: [&str; 9] = ["any", "all", "sum", "min", "max", "list", "tuple", "sorted", "set"];

impl Evaluator<'_> {
    /// The values that iterating over an expression gives.
    pub(super) fn values_of(&self, expr: &Expr) -> Result<Vec<Got>, Problem> {
        match expr {
            Expr::Generator(generator) => self.comprehension(&generator.elt, &generator.generators),
            Expr::Call(call) if call.arguments.keywords.is_empty() => match self.made_by(call) {
                Some(values) => values,
                None => self.iterated(&self.eval(expr)?),
            },
            _ => self.iterated(&self.eval(expr)?),
        }
    }

    pub(super) fn iterated(&self, value: &Got) -> Result<Vec<Got>, Problem> {
        if let Got::Value(Value::Str(text)) = value {
            let text = operators::whole(text)?;
            return Ok(text.chars().map(|c| Got::Value(text_value(&c.to_string()))).collect());
        }
        self.items(value)
    }

    /// The values of `range(…)`, `enumerate(…)`, `zip(…)`, `reversed(…)` and of a dict's views; `None` for other calls.
    fn made_by(&self, call: &ExprCall) -> Option<Result<Vec<Got>, Problem>> {
        let arguments = &call.arguments.args;
        match &*call.func {
            Expr::Name(name) if self.scope.name(name.id.as_str()).is_none() => {
                let all = || arguments.iter().map(|argument| self.values_of(argument)).collect::<Result<Vec<_>, _>>();
                match (name.id.as_str(), &**arguments) {
                    ("range", [_] | [_, _] | [_, _, _]) => Some(self.range(arguments)),
                    ("zip", [_, ..]) => Some(all().map(|columns| {
                        let length = columns.iter().map(Vec::len).min().unwrap_or(0);
                        let row = |n: usize| Got::Tuple(columns.iter().map(|column| column[n].clone()).collect());
                        (0..length).map(row).collect()
                    })),
                    ("enumerate", [_] | [_, _]) => Some(self.enumerate(arguments)),
                    ("reversed", [sequence]) => Some(self.reversed(sequence)),
                    _ => None,
                }
            }
            Expr::Attribute(attribute) if arguments.is_empty() => {
                let view = attribute.attr.as_str();
                if !matches!(view, "keys" | "values" | "items") {
                    return None;
                }
                match self.eval(&attribute.value) {
                    Ok(receiver) => self.pairs(&receiver).map(|pairs| {
                        let one = |(key, value): (Got, Got)| match view {
                            "keys" => key,
                            "values" => value,
                            _ => Got::Tuple(vec![key, value]),
                        };
                        Ok(pairs?.into_iter().map(one).collect())
                    }),
                    Err(problem) => Some(Err(problem)),
                }
            }
            _ => None,
        }
    }

    /// Keys and values of a dict; `None` where it is none of the builtin kinds.
    pub(super) fn pairs(&self, value: &Got) -> Option<Result<Vec<(Got, Got)>, Problem>> {
        if let Got::Dict(pairs) = value {
            return Some(Ok(pairs.clone()));
        }
        let (entity, kind, _) = self.object(value)?;
        let items = match kind {
            Kind::Dict | Kind::FrozenDict | Kind::OrderedDict | Kind::Counter => entity.items.as_slice(),
            Kind::DefaultDict => entity.items.get(1..)?,
            _ => return None,
        };
        if (entity.items.len() as u64) < entity.length {
            return Some(unknown("not all items were recorded"));
        }
        let got = |value: &Value| Got::Value(value.clone());
        Some(Ok(items.chunks_exact(2).map(|pair| (got(&pair[0]), got(&pair[1]))).collect()))
    }

    fn range(&self, arguments: &[Expr]) -> Result<Vec<Got>, Problem> {
        let mut bounds = Vec::new();
        for argument in arguments {
            match self.eval(argument)? {
                Got::Value(Value::Int(n)) => bounds.push(n),
                Got::Value(Value::Bool(truth)) => bounds.push(i64::from(truth)),
                Got::Value(Value::BigInt(..)) => return unknown("the range is too large"),
                _ => return raised("TypeError: range() takes integers"),
            }
        }
        let (start, stop, step) = match bounds[..] {
            [stop] => (0, stop, 1),
            [start, stop] => (start, stop, 1),
            [start, stop, step] => (start, stop, step),
            _ => return unknown("range with these arguments"),
        };
        if step == 0 {
            return raised("ValueError: range() arg 3 must not be zero");
        }
        let mut found = Vec::new();
        let mut at = i128::from(start);
        while if step > 0 { at < i128::from(stop) } else { at > i128::from(stop) } {
            if found.len() >= MOST {
                return unknown(format!("it looks at more than {MOST} values"));
            }
            found.push(Got::Value(Value::Int(at as i64)));
            at += i128::from(step);
        }
        Ok(found)
    }

    fn enumerate(&self, arguments: &[Expr]) -> Result<Vec<Got>, Problem> {
        let start = match arguments.get(1).map(|start| self.eval(start)).transpose()? {
            None => 0,
            Some(Got::Value(Value::Int(n))) => n,
            Some(_) => return unknown("enumerate from this"),
        };
        let values = self.values_of(&arguments[0])?;
        let count = |(n, value): (usize, Got)| {
            let number = start.checked_add(n as i64).ok_or(Problem::NotEvaluated("the number is too large".into()))?;
            Ok(Got::Tuple(vec![Got::Value(Value::Int(number)), value]))
        };
        values.into_iter().enumerate().map(count).collect()
    }

    fn reversed(&self, sequence: &Expr) -> Result<Vec<Got>, Problem> {
        let value = match sequence {
            Expr::Call(call) if matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "range") => {
                return self.values_of(sequence).map(|values| values.into_iter().rev().collect());
            }
            _ => self.eval(sequence)?,
        };
        let is_sequence = matches!(value, Got::List(_) | Got::Tuple(_) | Got::Value(Value::Str(_) | Value::Tuple(_)))
            || self.object(&value).is_some_and(|(_, kind, _)| matches!(kind, Kind::List | Kind::Tuple));
        if !is_sequence {
            return unknown("what this is in reverse");
        }
        self.iterated(&value).map(|values| values.into_iter().rev().collect())
    }

    /// A call of one of [`TAKES`] on one argument.
    pub(super) fn take(&self, name: &str, argument: &Expr) -> Outcome {
        let values = match self.values_of(argument) {
            // These need not look at all values: python may not have met the one that raises.
            Err(Problem::Raised(_)) if matches!(name, "any" | "all") && matches!(argument, Expr::Generator(_)) => {
                return unknown("one of the values raises an exception");
            }
            values => values?,
        };
        match name {
            "list" => Ok(Got::List(values)),
            "tuple" => Ok(Got::Tuple(values)),
            "set" => self.set_of(values),
            "sorted" => self.sorted(values, false).map(Got::List),
            "any" | "all" => {
                for value in values {
                    if self.truth(&value)? == (name == "any") {
                        return Ok(Got::Value(Value::Bool(name == "any")));
                    }
                }
                Ok(Got::Value(Value::Bool(name == "all")))
            }
            "sum" => {
                let zero = Got::Value(Value::Int(0));
                values.iter().try_fold(zero, |sum, value| self.operate(Operator::Add, &sum, value))
            }
            _ => self.extreme(name, values),
        }
    }

    /// `min` and `max`.
    pub(super) fn extreme(&self, name: &str, values: Vec<Got>) -> Outcome {
        let op = if name == "min" { ruff_python_ast::CmpOp::Lt } else { ruff_python_ast::CmpOp::Gt };
        let mut values = values.into_iter();
        let Some(mut best) = values.next() else {
            return raised(format!("ValueError: {name}() iterable argument is empty"));
        };
        for value in values {
            if self.compare(op, &value, &best)? {
                best = value;
            }
        }
        Ok(best)
    }

    /// The values in order; equal ones stay as they were.
    pub(super) fn sorted(&self, mut values: Vec<Got>, reverse: bool) -> Result<Vec<Got>, Problem> {
        let mut problem = None;
        let mut less = |a: &Got, b: &Got| match self.compare(ruff_python_ast::CmpOp::Lt, a, b) {
            Ok(less) => less,
            Err(found) => {
                problem.get_or_insert(found);
                false
            }
        };
        if reverse {
            values.reverse();
        }
        // What does not order its values fully has no order of ours to offer.
        let has_nan =
            values.iter().any(|value| matches!(value, Got::Value(Value::Float(x)) if f64::from_bits(*x).is_nan()));
        if has_nan {
            return unknown("the order of values that are no numbers");
        }
        values.sort_by(|a, b| match (less(a, b), less(b, a)) {
            (true, _) => std::cmp::Ordering::Less,
            (_, true) => std::cmp::Ordering::Greater,
            _ => std::cmp::Ordering::Equal,
        });
        if reverse {
            values.reverse();
        }
        match problem {
            Some(problem) => Err(problem),
            None => Ok(values),
        }
    }

    /// A set of values, each once.
    pub(super) fn set_of(&self, values: Vec<Got>) -> Outcome {
        let mut found: Vec<Got> = Vec::new();
        for value in values {
            self.hashable(&value)?;
            let mut known = false;
            for other in &found {
                known = known || self.equal(other, &value)?;
            }
            if !known {
                found.push(value);
            }
        }
        Ok(Got::Set(found))
    }

    /// A dict of pairs; later ones replace earlier ones, in their places.
    pub(super) fn dict_of(&self, pairs: Vec<(Got, Got)>) -> Outcome {
        let mut found: Vec<(Got, Got)> = Vec::new();
        'pairs: for (key, value) in pairs {
            self.hashable(&key)?;
            for (known, old) in &mut found {
                if self.equal(known, &key)? {
                    *old = value;
                    continue 'pairs;
                }
            }
            found.push((key, value));
        }
        Ok(Got::Dict(found))
    }

    pub(super) fn hashable(&self, value: &Got) -> Result<(), Problem> {
        match value {
            Got::List(_) => raised("TypeError: unhashable type: 'list'"),
            Got::Set(_) => raised("TypeError: unhashable type: 'set'"),
            Got::Dict(_) => raised("TypeError: unhashable type: 'dict'"),
            value if is_scalar(value) => Ok(()),
            _ => match self.object(value) {
                Some((_, Kind::List | Kind::Dict | Kind::Set, class))
                    if matches!(class.as_str(), "list" | "dict" | "set") =>
                {
                    raised(format!("TypeError: unhashable type: '{class}'"))
                }
                _ => unknown("the hash of this may be code of its own"),
            },
        }
    }
}

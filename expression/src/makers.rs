//! Iterates over an expression lazily, and stops where Python would stop.

use connie_wire::Value;
use ruff_python_ast::{CmpOp, Expr, ExprCall};

use super::arguments::{Arg, Arguments};
use super::callable::Callable;
use super::evaluator::Evaluator;
use super::got::{Got, Outcome};
use super::problem::{Problem, raised, unknown};
use super::refuse;
use super::stream::Stream;

/// Builtin functions whose results are lazy.
pub(super) const MAKERS: [&str; 6] = ["iter", "zip", "map", "filter", "enumerate", "reversed"];

impl Evaluator<'_> {
    /// What iterating over an expression gives. An error is one that comes before the first value.
    pub(super) fn stream_of(&self, expr: &Expr) -> Result<Stream, Problem> {
        match expr {
            Expr::Generator(generator) => {
                self.lazily(|| self.generated(&generator.generators, &|| self.eval(&generator.elt)))
            }
            Expr::Call(call) => match self.made_by(call) {
                Some(stream) => stream,
                None => self.iterated(&self.eval(expr)?).map(Stream::of),
            },
            _ => self.iterated(&self.eval(expr)?).map(Stream::of),
        }
    }

    /// Like [`Self::stream_of`], for an argument.
    pub(super) fn stream(&self, argument: &Arg<'_>) -> Result<Stream, Problem> {
        match argument {
            Arg::Expr(expr) => self.stream_of(expr),
            Arg::Got(value) => self.iterated(value).map(Stream::of),
            Arg::Made(stream) => Ok(Stream::clone(stream)),
        }
    }

    /// Like [`Self::stream`], if the order of the values does not matter.
    pub(super) fn in_any_order(&self, argument: &Arg<'_>) -> Result<Stream, Problem> {
        match argument {
            Arg::Got(Got::Set(items)) => Ok(Stream::of(items.clone())),
            argument => self.stream(argument),
        }
    }

    /// Whether an expression produces its values lazily.
    pub(super) fn is_made(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Generator(_) => true,
            Expr::Call(call) => matches!(
                &*call.func,
                Expr::Name(name) if MAKERS.contains(&name.id.as_str()) && self.is_builtin(name.id.as_str())
            ),
            _ => false,
        }
    }

    /// All values of iterating over an expression.
    pub(super) fn values_of(&self, expr: &Expr) -> Result<Vec<Got>, Problem> {
        self.stream_of(expr)?.all()
    }

    /// Runs `make` while Python may evaluate less than is evaluated here.
    fn lazily<T>(&self, make: impl FnOnce() -> T) -> T {
        self.lazy.set(self.lazy.get() + 1);
        let made = make();
        self.lazy.set(self.lazy.get() - 1);
        made
    }

    /// The values of a call of one of [`MAKERS`]; `None` for other calls.
    pub(super) fn made_by(&self, call: &ExprCall) -> Option<Result<Stream, Problem>> {
        let Expr::Name(name) = &*call.func else { return None };
        let name = name.id.as_str();
        if !MAKERS.contains(&name) || !self.is_builtin(name) {
            return None;
        }
        Some(self.lazily(|| self.arguments(call).and_then(|arguments| self.make(name, arguments))))
    }

    /// `value in expression` for an expression with lazy values; otherwise `None`.
    pub(super) fn in_made(&self, op: CmpOp, value: &Got, expr: &Expr) -> Option<Outcome> {
        if !self.is_made(expr) || !matches!(op, CmpOp::In | CmpOp::NotIn) {
            return None;
        }
        let found = || {
            let stream = self.stream_of(expr)?;
            let mut index = 0;
            while let Some(item) = stream.at(index)? {
                if self.equal(item, value)? {
                    return Ok(true);
                }
                index += 1;
            }
            Ok(false)
        };
        Some(found().map(|found: bool| Got::Value(Value::Bool(found == (op == CmpOp::In)))))
    }

    fn make(&self, name: &str, mut arguments: Arguments<'_>) -> Result<Stream, Problem> {
        match name {
            "zip" => {
                let strict = arguments.keyword("strict").map(|strict| self.value(&strict)).transpose()?;
                let strict = strict.map_or(Ok(false), |strict| self.truth(&strict))?;
                arguments.no_more(name)?;
                self.zip(&arguments.positional, strict)
            }
            "map" => {
                arguments.no_more(name)?;
                let Some((function, columns)) = arguments.positional.split_first().filter(|(_, rest)| !rest.is_empty())
                else {
                    return raised("TypeError: map() must have at least two arguments.");
                };
                self.map(&self.callable(function)?, columns)
            }
            "filter" => {
                arguments.no_more(name)?;
                let [function, values] = &arguments.positional[..] else {
                    return raised("TypeError: filter expected 2 arguments");
                };
                let function = self.callable(function)?;
                let values = self.prepared(values)?;
                self.filter(&function, self.stream(&values)?)
            }
            "enumerate" => self.enumerate(arguments),
            "reversed" => {
                arguments.no_more(name)?;
                let [sequence] = &arguments.positional[..] else {
                    return raised("TypeError: reversed expected 1 argument");
                };
                self.reversed(&self.value(sequence)?).map(Stream::of)
            }
            _ => {
                arguments.no_more(name)?;
                match &arguments.positional[..] {
                    [values] => self.stream(values),
                    [_, _] => unknown("iter() with a function calls it again and again"),
                    _ => raised("TypeError: iter expected 1 or 2 arguments"),
                }
            }
        }
    }

    fn columns(&self, arguments: &[Arg<'_>]) -> Result<Vec<Stream>, Problem> {
        let prepared = arguments.iter().map(|argument| self.prepared(argument)).collect::<Result<Vec<_>, _>>()?;
        prepared.iter().map(|argument| self.stream(argument)).collect()
    }

    /// The values at one index of all columns; `None` at the end of the first column.
    fn row(columns: &[Stream], index: usize) -> Result<Option<Vec<Got>>, Problem> {
        let mut row = Vec::new();
        for column in columns {
            match column.at(index)? {
                Some(value) => row.push(value.clone()),
                None => return Ok(None),
            }
        }
        Ok(Some(row))
    }

    fn zip(&self, arguments: &[Arg<'_>], strict: bool) -> Result<Stream, Problem> {
        let columns = self.columns(arguments)?;
        let mut stream = Stream::default();
        if columns.is_empty() {
            return Ok(stream);
        }
        loop {
            let index = stream.found.len();
            match self.count_one().and_then(|()| Self::row(&columns, index)) {
                Ok(Some(row)) => stream.found.push(Got::Tuple(row)),
                Ok(None) => break,
                Err(problem) => {
                    stream.then = Some(problem);
                    return Ok(stream);
                }
            }
        }
        if strict {
            stream.then = Self::unequal(&columns, stream.found.len());
        }
        Ok(stream)
    }

    /// What `zip(strict=True)` raises after its last row: if the first argument has ended, it asks the others for a value
    /// more.
    fn unequal(columns: &[Stream], length: usize) -> Option<Problem> {
        columns.iter().find_map(|column| match column.at(length) {
            Ok(None) => None,
            Ok(Some(_)) => Some(Problem::Raised("ValueError: zip() arguments have different lengths".into())),
            Err(problem) => Some(problem),
        })
    }

    fn map(&self, function: &Callable<'_>, arguments: &[Arg<'_>]) -> Result<Stream, Problem> {
        let columns = self.columns(arguments)?;
        let mut stream = Stream::default();
        loop {
            let index = stream.found.len();
            let row = self.count_one().and_then(|()| Self::row(&columns, index));
            let made = match row {
                Ok(Some(row)) => self.apply(function, row),
                Ok(None) => return Ok(stream),
                Err(problem) => Err(problem),
            };
            match made {
                Ok(value) => stream.found.push(value),
                Err(problem) => {
                    stream.then = Some(problem);
                    return Ok(stream);
                }
            }
        }
    }

    fn filter(&self, function: &Callable<'_>, values: Stream) -> Result<Stream, Problem> {
        let mut stream = Stream { found: Vec::new(), then: values.then };
        for value in values.found {
            let wanted = self.count_one().and_then(|()| match function {
                Callable::None => self.truth(&value),
                function => self.truth(&self.apply(function, vec![value.clone()])?),
            });
            match wanted {
                Ok(true) => stream.found.push(value),
                Ok(false) => {}
                Err(problem) => {
                    stream.then = Some(problem);
                    break;
                }
            }
        }
        Ok(stream)
    }

    fn enumerate(&self, mut arguments: Arguments<'_>) -> Result<Stream, Problem> {
        let start = arguments.keyword("start");
        arguments.no_more("enumerate")?;
        let (values, start) = match (&arguments.positional[..], start) {
            ([values], start) => (values, start),
            ([values, start], None) => (values, Some(start.clone())),
            _ => return raised("TypeError: enumerate expected an iterable and a start"),
        };
        let values = self.prepared(values)?;
        let start = match start.map(|start| self.value(&start)).transpose()? {
            None => 0,
            Some(Got::Value(Value::Int(n))) => n,
            Some(Got::Value(Value::Bool(truth))) => i64::from(truth),
            Some(start) => return refuse::wrong_type("enumerate", &start),
        };
        let values = self.stream(&values)?;
        let count = |(n, value): (usize, Got)| {
            let number = start.checked_add(n as i64).ok_or(Problem::NotEvaluated("the number is too large".into()))?;
            Ok(Got::Tuple(vec![Got::Value(Value::Int(number)), value]))
        };
        let found = values.found.into_iter().enumerate().map(count).collect::<Result<_, Problem>>()?;
        Ok(Stream { found, then: values.then })
    }

    /// `any` and `all`, which stop at the first decisive value.
    pub(super) fn decided(&self, name: &str, stream: &Stream) -> Outcome {
        let is_any = name == "any";
        let mut index = 0;
        while let Some(value) = stream.at(index)? {
            if self.truth(value)? == is_any {
                return Ok(Got::Value(Value::Bool(is_any)));
            }
            index += 1;
        }
        Ok(Got::Value(Value::Bool(!is_any)))
    }

    /// `next(…)` of an iterator that begins with this very call.
    pub(super) fn next(&self, argument: &Arg<'_>, default: Option<&Arg<'_>>) -> Outcome {
        let prepared = self.prepared(argument)?;
        let default = default.map(|default| self.value(default)).transpose()?;
        let stream = match prepared {
            Arg::Made(stream) => stream,
            other => return refuse::no_iterator(self, &self.value(&other)?),
        };
        match (stream.at(0)?, default) {
            (Some(value), _) => Ok(value.clone()),
            (None, Some(default)) => Ok(default),
            (None, None) => raised("StopIteration: there is no value"),
        }
    }
}

//! Functions that are called for each of several values: lambdas, builtin functions, methods of builtin classes.

use connie_wire::Value;
use connie_wire::value::text_value;
use ruff_python_ast::{Expr, ExprLambda};

use super::arguments::{Arg, Arguments};
use super::evaluator::Evaluator;
use super::got::{Got, Outcome};
use super::problem::{Problem, raised, unknown};
use super::{blob, classes, refuse};

/// A function that can be called without running code of the program.
#[derive(Debug)]
pub(super) enum Callable<'e> {
    /// `None`, which means the value itself.
    None,
    /// A lambda of the expression.
    Lambda(&'e ExprLambda),
    /// A builtin function or class.
    Builtin(&'e str),
    /// A method of a value: `table.get`.
    Bound(Got, &'e str),
    /// A method of a builtin class: `str.lower`.
    Unbound(&'e str, &'e str),
    /// `operator.itemgetter(…)`
    Items(Vec<Got>),
    /// `operator.attrgetter(…)`
    Attributes(Vec<String>),
}

impl Evaluator<'_> {
    /// The function denoted by an argument.
    pub(super) fn callable<'e>(&self, argument: &Arg<'e>) -> Result<Callable<'e>, Problem> {
        let expr = match argument {
            Arg::Expr(expr) => *expr,
            Arg::Got(Got::Value(Value::None)) => return Ok(Callable::None),
            Arg::Got(_) | Arg::Made(_) => return unknown("calls the result of an expression"),
        };
        match expr {
            Expr::NoneLiteral(_) => Ok(Callable::None),
            Expr::Lambda(lambda) => Ok(Callable::Lambda(lambda)),
            Expr::Name(name) => {
                let name = name.id.as_str();
                if !self.is_builtin(name) {
                    return match self.named(name)? {
                        Got::Value(Value::None) => Ok(Callable::None),
                        _ => Err(refuse::program(name)),
                    };
                }
                if !refuse::is_builtin_function(name) && classes::builtin(name).is_none() {
                    return Err(refuse::name(name));
                }
                Ok(Callable::Builtin(name))
            }
            Expr::Attribute(attribute) => {
                let name = attribute.attr.as_str();
                if let Expr::Name(class) = &*attribute.value
                    && self.is_builtin(class.id.as_str())
                    && classes::builtin(class.id.as_str()).is_some()
                {
                    return Ok(Callable::Unbound(class.id.as_str(), name));
                }
                let receiver = self.eval(&attribute.value)?;
                self.can_have_methods(&receiver, name, expr)?;
                Ok(Callable::Bound(receiver, name))
            }
            Expr::Call(call) => self.getter(call).unwrap_or_else(|| unknown("calls the result of a call")),
            _ => unknown("calls the result of an expression"),
        }
    }

    /// `operator.itemgetter(…)` and `operator.attrgetter(…)`; `None` for other calls.
    fn getter<'e>(&self, call: &'e ruff_python_ast::ExprCall) -> Option<Result<Callable<'e>, Problem>> {
        let Expr::Attribute(attribute) = &*call.func else { return None };
        let name = attribute.attr.as_str();
        if !matches!(name, "itemgetter" | "attrgetter") || !self.is_module(&attribute.value, "operator") {
            return None;
        }
        let made = || {
            let arguments = self.arguments(call)?;
            arguments.no_more(name)?;
            let given = self.evaluated(&arguments.positional)?;
            if given.is_empty() {
                return raised(format!("TypeError: {name} expected at least 1 argument"));
            }
            if name == "itemgetter" {
                return Ok(Callable::Items(given));
            }
            let text = |value: &Got| match value {
                Got::Value(Value::Str(text)) => blob::whole(text).map(|text| text.into_owned()),
                _ => raised("TypeError: attribute name must be a string"),
            };
            given.iter().map(text).collect::<Result<_, _>>().map(Callable::Attributes)
        };
        Some(made())
    }

    /// Calls a function with arguments.
    pub(super) fn apply(&self, callable: &Callable<'_>, arguments: Vec<Got>) -> Outcome {
        let given = |arguments: Vec<Got>| Arguments {
            positional: arguments.into_iter().map(Arg::Got).collect(),
            keywords: Vec::new(),
        };
        match callable {
            Callable::None => raised("TypeError: 'NoneType' object is not callable"),
            Callable::Lambda(lambda) => self.apply_lambda(lambda, given(arguments)),
            Callable::Builtin(name) => self.call_builtin(name, given(arguments)),
            Callable::Bound(receiver, name) => self.call_method(receiver, name, given(arguments)),
            Callable::Unbound(class, name) => self.call_unbound(class, name, given(arguments)),
            Callable::Items(keys) => {
                let [value] = &arguments[..] else { return raised("TypeError: itemgetter expected 1 argument") };
                match &keys[..] {
                    [key] => self.item(value, key),
                    keys => keys.iter().map(|key| self.item(value, key)).collect::<Result<_, _>>().map(Got::Tuple),
                }
            }
            Callable::Attributes(paths) => {
                let [value] = &arguments[..] else { return raised("TypeError: attrgetter expected 1 argument") };
                let follow =
                    |path: &String| path.split('.').try_fold(value.clone(), |value, name| self.attribute(&value, name));
                match &paths[..] {
                    [path] => follow(path),
                    paths => paths.iter().map(follow).collect::<Result<_, _>>().map(Got::Tuple),
                }
            }
        }
    }

    /// Calls a lambda with arguments. It is called at its place in the expression, so that the current variables are
    /// visible.
    pub(super) fn apply_lambda(&self, lambda: &ExprLambda, arguments: Arguments<'_>) -> Outcome {
        let mut bound: Vec<(String, Got)> = Vec::new();
        let Arguments { positional, mut keywords } = arguments;
        let mut positional = positional.into_iter();
        if let Some(parameters) = &lambda.parameters {
            let by_place = parameters.posonlyargs.iter().map(|parameter| (parameter, true, false));
            let both = parameters.args.iter().map(|parameter| (parameter, true, true));
            for (parameter, by_place, by_name) in by_place.chain(both) {
                let name = parameter.parameter.name.as_str();
                let given = if by_place { positional.next() } else { None };
                bound.push(self.parameter(parameter, given, by_name.then_some(&mut keywords), name)?);
            }
            if let Some(rest) = &parameters.vararg {
                let rest_given = positional.by_ref().map(|value| self.value(&value)).collect::<Result<_, _>>()?;
                bound.push((rest.name.to_string(), Got::Tuple(rest_given)));
            }
            for parameter in &parameters.kwonlyargs {
                let name = parameter.parameter.name.as_str();
                bound.push(self.parameter(parameter, None, Some(&mut keywords), name)?);
            }
            if let Some(rest) = &parameters.kwarg {
                let pair = |(name, value): (String, Arg<'_>)| Ok((Got::Value(text_value(&name)), self.value(&value)?));
                let pairs = keywords.drain(..).map(pair).collect::<Result<_, Problem>>()?;
                bound.push((rest.name.to_string(), Got::Dict(pairs)));
            }
        }
        if positional.next().is_some() || !keywords.is_empty() {
            return raised("TypeError: <lambda>() got arguments that it does not take");
        }
        self.inside(|| {
            self.bound.borrow_mut().extend(bound);
            self.eval(&lambda.body)
        })
    }

    /// Name and value of a parameter.
    fn parameter(
        &self,
        parameter: &ruff_python_ast::ParameterWithDefault,
        given: Option<Arg<'_>>,
        keywords: Option<&mut Vec<(String, Arg<'_>)>>,
        name: &str,
    ) -> Result<(String, Got), Problem> {
        let at = keywords.as_ref().and_then(|known| known.iter().position(|(keyword, _)| keyword == name));
        let value = match (given, at.zip(keywords)) {
            (Some(_), Some(_)) => {
                return raised(format!("TypeError: <lambda>() got multiple values for argument '{name}'"));
            }
            (Some(given), None) => self.value(&given)?,
            (None, Some((at, keywords))) => self.value(&keywords.remove(at).1)?,
            (None, None) => match &parameter.default {
                Some(default) => self.eval(default)?,
                None => return raised(format!("TypeError: <lambda>() missing the argument '{name}'")),
            },
        };
        Ok((name.to_owned(), value))
    }

    /// Whether an expression names the module with a name.
    pub(super) fn is_module(&self, expr: &Expr, wanted: &str) -> bool {
        let world = self.scope.world();
        match self.eval(expr) {
            Ok(Got::Value(Value::Module(name))) => world.string(name) == wanted,
            Ok(Got::Value(Value::Object(object))) => {
                match world.entity(object).and_then(|e| e.items.first().cloned()) {
                    Some(Value::Module(name)) => world.string(name) == wanted,
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// The sort key of a value.
    pub(super) fn rank(&self, value: &Got, key: Option<&Callable<'_>>) -> Outcome {
        match key {
            None | Some(Callable::None) => Ok(value.clone()),
            Some(key) => {
                self.count_one()?;
                self.apply(key, vec![value.clone()])
            }
        }
    }
}

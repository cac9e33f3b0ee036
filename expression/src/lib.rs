//! Evaluates Python expressions over recorded values: ruff parses them, this crate interprets them, and no code of the
//! program is executed.
//!
//! If the recording cannot answer, the result is an error that says so, never a guess.

mod access;
mod arguments;
mod arrays;
mod blob;
mod budget;
mod callable;
mod calls;
mod cells;
mod classes;
mod compare;
mod comprehension;
mod containers;
mod contexts;
mod cut;
mod eval;
mod evaluator;
pub mod field;
mod format;
mod fstrings;
mod got;
mod iterables;
mod kinds;
mod makers;
mod measure;
mod members;
mod method_calls;
mod methods;
mod numbers;
mod operators;
mod plain;
mod print;
pub mod private;
mod problem;
pub mod quick;
mod radix;
mod reflect;
mod refuse;
mod scope;
mod size;
mod stream;
mod sum;
mod templates;
#[cfg(test)]
mod tests;
mod text;
mod unpack;
mod values;

use std::borrow::Cow;

use connie_recording::attributes::{self, Found};
use connie_wire::Value;
use ruff_python_ast::Expr;
use ruff_python_ast::visitor::{self, Visitor};

use evaluator::Evaluator;
use got::Outcome;
use problem::unknown;

pub use connie_wire::value::text_value;
pub use got::{Got, text, with_doubt};
pub use problem::Problem;
pub use scope::Scope;

/// A parsed expression.
#[derive(Clone, Debug)]
pub struct Expression {
    /// The given text.
    pub text: String,
    ast: Expr,
    has_private: bool,
}

impl Expression {
    /// Parses an expression.
    ///
    /// # Errors
    /// If the text is not a valid expression.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        // Deep nesting would need as much of this process's stack.
        if text.len() > 10_000 || text.bytes().filter(|byte| b"([{-~".contains(byte)).count() > 200 {
            return Err(Problem::Syntax("it is too long".into()));
        }
        match ruff_python_parser::parse_expression(text) {
            Ok(parsed) => {
                let ast = *parsed.into_syntax().body;
                Ok(Self { text: text.into(), has_private: private::has_private(&ast), ast })
            }
            Err(_) if ruff_python_parser::parse_module(text).is_ok() => {
                Err(Problem::Syntax("this is a statement, and nothing is run here".into()))
            }
            Err(error) => Err(Problem::Syntax(error.error.to_string())),
        }
    }

    /// The names of variables that it reads or binds.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        struct Names(Vec<String>);
        impl<'s> Visitor<'s> for Names {
            fn visit_expr(&mut self, expr: &'s Expr) {
                if let Expr::Name(name) = expr
                    && !self.0.iter().any(|known| known == name.id.as_str())
                {
                    self.0.push(name.id.to_string());
                }
                visitor::walk_expr(self, expr);
            }
        }
        let mut names = Names(Vec::new());
        names.visit_expr(&self.ast);
        names.0
    }

    /// The reason why a name has no value that is neither a variable nor evaluated by itself, such as `len`; `None` for a
    /// builtin class.
    #[must_use]
    pub fn unknown_name(name: &str) -> Option<Problem> {
        classes::builtin(name).is_none().then(|| refuse::name(name))
    }

    /// The expression with private names as in the code of a scope.
    fn meant(&self, scope: &dyn Scope) -> Cow<'_, Expr> {
        let class = if self.has_private { scope.class() } else { None };
        match class.and_then(|class| private::mangled(&self.ast, class)) {
            Some(mangled) => Cow::Owned(mangled),
            None => Cow::Borrowed(&self.ast),
        }
    }

    /// Its value in a scope.
    ///
    /// # Errors
    /// If its value is unknown.
    pub fn eval(&self, scope: &dyn Scope) -> Outcome {
        let (got, doubtful) = self.eval_doubtful(scope)?;
        if doubtful {
            return unknown("code that was not recorded may have changed this since it was last seen");
        }
        Ok(got)
    }

    /// Its value in a scope, and whether code that is not recorded may have changed the value since it was last read.
    ///
    /// # Errors
    /// As for [`Self::eval`].
    pub fn eval_doubtful(&self, scope: &dyn Scope) -> Result<(Got, bool), Problem> {
        let (got, doubtful, _) = self.eval_printing(scope)?;
        Ok((got, doubtful))
    }

    /// Like [`Self::eval_doubtful`], with the output of `print` in the expression.
    ///
    /// # Errors
    /// As for [`Self::eval`].
    pub fn eval_printing(&self, scope: &dyn Scope) -> Result<(Got, bool, String), Problem> {
        let evaluator = Evaluator::new(scope, &self.text);
        let got = evaluator.eval(&self.meant(scope))?;
        if got.has_order_of_a_set() {
            return unknown("the order in which a new set shows its values is not known");
        }
        Ok((got, evaluator.doubtful.get(), evaluator.printed.take()))
    }

    /// The object or frame, and the key in it, that the expression names: the place that a write to it changes.
    ///
    /// # Errors
    /// If it names no place, or its container is unknown.
    pub fn place(&self, scope: &dyn Scope) -> Result<Assignable, Problem> {
        self.place_doubtful(scope).map(|(place, _)| place)
    }

    /// Like [`Self::place`], with whether code that is not recorded may have changed it since it was last read.
    ///
    /// # Errors
    /// As for [`Self::place`].
    pub fn place_doubtful(&self, scope: &dyn Scope) -> Result<(Assignable, bool), Problem> {
        let evaluator = Evaluator::new(scope, &self.text);
        let object = |expr: &Expr| match evaluator.eval(expr)? {
            Got::Value(Value::Object(object)) => Ok(object),
            _ => Err(Problem::NotEvaluated("only objects change".into())),
        };
        let place = match &*self.meant(scope) {
            Expr::Name(name) => Assignable::Variable(name.id.to_string()),
            Expr::Attribute(attribute) => {
                let name = attribute.attr.as_str();
                let (Got::Value(Value::Object(object)), _) = evaluator.holder(attribute)? else {
                    return Err(Problem::NotEvaluated("only objects change".into()));
                };
                // The attribute may be that of the class, or be in the namespace of a module.
                let holder = match attributes::find(scope.world(), object, name, &mut Vec::new()) {
                    Some(Found::Is { holder, .. }) => holder,
                    Some(Found::Method { .. }) | None => object,
                    Some(Found::Missing(_) | Found::Unknown(_)) => attributes::home(scope.world(), object),
                };
                Assignable::Key(holder, text_value(name))
            }
            Expr::Subscript(subscript) => {
                if let Some(cell) = evaluator.cell(subscript) {
                    return Ok((evaluator.place_of_cell(cell?)?, evaluator.doubtful.get()));
                }
                let object = object(&subscript.value)?;
                match evaluator.eval(&subscript.slice)? {
                    Got::Value(key) => Assignable::Key(object, key),
                    _ => return unknown("the key is no single value"),
                }
            }
            _ => return unknown("this names no variable, attribute or item"),
        };
        Ok((place, evaluator.doubtful.get()))
    }
}

/// A place that can be written to.
#[derive(Clone, Debug, PartialEq)]
pub enum Assignable {
    /// A variable of the frame, or a global.
    Variable(String),
    /// An attribute, item or key of an object.
    Key(u64, Value),
}

/// Whether a condition holds; one that cannot be evaluated does not.
pub fn holds(condition: &Expression, scope: &dyn Scope) -> Result<bool, Problem> {
    let value = condition.eval(scope)?;
    Evaluator::new(scope, &condition.text).truth(&value)
}

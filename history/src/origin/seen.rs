//! What the expressions of a line were while it ran, as far as the recording says.

use std::collections::BTreeSet;

use connie_expression::{Expression, Got, holds};
use connie_recording::error::Error;
use connie_source::python::slice;
use connie_wire::Value;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Comprehension, Expr, Stmt};

use crate::History;
use crate::moment::Moment;

/// What ran on a line.
#[derive(Clone, Copy)]
pub(super) enum Ran<'s> {
    /// A statement.
    Statement(&'s Stmt),
    /// What a lambda returns, or a generator expression yields.
    Body(&'s Expr),
}

/// The expressions of a line, in the frame that ran it, as it began and at a later step.
pub(super) struct Seen<'r> {
    history: History<'r>,
    /// The source.
    pub(super) text: &'r str,
    frame: u64,
    moments: Vec<Moment<'r>>,
    /// Names that the line binds itself before it is done: walruses, and variables of comprehensions.
    unsteady: BTreeSet<String>,
}

impl<'r> Seen<'r> {
    /// Of what `ran` in a frame, at these steps.
    pub fn at(history: &History<'r>, text: &'r str, frame: u64, steps: &[u64], ran: &[Ran<'_>]) -> Result<Self, Error> {
        let moments = steps.iter().map(|step| Moment::at(history.recording, *step)).collect::<Result<_, _>>()?;
        let mut binding = Binding { found: BTreeSet::new(), depth: 0 };
        for ran in ran {
            match ran {
                Ran::Statement(statement) => binding.visit_stmt(statement),
                Ran::Body(expr) => binding.visit_expr(expr),
            }
        }
        Ok(Self { history: *history, text, frame, moments, unsteady: binding.found })
    }

    /// The text of an expression.
    pub fn slice(&self, expr: &Expr) -> &'r str {
        slice(self.text, expr)
    }

    /// Whether an expression has a value; `None` where that is not known.
    pub fn has(&self, expr: &Expr, value: &Value) -> Option<bool> {
        if self.is_steady(expr) { self.has_text(self.slice(expr), value) } else { None }
    }

    /// Whether the expression that a text means has a value.
    pub fn has_text(&self, text: &str, value: &Value) -> Option<bool> {
        self.agreed(text, |parsed, scope| same(&parsed.eval(scope).ok()?, value))
    }

    /// Whether a condition holds.
    pub fn holds(&self, expr: &Expr) -> Option<bool> {
        if !self.is_steady(expr) {
            return None;
        }
        self.agreed(self.slice(expr), |parsed, scope| holds(parsed, scope).ok())
    }

    /// How many items an expression has.
    pub fn length(&self, expr: &Expr) -> Option<usize> {
        let text = format!("len({})", self.slice(expr));
        let of = |parsed: &Expression, scope: &dyn connie_expression::Scope| match parsed.eval(scope) {
            Ok(Got::Value(Value::Int(n))) => usize::try_from(n).ok(),
            _ => None,
        };
        if self.is_steady(expr) { self.agreed(&text, of) } else { None }
    }

    /// Whether a mapping has a name as a key.
    pub fn has_key(&self, mapping: &Expr, name: &str) -> Option<bool> {
        let text = format!("'{name}' in ({})", self.slice(mapping));
        if self.is_steady(mapping) { self.agreed(&text, |parsed, scope| holds(parsed, scope).ok()) } else { None }
    }

    /// Whether no name of an expression is bound by the line itself.
    pub fn is_steady(&self, expr: &Expr) -> bool {
        let mut names = Names { of: &self.unsteady, found: false };
        names.visit_expr(expr);
        !names.found
    }

    /// What is the same at all the steps.
    fn agreed<T: PartialEq>(
        &self,
        text: &str,
        of: impl Fn(&Expression, &dyn connie_expression::Scope) -> Option<T>,
    ) -> Option<T> {
        let mut agreed = None;
        for moment in &self.moments {
            let frame = History::frame_at(moment, self.frame)?;
            let parsed = Expression::parse(text).ok()?;
            let found = of(&parsed, &moment.scope(frame, self.history.globals_of(frame)))?;
            if agreed.as_ref().is_some_and(|agreed| *agreed != found) {
                return None;
            }
            agreed = Some(found);
        }
        agreed
    }
}

/// Whether what an expression gave is a value; `None` where the recording does not tell.
fn same(got: &Got, value: &Value) -> Option<bool> {
    match (got, value) {
        (Got::Value(found), value) => same_value(found, value),
        (Got::Tuple(items), Value::Tuple(values)) => {
            if items.len() != values.len() {
                return Some(false);
            }
            all(items.iter().zip(values.iter()).map(|(item, value)| same(item, value)))
        }
        (_, value) if is_plain(value) => Some(false),
        _ => None,
    }
}

fn same_value(found: &Value, value: &Value) -> Option<bool> {
    let is_cut = |value: &Value| matches!(value, Value::Str(text) | Value::Bytes(text) if text.cut.is_some());
    match (found, value) {
        (Value::Tuple(found), Value::Tuple(values)) if found.len() == values.len() => {
            all(found.iter().zip(values.iter()).map(|(found, value)| same_value(found, value)))
        }
        (Value::Tuple(_), Value::Tuple(_)) => Some(false),
        (Value::Object(found), Value::Object(value)) => Some(found == value),
        (Value::Object(_) | Value::Tuple(_), other) | (other, Value::Object(_) | Value::Tuple(_)) => {
            is_plain(other).then_some(false)
        }
        (found, value) if is_cut(found) || is_cut(value) => None,
        (found, value) if is_plain(found) && is_plain(value) => Some(found == value),
        (Value::Function(_) | Value::Class(_) | Value::Module(_), value) if found == value => Some(true),
        _ => None,
    }
}

/// Whether all are so; not known if one of them is not, unless another is known not to be so.
fn all(found: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let found: Vec<_> = found.collect();
    if found.contains(&Some(false)) {
        return Some(false);
    }
    found.iter().all(Option::is_some).then_some(true)
}

/// Whether a value is recorded by what it is.
fn is_plain(value: &Value) -> bool {
    matches!(
        value,
        Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::BigInt(..)
            | Value::Float(_)
            | Value::Complex(..)
            | Value::Str(_)
            | Value::Bytes(_)
            | Value::Ellipsis
            | Value::NotImplemented
    )
}

/// Whether a value counts as true; not known of objects.
pub(super) fn truth(value: &Value) -> Option<bool> {
    Some(match value {
        Value::None => false,
        Value::Bool(value) => *value,
        Value::Int(value) => *value != 0,
        Value::Float(bits) => f64::from_bits(*bits) != 0.0,
        Value::Complex(real, imaginary) => f64::from_bits(*real) != 0.0 || f64::from_bits(*imaginary) != 0.0,
        Value::Str(text) | Value::Bytes(text) => !text.bytes.is_empty() || text.cut.is_some(),
        Value::Tuple(items) => !items.is_empty(),
        Value::BigInt(..) | Value::Ellipsis | Value::Function(_) | Value::Module(_) | Value::Method(_) => true,
        _ => return None,
    })
}

/// Finds the names that a line binds while it computes.
struct Binding {
    found: BTreeSet<String>,
    depth: u32,
}

impl Binding {
    fn bind(&mut self, target: &Expr) {
        let mut all = All(&mut self.found);
        all.visit_expr(target);
    }
}

impl<'s> Visitor<'s> for Binding {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if self.depth == 0 {
            self.depth += 1;
            visitor::walk_stmt(self, stmt);
            self.depth -= 1;
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        if let Expr::Named(named) = expr {
            self.bind(&named.target);
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_comprehension(&mut self, comprehension: &'s Comprehension) {
        self.bind(&comprehension.target);
        visitor::walk_comprehension(self, comprehension);
    }

    fn visit_parameter(&mut self, parameter: &'s ruff_python_ast::Parameter) {
        self.found.insert(parameter.name.to_string());
    }
}

struct All<'f>(&'f mut BTreeSet<String>);

impl<'s> Visitor<'s> for All<'_> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        if let Expr::Name(name) = expr {
            self.0.insert(name.id.to_string());
        }
        visitor::walk_expr(self, expr);
    }
}

struct Names<'n> {
    of: &'n BTreeSet<String>,
    found: bool,
}

impl<'s> Visitor<'s> for Names<'_> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        self.found |= matches!(expr, Expr::Name(name) if self.of.contains(name.id.as_str()));
        visitor::walk_expr(self, expr);
    }
}

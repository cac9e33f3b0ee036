//! The state of one evaluation.

use std::cell::{Cell, RefCell};
use std::ops::Deref;

use super::got::{Got, Outcome};
use super::problem::Problem;
use super::scope::Scope;
use super::values::Values;
use super::{classes, refuse};

/// One evaluation of an expression: names, and what was printed. [`Values`] has the operations on values.
pub(super) struct Evaluator<'a> {
    values: Values<'a>,
    /// The expression, as it was given.
    pub source: &'a str,
    /// Variables of the comprehensions that are being evaluated, the innermost last.
    pub bound: RefCell<Vec<(String, Got)>>,
    /// What `:=` assigned.
    pub assigned: RefCell<Vec<(String, Got)>>,
    /// Whether Python may evaluate less than this does, because it stops early.
    pub lazy: Cell<usize>,
    /// What `print` printed.
    pub printed: RefCell<String>,
}

impl<'a> Evaluator<'a> {
    /// An evaluation in a scope.
    pub fn new(scope: &'a dyn Scope, source: &'a str) -> Self {
        Self {
            values: Values::new(scope),
            source,
            bound: RefCell::default(),
            assigned: RefCell::default(),
            lazy: Cell::new(0),
            printed: RefCell::default(),
        }
    }
}

impl<'a> Deref for Evaluator<'a> {
    type Target = Values<'a>;

    fn deref(&self) -> &Values<'a> {
        &self.values
    }
}

impl Evaluator<'_> {
    /// The value of a name: of the expression's own variables, of the frame's, or a builtin class.
    pub(super) fn named(&self, name: &str) -> Outcome {
        let own = |known: &RefCell<Vec<(String, Got)>>| {
            known.borrow().iter().rev().find(|(own, _)| own == name).map(|(_, value)| value.clone())
        };
        if let Some(value) = own(&self.bound).or_else(|| own(&self.assigned)) {
            return Ok(value);
        }
        match self.scope.name(name) {
            Some(value) => {
                self.doubtful.set(self.doubtful.get() || self.scope.is_in_doubt(name));
                Ok(Got::Value(value))
            }
            None if self.scope.is_unbound(name) => Err(Problem::Name(name.to_owned())),
            None => classes::builtin(name).ok_or_else(|| refuse::name(name)),
        }
    }

    /// Whether a name is not one of the expression or the program.
    pub(super) fn is_builtin(&self, name: &str) -> bool {
        let own = |known: &Vec<(String, Got)>| known.iter().any(|(own, _)| own == name);
        !own(&self.bound.borrow())
            && !own(&self.assigned.borrow())
            && self.scope.name(name).is_none()
            && !self.scope.is_unbound(name)
    }
}

//! The state of one evaluation.

use std::cell::{Cell, RefCell};
use std::ops::Deref;

use connie_wire::level::Level;

use super::got::{Got, Outcome};
use super::problem::{Problem, unknown};
use super::scope::Scope;
use super::values::Values;
use super::{classes, refuse};

/// One evaluation of an expression: its names, and the output of `print`. [`Values`] has the operations on values.
pub(super) struct Evaluator<'a> {
    values: Values<'a>,
    /// The text of the expression.
    pub source: &'a str,
    /// Variables of the current comprehensions, the innermost last.
    pub bound: RefCell<Vec<(String, Got)>>,
    /// The number of comprehensions and lambdas around the place that is evaluated.
    pub within: Cell<usize>,
    /// Variables assigned by `:=`.
    pub assigned: RefCell<Vec<(String, Got)>>,
    /// Greater than 0 while Python may evaluate less than this evaluator, because it stops early.
    pub lazy: Cell<usize>,
    /// The output of `print`.
    pub printed: RefCell<String>,
}

impl<'a> Evaluator<'a> {
    /// Starts an evaluation in a scope.
    pub fn new(scope: &'a dyn Scope, source: &'a str) -> Self {
        Self {
            values: Values::new(scope),
            source,
            bound: RefCell::default(),
            within: Cell::new(0),
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
    /// The value of a name: a variable of the expression, of the frame, or a builtin class.
    pub(super) fn named(&self, name: &str) -> Outcome {
        self.named_itself(name).map(|got| self.stood_for(got))
    }

    /// The same, where a proxy is meant itself.
    pub(super) fn named_itself(&self, name: &str) -> Outcome {
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
            None if self.scope.level() != Level::Lines && classes::builtin(name).is_none() => unknown(format!(
                "{name} is not recorded: this function is recorded at level {}",
                self.scope.level().name()
            )),
            None if self.scope.is_unbound(name) => Err(Problem::Name(name.to_owned())),
            None => classes::builtin(name).ok_or_else(|| refuse::name(name)),
        }
    }

    /// Evaluates within a comprehension or a lambda, which has variables of its own.
    pub(super) fn inside<T>(&self, evaluate: impl FnOnce() -> T) -> T {
        let depth = self.bound.borrow().len();
        self.within.set(self.within.get() + 1);
        let evaluated = evaluate();
        self.within.set(self.within.get() - 1);
        self.bound.borrow_mut().truncate(depth);
        evaluated
    }

    /// Whether a name is defined neither by the expression nor by the program.
    pub(super) fn is_builtin(&self, name: &str) -> bool {
        let own = |known: &Vec<(String, Got)>| known.iter().any(|(own, _)| own == name);
        !own(&self.bound.borrow())
            && !own(&self.assigned.borrow())
            && self.scope.name(name).is_none()
            && !self.scope.is_unbound(name)
    }
}

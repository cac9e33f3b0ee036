//! Handles compound statements with their body on the same line: finds out whether the body ran.

use std::rc::Rc;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Pattern, Stmt};
use ruff_text_size::Ranged;

use super::walrus;
use connie_expression::Expression;
use connie_source::python::slice;

/// The condition under which a statement stored. Without a condition, it stored if it finished.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// If the line had another event: a loop began its next iteration.
    pub again: bool,
    /// If this condition holds.
    pub holds: Option<Condition>,
}

/// An expression, and the time at which to evaluate it.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The expression.
    pub test: Rc<Expression>,
    /// Whether to evaluate it after the line has finished, because it uses names that the line itself binds.
    pub after: bool,
}

impl Only {
    /// Whether there is no condition.
    #[must_use]
    pub fn is_always(&self) -> bool {
        !self.again && self.holds.is_none()
    }
}

/// The condition that the body of an `if` ran, as far as it can be told from variables: it is what the test says,
/// with the names of its walruses in place of them. `stored` are the names that the body stores.
pub fn condition(text: &str, test: &Expr, stored: &[&str]) -> Option<Condition> {
    let mut bound = Walruses(Vec::new());
    bound.visit_expr(test);
    let Walruses(bound) = bound;
    if bound.is_empty() {
        let test = Expression::parse(slice(text, test)).ok()?;
        return Some(Condition { test: Rc::new(test), after: false });
    }
    // The line may also change attributes, items, and variables that it stores.
    let used = walrus::names_in(test);
    if bound.len() != walrus::certain(test).len() || !is_plain(test) || used.iter().any(|name| stored.contains(name)) {
        return None;
    }
    let base = usize::from(test.start());
    let mut shown = slice(text, test).to_owned();
    for named in bound.iter().rev() {
        let range = named.range().to_std_range();
        let Expr::Named(inner) = named else { return None };
        let Expr::Name(name) = &*inner.target else { return None };
        // The test may use the variable before it is bound.
        if used.iter().filter(|used| **used == name.id.as_str()).count() > 1 {
            return None;
        }
        shown.replace_range(range.start.checked_sub(base)?..range.end.checked_sub(base)?, name.id.as_str());
    }
    Some(Condition { test: Rc::new(Expression::parse(&shown).ok()?), after: true })
}

struct Walruses<'s>(Vec<&'s Expr>);

impl<'s> Visitor<'s> for Walruses<'s> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Named(_) => self.0.push(expr),
            _ => visitor::walk_expr(self, expr),
        }
    }
}

/// Whether an expression, apart from its walruses, consists of names, constants and operators.
fn is_plain(expr: &Expr) -> bool {
    let mut found = Plain(true);
    found.visit_expr(expr);
    found.0
}

struct Plain(bool);

impl<'s> Visitor<'s> for Plain {
    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Named(named) => {
                let mut inner = Walruses(Vec::new());
                inner.visit_expr(&named.value);
                self.0 &= inner.0.is_empty();
            }
            Expr::Name(_)
            | Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::BoolOp(_)
            | Expr::BinOp(_)
            | Expr::UnaryOp(_)
            | Expr::Compare(_) => visitor::walk_expr(self, expr),
            _ => self.0 = false,
        }
    }
}

/// Whether the statements of a loop's body always reach its end.
pub fn comes_to_its_end(body: &[Stmt]) -> bool {
    !body.iter().any(|stmt| matches!(stmt, Stmt::Break(_) | Stmt::Continue(_) | Stmt::Return(_) | Stmt::Raise(_)))
}

/// Whether a pattern matches every value.
pub fn is_irrefutable(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::MatchAs(bound) => bound.pattern.as_deref().is_none_or(is_irrefutable),
        Pattern::MatchOr(all) => all.patterns.iter().any(is_irrefutable),
        _ => false,
    }
}

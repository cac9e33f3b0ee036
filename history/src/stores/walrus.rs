//! Finds what expressions bind and use: walruses that are always evaluated, names, comprehensions.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};

/// The names of the walruses that are evaluated whenever the expression is, in order.
pub fn certain(expr: &Expr) -> Vec<&str> {
    let mut found = Certain(Vec::new());
    found.visit_expr(expr);
    found.0
}

struct Certain<'s>(Vec<&'s str>);

impl<'s> Visitor<'s> for Certain<'s> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Named(named) => {
                self.visit_expr(&named.value);
                if let Expr::Name(name) = &*named.target {
                    self.0.push(name.id.as_str());
                }
            }
            // Only the first operand is always evaluated.
            Expr::BoolOp(choice) => choice.values.iter().take(1).for_each(|first| self.visit_expr(first)),
            Expr::If(choice) => self.visit_expr(&choice.test),
            Expr::Compare(compare) => {
                self.visit_expr(&compare.left);
                compare.comparators.iter().take(1).for_each(|first| self.visit_expr(first));
            }
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {}
            _ => visitor::walk_expr(self, expr),
        }
    }
}

/// The names that an expression uses.
pub fn names_in(expr: &Expr) -> Vec<&str> {
    let mut found = Names(Vec::new());
    found.visit_expr(expr);
    found.0
}

struct Names<'s>(Vec<&'s str>);

impl<'s> Visitor<'s> for Names<'s> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        if let Expr::Name(name) = expr {
            self.0.push(name.id.as_str());
        }
        visitor::walk_expr(self, expr);
    }
}

/// Whether a statement has a comprehension: from 3.12 on, its line then has an event for each item.
pub fn has_comprehension(stmt: &Stmt) -> bool {
    let mut found = Comprehension(false);
    found.visit_stmt(stmt);
    found.0
}

/// Like [`has_comprehension`], for an expression.
pub fn has_comprehension_in(expr: &Expr) -> bool {
    let mut found = Comprehension(false);
    found.visit_expr(expr);
    found.0
}

struct Comprehension(bool);

impl<'s> Visitor<'s> for Comprehension {
    fn visit_expr(&mut self, expr: &'s Expr) {
        self.0 |= matches!(expr, Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_));
        visitor::walk_expr(self, expr);
    }
}

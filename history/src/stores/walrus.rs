//! What expressions bind and use: walruses that are evaluated in any case, names, comprehensions.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};

/// The names of the walruses in an expression that are evaluated whenever it is, in order.
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
            // Only what comes first of these is evaluated in any case.
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

/// Whether a statement has a comprehension: its line is met again for each item, from 3.12 on.
pub fn has_comprehension(stmt: &Stmt) -> bool {
    let mut found = Comprehension(false);
    found.visit_stmt(stmt);
    found.0
}

/// As [`has_comprehension`], of an expression.
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

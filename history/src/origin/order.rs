//! The order in which the calls of a statement are evaluated: which of several calls of one function is which.

use connie_source::python::called_name;
use ruff_python_ast::comparable::ComparableExpr;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

/// The place of a call among the calls of the same name in a statement, in the order in which they are evaluated, if
/// `returned` of them have returned. `None` if some of these may be left out or repeated, or may be calls of another
/// function, which is not recorded.
pub(super) fn of(statement: &Stmt, call: &ExprCall, returned: usize) -> Option<usize> {
    let mut calls = Calls { name: called_name(call)?, found: Vec::new(), branches: false };
    calls.visit_stmt(statement);
    let is_one_function =
        calls.found.iter().all(|found| ComparableExpr::from(&found.func) == ComparableExpr::from(&call.func));
    if calls.branches || returned > calls.found.len() || returned < calls.found.len() && !is_one_function {
        return None;
    }
    calls.found.iter().position(|found| found.range() == call.range())
}

struct Calls<'s> {
    name: &'s str,
    found: Vec<&'s ExprCall>,
    branches: bool,
}

impl<'s> Visitor<'s> for Calls<'s> {
    fn visit_stmt(&mut self, statement: &'s Stmt) {
        // The statements below it have lines of their own, or run on their own.
        match statement {
            Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::Expr(_) | Stmt::Return(_) => {
                visitor::walk_stmt(self, statement);
            }
            // The parts of another target are evaluated before the value.
            Stmt::AugAssign(augmented) if augmented.target.is_name_expr() => visitor::walk_stmt(self, statement),
            _ => self.branches = true,
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        self.branches |= match expr {
            Expr::BoolOp(_) | Expr::If(_) | Expr::Lambda(_) => true,
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => true,
            Expr::Compare(comparison) => comparison.ops.len() > 1,
            _ => false,
        };
        visitor::walk_expr(self, expr);
        if let Expr::Call(call) = expr
            && called_name(call) == Some(self.name)
        {
            self.found.push(call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of the call whose text begins at the mark `@`.
    fn place(text: &str, returned: usize) -> Option<usize> {
        let at = text.find('@').expect("a mark");
        let text = text.replace('@', "");
        let parsed = ruff_python_parser::parse_module(&text).expect("a statement");
        let statement = &parsed.syntax().body[0];
        struct Find<'s>(usize, Option<&'s ExprCall>);
        impl<'s> Visitor<'s> for Find<'s> {
            fn visit_expr(&mut self, expr: &'s Expr) {
                if let Expr::Call(call) = expr
                    && usize::from(call.start()) == self.0
                {
                    self.1 = self.1.or(Some(call));
                }
                visitor::walk_expr(self, expr);
            }
        }
        let mut find = Find(at, None);
        find.visit_stmt(statement);
        of(statement, find.1.expect("a call"), returned)
    }

    #[test]
    fn arguments_come_before_their_call() {
        assert_eq!(place("x = @g(g(1), g(2))", 3), Some(2));
        assert_eq!(place("x = g(@g(1), g(2))", 2), Some(0));
        assert_eq!(place("x = h(g(1), k=@g(2)) + g(3)", 2), Some(1));
        assert_eq!(place("f(a)[b.g(1)] = @g(2)", 2), Some(0));
    }

    #[test]
    fn calls_that_may_not_be_recorded_are_not_counted() {
        assert_eq!(place("x = a.get(1) + b.get(2) + @c.get(3)", 3), Some(2));
        assert_eq!(place("x = a.get(1) + b.get(2) + @c.get(3)", 2), None);
    }

    #[test]
    fn what_may_be_left_out_is_not_counted() {
        assert_eq!(place("x = g(1) and @g(2)", 2), None);
        assert_eq!(place("x = [@g(n) for n in ns]", 2), None);
        assert_eq!(place("x = g(1) if @g(2) else g(3)", 2), None);
    }
}

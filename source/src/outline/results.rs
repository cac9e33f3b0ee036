//! Finds results of statements other than the variables they set: conditions, and calls whose result is unused.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Stmt, UnaryOp};
use ruff_text_size::Ranged;

use super::{Detail, MarkKind, Reader};

impl Reader<'_> {
    /// Adds the condition of the current head.
    pub(super) fn condition(&mut self, test: &Expr, body: &[Stmt]) {
        if test.is_literal_expr() {
            return;
        }
        self.mark(MarkKind::Condition, self.slice(test));
        let (_, last) = self.head;
        let end = usize::from(test.end());
        let line = |offset: usize| self.starts.partition_point(|start| *start <= offset) as u32;
        let lines = body
            .first()
            .zip(body.last())
            .map(|(first, all)| (line(usize::from(first.start())), line(usize::from(all.end()).saturating_sub(1))));
        let column = lines.filter(|(first, _)| *first <= last).map(|_| self.column(end));
        let lines = lines.filter(|(first, _)| *first > last && body.first().is_some_and(has_code));
        if let Some(mark) = self.found.marks.last_mut() {
            // If the body is on the same line, its values are shown at the end of the line.
            mark.column = column;
            mark.detail = Detail::Condition { body: lines, is_bool: is_bool(test) };
        }
    }

    /// Adds an expression statement.
    pub(super) fn dropped(&mut self, value: &Expr) {
        let value = if let Expr::Await(waits) = value { &*waits.value } else { value };
        let Expr::Call(call) = value else { return };
        let Some(name) = called(call) else { return };
        // Among several calls of one name, it is unknown which one gave a result.
        let mut calls = Calls { name: name.to_owned(), found: 0 };
        visitor::walk_expr(&mut calls, value);
        if calls.found > 0 {
            return;
        }
        self.mark(MarkKind::Dropped, format!("{name}()"));
        if let Some(mark) = self.found.marks.last_mut() {
            mark.detail = Detail::Call(calls.name);
        }
    }
}

/// Whether a statement has events when it runs.
fn has_code(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Global(_) | Stmt::Nonlocal(_) => false,
        Stmt::AnnAssign(assign) => assign.value.is_some(),
        Stmt::Expr(alone) => !alone.value.is_literal_expr(),
        // A constant condition has no code.
        Stmt::If(choice) => !choice.test.is_literal_expr(),
        _ => true,
    }
}

/// Whether the result of an expression is a truth value. Comparisons of objects may return anything; in that case only
/// whether they hold is shown.
fn is_bool(test: &Expr) -> bool {
    match test {
        Expr::BooleanLiteral(_) | Expr::Compare(_) => true,
        Expr::UnaryOp(unary) => unary.op == UnaryOp::Not,
        Expr::BoolOp(both) => both.values.iter().all(is_bool),
        Expr::Named(named) => is_bool(&named.value),
        _ => false,
    }
}

/// The last part of the callee's name.
fn called(call: &ExprCall) -> Option<&str> {
    match &*call.func {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

struct Calls {
    name: String,
    found: usize,
}

impl<'a> Visitor<'a> for Calls {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr
            && called(call) == Some(&self.name)
        {
            self.found += 1;
        }
        visitor::walk_expr(self, expr);
    }
}

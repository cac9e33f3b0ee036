//! Finds assignments that may not happen although their line runs, and the evidence that they happened.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::{Guard, Reader, last_of};

impl Reader<'_> {
    /// The evidence that the body of the current head ran.
    pub(super) fn guard_of(&self, body: &[Stmt], is_loop: bool) -> Guard {
        let lines = body
            .first()
            .zip(body.last())
            .map(|(first, last)| (self.line(usize::from(first.start())), self.line(last_of(usize::from(last.end())))));
        Guard { body: lines.filter(|(first, _)| *first > self.head.1), is_loop }
    }

    /// Reads code that depends on a guard.
    pub(super) fn guarded(&mut self, guard: Guard, read: impl FnOnce(&mut Self)) {
        let outer = self.guard.replace(guard);
        read(self);
        self.guard = outer;
    }

    /// Reads a body: if it is on the line of its head, that line is no evidence that the body ran.
    pub(super) fn visit_guarded_body<'s>(&mut self, body: &'s [Stmt], is_loop: bool)
    where
        Self: Visitor<'s>,
    {
        let guard = self.guard_of(body, is_loop);
        match guard.body {
            Some(_) => self.visit_body(body),
            None => self.guarded(guard, |reader| reader.visit_body(body)),
        }
    }

    /// Reads an expression of which only the first part is always evaluated.
    pub(super) fn visit_in_part<'s>(&mut self, expr: &'s Expr)
    where
        Self: Visitor<'s>,
    {
        let mut rest = Vec::new();
        match expr {
            Expr::BoolOp(both) => {
                both.values.first().into_iter().for_each(|first| self.visit_expr(first));
                rest.extend(both.values.iter().skip(1));
            }
            Expr::If(choice) => {
                self.visit_expr(&choice.test);
                rest.extend([&*choice.body, &*choice.orelse]);
            }
            Expr::Compare(chain) => {
                self.visit_expr(&chain.left);
                chain.comparators.first().into_iter().for_each(|first| self.visit_expr(first));
                rest.extend(chain.comparators.iter().skip(1));
            }
            _ => {}
        }
        // This also holds within guarded code: the lines of the outer guard are no evidence here.
        self.guarded(Guard::default(), |reader| rest.into_iter().for_each(|part| reader.visit_expr(part)));
    }
}

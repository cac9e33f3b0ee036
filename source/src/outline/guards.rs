//! Assignments that may not happen although their line runs, and what proves that they happened.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::{Guard, Reader, last_of};

impl Reader<'_> {
    /// What tells whether a body ran whose head was set.
    pub(super) fn guard_of(&self, body: &[Stmt], is_loop: bool) -> Guard {
        let lines = body
            .first()
            .zip(body.last())
            .map(|(first, last)| (self.line(usize::from(first.start())), self.line(last_of(usize::from(last.end())))));
        Guard { body: lines.filter(|(first, _)| *first > self.head.1), is_loop }
    }

    /// Reads something that a guard decides on.
    pub(super) fn guarded(&mut self, guard: Guard, read: impl FnOnce(&mut Self)) {
        let outer = self.guard.replace(guard);
        read(self);
        self.guard = outer;
    }

    /// A body: if it is on the line of its head, that line does not tell whether it ran.
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

    /// An expression of which only the first part is evaluated in any case.
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
        // Also within what is guarded already: its lines say nothing of this.
        self.guarded(Guard::default(), |reader| rest.into_iter().for_each(|part| reader.visit_expr(part)));
    }
}

//! Reads compound statements.

use ruff_python_ast::visitor::Visitor;
use ruff_python_ast::{self as ast, Stmt};
use ruff_text_size::Ranged;

use super::{MarkKind, Reader};

impl Reader<'_> {
    /// `for`: its target has a value.
    pub(super) fn for_each(&mut self, stmt: &Stmt, each: &ast::StmtFor) {
        let start = usize::from(stmt.start());
        self.begin_loop(stmt, usize::from(each.iter.end()), &each.body);
        self.set_head(start, usize::from(each.iter.end()));
        let guard = self.guard_of(&each.body, true);
        self.guarded(guard, |reader| reader.target(MarkKind::Loop, &each.target));
        self.visit_expr(&each.iter);
        self.visit_guarded_body(&each.body, true);
        self.visit_body(&each.orelse);
    }

    /// `while`: its condition has a value.
    pub(super) fn repeat(&mut self, stmt: &Stmt, again: &ast::StmtWhile) {
        let start = usize::from(stmt.start());
        self.begin_loop(stmt, usize::from(again.test.end()), &again.body);
        self.set_head(start, usize::from(again.test.end()));
        // On a single line, no event tells which evaluation of its test was the last.
        if self.guard_of(&again.body, true).body.is_some() {
            self.condition(&again.test, &again.body);
        }
        self.visit_expr(&again.test);
        self.visit_guarded_body(&again.body, true);
        self.visit_body(&again.orelse);
    }

    /// `if`, `elif` and `else`.
    pub(super) fn branch(&mut self, choice: &ast::StmtIf) {
        let start = usize::from(choice.start());
        self.set_head(start, usize::from(choice.test.end()));
        self.condition(&choice.test, &choice.body);
        self.visit_expr(&choice.test);
        self.visit_guarded_body(&choice.body, false);
        for clause in &choice.elif_else_clauses {
            if let Some(test) = &clause.test {
                self.set_head(usize::from(clause.start()), usize::from(test.end()));
                self.condition(test, &clause.body);
                self.visit_expr(test);
                self.visit_guarded_body(&clause.body, false);
            } else {
                self.visit_body(&clause.body);
            }
        }
    }

    /// `with`: the targets of its items.
    pub(super) fn with(&mut self, with: &ast::StmtWith) {
        let start = usize::from(with.start());
        let end = with.items.iter().map(|item| usize::from(item.end())).max().unwrap_or(start + 1);
        self.set_head(start, end);
        for item in &with.items {
            self.visit_expr(&item.context_expr);
            if let Some(target) = &item.optional_vars {
                self.target(MarkKind::With, target);
            }
        }
        self.visit_body(&with.body);
    }

    /// `try` and its handlers.
    pub(super) fn attempt(&mut self, attempt: &ast::StmtTry) {
        self.head = (0, 0);
        self.visit_body(&attempt.body);
        for handler in &attempt.handlers {
            let ast::ExceptHandler::ExceptHandler(handler) = handler;
            if let Some(name) = &handler.name {
                self.set_head(usize::from(handler.start()), usize::from(name.end()));
                let guard = self.guard_of(&handler.body, false);
                self.guarded(guard, |reader| reader.mark(MarkKind::Except, name.to_string()));
                self.visit_guarded_body(&handler.body, false);
            } else {
                self.visit_body(&handler.body);
            }
        }
        self.visit_body(&attempt.orelse);
        self.visit_body(&attempt.finalbody);
    }

    /// `match` and its cases.
    pub(super) fn choose(&mut self, choice: &ast::StmtMatch) {
        let start = usize::from(choice.start());
        self.set_head(start, usize::from(choice.subject.end()));
        self.visit_expr(&choice.subject);
        for case in &choice.cases {
            self.set_head(usize::from(case.start()), usize::from(case.pattern.end()));
            let guard = self.guard_of(&case.body, false);
            self.guarded(guard, |reader| {
                reader.visit_pattern(&case.pattern);
                if let Some(condition) = &case.guard {
                    reader.visit_expr(condition);
                }
            });
            self.visit_guarded_body(&case.body, false);
        }
    }

    /// A function: its parameters, then its body.
    pub(super) fn function(&mut self, stmt: &Stmt, function: &ast::StmtFunctionDef) {
        let outer = self.function;
        let decorated = function.decorator_list.first().map(|decorator| usize::from(decorator.start()));
        let arguments = usize::from(function.parameters.end());
        let head_end = function.returns.as_ref().map_or(arguments, |returns| usize::from(returns.end()));
        self.define(stmt, &function.name, decorated, head_end, false);
        self.parameters(&function.parameters);
        self.head = (0, 0);
        self.visit_body(&function.body);
        self.function = outer;
    }

    /// A class: its body.
    pub(super) fn class(&mut self, stmt: &Stmt, class: &ast::StmtClassDef) {
        let outer = self.function;
        let decorated = class.decorator_list.first().map(|decorator| usize::from(decorator.start()));
        let name_end = usize::from(class.name.end());
        let head_end = class.arguments.as_ref().map_or(name_end, |arguments| usize::from(arguments.end()));
        self.define(stmt, &class.name, decorated, head_end, true);
        self.head = (0, 0);
        self.visit_body(&class.body);
        self.function = outer;
    }
}

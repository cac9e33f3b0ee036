//! Reads the statements of a source.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, Identifier, Stmt};
use ruff_text_size::Ranged;

use super::{Arm, Control, Lines, Role, Scope, Statement, StatementKind};
use crate::python::slice;

/// Reads a source; `None` if it is not valid Python.
pub(super) fn build(text: &str) -> Option<Control> {
    let parsed = crate::parse::module(text).ok()?;
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
    let mut builder = Builder { text, ends, found: Control::default(), scope: 0 };
    builder.found.scopes.push(Scope {
        name: String::new(),
        path: String::new(),
        is_class: false,
        line: 1,
        def_line: 1,
        last: u32::MAX,
        made_by: None,
        body: Vec::new(),
        parent: None,
        decorators: Vec::new(),
        suspends: false,
    });
    let body = builder.block(&parsed.syntax().body, None);
    builder.found.scopes[0].body = body;
    Some(builder.found)
}

struct Builder<'t> {
    text: &'t str,
    ends: Vec<usize>,
    found: Control,
    scope: usize,
}

/// The properties of a statement's head.
struct Head {
    kind: StatementKind,
    end: usize,
    value: Option<String>,
}

impl Builder<'_> {
    fn line(&self, offset: usize) -> u32 {
        self.ends.partition_point(|end| *end < offset) as u32 + 1
    }

    fn lines(&self, start: usize, end: usize) -> Lines {
        (self.line(start), self.line(end.saturating_sub(1).max(start)))
    }

    fn text_of(&self, node: &impl Ranged) -> Option<String> {
        Some(slice(self.text, node).to_owned())
    }

    fn block(&mut self, body: &[Stmt], within: Option<(usize, usize)>) -> Vec<usize> {
        body.iter().enumerate().map(|(nth, stmt)| self.statement(stmt, within, nth)).collect()
    }

    fn statement(&mut self, stmt: &Stmt, within: Option<(usize, usize)>, nth: usize) -> usize {
        let at = self.found.statements.len();
        let start = start_of(stmt);
        let Head { kind, end, value } = self.head(stmt);
        self.found.statements.push(Statement {
            kind,
            head: self.lines(start, end),
            last: self.line(usize::from(stmt.end()).saturating_sub(1).max(start)),
            arms: Vec::new(),
            within,
            nth,
            scope: self.scope,
            opens: None,
            text: self.text.get(start..end).unwrap_or_default().trim_end_matches(':').to_owned(),
            value,
        });
        match stmt {
            Stmt::FunctionDef(function) => {
                let decorators = function.decorator_list.iter().filter_map(|one| self.text_of(&one.expression));
                let decorators = decorators.collect();
                let suspends = function.is_async || yields(&function.body);
                self.define(at, &function.name, false, decorators, suspends, &function.body);
            }
            Stmt::ClassDef(class) => {
                let decorators = class.decorator_list.iter().filter_map(|one| self.text_of(&one.expression)).collect();
                self.define(at, &class.name, true, decorators, false, &class.body);
            }
            _ => self.arms(at, stmt),
        }
        at
    }

    fn head(&self, stmt: &Stmt) -> Head {
        let head = |kind, expr: &Expr| Head { kind, end: usize::from(expr.end()), value: self.text_of(expr) };
        let end = usize::from(stmt.end());
        let simple =
            |kind, value: Option<&Expr>| Head { kind, end, value: value.and_then(|value| self.text_of(value)) };
        match stmt {
            Stmt::If(choice) => head(StatementKind::If, &choice.test),
            Stmt::While(again) => head(StatementKind::While, &again.test),
            Stmt::For(each) => head(StatementKind::For, &each.iter),
            Stmt::Match(choice) => head(StatementKind::Match, &choice.subject),
            Stmt::With(with) => {
                let last = with.items.iter().map(|item| usize::from(item.end())).max().unwrap_or(end);
                let first = with.items.first().map_or(last, |item| usize::from(item.start()));
                let value = self.text.get(first..last).map(str::to_owned);
                Head { kind: StatementKind::With, end: last, value }
            }
            Stmt::Try(_) => Head { kind: StatementKind::Try, end: usize::from(stmt.start()) + 3, value: None },
            Stmt::FunctionDef(function) => {
                let parameters = usize::from(function.parameters.end());
                let end = function.returns.as_ref().map_or(parameters, |returns| usize::from(returns.end()));
                Head { kind: StatementKind::Function, end, value: None }
            }
            Stmt::ClassDef(class) => {
                let name = usize::from(class.name.end());
                let end = class.arguments.as_ref().map_or(name, |arguments| usize::from(arguments.end()));
                Head { kind: StatementKind::Class, end, value: None }
            }
            Stmt::Return(returned) => simple(StatementKind::Return, returned.value.as_deref()),
            Stmt::Raise(raised) => simple(StatementKind::Raise, raised.exc.as_deref()),
            Stmt::Break(_) => simple(StatementKind::Break, None),
            Stmt::Continue(_) => simple(StatementKind::Continue, None),
            Stmt::Assert(assert) => simple(StatementKind::Assert, Some(&assert.test)),
            Stmt::Global(_) | Stmt::Nonlocal(_) => simple(StatementKind::Silent, None),
            Stmt::Expr(alone) if alone.value.is_string_literal_expr() => simple(StatementKind::Silent, None),
            _ => simple(StatementKind::Plain, None),
        }
    }

    fn define(
        &mut self,
        at: usize,
        name: &Identifier,
        is_class: bool,
        decorators: Vec<String>,
        suspends: bool,
        body: &[Stmt],
    ) {
        let scope = self.found.scopes.len();
        let around = &self.found.scopes[self.scope];
        let path = if around.path.is_empty() { name.to_string() } else { format!("{}.{name}", around.path) };
        let (line, last) = (self.found.statements[at].head.0, self.found.statements[at].last);
        let def_line = self.line(usize::from(name.start()));
        let (made_by, parent) = (Some(at), Some(self.scope));
        let name = name.to_string();
        self.found.scopes.push(Scope {
            name,
            path,
            is_class,
            line,
            def_line,
            last,
            made_by,
            body: Vec::new(),
            parent,
            decorators,
            suspends,
        });
        self.found.statements[at].opens = Some(scope);
        let outer = std::mem::replace(&mut self.scope, scope);
        let body = self.block(body, None);
        self.found.scopes[scope].body = body;
        self.scope = outer;
    }

    /// Adds a part to a statement.
    fn arm(&mut self, at: usize, role: Role, head: Lines, test: Option<String>, guard: Option<String>, body: &[Stmt]) {
        let (Some(first), Some(last)) = (body.first(), body.last()) else { return };
        let lines = self.lines(start_of(first), usize::from(last.end()));
        let nth = self.found.statements[at].arms.len();
        self.found.statements[at].arms.push(Arm { role, head, test, guard, body: Vec::new(), lines });
        let body = self.block(body, Some((at, nth)));
        self.found.statements[at].arms[nth].body = body;
    }

    /// Adds an `else` or `finally`, whose keyword is somewhere between two blocks.
    fn worded(&mut self, at: usize, role: Role, word: &str, before: usize, body: &[Stmt]) {
        let Some(first) = body.first() else { return };
        let between = self.text.get(before..start_of(first)).unwrap_or_default();
        let mut offset = before;
        let mut found = None;
        for line in between.split_inclusive('\n') {
            if line.trim_start().starts_with(word) {
                found = Some(offset + line.len() - line.trim_start().len());
            }
            offset += line.len();
        }
        let start = found.unwrap_or(start_of(first));
        let head = self.lines(start, start + word.len());
        self.arm(at, role, head, None, None, body);
    }

    fn arms(&mut self, at: usize, stmt: &Stmt) {
        let head = self.found.statements[at].head;
        let end_of = |body: &[Stmt]| body.last().map_or(0, |last| usize::from(last.end()));
        match stmt {
            Stmt::If(choice) => {
                self.arm(at, Role::Body, head, self.text_of(&*choice.test), None, &choice.body);
                for clause in &choice.elif_else_clauses {
                    let start = usize::from(clause.start());
                    let (role, end) = match &clause.test {
                        Some(test) => (Role::Elif, usize::from(test.end())),
                        None => (Role::Else, start + 4),
                    };
                    let test = clause.test.as_ref().and_then(|test| self.text_of(test));
                    self.arm(at, role, self.lines(start, end), test, None, &clause.body);
                }
            }
            Stmt::While(again) => {
                self.arm(at, Role::Body, head, self.text_of(&*again.test), None, &again.body);
                self.worded(at, Role::Else, "else", end_of(&again.body), &again.orelse);
            }
            Stmt::For(each) => {
                self.arm(at, Role::Body, head, self.text_of(&*each.iter), None, &each.body);
                self.worded(at, Role::Else, "else", end_of(&each.body), &each.orelse);
            }
            Stmt::With(with) => self.arm(at, Role::Body, head, None, None, &with.body),
            Stmt::Try(attempt) => {
                self.arm(at, Role::Body, head, None, None, &attempt.body);
                let mut before = end_of(&attempt.body);
                for ExceptHandler::ExceptHandler(handler) in &attempt.handlers {
                    let start = usize::from(handler.start());
                    let ty = handler.type_.as_deref();
                    let end = ty.map_or(start + 6, |ty| usize::from(ty.end()));
                    let test = ty.and_then(|ty| self.text_of(ty));
                    self.arm(at, Role::Handler, self.lines(start, end), test, None, &handler.body);
                    before = end_of(&handler.body);
                }
                self.worded(at, Role::Else, "else", before, &attempt.orelse);
                before = before.max(end_of(&attempt.orelse));
                self.worded(at, Role::Finally, "finally", before, &attempt.finalbody);
            }
            Stmt::Match(choice) => {
                for case in &choice.cases {
                    let start = usize::from(case.start());
                    let pattern = usize::from(case.pattern.end());
                    let end = case.guard.as_ref().map_or(pattern, |guard| usize::from(guard.end()));
                    let guard = case.guard.as_ref().and_then(|guard| self.text_of(&**guard));
                    self.arm(at, Role::Case, self.lines(start, end), self.text_of(&case.pattern), guard, &case.body);
                }
            }
            _ => {}
        }
    }
}

/// The start of a statement, including its decorators.
fn start_of(stmt: &Stmt) -> usize {
    let decorator = match stmt {
        Stmt::FunctionDef(function) => function.decorator_list.first(),
        Stmt::ClassDef(class) => class.decorator_list.first(),
        _ => None,
    };
    usize::from(decorator.map_or(stmt.start(), Ranged::start))
}

/// Whether a body belongs to a generator.
fn yields(body: &[Stmt]) -> bool {
    let mut found = Yields(false);
    body.iter().for_each(|stmt| found.visit_stmt(stmt));
    found.0
}

struct Yields(bool);

impl<'s> Visitor<'s> for Yields {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            visitor::walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Yield(_) | Expr::YieldFrom(_) => self.0 = true,
            Expr::Lambda(_) => {}
            _ => visitor::walk_expr(self, expr),
        }
    }
}

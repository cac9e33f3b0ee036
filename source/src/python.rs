//! Finds the lines at which a program can stop, and the parts of statements.

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

struct Starts<'a> {
    text: &'a str,
    offsets: Vec<usize>,
}

impl StatementVisitor<'_> for Starts<'_> {
    fn visit_stmt(&mut self, stmt: &Stmt) {
        // A docstring and these declarations have no line events.
        let silent = matches!(stmt, Stmt::Global(_) | Stmt::Nonlocal(_))
            || matches!(stmt, Stmt::Expr(expr) if matches!(&*expr.value, Expr::StringLiteral(_)));
        if !silent {
            let decorated = match stmt {
                Stmt::FunctionDef(function) => function.decorator_list.first().map(Ranged::start),
                Stmt::ClassDef(class) => class.decorator_list.first().map(Ranged::start),
                _ => None,
            };
            self.offsets.push(usize::from(decorated.unwrap_or_else(|| stmt.start())).min(self.text.len()));
        }
        walk_stmt(self, stmt);
    }
}

/// The lines (from 1, ascending) at which statements start.
pub fn statement_lines(text: &str) -> Vec<u32> {
    let parsed = crate::parse::unchecked(text);
    let mut starts = Starts { text, offsets: Vec::new() };
    if let Some(module) = parsed.syntax().as_module() {
        starts.visit_body(&module.body);
    }
    let mut lines: Vec<u32> = Vec::new();
    let ends: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
    for offset in starts.offsets {
        lines.push(ends.partition_point(|end| *end < offset) as u32 + 1);
    }
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// The first and last line of each statement's head: up to the next statement. Any of these lines may have the event.
pub fn statement_heads(text: &str) -> Vec<(u32, u32)> {
    let starts = statement_lines(text);
    let last = text.lines().count() as u32;
    let ends = starts.iter().skip(1).map(|next| next - 1).chain(std::iter::once(last));
    starts.iter().copied().zip(ends).collect()
}

/// The statements of a source.
pub struct Statements<'a> {
    /// The source.
    pub text: &'a str,
    body: Vec<Stmt>,
    ends: Vec<usize>,
}

/// A visitor that finds the innermost statement around an offset.
struct Innermost<'s> {
    offset: usize,
    line_end: usize,
    found: Option<&'s Stmt>,
}

impl<'s> StatementVisitor<'s> for Innermost<'s> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if usize::from(stmt.start()) <= self.line_end && self.offset <= usize::from(stmt.end()) {
            // Among several statements on one line, the first.
            let deeper = self.found.is_none_or(|found| usize::from(found.end()) >= usize::from(stmt.end()));
            if deeper {
                self.found = Some(stmt);
            }
            walk_stmt(self, stmt);
        }
    }
}

impl<'a> Statements<'a> {
    /// Parses a source; `None` if it is not valid Python.
    #[must_use]
    pub fn of(text: &'a str) -> Option<Self> {
        let parsed = crate::parse::module(text).ok()?;
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        Some(Self { text, body: parsed.into_syntax().body.to_vec(), ends })
    }

    /// The statements of the module.
    #[must_use]
    pub fn body(&self) -> &[Stmt] {
        &self.body
    }

    /// The innermost statement with a part on a line (from 1).
    #[must_use]
    pub fn at(&self, line: u32) -> Option<&Stmt> {
        let line = (line as usize).checked_sub(1)?;
        let start = if line == 0 { 0 } else { self.ends.get(line - 1)? + 1 };
        let line_end = self.ends.get(line).copied().unwrap_or(self.text.len());
        let offset = start + self.text[start..line_end].len() - self.text[start..line_end].trim_start().len();
        let mut innermost = Innermost { offset, line_end: line_end.saturating_sub(1).max(offset), found: None };
        innermost.visit_body(&self.body);
        innermost.found
    }

    /// The statements that run on a line (from 1), in source order. For a compound statement, only its head counts.
    #[must_use]
    pub fn on(&self, line: u32) -> Vec<&Stmt> {
        let mut reader = OnLine { ends: &self.ends, line, found: Vec::new() };
        reader.visit_body(&self.body);
        reader.found
    }

    /// The first line (from 1) of the innermost statement on a line.
    #[must_use]
    pub fn first_line(&self, line: u32) -> Option<u32> {
        let start = usize::from(self.at(line)?.start());
        Some(self.ends.partition_point(|end| *end < start) as u32 + 1)
    }

    /// The calls that a statement makes itself, without those of nested statements.
    #[must_use]
    pub fn calls<'s>(&self, statement: &'s Stmt) -> Vec<&'s ExprCall> {
        let mut calls = Calls { found: Vec::new(), depth: 0 };
        calls.visit_stmt(statement);
        calls.found
    }
}

/// A visitor that finds the statements that run on a line.
struct OnLine<'a, 's> {
    ends: &'a [usize],
    line: u32,
    found: Vec<&'s Stmt>,
}

impl<'s> StatementVisitor<'s> for OnLine<'_, 's> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        let line = |offset: usize| self.ends.partition_point(|end| *end < offset) as u32 + 1;
        let (first, last) = (line(usize::from(stmt.start())), line(usize::from(stmt.end())));
        if !(first..=last).contains(&self.line) {
            return;
        }
        // The body of a compound statement is on separate lines, unless it follows the colon directly.
        let body = match stmt {
            Stmt::FunctionDef(inner) => inner.body.first(),
            Stmt::ClassDef(inner) => inner.body.first(),
            Stmt::For(inner) => inner.body.first(),
            Stmt::While(inner) => inner.body.first(),
            Stmt::If(inner) => inner.body.first(),
            Stmt::With(inner) => inner.body.first(),
            Stmt::Try(inner) => inner.body.first(),
            _ => None,
        };
        if body.is_none_or(|body| self.line == first || self.line < line(usize::from(body.start()))) {
            self.found.push(stmt);
        }
        walk_stmt(self, stmt);
    }
}

struct Calls<'s> {
    found: Vec<&'s ExprCall>,
    depth: u32,
}

impl<'s> Visitor<'s> for Calls<'s> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        // Bodies of compound statements are on separate lines.
        if self.depth == 0 {
            self.depth += 1;
            visitor::walk_stmt(self, stmt);
            self.depth -= 1;
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        if let Expr::Call(call) = expr {
            self.found.push(call);
        }
        visitor::walk_expr(self, expr);
    }
}

/// The name of the called function: the last part of a dotted name.
#[must_use]
pub fn called_name(call: &ExprCall) -> Option<&str> {
    match &*call.func {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// The variables, attributes and items that an expression may evaluate to unchanged: the expression itself, or a branch
/// of a choice.
#[must_use]
pub fn places_in(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => vec![expr],
        Expr::If(choice) => [&*choice.body, &*choice.orelse].into_iter().flat_map(places_in).collect(),
        Expr::BoolOp(choice) => choice.values.iter().flat_map(places_in).collect(),
        Expr::Named(named) => places_in(&named.value),
        Expr::Yield(given) => given.value.as_deref().map(places_in).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// A visitor that finds the innermost variable, attribute or item around an offset.
struct Around {
    offset: usize,
    found: Option<(usize, usize)>,
}

impl<'s> Visitor<'s> for Around {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        let (start, end) = (usize::from(stmt.start()), usize::from(stmt.end()));
        if start <= self.offset && self.offset <= end {
            visitor::walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        let (start, end) = (usize::from(expr.start()), usize::from(expr.end()));
        if self.offset < start || end < self.offset {
            return;
        }
        match expr {
            // Their names are in separate frames.
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => return,
            Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => self.found = Some((start, end)),
            // The result of a call is not the value of a variable.
            Expr::Call(_) => self.found = None,
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_parameter(&mut self, parameter: &'s ruff_python_ast::Parameter) {
        let (start, end) = (usize::from(parameter.name.start()), usize::from(parameter.name.end()));
        if start <= self.offset && self.offset <= end {
            self.found = Some((start, end));
        }
    }

    fn visit_except_handler(&mut self, handler: &'s ruff_python_ast::ExceptHandler) {
        let ruff_python_ast::ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            let (start, end) = (usize::from(name.start()), usize::from(name.end()));
            if start <= self.offset && self.offset <= end {
                self.found = Some((start, end));
            }
        }
        visitor::walk_except_handler(self, handler);
    }
}

/// The byte range of the innermost variable, attribute or item around a byte offset.
#[must_use]
pub fn place_at(text: &str, offset: usize) -> Option<(usize, usize)> {
    let parsed = crate::parse::unchecked(text);
    let mut around = Around { offset, found: None };
    around.visit_body(&parsed.syntax().as_module()?.body);
    around.found
}

/// The text of a node.
#[must_use]
pub fn slice<'a>(text: &'a str, node: &impl Ranged) -> &'a str {
    text.get(node.range().to_std_range()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_start_lines() {
        let text = "\"\"\"doc\"\"\"\n\n# comment\nx = (1,\n     2)\n\n@wrap\ndef f():\n    'doc'\n    global y\n    y = 1\n\nif x: pass\nelse:\n    z = 2\n";
        assert_eq!(statement_lines(text), [4, 7, 11, 13, 15]);
    }

    #[test]
    fn places_are_the_innermost() {
        let text = "def f(par, *rest):\n    a.b[c + 1].d = g(e.h)[0] + len(q)\n    x = [z for z in y]\nexcept_me = 1\n";
        let at = |what: &str, skip: usize| {
            let offset = text.find(what).unwrap() + skip;
            place_at(text, offset).map(|(start, end)| &text[start..end])
        };
        assert_eq!(at("par", 1), Some("par"));
        assert_eq!(at("rest", 0), Some("rest"));
        assert_eq!(at("a.b", 0), Some("a"));
        assert_eq!(at("a.b", 2), Some("a.b"));
        assert_eq!(at("c + 1", 0), Some("c"));
        assert_eq!(at("+ 1", 2), Some("a.b[c + 1]"));
        assert_eq!(at(".d =", 1), Some("a.b[c + 1].d"));
        assert_eq!(at("e.h", 2), Some("e.h"));
        assert_eq!(at("q)", 0), Some("q"));
        assert_eq!(at("z for", 0), None);
        assert_eq!(at("except_me", 3), Some("except_me"));
        assert_eq!(at("def", 0), None);
    }

    #[test]
    fn what_is_not_python_has_what_can_be_read() {
        assert!(statement_lines("def (:\n  x = = 1").len() <= 2);
        assert!(statement_lines("").is_empty());
    }
}

//! Python source: which lines a program can be stopped at, and what statements are made of.

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;

struct Starts<'a> {
    text: &'a str,
    offsets: Vec<usize>,
}

impl StatementVisitor<'_> for Starts<'_> {
    fn visit_stmt(&mut self, stmt: &Stmt) {
        // A docstring runs no line; nor do these declarations.
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
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
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

/// The statements of a source.
pub struct Statements<'a> {
    /// The source.
    pub text: &'a str,
    body: Vec<Stmt>,
    ends: Vec<usize>,
}

/// Finds the innermost statement around an offset, counting only what runs on lines of its own.
struct Innermost<'s> {
    offset: usize,
    line_end: usize,
    found: Option<&'s Stmt>,
}

impl<'s> StatementVisitor<'s> for Innermost<'s> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if usize::from(stmt.start()) <= self.line_end && self.offset <= usize::from(stmt.end()) {
            // Of several statements on one line, the first.
            let deeper = self.found.is_none_or(|found| usize::from(found.end()) >= usize::from(stmt.end()));
            if deeper {
                self.found = Some(stmt);
            }
            walk_stmt(self, stmt);
        }
    }
}

impl<'a> Statements<'a> {
    /// Parses a source; `None` where it is not Python.
    #[must_use]
    pub fn of(text: &'a str) -> Option<Self> {
        let parsed = ruff_python_parser::parse_module(text).ok()?;
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        Some(Self { text, body: parsed.into_syntax().body.to_vec(), ends })
    }

    /// The innermost statement that has a part of itself on a line (from 1).
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

    /// The calls that a statement makes itself, not those of statements inside it.
    #[must_use]
    pub fn calls<'s>(&self, statement: &'s Stmt) -> Vec<&'s ExprCall> {
        let mut calls = Calls { found: Vec::new(), depth: 0 };
        calls.visit_stmt(statement);
        calls.found
    }
}

struct Calls<'s> {
    found: Vec<&'s ExprCall>,
    depth: u32,
}

impl<'s> Visitor<'s> for Calls<'s> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        // The bodies of compound statements have lines of their own.
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

/// The name that a call calls: the last part of a dotted one.
#[must_use]
pub fn called_name(call: &ExprCall) -> Option<&str> {
    match &*call.func {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// The variables, attributes and items whose value an expression may have as it is: itself, or a branch
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
    fn what_is_not_python_has_what_can_be_read() {
        assert!(statement_lines("def (:\n  x = = 1").len() <= 2);
        assert!(statement_lines("").is_empty());
    }
}

//! Finds the places where a source names a function or a module.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Decorator, Expr, Stmt};
use ruff_text_size::Ranged;

use crate::python::{called_name, slice};

/// A place that names a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The line.
    pub line: u32,
    /// The text of the call or name: `cart.total(3)`, `total`.
    pub text: String,
    /// The function that is called or named: `cart.total`.
    pub callee: String,
    /// Whether it is called, rather than only named.
    pub is_call: bool,
    /// Whether it is an attribute: `x.total`.
    pub is_attribute: bool,
    /// Whether it is a decorator.
    pub is_decorator: bool,
}

/// The places where a source calls or names something by one of the given names.
#[must_use]
pub fn mentions(text: &str, names: &[&str]) -> Vec<Mention> {
    if !names.iter().any(|name| text.contains(name)) {
        return Vec::new();
    }
    let Ok(parsed) = crate::parse::module(text) else { return Vec::new() };
    let ends = ends(text);
    let mut finder = Finder { text, ends: &ends, names, found: Vec::new(), is_decorator: false };
    finder.visit_body(&parsed.syntax().body);
    finder.found
}

/// The lines on which a source imports a module by one of the given names.
#[must_use]
pub fn imports(text: &str, names: &[&str]) -> Vec<u32> {
    let Ok(parsed) = crate::parse::module(text) else { return Vec::new() };
    let ends = ends(text);
    let mut finder = Imports { names, found: Vec::new() };
    finder.visit_body(&parsed.syntax().body);
    finder.found.into_iter().map(|offset| line(&ends, offset)).collect()
}

fn ends(text: &str) -> Vec<usize> {
    text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect()
}

fn line(ends: &[usize], offset: usize) -> u32 {
    ends.partition_point(|end| *end < offset) as u32 + 1
}

struct Finder<'t> {
    text: &'t str,
    ends: &'t [usize],
    names: &'t [&'t str],
    found: Vec<Mention>,
    is_decorator: bool,
}

impl Finder<'_> {
    fn add(&mut self, node: &Expr, callee: &Expr, is_call: bool) {
        // The line of a call that spans several lines is the line of its name.
        let offset = match callee {
            Expr::Attribute(attribute) => usize::from(attribute.attr.start()),
            _ => usize::from(callee.start()),
        };
        let shown = |expr: &Expr| slice(self.text, expr).split_whitespace().collect::<Vec<_>>().join(" ");
        self.found.push(Mention {
            line: line(self.ends, offset),
            text: shown(node),
            callee: shown(callee),
            is_call,
            is_attribute: callee.is_attribute_expr(),
            is_decorator: self.is_decorator,
        });
    }
}

impl<'s> Visitor<'s> for Finder<'_> {
    fn visit_decorator(&mut self, decorator: &'s Decorator) {
        self.is_decorator = true;
        visitor::walk_decorator(self, decorator);
        self.is_decorator = false;
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Call(call) if called_name(call).is_some_and(|name| self.names.contains(&name)) => {
                self.add(expr, &call.func, true);
                if let Expr::Attribute(method) = &*call.func {
                    self.visit_expr(&method.value);
                }
                self.visit_arguments(&call.arguments);
            }
            Expr::Name(name) if name.ctx.is_load() && self.names.contains(&name.id.as_str()) => {
                self.add(expr, expr, false);
            }
            Expr::Attribute(attribute) => {
                if attribute.ctx.is_load() && self.names.contains(&attribute.attr.as_str()) {
                    self.add(expr, expr, false);
                }
                self.visit_expr(&attribute.value);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

struct Imports<'t> {
    names: &'t [&'t str],
    found: Vec<usize>,
}

impl<'s> Visitor<'s> for Imports<'_> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        let is_it = |name: &str| self.names.contains(&name);
        let found = match stmt {
            Stmt::Import(import) => import.names.iter().any(|alias| is_it(&alias.name)),
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                let inner = |name: &str| is_it(&format!("{module}.{name}")) || module.is_empty() && is_it(name);
                is_it(module) || import.names.iter().any(|alias| inner(&alias.name))
            }
            _ => false,
        };
        if found {
            self.found.push(usize::from(stmt.start()));
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, _: &'s Expr) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_and_names_are_found() {
        let text = "def f(): pass\nx.f(1)\nrun(key=f)\n@f\ndef g():\n    f = 3\nimport a.b\nfrom a import b, c\nfrom .c import d\n";
        let found: Vec<_> = mentions(text, &["f"]).into_iter().map(|m| (m.line, m.callee, m.is_call)).collect();
        assert_eq!(found, [(2, "x.f".into(), true), (3, "f".into(), false), (4, "f".into(), false)]);
        assert_eq!(imports(text, &["a.b", "b"]), [7, 8]);
        assert_eq!(imports(text, &["c"]), [9]);
    }
}

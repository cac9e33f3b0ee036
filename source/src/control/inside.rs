//! Finds lines within an expression that may not be reached: operands, branches of a choice, comprehensions.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{BoolOp, Comprehension, Expr};
use ruff_text_size::Ranged;

use crate::python::slice;

/// The condition under which a part of an expression is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// It is evaluated if this is true (or false).
    If(String, bool),
    /// It is evaluated for each item of this, if the conditions hold.
    Each(String, Vec<String>),
    /// It is the body of a lambda.
    Lambda,
}

/// The innermost condition for evaluating the part that begins on a line within an expression.
#[must_use]
pub fn inside(text: &str, line: u32) -> Option<Inside> {
    let parsed = crate::parse::module(text).ok()?;
    let ends: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
    let start = if line <= 1 { 0 } else { ends.get(line as usize - 2)? + 1 };
    let end = ends.get(line as usize - 1).copied().unwrap_or(text.len());
    let mut finder = Finder { text, start, end, found: None };
    finder.visit_body(&parsed.syntax().body);
    finder.found
}

struct Finder<'t> {
    text: &'t str,
    start: usize,
    end: usize,
    found: Option<Inside>,
}

impl Finder<'_> {
    /// Whether the line is in a node that does not begin on an earlier line.
    fn begins(&self, node: &impl Ranged) -> bool {
        (self.start..self.end).contains(&usize::from(node.start()))
    }

    /// Whether the line contains a part of a node.
    fn touches(&self, node: &impl Ranged) -> bool {
        usize::from(node.start()) < self.end && usize::from(node.end()) > self.start
    }

    fn note(&mut self, node: &Expr, why: Inside) {
        // If a part began on an earlier line, this line is reached whenever the part is.
        if self.touches(node) && (self.begins(node) || usize::from(node.start()) < self.start) {
            self.found = Some(why);
        }
    }

    fn text_of(&self, node: &impl Ranged) -> String {
        slice(self.text, node).to_owned()
    }

    fn generators(&mut self, generators: &[Comprehension], element: &[&Expr]) {
        let Some(first) = generators.first() else { return };
        let tests: Vec<&Expr> = generators.iter().flat_map(|each| &each.ifs).collect();
        let iterable = self.text_of(&first.iter);
        for (n, test) in tests.iter().enumerate() {
            let before = tests[..n].iter().map(|test| self.text_of(*test)).collect();
            self.note(test, Inside::Each(iterable.clone(), before));
        }
        let all: Vec<String> = tests.iter().map(|test| self.text_of(*test)).collect();
        for part in element {
            self.note(part, Inside::Each(iterable.clone(), all.clone()));
        }
    }
}

impl<'s> Visitor<'s> for Finder<'_> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        if !self.touches(expr) {
            return;
        }
        match expr {
            Expr::BoolOp(operation) => {
                for (n, value) in operation.values.iter().enumerate().skip(1) {
                    let (first, last) = (&operation.values[0], &operation.values[n - 1]);
                    let range = usize::from(first.start())..usize::from(last.end());
                    let before = self.text.get(range).unwrap_or_default().to_owned();
                    self.note(value, Inside::If(before, operation.op == BoolOp::And));
                }
            }
            Expr::If(choice) => {
                let test = self.text_of(&*choice.test);
                self.note(&choice.body, Inside::If(test.clone(), true));
                self.note(&choice.orelse, Inside::If(test, false));
            }
            Expr::ListComp(inner) => self.generators(&inner.generators, &[&inner.elt]),
            Expr::SetComp(inner) => self.generators(&inner.generators, &[&inner.elt]),
            Expr::Generator(inner) => self.generators(&inner.generators, &[&inner.elt]),
            Expr::DictComp(inner) => {
                let key = inner.key.as_deref();
                let parts: Vec<&Expr> = key.into_iter().chain([&*inner.value]).collect();
                self.generators(&inner.generators, &parts);
            }
            Expr::Lambda(lambda) => self.note(&lambda.body, Inside::Lambda),
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_conditions() {
        let text = "x = (a\n  and b\n  and c)\ny = (1\n  if p\n  else 2)\nz = [f(v)\n  for v in vs\n  if v\n  if w]\n";
        let at = |line| inside(text, line);
        assert_eq!(at(1), None);
        assert_eq!(at(3), Some(Inside::If("a\n  and b".into(), true)));
        assert_eq!(at(6), Some(Inside::If("p".into(), false)));
        assert_eq!(at(5), None);
        assert_eq!(at(8), None);
        assert_eq!(at(7), Some(Inside::Each("vs".into(), vec!["v".into(), "w".into()])));
        assert_eq!(at(10), Some(Inside::Each("vs".into(), vec!["v".into()])));
    }
}

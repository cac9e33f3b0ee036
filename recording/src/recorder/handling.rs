//! Lines that raise an exception which their own frame has caught: which continue it, and which raise it anew.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

use connie_source::parse;

/// What a source says about such lines.
#[derive(Debug, Default)]
pub(super) struct Handling {
    /// First and last lines of regions that continue a caught exception: handlers, `finally`, heads of `with`.
    within: Vec<(u32, u32)>,
    /// Lines that raise another exception than the one that the enclosing handler has caught.
    raises: Vec<u32>,
}

impl Handling {
    pub(super) fn of(text: &str) -> Option<Self> {
        let parsed = parse::module(text).ok()?;
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        let mut reader = Reader { text, ends, names: Vec::new(), found: Self::default() };
        reader.visit_body(&parsed.syntax().body);
        Some(reader.found)
    }

    pub(super) fn raises_anew(&self, line: u32) -> bool {
        self.raises.contains(&line) || !self.within.iter().any(|(first, last)| (*first..=*last).contains(&line))
    }
}

struct Reader<'t> {
    text: &'t str,
    ends: Vec<usize>,
    /// The names that the enclosing handlers give to the exceptions they catch.
    names: Vec<String>,
    found: Handling,
}

impl Reader<'_> {
    fn line(&self, offset: TextSize) -> u32 {
        self.ends.partition_point(|end| *end < usize::from(offset)) as u32 + 1
    }

    fn region(&mut self, start: TextSize, end: TextSize) {
        let lines = (self.line(start), self.line(end));
        self.found.within.push(lines);
    }
}

impl<'s> Visitor<'s> for Reader<'_> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        match stmt {
            Stmt::Raise(raise) => {
                let is_caught = match raise.exc.as_deref() {
                    None => true,
                    Some(Expr::Name(name)) => self.names.iter().any(|known| known == name.id.as_str()),
                    Some(_) => false,
                };
                if !is_caught {
                    let lines = self.line(raise.start())..=self.line(raise.end());
                    self.found.raises.extend(lines);
                }
            }
            Stmt::Try(attempt) => {
                if let (Some(first), Some(last)) = (attempt.finalbody.first(), attempt.finalbody.last()) {
                    let before = self.text.get(..usize::from(first.start())).unwrap_or_default();
                    let keyword = before.rfind("finally").and_then(|at| TextSize::try_from(at).ok());
                    self.region(keyword.unwrap_or(first.start()), last.end());
                }
                visitor::walk_stmt(self, stmt);
            }
            Stmt::With(with) => {
                let head = with.items.iter().map(Ranged::end).max().unwrap_or(with.start());
                self.region(with.start(), head);
                visitor::walk_stmt(self, stmt);
            }
            // Their bodies run when they are called, outside the handler.
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {
                let names = std::mem::take(&mut self.names);
                visitor::walk_stmt(self, stmt);
                self.names = names;
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_except_handler(&mut self, handler: &'s ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        self.region(handler.start(), handler.end());
        let known = self.names.len();
        self.names.extend(inner.name.iter().map(|name| name.to_string()));
        visitor::walk_except_handler(self, handler);
        self.names.truncate(known);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_raise_anew() {
        let text = "\
try:
    f()
except E as e:
    raise
except F as e:
    if e: raise e
    def g():
        raise e
    raise saved
finally:
    h()
raise saved
with a as b:
    h(); raise (
        saved)
future.result()
";
        let found = Handling::of(text).unwrap();
        let anew: Vec<u32> = (1..=16).filter(|line| found.raises_anew(*line)).collect();
        assert_eq!(anew, [1, 2, 8, 9, 12, 14, 15, 16]);
    }
}

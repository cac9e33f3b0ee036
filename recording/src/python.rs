//! Python source: which lines a program can be stopped at.

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::{Expr, Stmt};
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

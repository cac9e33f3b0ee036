//! Finds the names that a statement binds.

use connie_source::python::Statements;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, ExprContext, Pattern, Stmt};

/// Whether a statement binds or deletes a name. Nested statements count only if they are on the statement's first line.
#[must_use]
pub fn binds(statement: &Stmt, name: &str) -> bool {
    let mut reader = Reader { name, found: false, is_within: false };
    reader.visit_stmt(statement);
    reader.found
}

/// Whether the body of a class, with its qualified name and line, declares a name `nonlocal`.
#[must_use]
pub fn declares_nonlocal(statements: &Statements<'_>, (class, line): (&str, u32), name: &str) -> bool {
    let own = class.rsplit('.').next().unwrap_or(class);
    let declares = |stmt: &Stmt| matches!(stmt, Stmt::Nonlocal(all) if all.names.iter().any(|known| *known == *name));
    statements.on(line).into_iter().any(|statement| match statement {
        Stmt::ClassDef(found) => found.name.as_str() == own && found.body.iter().any(declares),
        _ => false,
    })
}

struct Reader<'n> {
    name: &'n str,
    found: bool,
    is_within: bool,
}

impl Reader<'_> {
    fn bind(&mut self, name: &str) {
        self.found |= name == self.name;
    }
}

impl<'s> Visitor<'s> for Reader<'_> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => return self.bind(function.name.as_str()),
            Stmt::ClassDef(class) => return self.bind(class.name.as_str()),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let first = alias.name.split('.').next().unwrap_or_default();
                    self.bind(alias.asname.as_ref().map_or(first, |name| name.as_str()));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name).as_str());
                }
            }
            _ => {}
        }
        if !std::mem::replace(&mut self.is_within, true) || is_simple(stmt) {
            visitor::walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Name(name) if name.ctx != ExprContext::Load => self.bind(name.id.as_str()),
            Expr::Lambda(_) => return,
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }

    fn visit_except_handler(&mut self, handler: &'s ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name.as_str());
        }
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'s Pattern) {
        let name = match pattern {
            Pattern::MatchAs(bound) => bound.name.as_ref(),
            Pattern::MatchStar(bound) => bound.name.as_ref(),
            Pattern::MatchMapping(mapping) => mapping.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name.as_str());
        }
        visitor::walk_pattern(self, pattern);
    }
}

fn is_simple(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Assign(_) | Stmt::AugAssign(_) | Stmt::AnnAssign(_) | Stmt::Delete(_) | Stmt::Expr(_))
}

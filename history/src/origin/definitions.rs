//! The definition of a function in its source, and its parameters.

use connie_recording::reader::Function;
use connie_source::python::Statements;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Decorator, Expr, ExprLambda, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// Where a function is defined.
#[derive(Clone, Copy)]
pub(super) enum Definition<'s> {
    /// By `def`.
    Def(&'s StmtFunctionDef),
    /// By `lambda`.
    Lambda(&'s ExprLambda),
}

impl<'s> Definition<'s> {
    /// The only definition of a function; nothing where several lambdas begin on its line.
    pub fn of(statements: &'s Statements<'_>, function: &Function) -> Option<Self> {
        let name = last(&function.name);
        // Its first line is that of its first decorator.
        let mut reader = Definitions { text: statements.text, name, line: function.line, found: Vec::new() };
        reader.visit_body(statements.body());
        match reader.found.as_slice() {
            [found] => Some(*found),
            _ => None,
        }
    }

    pub fn parameters(self) -> Option<&'s Parameters> {
        match self {
            Definition::Def(function) => Some(&function.parameters),
            Definition::Lambda(lambda) => lambda.parameters.as_deref(),
        }
    }

    /// The default of a parameter, where it has one.
    pub fn default_of(self, name: &str) -> Option<&'s Expr> {
        let parameters = self.parameters()?;
        let mut all = parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs);
        all.find(|parameter| parameter.parameter.name.as_str() == name)?.default.as_deref()
    }

    /// Whether a decorator of this name stands before it.
    pub fn is_decorated(self, name: &str) -> bool {
        let is_it = |one: &Decorator| matches!(&one.expression, Expr::Name(known) if known.id.as_str() == name);
        matches!(self, Definition::Def(function) if function.decorator_list.iter().any(is_it))
    }

    /// Whether a call only makes an object, whose code begins later: a generator or a coroutine.
    pub fn begins_later(self) -> bool {
        let Definition::Def(function) = self else { return false };
        let mut reader = Yields(false);
        reader.visit_body(&function.body);
        function.is_async || reader.0
    }
}

/// The last part of a dotted name.
pub(super) fn last(qualified: &str) -> &str {
    qualified.rsplit('.').next().unwrap_or(qualified)
}

/// The qualified name of the function, class or module around one.
pub(super) fn outer(qualified: &str) -> &str {
    qualified.rsplit_once('.').map_or("<module>", |(outer, _)| outer.strip_suffix(".<locals>").unwrap_or(outer))
}

struct Definitions<'n, 's> {
    text: &'n str,
    name: &'n str,
    line: u32,
    found: Vec<Definition<'s>>,
}

impl Definitions<'_, '_> {
    fn line(&self, at: usize) -> u32 {
        self.text[..at].bytes().filter(|byte| *byte == b'\n').count() as u32 + 1
    }
}

impl<'s> Visitor<'s> for Definitions<'_, 's> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if let Stmt::FunctionDef(function) = stmt
            && function.name.as_str() == self.name
        {
            let first = self.line(usize::from(function.start()));
            if (first..=self.line(usize::from(function.name.start()))).contains(&self.line) {
                self.found.push(Definition::Def(function));
            }
        }
        visitor::walk_stmt(self, stmt);
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        if let Expr::Lambda(lambda) = expr
            && self.name == "<lambda>"
            && self.line(usize::from(lambda.start())) == self.line
        {
            self.found.push(Definition::Lambda(lambda));
        }
        visitor::walk_expr(self, expr);
    }
}

struct Yields(bool);

impl<'s> Visitor<'s> for Yields {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            visitor::walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        self.0 |= matches!(expr, Expr::Yield(_) | Expr::YieldFrom(_));
        visitor::walk_expr(self, expr);
    }
}

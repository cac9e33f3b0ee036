//! Determines what a file does when it is imported instead of run.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};

use super::{Lines, dotted, last_of};

/// Calls that only create an object.
const MAKERS: &[&str] = &[
    "namedtuple",
    "NamedTuple",
    "TypeVar",
    "ParamSpec",
    "NewType",
    "TypedDict",
    "getLogger",
    "compile",
    "Enum",
    "IntEnum",
    "Path",
    "PurePath",
    "set",
    "frozenset",
    "dict",
    "list",
    "tuple",
    "int",
    "float",
    "str",
    "bytes",
    "range",
    "Decimal",
    "Fraction",
    "timedelta",
    "date",
    "datetime",
    "defaultdict",
    "OrderedDict",
    "Counter",
    "deque",
    "object",
    "partial",
    "len",
    "min",
    "max",
    "sorted",
    "sum",
    "ContextVar",
    "Lock",
    "RLock",
    "local",
    "MappingProxyType",
    "field",
];

/// The effect of a module's own statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guard {
    /// Only definitions, imports and constants, except below `if __name__ == "__main__"`; whether there is such a
    /// statement.
    Safe(bool),
    /// The statement at this line runs the program.
    Runs(u32),
}

impl Guard {
    /// Analyses a source.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let Ok(parsed) = connie_source::parse::module(text) else { return Guard::Runs(1) };
        let lines = Lines::of(text);
        let mut has_guard = false;
        match first_that_runs(&parsed.syntax().body, &mut has_guard) {
            Some(stmt) => Guard::Runs(lines.line(ruff_text_size::Ranged::start(stmt))),
            None => Guard::Safe(has_guard),
        }
    }
}

fn first_that_runs<'s>(body: &'s [Stmt], has_guard: &mut bool) -> Option<&'s Stmt> {
    body.iter().find_map(|stmt| match stmt {
        Stmt::FunctionDef(_)
        | Stmt::ClassDef(_)
        | Stmt::Import(_)
        | Stmt::ImportFrom(_)
        | Stmt::Pass(_)
        | Stmt::TypeAlias(_) => None,
        Stmt::If(conditional) if is_guard(&conditional.test) => {
            *has_guard = true;
            let others = conditional.elif_else_clauses.iter();
            others.into_iter().find_map(|clause| first_that_runs(&clause.body, &mut false))
        }
        Stmt::If(conditional) => {
            let others = conditional.elif_else_clauses.iter().map(|clause| &clause.body);
            let mut all = std::iter::once(&conditional.body).chain(others);
            all.find_map(|body| first_that_runs(body, has_guard))
        }
        Stmt::Try(attempt) => {
            let handlers = attempt.handlers.iter().map(|ruff_python_ast::ExceptHandler::ExceptHandler(one)| &one.body);
            let mut all = [&attempt.body, &attempt.orelse, &attempt.finalbody].into_iter().chain(handlers);
            all.find_map(|body| first_that_runs(body, has_guard))
        }
        Stmt::Expr(statement) if matches!(&*statement.value, Expr::StringLiteral(_) | Expr::EllipsisLiteral(_)) => None,
        Stmt::Assign(_) | Stmt::AnnAssign(_) => {
            let mut calls = Calls(false);
            calls.visit_stmt(stmt);
            calls.0.then_some(stmt)
        }
        other => Some(other),
    })
}

/// Whether a condition is `__name__ == "__main__"`.
fn is_guard(test: &Expr) -> bool {
    let Expr::Compare(compare) = test else { return false };
    let sides = std::iter::once(&*compare.left).chain(&compare.comparators);
    let is_name = |side: &Expr| matches!(side, Expr::Name(name) if name.id.as_str() == "__name__");
    sides.clone().any(is_name) && sides.count() == 2
}

/// A visitor that finds calls that do more than create an object.
struct Calls(bool);

impl<'a> Visitor<'a> for Calls {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_) => return,
            Expr::Call(call) => {
                let name = dotted(&call.func);
                self.0 |= !name.is_some_and(|name| MAKERS.contains(&last_of(&name).1));
            }
            Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) => self.0 = true,
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::Guard;

    #[test]
    fn what_runs_the_program_is_found() {
        for (text, expected) in [
            (
                "'doc'\nimport a\nX = 1\nP = re.compile('a')\ndef f(): g()\nif __name__ == '__main__':\n    f()\n",
                Guard::Safe(true),
            ),
            ("import a\nclass C: pass\n", Guard::Safe(false)),
            ("def f(): pass\nf()\n", Guard::Runs(2)),
            ("def f(): pass\nx = f()\n", Guard::Runs(2)),
            ("for x in y:\n    pass\n", Guard::Runs(1)),
            ("try:\n    import a\nexcept ImportError:\n    go()\n", Guard::Runs(4)),
            ("if __name__ == '__main__':\n    f()\nelse:\n    g()\n", Guard::Runs(4)),
            ("if TYPE_CHECKING:\n    import x\n", Guard::Safe(false)),
        ] {
            assert_eq!(Guard::of(text), expected, "{text}");
        }
    }
}

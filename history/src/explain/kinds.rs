//! Tells what kind of statement a line is, and so how likely a fault is in it.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::reads::{Focus, part};

/// The kind of a statement, which tells how likely a fault is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    /// It computes a value.
    Computes,
    /// It decides on control flow.
    Decides,
    /// It decides by whether a value is true, and compares nothing.
    Checks,
    /// It passes a value on unchanged.
    Passes,
    /// It passes a value on to a variable that other statements of the function bind too.
    Selects,
    /// It stores a value in a container, by a key.
    Stores,
    /// It uses the result of a call unchanged.
    Calls,
    /// It uses the result of a call to which it gives constants.
    Asks,
    /// It uses the result of a call to which it gives values that it computes.
    Applies,
    /// It uses a constant.
    Constant,
    /// It defines a function or class, imports, or only names a value.
    Defines,
    /// It raises or asserts.
    Raises,
    /// It iterates.
    Loops,
}

/// The kind of a statement, or of the part of it that is followed.
pub(super) fn kind(stmt: &Stmt, focus: Focus) -> LineKind {
    if let Focus::Part(start, end) = focus {
        let is_test = matches!(stmt, Stmt::If(_) | Stmt::While(_) | Stmt::Match(_));
        return part(stmt, start, end).map_or(LineKind::Passes, |found| match is_test {
            true if is_check(found) && !matches!(stmt, Stmt::Match(_)) => LineKind::Checks,
            true => LineKind::Decides,
            false => kind_of(found),
        });
    }
    match stmt {
        Stmt::If(choice)
            if choice.elif_else_clauses.iter().all(|clause| clause.test.is_none()) && is_check(&choice.test) =>
        {
            LineKind::Checks
        }
        Stmt::If(_) | Stmt::While(_) | Stmt::Match(_) => LineKind::Decides,
        Stmt::For(each) if operates(&each.iter) => LineKind::Computes,
        Stmt::For(_) => LineKind::Loops,
        Stmt::Assert(_) | Stmt::Raise(_) => LineKind::Raises,
        Stmt::AugAssign(_) | Stmt::Delete(_) => LineKind::Computes,
        Stmt::Assign(assign) => match kind_of(&assign.value) {
            LineKind::Passes if assign.targets.iter().any(Expr::is_subscript_expr) => LineKind::Stores,
            kind => kind,
        },
        Stmt::AnnAssign(assign) => assign.value.as_deref().map_or(LineKind::Defines, kind_of),
        Stmt::Return(given) => given.value.as_deref().map_or(LineKind::Constant, kind_of),
        Stmt::Expr(line) => stored(&line.value).unwrap_or_else(|| kind_of(&line.value)),
        Stmt::With(with) => with.items.first().map_or(LineKind::Defines, |item| kind_of(&item.context_expr)),
        _ => LineKind::Defines,
    }
}

/// The kind of a call that puts its last argument into a container.
pub(super) fn stored(expr: &Expr) -> Option<LineKind> {
    let Expr::Call(call) = expr else { return None };
    let Expr::Attribute(method) = &*call.func else { return None };
    let stores = ["append", "appendleft", "add", "insert", "extend", "update", "write", "push", "put"];
    let is_storing = stores.contains(&method.attr.as_str()) && call.arguments.keywords.is_empty();
    let last = call.arguments.args.last().filter(|_| is_storing)?;
    Some(match kind_of(last) {
        LineKind::Passes | LineKind::Constant => LineKind::Stores,
        kind => kind,
    })
}

/// What a statement puts into a container or gives to those who iterate: the last argument of a call that stores it, a key,
/// or what is yielded.
pub(super) fn stored_value(stmt: &Stmt) -> Option<&Expr> {
    match stmt {
        Stmt::Expr(line) => match &*line.value {
            Expr::Call(call) => stored(&line.value).and_then(|_| call.arguments.args.last()),
            Expr::Yield(given) => given.value.as_deref(),
            _ => None,
        },
        Stmt::Assign(assign) => match assign.targets.first()? {
            Expr::Subscript(item) => Some(&item.slice),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a condition is only a value, or its negation.
fn is_check(test: &Expr) -> bool {
    match test {
        Expr::Name(_) | Expr::Attribute(_) => true,
        Expr::UnaryOp(negated) => is_check(&negated.operand),
        _ => false,
    }
}

/// Whether an expression applies an operator.
fn operates(expr: &Expr) -> bool {
    has(expr, &|expr| matches!(expr, Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::Slice(_) | Expr::Compare(_)))
}

/// Whether an expression, or a part of it, is as wanted.
fn has(expr: &Expr, is_wanted: &dyn Fn(&Expr) -> bool) -> bool {
    struct Finder<'f>(&'f dyn Fn(&Expr) -> bool, bool);
    impl<'s> Visitor<'s> for Finder<'_> {
        fn visit_expr(&mut self, expr: &'s Expr) {
            self.1 |= (self.0)(expr);
            visitor::walk_expr(self, expr);
        }
    }
    let mut finder = Finder(is_wanted, false);
    finder.visit_expr(expr);
    finder.1
}

/// Whether a call computes: it gives values that it computes, is a method of a literal (`", ".join(names)`), or of the
/// result of such a call.
fn applies(call: &ExprCall) -> bool {
    let computes = |expr: &Expr| match expr {
        Expr::UnaryOp(operation) => !operation.operand.is_literal_expr(),
        Expr::BinOp(_) | Expr::BoolOp(_) | Expr::If(_) | Expr::Compare(_) | Expr::FString(_) | Expr::Slice(_) => true,
        Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => true,
        _ => false,
    };
    let Expr::Attribute(method) = &*call.func else { return gives(call, |expr| has(expr, &computes)) };
    let is_of_result = match &*method.value {
        Expr::Call(call) => applies(call),
        value => value.is_literal_expr() || value.is_f_string_expr(),
    };
    is_of_result || gives(call, |expr| has(expr, &computes))
}

/// Whether one of a call's arguments is as wanted.
fn gives(call: &ExprCall, is_wanted: impl Fn(&Expr) -> bool) -> bool {
    let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
    call.arguments.args.iter().chain(keywords).any(is_wanted)
}

/// Whether a call has a constant among its arguments.
fn gives_constants(call: &ExprCall) -> bool {
    gives(call, is_constant)
}

/// Whether an expression is a literal, a name of a constant by its spelling, or a display of such.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::Name(name) => name.id.chars().all(|char| !char.is_lowercase()),
        Expr::Attribute(attribute) => attribute.attr.starts_with(char::is_uppercase),
        Expr::Tuple(items) => !items.elts.is_empty() && items.elts.iter().all(is_constant),
        Expr::List(items) => items.elts.iter().all(is_constant),
        Expr::UnaryOp(operation) => is_constant(&operation.operand),
        expr => expr.is_literal_expr(),
    }
}

/// Whether a call makes an empty object, which is filled later.
fn is_empty(call: &ExprCall) -> bool {
    let is_bare = call.arguments.args.is_empty() && call.arguments.keywords.is_empty();
    match &*call.func {
        Expr::Name(name) => {
            is_bare && matches!(name.id.as_str(), "dict" | "list" | "set" | "deque" | "OrderedDict" | "object")
        }
        Expr::Attribute(method) => method.attr.as_str() == "__new__",
        _ => false,
    }
}

fn kind_of(expr: &Expr) -> LineKind {
    match expr {
        Expr::Name(_) | Expr::Attribute(_) => LineKind::Passes,
        Expr::Call(call) if is_empty(call) => LineKind::Constant,
        Expr::Call(call) if applies(call) => LineKind::Applies,
        Expr::Call(call) if gives_constants(call) => LineKind::Asks,
        Expr::Call(_) => LineKind::Calls,
        Expr::Await(awaited) => kind_of(&awaited.value),
        Expr::Yield(given) => given.value.as_deref().map_or(LineKind::Constant, kind_of),
        Expr::YieldFrom(_) => LineKind::Calls,
        // Literals in a display are data, which may be wrong; names of constants are not.
        Expr::List(list) if list.elts.iter().all(|item| is_constant(item) && !item.is_literal_expr()) => {
            LineKind::Constant
        }
        Expr::Dict(dict) if dict.items.is_empty() => LineKind::Constant,
        Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::EllipsisLiteral(_) => LineKind::Constant,
        Expr::Tuple(items) if items.elts.iter().all(|item| kind_of(item) == LineKind::Passes) => LineKind::Passes,
        _ => LineKind::Computes,
    }
}

#[cfg(test)]
mod tests {
    use super::{LineKind, kind};
    use crate::explain::reads::Focus;

    #[test]
    fn calls_that_are_given_computed_values_compute() {
        for (code, expected) in [
            ("a = f(b)", LineKind::Calls),
            ("a = f(b, c.d, *e)", LineKind::Calls),
            ("a = f(b, 1)", LineKind::Asks),
            ("a = f(b, -1)", LineKind::Asks),
            ("a = f(b, c / d)", LineKind::Applies),
            ("a = f(x[1:], 0)", LineKind::Applies),
            ("a = f(-b)", LineKind::Applies),
            ("return f(key=not b)", LineKind::Applies),
            ("a = b.c(d / e).f(g)", LineKind::Applies),
            ("a = ', '.join(b)", LineKind::Applies),
            ("a = f'{b}'.strip()", LineKind::Applies),
            ("a = all(b for b in c)", LineKind::Applies),
            ("a.append(f(b + c))", LineKind::Applies),
            ("a = f(lambda: 1)", LineKind::Calls),
            ("a = dict()", LineKind::Constant),
            ("a = object.__new__(cls)", LineKind::Constant),
            ("a = dict(b)", LineKind::Calls),
        ] {
            let parsed = ruff_python_parser::parse_module(code).unwrap();
            assert_eq!(kind(&parsed.syntax().body[0], Focus::All), expected, "{code}");
        }
    }
}

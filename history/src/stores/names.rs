//! Determines the scopes of a source, and the scope that owns a variable.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, ExprContext, Parameter, Pattern, Stmt};
use ruff_text_size::{Ranged, TextSize};

/// A module (always the first), a function or a class.
#[derive(Debug, Default)]
pub struct Scope {
    /// Its own name; `<module>` for the module.
    pub name: String,
    /// Its code's first line, from 1.
    pub line: u32,
    /// Whether it is a class.
    pub is_class: bool,
    parent: Option<usize>,
    bound: BTreeSet<String>,
    globals: BTreeSet<String>,
    nonlocals: BTreeSet<String>,
}

/// The scope where a variable lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Among the module's globals.
    Module,
    /// In calls of this function, or in the body of this class.
    Scope(usize),
}

/// The owner of a name used in a scope; `None` if no scope is known to bind it.
#[must_use]
pub fn home(scopes: &[Scope], scope: usize, name: &str) -> Option<Home> {
    let own = scopes.get(scope)?;
    if scope == 0 || own.globals.contains(name) {
        return Some(Home::Module);
    }
    if own.bound.contains(name) && !own.nonlocals.contains(name) {
        return Some(Home::Scope(scope));
    }
    let mut around = own.parent;
    while let Some(n) = around.filter(|n| *n != 0) {
        // Functions in a class do not see its names.
        let is_it = !scopes[n].is_class && scopes[n].bound.contains(name) && !scopes[n].nonlocals.contains(name);
        if is_it {
            return Some(if scopes[n].globals.contains(name) { Home::Module } else { Home::Scope(n) });
        }
        around = scopes[n].parent;
    }
    (!own.nonlocals.contains(name)).then_some(Home::Module)
}

/// Whether other functions may store a variable.
#[must_use]
pub fn is_shared(scopes: &[Scope], owner: Home, name: &str) -> bool {
    let declares = |n: usize| scopes[n].nonlocals.contains(name) && home(scopes, n, name) == Some(owner);
    (0..scopes.len()).any(declares)
}

/// The mangled form of a name in a scope: private names get the name of the enclosing class.
#[must_use]
pub fn mangled(scopes: &[Scope], scope: usize, name: &str) -> String {
    if !name.starts_with("__") || name.ends_with("__") {
        return name.to_owned();
    }
    let mut around = Some(scope);
    while let Some(n) = around {
        let Some(scope) = scopes.get(n) else { break };
        let class = scope.name.trim_start_matches('_');
        if scope.is_class && !class.is_empty() {
            return format!("_{class}{name}");
        }
        around = if scope.is_class { None } else { scope.parent };
    }
    name.to_owned()
}

/// The scopes of a source, in source order.
#[must_use]
pub fn scopes_of(body: &[Stmt], ends: &[usize]) -> Vec<Scope> {
    let module = Scope { name: "<module>".into(), line: 1, ..Scope::default() };
    let mut reader = Reader { ends, scopes: vec![module], scope: 0, within: 0 };
    reader.visit_body(body);
    reader.scopes
}

struct Reader<'a> {
    ends: &'a [usize],
    scopes: Vec<Scope>,
    scope: usize,
    /// The number of enclosing comprehensions: a walrus in one binds outside of it, its loop variables do not.
    within: u32,
}

impl Reader<'_> {
    fn line(&self, offset: TextSize) -> u32 {
        self.ends.partition_point(|end| *end < usize::from(offset)) as u32 + 1
    }

    fn bind(&mut self, name: &str) {
        let name = mangled(&self.scopes, self.scope, name);
        self.scopes[self.scope].bound.insert(name);
    }

    fn enter(&mut self, start: TextSize, name: &str, is_class: bool) -> usize {
        let line = self.line(start);
        let scope = Scope { name: name.into(), line, is_class, parent: Some(self.scope), ..Scope::default() };
        self.scopes.push(scope);
        std::mem::replace(&mut self.scope, self.scopes.len() - 1)
    }
}

impl<'s> Visitor<'s> for Reader<'_> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                self.bind(function.name.as_str());
                let start = function.decorator_list.first().map_or(stmt.start(), Ranged::start);
                function.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
                for parameter in function.parameters.iter_non_variadic_params() {
                    parameter.default.iter().for_each(|default| self.visit_expr(default));
                }
                let outer = self.enter(start, function.name.as_str(), false);
                let within = std::mem::take(&mut self.within);
                function.parameters.iter().for_each(|parameter| self.visit_parameter(parameter.as_parameter()));
                self.visit_body(&function.body);
                self.within = within;
                self.scope = outer;
            }
            Stmt::ClassDef(class) => {
                self.bind(class.name.as_str());
                let start = class.decorator_list.first().map_or(stmt.start(), Ranged::start);
                class.decorator_list.iter().for_each(|decorator| self.visit_expr(&decorator.expression));
                class.arguments.iter().for_each(|arguments| self.visit_arguments(arguments));
                let outer = self.enter(start, class.name.as_str(), true);
                self.visit_body(&class.body);
                self.scope = outer;
            }
            Stmt::Global(declared) => {
                let names = declared.names.iter().map(|name| mangled(&self.scopes, self.scope, name.as_str()));
                let names: Vec<String> = names.collect();
                self.scopes[self.scope].globals.extend(names);
            }
            Stmt::Nonlocal(declared) => {
                let names = declared.names.iter().map(|name| mangled(&self.scopes, self.scope, name.as_str()));
                let names: Vec<String> = names.collect();
                self.scopes[self.scope].nonlocals.extend(names);
            }
            Stmt::Import(import) => {
                for alias in &import.names {
                    let whole = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
                    self.bind(whole.split('.').next().unwrap_or(whole));
                }
            }
            Stmt::ImportFrom(import) => {
                import.names.iter().for_each(|alias| self.bind(alias.asname.as_ref().unwrap_or(&alias.name).as_str()));
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_parameter(&mut self, parameter: &'s Parameter) {
        self.bind(parameter.name.as_str());
    }

    fn visit_except_handler(&mut self, handler: &'s ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        inner.name.iter().for_each(|name| self.bind(name.as_str()));
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'s Pattern) {
        let name = match pattern {
            Pattern::MatchAs(bound) => bound.name.as_ref(),
            Pattern::MatchStar(bound) => bound.name.as_ref(),
            Pattern::MatchMapping(bound) => bound.rest.as_ref(),
            _ => None,
        };
        name.into_iter().for_each(|name| self.bind(name.as_str()));
        visitor::walk_pattern(self, pattern);
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Named(named) => {
                if let Expr::Name(name) = &*named.target {
                    self.bind(name.id.as_str());
                }
                self.visit_expr(&named.value);
            }
            Expr::Name(name) if name.ctx != ExprContext::Load && self.within == 0 => self.bind(name.id.as_str()),
            // Its parameters are local, and it can bind nothing else.
            Expr::Lambda(_) => {}
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.within += 1;
                visitor::walk_expr(self, expr);
                self.within -= 1;
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_homes() {
        let text = "\
g = 1
def f(p, *q):
    global g
    x = [y for y in p if (z := y)]
    for i in q: pass
    class C:
        x = 2
        nonlocal i
        i = 3
        def m(self):
            nonlocal x
            x = w
            h = 1
    import a.b
";
        let parsed = ruff_python_parser::parse_module(text).unwrap();
        let ends: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        let scopes = scopes_of(&parsed.syntax().body, &ends);
        assert_eq!(
            scopes.iter().map(|s| (s.name.as_str(), s.line)).collect::<Vec<_>>(),
            [("<module>", 1), ("f", 2), ("C", 6), ("m", 10)]
        );
        let of = |scope: usize, name: &str| home(&scopes, scope, name);
        assert_eq!(of(1, "g"), Some(Home::Module));
        for name in ["p", "q", "x", "z", "i", "C", "a"] {
            assert_eq!(of(1, name), Some(Home::Scope(1)), "{name}");
        }
        assert_eq!(of(1, "y"), Some(Home::Module));
        assert_eq!(of(2, "x"), Some(Home::Scope(2)));
        assert_eq!(of(2, "i"), Some(Home::Scope(1)));
        assert_eq!(of(3, "x"), Some(Home::Scope(1)));
        assert_eq!(of(3, "h"), Some(Home::Scope(3)));
        assert_eq!(of(3, "w"), Some(Home::Module));
    }
}

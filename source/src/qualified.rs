//! Computes qualified names of code from its source, since code objects have them only from Python 3.11 on.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashMap;

/// Qualified names by first line and name; `None` if several share both.
#[derive(Debug, Default)]
pub struct QualifiedNames(FxHashMap<(u32, String), Option<String>>);

impl QualifiedNames {
    /// Reads a source. For text that is not valid Python, reads as much as possible.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        let mut finder = Finder { ends, scopes: Vec::new(), found: FxHashMap::default() };
        let parsed = crate::parse::unchecked(text);
        if let Some(module) = parsed.syntax().as_module() {
            finder.visit_body(&module.body);
        }
        Self(finder.found)
    }

    /// The qualified name of the code with this name and first line; `None` if it is ambiguous.
    #[must_use]
    pub fn get(&self, line: u32, name: &str) -> Option<&str> {
        self.0.get(&(line, name.to_owned()))?.as_deref()
    }
}

struct Scope {
    /// The prefix of names defined in the current scope.
    prefix: String,
    /// Names that the current scope declares as global.
    globals: Vec<String>,
}

struct Finder {
    ends: Vec<usize>,
    scopes: Vec<Scope>,
    found: FxHashMap<(u32, String), Option<String>>,
}

impl Finder {
    fn line(&self, offset: TextSize) -> u32 {
        self.ends.partition_point(|end| *end < usize::from(offset)) as u32 + 1
    }

    /// Registers a code object. Returns its qualified name.
    fn note(&mut self, start: TextSize, name: &str) -> String {
        let qualified = match self.scopes.last() {
            Some(scope) if !scope.globals.iter().any(|global| global == name) => format!("{}{name}", scope.prefix),
            _ => name.to_owned(),
        };
        let place = (self.line(start), name.to_owned());
        let known = self.found.entry(place).or_insert_with(|| Some(qualified.clone()));
        if known.as_ref().is_some_and(|known| *known != qualified) {
            *known = None;
        }
        qualified
    }

    fn within(&mut self, prefix: String, globals: Vec<String>, visit: impl FnOnce(&mut Self)) {
        self.scopes.push(Scope { prefix, globals });
        visit(self);
        self.scopes.pop();
    }
}

/// The names in `global` statements of a body, without nested functions and classes.
fn globals(body: &[Stmt]) -> Vec<String> {
    struct Globals(Vec<String>);
    impl<'a> Visitor<'a> for Globals {
        fn visit_stmt(&mut self, stmt: &'a Stmt) {
            match stmt {
                Stmt::Global(global) => self.0.extend(global.names.iter().map(ToString::to_string)),
                Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
                _ => visitor::walk_stmt(self, stmt),
            }
        }
        fn visit_expr(&mut self, _: &'a Expr) {}
    }
    let mut found = Globals(Vec::new());
    found.visit_body(body);
    found.0
}

impl<'a> Visitor<'a> for Finder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => {
                let start = function.decorator_list.first().map_or(stmt.start(), Ranged::start);
                let name = self.note(start, function.name.as_str());
                function.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.visit_parameters(&function.parameters);
                function.returns.iter().for_each(|returns| self.visit_annotation(returns));
                self.within(format!("{name}.<locals>."), globals(&function.body), |f| f.visit_body(&function.body));
            }
            Stmt::ClassDef(class) => {
                let start = class.decorator_list.first().map_or(stmt.start(), Ranged::start);
                let name = self.note(start, class.name.as_str());
                class.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                class.arguments.iter().for_each(|arguments| self.visit_arguments(arguments));
                self.within(format!("{name}."), globals(&class.body), |f| f.visit_body(&class.body));
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        let comprehension = |name| Some((name, true));
        let own = match expr {
            Expr::Lambda(_) => Some(("<lambda>", false)),
            Expr::ListComp(_) => comprehension("<listcomp>"),
            Expr::SetComp(_) => comprehension("<setcomp>"),
            Expr::DictComp(_) => comprehension("<dictcomp>"),
            Expr::Generator(_) => comprehension("<genexpr>"),
            _ => None,
        };
        let Some((name, is_comprehension)) = own else { return visitor::walk_expr(self, expr) };
        let qualified = self.note(expr.start(), name);
        let prefix = if is_comprehension { format!("{qualified}.") } else { format!("{qualified}.<locals>.") };
        match expr {
            Expr::Lambda(lambda) => {
                lambda.parameters.iter().for_each(|parameters| self.visit_parameters(parameters));
                self.within(prefix, Vec::new(), |f| f.visit_expr(&lambda.body));
            }
            // The outermost iterable is not part of it.
            _ if is_comprehension => {
                let generators = match expr {
                    Expr::ListComp(list) => &list.generators,
                    Expr::SetComp(set) => &set.generators,
                    Expr::DictComp(dict) => &dict.generators,
                    Expr::Generator(generator) => &generator.generators,
                    _ => return,
                };
                let Some((first, rest)) = generators.split_first() else { return };
                self.visit_expr(&first.iter);
                self.within(prefix, Vec::new(), |f| {
                    first.ifs.iter().for_each(|test| f.visit_expr(test));
                    rest.iter().for_each(|generator| f.visit_comprehension(generator));
                    match expr {
                        Expr::ListComp(list) => f.visit_expr(&list.elt),
                        Expr::SetComp(set) => f.visit_expr(&set.elt),
                        Expr::DictComp(dict) => {
                            dict.key.iter().for_each(|key| f.visit_expr(key));
                            f.visit_expr(&dict.value);
                        }
                        Expr::Generator(generator) => f.visit_expr(&generator.elt),
                        _ => {}
                    }
                });
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_python_qualifies_them() {
        let text = "\
def outer(n=lambda: 0):
    global shared
    def shared(): pass
    @wraps
    class Inner:
        def method(self): return [x for x in (y for y in self)]
    return lambda: (lambda: 1)
a = lambda: 0; b = lambda: 1
class C: f = [lambda: z for z in range(3)]
";
        let names = QualifiedNames::of(text);
        for (line, name, qualified) in [
            (1, "outer", Some("outer")),
            (1, "<lambda>", Some("<lambda>")),
            (3, "shared", Some("shared")),
            (4, "Inner", Some("outer.<locals>.Inner")),
            (6, "method", Some("outer.<locals>.Inner.method")),
            (6, "<listcomp>", Some("outer.<locals>.Inner.method.<locals>.<listcomp>")),
            (6, "<genexpr>", Some("outer.<locals>.Inner.method.<locals>.<genexpr>")),
            // Two functions with the same name on one line.
            (7, "<lambda>", None),
            (8, "<lambda>", Some("<lambda>")),
            (9, "C", Some("C")),
            (9, "<lambda>", Some("C.<listcomp>.<lambda>")),
            (2, "outer", None),
        ] {
            assert_eq!(names.get(line, name), qualified, "{name} in line {line}");
        }
    }
}

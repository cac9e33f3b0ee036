//! Finds comprehensions whose variables CPython 3.12 and later store in slots of the enclosing function: a variable of
//! the function with the same name is saved during the comprehension, and restored afterwards.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Comprehension, ExceptHandler, Expr, Parameters, Pattern, Stmt};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::{FxHashMap, FxHashSet};

/// First and last line.
pub type Lines = (u32, u32);

/// First line and name of a function.
type Function = (u32, String);

/// The comprehensions of a source, by enclosing function.
#[derive(Debug, Default)]
pub struct Comprehensions {
    variables: FxHashMap<Function, Vec<(String, Lines)>>,
    /// Names that functions bind outside of comprehensions.
    own: FxHashSet<(Function, String)>,
}

impl Comprehensions {
    /// Reads a source. For text that is not valid Python, reads as much as possible.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        let functions = vec![(0, String::new())];
        let mut finder = Finder { ends, functions, found: Self::default(), globals: FxHashSet::default() };
        let parsed = crate::parse::unchecked(text);
        if let Some(module) = parsed.syntax().as_module() {
            finder.visit_body(&module.body);
        }
        let Finder { mut found, globals, .. } = finder;
        found.own.retain(|name| !globals.contains(name));
        found
    }

    /// Whether the function with this first line and name has a variable with this name, in addition to those of its
    /// comprehensions.
    #[must_use]
    pub fn is_own(&self, line: u32, function: &str, variable: &str) -> bool {
        self.own.contains(&((line, function.to_owned()), variable.to_owned()))
    }

    /// The lines of the comprehensions that have a variable with this name, in the function with this first line and
    /// name.
    #[must_use]
    pub fn with(&self, line: u32, function: &str, variable: &str) -> Box<[Lines]> {
        let all = self.variables.get(&(line, function.to_owned())).into_iter().flatten();
        all.filter(|(name, _)| name == variable).map(|(_, lines)| *lines).collect()
    }
}

struct Finder {
    ends: Vec<usize>,
    /// First line and name of the enclosing functions.
    functions: Vec<Function>,
    found: Comprehensions,
    /// Names that functions declare to be global.
    globals: FxHashSet<(Function, String)>,
}

impl Finder {
    fn line(&self, offset: TextSize) -> u32 {
        self.ends.partition_point(|end| *end < usize::from(offset)) as u32 + 1
    }

    fn within(&mut self, start: TextSize, name: &str, visit: impl FnOnce(&mut Self)) {
        self.functions.push((self.line(start), name.to_owned()));
        visit(self);
        self.functions.pop();
    }

    /// Registers the variables of a comprehension.
    fn note(&mut self, whole: &Expr, generators: &[Comprehension]) {
        let lines = (self.line(whole.start()), self.line(whole.end()));
        let mut names = Names(Vec::new());
        generators.iter().for_each(|generator| names.visit_expr(&generator.target));
        if let Some(function) = self.functions.last() {
            let all = self.found.variables.entry(function.clone()).or_default();
            all.extend(names.0.into_iter().map(|name| (name, lines)));
        }
    }

    /// Registers that the current function binds a name.
    fn binds(&mut self, name: &str) {
        let function = self.functions.last().cloned().unwrap_or_default();
        self.found.own.insert((function, name.to_owned()));
    }

    fn binds_parameters(&mut self, parameters: &Parameters) {
        parameters.iter().for_each(|parameter| self.binds(parameter.name().as_str()));
    }

    /// Registers the names that a statement binds, except for those written as targets.
    fn binds_in(&mut self, stmt: &Stmt) {
        let first = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        match stmt {
            Stmt::FunctionDef(function) => self.binds(&function.name),
            Stmt::ClassDef(class) => self.binds(&class.name),
            Stmt::Import(import) => {
                import
                    .names
                    .iter()
                    .for_each(|alias| self.binds(alias.asname.as_deref().unwrap_or(&first(&alias.name))));
            }
            Stmt::ImportFrom(import) => {
                import.names.iter().for_each(|alias| self.binds(alias.asname.as_ref().unwrap_or(&alias.name)));
            }
            Stmt::Global(global) => {
                let function = self.functions.last().cloned().unwrap_or_default();
                self.globals.extend(global.names.iter().map(|name| (function.clone(), name.to_string())));
            }
            _ => {}
        }
    }
}

struct Names(Vec<String>);

impl<'a> Visitor<'a> for Names {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx.is_store() => self.0.push(name.id.to_string()),
            _ => visitor::walk_expr(self, expr),
        }
    }
}

impl<'a> Visitor<'a> for Finder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        self.binds_in(stmt);
        match stmt {
            Stmt::FunctionDef(function) => {
                let start = function.decorator_list.first().map_or(stmt.start(), Ranged::start);
                function.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.visit_parameters(&function.parameters);
                self.within(start, function.name.as_str(), |f| {
                    f.binds_parameters(&function.parameters);
                    f.visit_body(&function.body);
                });
            }
            Stmt::ClassDef(class) => {
                class.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                class.arguments.iter().for_each(|arguments| self.visit_arguments(arguments));
                let start = class.decorator_list.first().map_or(stmt.start(), Ranged::start);
                self.within(start, class.name.as_str(), |f| f.visit_body(&class.body));
            }
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(lambda) => {
                lambda.parameters.iter().for_each(|parameters| self.visit_parameters(parameters));
                self.within(expr.start(), "<lambda>", |f| {
                    lambda.parameters.iter().for_each(|parameters| f.binds_parameters(parameters));
                    f.visit_expr(&lambda.body);
                });
            }
            // A generator expression is a separate function, but its outermost iterable is not part of it.
            Expr::Generator(generator) => {
                let Some((first, rest)) = generator.generators.split_first() else { return };
                self.visit_expr(&first.iter);
                self.within(expr.start(), "<genexpr>", |f| {
                    first.ifs.iter().for_each(|test| f.visit_expr(test));
                    rest.iter().for_each(|generator| f.visit_comprehension(generator));
                    f.visit_expr(&generator.elt);
                });
            }
            Expr::ListComp(list) => self.note(expr, &list.generators),
            Expr::SetComp(set) => self.note(expr, &set.generators),
            Expr::DictComp(dict) => self.note(expr, &dict.generators),
            Expr::Name(name) if !name.ctx.is_load() => self.binds(&name.id),
            _ => {}
        }
        if !matches!(expr, Expr::Lambda(_) | Expr::Generator(_)) {
            visitor::walk_expr(self, expr);
        }
    }

    /// Its targets are not variables of the function.
    fn visit_comprehension(&mut self, comprehension: &'a Comprehension) {
        self.visit_expr(&comprehension.iter);
        comprehension.ifs.iter().for_each(|test| self.visit_expr(test));
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(named) = handler;
        named.name.iter().for_each(|name| self.binds(name));
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(named) => named.name.as_ref(),
            Pattern::MatchStar(star) => star.name.as_ref(),
            Pattern::MatchMapping(mapping) => mapping.rest.as_ref(),
            _ => None,
        };
        name.iter().for_each(|name| self.binds(name));
        visitor::walk_pattern(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_belong_to_the_function_around() {
        let text = "\
@decorated
def f(a):
    x = [v for v, (w, *u) in a
         if v]
    y = (v for v in [x for x in a])
    return lambda: {k: [v for v in k] for k in a}
v = [f for f in ()]
";
        let found = Comprehensions::of(text);
        assert_eq!(*found.with(1, "f", "v"), [(3, 4)]);
        assert_eq!(*found.with(1, "f", "u"), [(3, 4)]);
        assert_eq!(*found.with(1, "f", "x"), [(5, 5)]);
        assert_eq!(*found.with(6, "<lambda>", "v"), [(6, 6)]);
        assert_eq!(*found.with(6, "<lambda>", "k"), [(6, 6)]);
        assert!(found.with(1, "f", "k").is_empty());
    }
    #[test]
    fn variables_of_comprehensions_are_told_from_those_of_the_function() {
        let text = "\
def f(p, *rest, k=1, **more):
    global g
    g = a.b = 1
    x: int = [v for v in [n := 1] if (w := v)]
    for i, (j, *t) in y: del d
    import os.path, sys as s
    from m import q as r, u
    with z as c: pass
    try: pass
    except E as e: pass
    match x:
        case [A(m1), *m2] | {'k': _, **m3}: pass
    def inner(): own = [x for v in e]
    class K: pass
    return lambda l: [l for o in l]
";
        let found = Comprehensions::of(text);
        let own = |names: &str, line: u32, function: &str| -> String {
            names.split(' ').filter(|name| found.is_own(line, function, name)).collect::<Vec<_>>().join(" ")
        };
        let all = "p rest k more x n w i j t d os s r u c e m1 m2 m3 inner K";
        assert_eq!(own(all, 1, "f"), all);
        assert_eq!(own("g a b v y q z E A own l o sys path", 1, "f"), "");
        assert_eq!(own("own x v", 13, "inner"), "own");
        assert_eq!(own("l o", 15, "<lambda>"), "l");
    }
}

//! Where functions have comprehensions whose variables CPython 3.12 and later keep in the function's own: a variable of
//! that name is put aside meanwhile, and comes back afterwards.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Comprehension, Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::FxHashMap;

/// First and last line.
pub type Lines = (u32, u32);

/// The comprehensions of a source, by the functions they are in.
#[derive(Debug, Default)]
pub struct Comprehensions(FxHashMap<(u32, String), Vec<(String, Lines)>>);

impl Comprehensions {
    /// Those of a source; of one that is not Python, as far as it is.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        let mut finder = Finder { ends, functions: vec![(0, String::new())], found: FxHashMap::default() };
        let parsed = crate::parse::unchecked(text);
        if let Some(module) = parsed.syntax().as_module() {
            finder.visit_body(&module.body);
        }
        Self(finder.found)
    }

    /// The lines of the comprehensions that have a variable of this name, in the function with this first line and name.
    #[must_use]
    pub fn with(&self, line: u32, function: &str, variable: &str) -> Box<[Lines]> {
        let all = self.0.get(&(line, function.to_owned())).into_iter().flatten();
        all.filter(|(name, _)| name == variable).map(|(_, lines)| *lines).collect()
    }
}

struct Finder {
    ends: Vec<usize>,
    /// First line and name of the functions that it is in.
    functions: Vec<(u32, String)>,
    found: FxHashMap<(u32, String), Vec<(String, Lines)>>,
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

    /// Notes the variables of a comprehension.
    fn note(&mut self, whole: &Expr, generators: &[Comprehension]) {
        let lines = (self.line(whole.start()), self.line(whole.end()));
        let mut names = Names(Vec::new());
        generators.iter().for_each(|generator| names.visit_expr(&generator.target));
        if let Some(function) = self.functions.last() {
            let all = self.found.entry(function.clone()).or_default();
            all.extend(names.0.into_iter().map(|name| (name, lines)));
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
        match stmt {
            Stmt::FunctionDef(function) => {
                let start = function.decorator_list.first().map_or(stmt.start(), Ranged::start);
                function.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.visit_parameters(&function.parameters);
                self.within(start, function.name.as_str(), |f| f.visit_body(&function.body));
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
                self.within(expr.start(), "<lambda>", |f| f.visit_expr(&lambda.body));
            }
            // A function of its own; what it iterates over first is not part of it.
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
            _ => {}
        }
        if !matches!(expr, Expr::Lambda(_) | Expr::Generator(_)) {
            visitor::walk_expr(self, expr);
        }
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
}

//! Which lines of a source store into variables, attributes and items, and how one can tell that they did.
//!
//! Left out is what a line's events do not tell: statements behind a condition on the condition's own line, slices,
//! `from … import *`, and walruses that are not evaluated in any case.

use ruff_python_ast::{Expr, Pattern, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::names::{Scope, scopes_of};
use super::walrus;
use crate::expression::Expression;
use crate::python::slice;

/// What is stored into.
#[derive(Clone, Debug)]
pub enum Stored {
    /// A variable.
    Name(String),
    /// An attribute: the whole target, and the attribute's name as the object has it.
    Attribute(Expression, String),
    /// An item: the whole target.
    Item(Expression),
}

/// When the container and the key of a target have the values that are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When the line is about to run.
    Before,
    /// When it is done.
    After,
    /// Nothing in the line stores into what they are made of: they must be the same before and after.
    Both,
}

/// One target.
#[derive(Clone, Debug)]
pub struct Store {
    /// What is stored into.
    pub into: Stored,
    /// When its parts are evaluated.
    pub when: When,
}

/// The statements of a line, or the head of a compound statement, with what they store.
#[derive(Clone, Debug)]
pub struct Site {
    /// Whose code it is: an index into [`Sites::scopes`].
    pub scope: usize,
    /// First and last line, from 1.
    pub lines: (u32, u32),
    /// Whether one execution may have several line events in a row.
    pub runs: bool,
    /// Lines one of which comes next if it stored; else any does.
    pub body: Option<(u32, u32)>,
    /// What it stores, in order.
    pub stores: Vec<Store>,
}

/// All of a source.
#[derive(Debug, Default)]
pub struct Sites {
    /// The module and all functions and classes.
    pub scopes: Vec<Scope>,
    /// In the order of their text.
    pub sites: Vec<Site>,
}

impl Sites {
    /// Reads a source; one that is not Python has none.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let Ok(parsed) = crate::parse::module(text) else { return Self::default() };
        let body = &parsed.syntax().body;
        let ends: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        let scopes = scopes_of(body, &ends);
        let mut walk = Walk { text, ends, scopes: &scopes, scope: 0, made: 0, sites: Vec::new() };
        walk.block(body);
        let sites = walk.sites;
        Self { scopes, sites }
    }
}

struct Walk<'a> {
    text: &'a str,
    ends: Vec<usize>,
    scopes: &'a [Scope],
    scope: usize,
    /// How many scopes were entered: they are numbered as they are met.
    made: usize,
    sites: Vec<Site>,
}

/// A target before it is known when it is evaluated.
type Target<'s> = (Option<&'s Expr>, Stored);

impl<'s> Walk<'_> {
    fn line(&self, offset: TextSize) -> u32 {
        self.ends.partition_point(|end| *end < usize::from(offset)) as u32 + 1
    }

    fn last_line(&self, end: TextSize) -> u32 {
        self.line(TextSize::from(u32::from(end).saturating_sub(1)))
    }

    fn name(&self, name: &str) -> Target<'s> {
        (None, Stored::Name(self.mangled(name)))
    }

    /// A name as its scope has it: `__x` in a class is `_Class__x`.
    fn mangled(&self, name: &str) -> String {
        super::names::mangled(self.scopes, self.scope, name)
    }

    /// The targets of a target, in the order in which they are stored.
    fn targets(&self, target: &'s Expr, found: &mut Vec<Target<'s>>) {
        let parsed = || Expression::parse(slice(self.text, target)).ok();
        match target {
            Expr::Name(name) => found.push(self.name(name.id.as_str())),
            Expr::Attribute(attribute) => {
                let name = self.mangled(attribute.attr.as_str());
                found.extend(parsed().map(|whole| (Some(&*attribute.value), Stored::Attribute(whole, name))));
            }
            Expr::Subscript(subscript) if !subscript.slice.is_slice_expr() => {
                found.extend(parsed().map(|whole| (Some(target), Stored::Item(whole))));
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|item| self.targets(item, found)),
            Expr::List(list) => list.elts.iter().for_each(|item| self.targets(item, found)),
            Expr::Starred(starred) => self.targets(&starred.value, found),
            _ => {}
        }
    }

    fn walruses(&self, expr: &'s Expr, found: &mut Vec<Target<'s>>) {
        found.extend(walrus::certain(expr).into_iter().map(|name| self.name(name)));
    }

    /// Adds a site, if it stores anything.
    fn site(&mut self, lines: (u32, u32), runs: bool, body: Option<(u32, u32)>, targets: &[Target<'s>]) {
        let names: Vec<Option<&str>> = targets
            .iter()
            .map(|(_, into)| match into {
                Stored::Name(name) => Some(name.as_str()),
                _ => None,
            })
            .collect();
        let mut stores = Vec::new();
        for (n, (parts, into)) in targets.iter().enumerate() {
            let used = parts.map(walrus::names_in).unwrap_or_default();
            let uses = |names: &[Option<&str>]| names.iter().flatten().any(|name| used.contains(name));
            let when = match (uses(&names[..n]), uses(&names[n + 1..])) {
                (false, false) => When::Both,
                (true, false) => When::After,
                (false, true) => When::Before,
                (true, true) => continue,
            };
            stores.push(Store { into: into.clone(), when });
        }
        if !stores.is_empty() {
            let runs = runs || lines.0 != lines.1;
            self.sites.push(Site { scope: self.scope, lines, runs, body, stores });
        }
    }

    /// The statements of a body.
    fn block(&mut self, body: &'s [Stmt]) {
        let mut n = 0;
        while n < body.len() {
            if !is_simple(&body[n]) {
                self.compound(&body[n]);
                n += 1;
                continue;
            }
            let first = n;
            let mut last_line = self.last_line(body[n].end());
            n += 1;
            while n < body.len() && is_simple(&body[n]) && self.line(body[n].start()) <= last_line {
                last_line = self.last_line(body[n].end());
                n += 1;
            }
            let mut targets = Vec::new();
            body[first..n].iter().for_each(|stmt| self.simple(stmt, &mut targets));
            let runs = body[first..n].iter().any(walrus::has_comprehension);
            self.site((self.line(body[first].start()), last_line), runs, None, &targets);
        }
    }

    /// What a simple statement stores.
    fn simple(&self, stmt: &'s Stmt, found: &mut Vec<Target<'s>>) {
        match stmt {
            Stmt::Assign(assign) => {
                self.walruses(&assign.value, found);
                assign.targets.iter().for_each(|target| self.targets(target, found));
            }
            Stmt::AnnAssign(assign) => {
                let Some(value) = &assign.value else { return };
                self.walruses(value, found);
                self.targets(&assign.target, found);
            }
            Stmt::AugAssign(assign) => {
                self.walruses(&assign.value, found);
                self.targets(&assign.target, found);
            }
            Stmt::TypeAlias(alias) => self.targets(&alias.name, found),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let whole = alias.name.as_str();
                    let bound = alias.asname.as_ref().map_or(whole, |name| name.as_str());
                    let bound = if alias.asname.is_some() { bound } else { bound.split('.').next().unwrap_or(bound) };
                    found.push(self.name(bound));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in import.names.iter().filter(|alias| alias.name.as_str() != "*") {
                    found.push(self.name(alias.asname.as_ref().unwrap_or(&alias.name).as_str()));
                }
            }
            Stmt::Expr(line) => self.walruses(&line.value, found),
            Stmt::Return(given) => given.value.iter().for_each(|value| self.walruses(value, found)),
            Stmt::Assert(assert) => self.walruses(&assert.test, found),
            _ => {}
        }
    }

    /// First and last line of a body that lies on lines of its own.
    fn body_of(&self, head_end: u32, body: &[Stmt]) -> Option<(u32, u32)> {
        let (first, last) = (self.line(decorated(body.first()?)), self.last_line(body.last()?.end()));
        (first > head_end).then_some((first, last))
    }

    /// A head that evaluates an expression and goes on.
    fn test(&mut self, start: TextSize, test: &'s Expr, body: &'s [Stmt]) {
        let lines = (self.line(start), self.last_line(test.end()));
        let mut targets = Vec::new();
        self.walruses(test, &mut targets);
        self.site(lines, walrus::has_comprehension_in(test), None, &targets);
        if self.body_of(lines.1, body).is_some() {
            self.block(body);
        }
    }

    /// A head that stores, and whose body comes next if it did.
    fn entering(&mut self, lines: (u32, u32), runs: bool, targets: &[Target<'s>], body: &'s [Stmt]) {
        if let Some(inside) = self.body_of(lines.1, body) {
            self.site(lines, runs, Some(inside), targets);
            self.block(body);
        }
    }

    fn compound(&mut self, stmt: &'s Stmt) {
        let start = decorated(stmt);
        match stmt {
            Stmt::If(choice) => {
                self.test(start, &choice.test, &choice.body);
                for clause in &choice.elif_else_clauses {
                    match &clause.test {
                        Some(test) => self.test(clause.start(), test, &clause.body),
                        None => self.block(&clause.body),
                    }
                }
            }
            Stmt::While(again) => {
                // Of a loop on one line, hits do not tell how often it was tested.
                if self.body_of(self.last_line(again.test.end()), &again.body).is_some() {
                    self.test(start, &again.test, &again.body);
                }
                self.block(&again.orelse);
            }
            Stmt::For(each) => {
                let mut targets = Vec::new();
                self.targets(&each.target, &mut targets);
                let lines = (self.line(start), self.last_line(each.iter.end()));
                self.entering(lines, false, &targets, &each.body);
                self.block(&each.orelse);
            }
            Stmt::With(with) => {
                let mut targets = Vec::new();
                with.items
                    .iter()
                    .filter_map(|item| item.optional_vars.as_deref())
                    .for_each(|target| self.targets(target, &mut targets));
                let end = with.items.iter().map(Ranged::end).max().unwrap_or(start);
                self.entering((self.line(start), self.last_line(end)), false, &targets, &with.body);
            }
            Stmt::Try(attempt) => self.attempt(attempt),
            Stmt::Match(choice) => self.choice(choice),
            Stmt::FunctionDef(function) => {
                let end = function.returns.as_ref().map_or(function.parameters.end(), |returns| returns.end());
                self.define(start, end, function.name.as_str(), &function.body);
            }
            Stmt::ClassDef(class) => {
                let end = class.arguments.as_ref().map_or(class.name.end(), |arguments| arguments.end());
                self.define(start, end, class.name.as_str(), &class.body);
            }
            _ => {}
        }
    }

    fn attempt(&mut self, attempt: &'s ruff_python_ast::StmtTry) {
        self.block(&attempt.body);
        for handler in &attempt.handlers {
            let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
            let targets: Vec<Target<'s>> = handler.name.iter().map(|name| self.name(name.as_str())).collect();
            let end = handler.name.as_ref().map(Ranged::end).or(handler.type_.as_ref().map(|ty| ty.end()));
            let start = handler.start();
            let lines = (self.line(start), self.last_line(end.unwrap_or(start + TextSize::from(1))));
            self.entering(lines, false, &targets, &handler.body);
        }
        self.block(&attempt.orelse);
        self.block(&attempt.finalbody);
    }

    fn choice(&mut self, choice: &'s ruff_python_ast::StmtMatch) {
        let mut targets = Vec::new();
        self.walruses(&choice.subject, &mut targets);
        let lines = (self.line(choice.start()), self.last_line(choice.subject.end()));
        self.site(lines, walrus::has_comprehension_in(&choice.subject), None, &targets);
        for case in &choice.cases {
            let mut targets = Vec::new();
            self.pattern(&case.pattern, &mut targets);
            let end = case.guard.as_ref().map_or(case.pattern.end(), |guard| guard.end());
            self.entering((self.line(case.start()), self.last_line(end)), false, &targets, &case.body);
        }
    }

    /// The names that a pattern binds. Of alternatives, only some bind; they bind the same names.
    fn pattern(&self, pattern: &'s Pattern, found: &mut Vec<Target<'s>>) {
        let name = match pattern {
            Pattern::MatchAs(bound) => bound.name.as_ref(),
            Pattern::MatchStar(bound) => bound.name.as_ref(),
            Pattern::MatchMapping(bound) => bound.rest.as_ref(),
            _ => None,
        };
        match pattern {
            Pattern::MatchAs(bound) => bound.pattern.iter().for_each(|inner| self.pattern(inner, found)),
            Pattern::MatchSequence(all) => all.patterns.iter().for_each(|inner| self.pattern(inner, found)),
            Pattern::MatchMapping(all) => all.patterns.iter().for_each(|inner| self.pattern(inner, found)),
            Pattern::MatchOr(all) => all.patterns.iter().take(1).for_each(|inner| self.pattern(inner, found)),
            Pattern::MatchClass(class) => {
                class.arguments.patterns.iter().for_each(|inner| self.pattern(inner, found));
                class.arguments.keywords.iter().for_each(|inner| self.pattern(&inner.pattern, found));
            }
            _ => {}
        }
        found.extend(name.map(|name| self.name(name.as_str())));
    }

    /// A `def` or `class`: it stores its name, and its body is a scope.
    fn define(&mut self, start: TextSize, end: TextSize, name: &str, body: &'s [Stmt]) {
        let targets = [self.name(name)];
        self.site((self.line(start), self.last_line(end)), true, None, &targets);
        self.made += 1;
        let outer = std::mem::replace(&mut self.scope, self.made);
        self.block(body);
        self.scope = outer;
    }
}

/// Where a statement starts, with its decorators.
fn decorated(stmt: &Stmt) -> TextSize {
    let first = match stmt {
        Stmt::FunctionDef(function) => function.decorator_list.first(),
        Stmt::ClassDef(class) => class.decorator_list.first(),
        _ => None,
    };
    first.map_or(stmt.start(), Ranged::start)
}

fn is_simple(stmt: &Stmt) -> bool {
    !matches!(
        stmt,
        Stmt::If(_)
            | Stmt::While(_)
            | Stmt::For(_)
            | Stmt::With(_)
            | Stmt::Try(_)
            | Stmt::Match(_)
            | Stmt::FunctionDef(_)
            | Stmt::ClassDef(_)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let sites = Sites::of(text);
        let store = |store: &Store| {
            let into = match &store.into {
                Stored::Name(name) => name.clone(),
                Stored::Attribute(whole, name) => format!("{}/{name}", whole.text),
                Stored::Item(whole) => whole.text.clone(),
            };
            if store.when == When::Both { into } else { format!("{into} {:?}", store.when) }
        };
        let site = |site: &Site| {
            let body = site.body.map_or_else(String::new, |body| format!(" in {}-{}", body.0, body.1));
            let stores: Vec<String> = site.stores.iter().map(store).collect();
            let scope = &sites.scopes[site.scope].name;
            let runs = if site.runs { "*" } else { "" };
            format!("{}-{}{runs}{body} {scope}: {}", site.lines.0, site.lines.1, stores.join(", "))
        };
        sites.sites.iter().map(site).collect()
    }

    #[test]
    fn what_lines_store() {
        let text = "\
import os.path, sys as system
a.b = c[d] = e = f(
    1)
i, xs[i] = xs[j], j = 1, 2
if p: q = 1
if (r := s) and (t := u):
    v = 1; w: int = 2; x: int
else: y = [z for z in y]
for k.m in n:
    with o as l, p as (q, *r):
        s += 1
for _ in t: pass
try: u = 1
except V as w:
    pass
class X:
    __y = 1
    def z(self): self.__a = b = 1
@c
def d(): pass
match e:
    case [f, {'g': h, **i}] | j if k:
        pass
del l[0], m
n[1:2] = o
";
        assert_eq!(
            shown(text),
            [
                "1-1 <module>: os, system",
                "2-3* <module>: a.b/b, c[d], e",
                "4-4 <module>: i, xs[i] After, xs[j] Before, j",
                "6-6 <module>: r",
                "7-7 <module>: v, w",
                "8-8* <module>: y",
                "9-9 in 10-11 <module>: k.m/m",
                "10-10 in 11-11 <module>: l, q, r",
                "11-11 <module>: s",
                "13-13 <module>: u",
                "14-14 in 15-15 <module>: w",
                "16-16* <module>: X",
                "17-17 X: _X__y",
                "18-18* X: z",
                "18-18 z: self.__a/_X__a, b",
                "19-20* <module>: d",
                "22-22 in 23-23 <module>: f, h, i",
            ]
        );
    }

    #[test]
    fn what_is_not_python_stores_nothing() {
        for text in ["", "def (", "x = = 1", "\u{feff}x"] {
            assert!(shown(text).is_empty(), "{text}");
        }
    }
}

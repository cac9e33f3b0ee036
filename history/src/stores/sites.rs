//! Finds the lines of a source that store into variables, attributes and items, and the events that prove the store.
//!
//! Stores that line events cannot prove are left out: slices, `from … import *`, walruses that are not always
//! evaluated, and statements on the line of a condition that cannot be evaluated.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::names::{Scope, scopes_of};
use super::oneline::Only;
use super::walrus;
use connie_expression::Expression;
use connie_source::python::slice;

/// The target of a store.
#[derive(Clone, Debug)]
pub enum Stored {
    /// A variable.
    Name(String),
    /// An attribute: the whole target, and the attribute's name on the object.
    Attribute(Expression, String),
    /// An item: the whole target.
    Item(Expression),
}

/// When to evaluate the container and key of a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// When the line is about to run.
    Before,
    /// After the line has finished.
    After,
    /// Both: nothing in the line stores into their parts, so they must be the same before and after.
    Both,
}

/// A store into one target.
#[derive(Clone, Debug)]
pub struct Store {
    /// The target.
    pub into: Stored,
    /// When its parts are evaluated.
    pub when: When,
    /// The condition under which it happens.
    pub only: Only,
}

/// The statements of a line, or the head of a compound statement, with their stores.
#[derive(Clone, Debug)]
pub struct Site {
    /// The scope of the code: an index into [`Sites::scopes`].
    pub scope: usize,
    /// First and last line, from 1.
    pub lines: (u32, u32),
    /// Whether one execution may have several line events in a row.
    pub runs: bool,
    /// If it stored, one of these lines comes next; `None` for any line.
    pub body: Option<(u32, u32)>,
    /// If it stored, none of these lines comes next.
    pub elsewhere: Vec<(u32, u32)>,
    /// Whether it is a loop on one line: each iteration is one execution.
    pub again: bool,
    /// Its stores, in order.
    pub stores: Vec<Store>,
}

/// All sites of a source.
#[derive(Debug, Default)]
pub struct Sites {
    /// The module and all functions and classes.
    pub scopes: Vec<Scope>,
    /// The sites in source order.
    pub sites: Vec<Site>,
}

impl Sites {
    /// Reads a source. A source that is not valid Python has no sites.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let Ok(parsed) = connie_source::parse::module(text) else { return Self::default() };
        let body = &parsed.syntax().body;
        let ends: Vec<usize> = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
        let scopes = scopes_of(body, &ends);
        let mut walk = Walk { text, ends, scopes: &scopes, scope: 0, made: 0, landings: Vec::new(), sites: Vec::new() };
        walk.block(body);
        let sites = walk.sites;
        Self { scopes, sites }
    }
}

pub(super) struct Walk<'a> {
    pub(super) text: &'a str,
    ends: Vec<usize>,
    scopes: &'a [Scope],
    pub(super) scope: usize,
    /// The number of scopes entered so far, which numbers them.
    pub(super) made: usize,
    /// Lines in this scope where exceptions of the current block lead.
    pub(super) landings: Vec<(u32, u32)>,
    sites: Vec<Site>,
}

/// A target whose evaluation time is not determined yet.
pub(super) struct Target<'s> {
    /// The expressions of its object and key.
    parts: Option<&'s Expr>,
    into: Stored,
    pub(super) only: Only,
}

impl<'s> Target<'s> {
    fn new(parts: Option<&'s Expr>, into: Stored) -> Self {
        Self { parts, into, only: Only::default() }
    }

    pub(super) fn name(&self) -> Option<&str> {
        match &self.into {
            Stored::Name(name) => Some(name.as_str()),
            _ => None,
        }
    }
}

impl<'s> Walk<'_> {
    pub(super) fn line(&self, offset: TextSize) -> u32 {
        self.ends.partition_point(|end| *end < usize::from(offset)) as u32 + 1
    }

    pub(super) fn last_line(&self, end: TextSize) -> u32 {
        self.line(TextSize::from(u32::from(end).saturating_sub(1)))
    }

    pub(super) fn name(&self, name: &str) -> Target<'s> {
        Target::new(None, Stored::Name(self.mangled(name)))
    }

    /// The name in its scope: `__x` in a class becomes `_Class__x`.
    fn mangled(&self, name: &str) -> String {
        super::names::mangled(self.scopes, self.scope, name)
    }

    /// The targets within a target expression, in the order in which they are stored.
    pub(super) fn targets(&self, target: &'s Expr, found: &mut Vec<Target<'s>>) {
        let parsed = || Expression::parse(slice(self.text, target)).ok();
        match target {
            Expr::Name(name) => found.push(self.name(name.id.as_str())),
            Expr::Attribute(attribute) => {
                let name = self.mangled(attribute.attr.as_str());
                found.extend(parsed().map(|whole| Target::new(Some(&attribute.value), Stored::Attribute(whole, name))));
            }
            Expr::Subscript(subscript) if !subscript.slice.is_slice_expr() => {
                found.extend(parsed().map(|whole| Target::new(Some(target), Stored::Item(whole))));
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|item| self.targets(item, found)),
            Expr::List(list) => list.elts.iter().for_each(|item| self.targets(item, found)),
            Expr::Starred(starred) => self.targets(&starred.value, found),
            _ => {}
        }
    }

    pub(super) fn walruses(&self, expr: &'s Expr, found: &mut Vec<Target<'s>>) {
        found.extend(walrus::certain(expr).into_iter().map(|name| self.name(name)));
    }

    /// Adds a site, if it stores anything.
    pub(super) fn site(
        &mut self,
        lines: (u32, u32),
        runs: bool,
        body: Option<(u32, u32)>,
        targets: &[Target<'s>],
    ) -> Option<&mut Site> {
        let names: Vec<Option<&str>> = targets.iter().map(Target::name).collect();
        let mut stores = Vec::new();
        for (n, Target { parts, into, only }) in targets.iter().enumerate() {
            let used = parts.map(walrus::names_in).unwrap_or_default();
            let uses = |names: &[Option<&str>]| names.iter().flatten().any(|name| used.contains(name));
            let when = match (uses(&names[..n]), uses(&names[n + 1..])) {
                (false, false) => When::Both,
                (true, false) => When::After,
                (false, true) => When::Before,
                (true, true) => continue,
            };
            stores.push(Store { into: into.clone(), when, only: only.clone() });
        }
        if stores.is_empty() {
            return None;
        }
        let runs = runs || lines.0 != lines.1;
        let elsewhere = Vec::new();
        self.sites.push(Site { scope: self.scope, lines, runs, body, elsewhere, again: false, stores });
        self.sites.last_mut()
    }

    /// Adds the statements of a body.
    pub(super) fn block(&mut self, body: &'s [Stmt]) {
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

    /// The stores of a simple statement.
    pub(super) fn simple(&self, stmt: &'s Stmt, found: &mut Vec<Target<'s>>) {
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
            let into = if store.when == When::Both { into } else { format!("{into} {:?}", store.when) };
            let again = if store.only.again { " Again" } else { "" };
            let holds = store.only.holds.as_ref().map_or("", |_| " If");
            format!("{into}{again}{holds}")
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
                "5-5 <module>: q If",
                "6-6 <module>: r",
                "7-7 <module>: v, w",
                "8-8* <module>: y",
                "9-9 in 10-11 <module>: k.m/m",
                "10-10 in 11-11 <module>: l, q, r",
                "11-11 <module>: s",
                "12-12 <module>: _ Again",
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

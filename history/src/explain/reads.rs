//! Finds what a statement reads when it runs, and how relevant each read is to a failure there.

use connie_source::python::{called_name, slice};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{CmpOp, Comprehension, Expr, ExprContext, Stmt};
use ruff_text_size::Ranged;
use rustc_hash::FxHashSet;

use super::code::Code;
use super::kinds::stored;

/// The part of a statement that is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Focus {
    /// Everything that it reads.
    All,
    /// One of its expressions, by its range in the text.
    Part(u32, u32),
}

impl Focus {
    /// An expression.
    pub fn on(expr: &Expr) -> Self {
        Self::Part(u32::from(expr.start()), u32::from(expr.end()))
    }
}

/// A read of a statement.
#[derive(Clone, Debug)]
pub(super) struct Read {
    /// The variable, attribute or item as written.
    pub text: String,
    /// The relevance, from 0 to 1.
    pub weight: f64,
    /// The name of the call to which the value is passed, or which is a method of the value.
    pub via: Option<String>,
}

/// The reads and calls of a statement on a line.
#[derive(Default)]
pub(super) struct Reads<'s> {
    /// The values.
    pub reads: Vec<Read>,
    /// The names of the functions that it calls.
    pub calls: FxHashSet<&'s str>,
    /// Attributes of call results: the name of the function, and the name of the attribute.
    pub attributes: Vec<(&'s str, &'s str)>,
    /// `getattr(OBJECT, NAME)`: the texts of both arguments.
    pub dynamic: Vec<(&'s str, &'s str)>,
    /// Its expressions.
    pub exprs: Vec<&'s Expr>,
}

/// The weight of the expected side of an assertion.
const EXPECTED: f64 = 0.15;

impl<'s> Reads<'s> {
    /// The reads of a statement on a line.
    pub fn of(code: &'s Code<'_>, stmt: &'s Stmt, line: u32, focus: Focus, within_lambda: bool) -> Self {
        let mut found = Self::default();
        let weighted = match focus {
            Focus::All => expressions(code, stmt, line),
            Focus::Part(start, end) => part(stmt, start, end).map(|expr| vec![(expr, 1.0)]).unwrap_or_default(),
        };
        for (expr, weight) in weighted {
            found.exprs.push(expr);
            let mut loads = Loads {
                text: code.statements.text,
                bound: Vec::new(),
                weight,
                reads: &mut found.reads,
                calls: &mut found.calls,
                attributes: &mut found.attributes,
                dynamic: &mut found.dynamic,
                within_lambda,
                via: None,
            };
            loads.visit_expr(expr);
        }
        // `x += 1` reads `x`, which the syntax tree has as a target.
        if let (Stmt::AugAssign(change), Focus::All) = (stmt, focus)
            && let Expr::Name(name) = &*change.target
        {
            found.reads.push(Read { text: name.id.to_string(), weight: 0.95, via: None });
        }
        let mut known = FxHashSet::default();
        found.reads.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        found.reads.retain(|read| known.insert(read.text.clone()));
        found
    }
}

/// The expressions that run on a line of a statement, each with its relevance.
fn expressions<'s>(code: &Code<'_>, stmt: &'s Stmt, line: u32) -> Vec<(&'s Expr, f64)> {
    let all = |exprs: Vec<&'s Expr>| exprs.into_iter().map(|expr| (expr, 1.0)).collect();
    match stmt {
        Stmt::If(choice) => {
            let clauses = choice.elif_else_clauses.iter().filter_map(|clause| clause.test.as_ref());
            let on_line = |test: &&Expr| {
                let (first, last) = code.lines(*test);
                (first..=last).contains(&line)
            };
            all(vec![clauses.into_iter().find(on_line).unwrap_or(&choice.test)])
        }
        Stmt::While(again) => all(vec![&again.test]),
        Stmt::For(each) => all(vec![&each.iter]),
        Stmt::With(with) => all(with.items.iter().map(|item| &item.context_expr).collect()),
        Stmt::Match(choice) => all(vec![&choice.subject]),
        Stmt::FunctionDef(function) => all(function.parameters.iter().filter_map(|each| each.default()).collect()),
        Stmt::ClassDef(_) | Stmt::Try(_) => Vec::new(),
        Stmt::Assert(assert) => compared(&assert.test),
        Stmt::Expr(line) => match &*line.value {
            Expr::Call(call) if called_name(call).is_some_and(is_assertion) => match &call.arguments.args[..] {
                [actual, expected, ..] => sides(actual, expected),
                args => all(args.iter().collect()),
            },
            value => all(vec![value]),
        },
        Stmt::Assign(assign) => {
            let mut found = vec![(&*assign.value, 1.0)];
            found.extend(assign.targets.iter().map(|target| (target, 0.5)));
            found
        }
        Stmt::AugAssign(assign) => vec![(&*assign.value, 1.0), (&*assign.target, 0.8)],
        Stmt::AnnAssign(assign) => all(assign.value.as_deref().into_iter().collect()),
        Stmt::Return(given) => all(given.value.as_deref().into_iter().collect()),
        Stmt::Raise(raise) => {
            let mut found: Vec<(&Expr, f64)> = raise.exc.as_deref().map(|exc| (exc, 0.6)).into_iter().collect();
            found.extend(raise.cause.as_deref().map(|cause| (cause, 0.9)));
            found
        }
        Stmt::Delete(delete) => all(delete.targets.iter().collect()),
        _ => Vec::new(),
    }
}

/// Whether a function compares an actual value with an expected one.
fn is_assertion(name: &str) -> bool {
    name.starts_with("assert") && name != "assertRaises" && name != "assertRaisesRegex"
}

/// The sides of an assertion's comparison: the actual side is more relevant than the expected one.
fn compared(test: &Expr) -> Vec<(&Expr, f64)> {
    match test {
        Expr::Compare(compare) => match (&compare.ops[..], &compare.comparators[..]) {
            ([CmpOp::Eq | CmpOp::NotEq | CmpOp::Is | CmpOp::IsNot], [right]) => sides(&compare.left, right),
            _ => vec![(test, 1.0)],
        },
        Expr::BoolOp(all) => all.values.iter().flat_map(compared).collect(),
        _ => vec![(test, 1.0)],
    }
}

fn sides<'s>(left: &'s Expr, right: &'s Expr) -> Vec<(&'s Expr, f64)> {
    let (first, second) = (is_expected(left), is_expected(right));
    match (first, second) {
        (true, false) => vec![(right, 1.0), (left, EXPECTED)],
        (false, true) => vec![(left, 1.0), (right, EXPECTED)],
        (false, false) => vec![(left, 1.0), (right, 0.9)],
        (true, true) => vec![(left, 1.0), (right, 0.6)],
    }
}

/// Whether an expression looks like an expected value: it calls no code of the program, or its name says so.
pub(super) fn is_expected(expr: &Expr) -> bool {
    match expr {
        Expr::Name(name) => ["expect", "want", "correct", "wanted"].iter().any(|word| name.id.contains(word)),
        Expr::Attribute(_) | Expr::Subscript(_) | Expr::Await(_) => false,
        expr => {
            let mut found = Calls { found: false, names: false };
            found.visit_expr(expr);
            !found.found && !found.names
        }
    }
}

struct Calls {
    found: bool,
    names: bool,
}

impl<'s> Visitor<'s> for Calls {
    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            // Classes that create an expected value.
            Expr::Call(call) => {
                let is_class = called_name(call).is_some_and(|name| name.starts_with(char::is_uppercase));
                self.found |= !is_class;
                call.arguments.args.iter().for_each(|arg| self.visit_expr(arg));
                call.arguments.keywords.iter().for_each(|keyword| self.visit_expr(&keyword.value));
            }
            Expr::Name(name) => self.names |= !name.id.starts_with(char::is_uppercase),
            _ => visitor::walk_expr(self, expr),
        }
    }
}

/// The expression of a statement with a range.
pub(super) fn part(stmt: &Stmt, start: u32, end: u32) -> Option<&Expr> {
    let mut finder = ByRange { start, end, found: None };
    finder.visit_stmt(stmt);
    finder.found
}

/// A visitor that finds an expression by its range.
struct ByRange<'s> {
    start: u32,
    end: u32,
    found: Option<&'s Expr>,
}

impl<'s> Visitor<'s> for ByRange<'s> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        let (start, end) = (u32::from(expr.start()), u32::from(expr.end()));
        if (start, end) == (self.start, self.end) {
            self.found.get_or_insert(expr);
        } else if start <= self.start && self.end <= end {
            visitor::walk_expr(self, expr);
        }
    }
}

/// A visitor that finds the places that an expression loads, each as long as it is written.
struct Loads<'a, 's> {
    text: &'s str,
    /// Names that enclosing comprehensions bind.
    bound: Vec<String>,
    weight: f64,
    reads: &'a mut Vec<Read>,
    calls: &'a mut FxHashSet<&'s str>,
    attributes: &'a mut Vec<(&'s str, &'s str)>,
    dynamic: &'a mut Vec<(&'s str, &'s str)>,
    within_lambda: bool,
    via: Option<&'s str>,
}

impl<'s> Loads<'_, 's> {
    fn add(&mut self, expr: &'s Expr, weight: f64) {
        let is_bound = root(expr).is_none_or(|name| self.bound.iter().any(|bound| bound == name));
        let text = slice(self.text, expr);
        if !is_bound && text.len() <= 200 {
            let via = self.via.map(str::to_owned);
            self.reads.push(Read { text: text.to_owned(), weight: self.weight * weight, via });
        }
    }

    fn comprehension(&mut self, generators: &'s [Comprehension], parts: &[&'s Expr]) {
        let before = self.bound.len();
        for each in generators {
            self.visit_expr(&each.iter);
            let mut names = Names(Vec::new());
            names.visit_expr(&each.target);
            self.bound.extend(names.0);
            each.ifs.iter().for_each(|test| self.visit_expr(test));
        }
        parts.iter().for_each(|part| self.visit_expr(part));
        self.bound.truncate(before);
    }
}

impl<'s> Visitor<'s> for Loads<'_, 's> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Load => self.add(expr, 1.0),
            Expr::Attribute(attribute) => {
                self.add(expr, 1.0);
                match &*attribute.value {
                    Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls") => {}
                    value @ Expr::Name(_) => self.add(value, 0.6),
                    value => {
                        if let Expr::Call(call) = value
                            && let Some(name) = called_name(call)
                        {
                            self.attributes.push((name, attribute.attr.as_str()));
                        }
                        self.visit_expr(value);
                    }
                }
            }
            Expr::Subscript(item) => {
                self.add(expr, 1.0);
                self.visit_expr(&item.value);
                self.visit_expr(&item.slice);
            }
            Expr::Call(call) => {
                self.calls.extend(called_name(call));
                if let (Some("getattr"), [object, name, ..]) = (called_name(call), &call.arguments.args[..]) {
                    self.dynamic.push((slice(self.text, object), slice(self.text, name)));
                }
                let outer = self.via;
                self.via = called_name(call).or(outer);
                match &*call.func {
                    Expr::Attribute(method) => {
                        let before = self.weight;
                        self.weight *= 0.8;
                        match &*method.value {
                            Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls") => {}
                            value => self.visit_expr(value),
                        }
                        self.weight = before;
                    }
                    func => self.visit_expr(func),
                }
                let before = self.weight;
                self.weight *= if stored(expr).is_some() { 1.0 } else { 0.9 };
                call.arguments.args.iter().for_each(|arg| self.visit_expr(arg));
                call.arguments.keywords.iter().for_each(|keyword| self.visit_expr(&keyword.value));
                (self.weight, self.via) = (before, outer);
            }
            Expr::Lambda(_) if !self.within_lambda => {}
            Expr::ListComp(made) => self.comprehension(&made.generators, &[&made.elt]),
            Expr::SetComp(made) => self.comprehension(&made.generators, &[&made.elt]),
            Expr::Generator(made) => self.comprehension(&made.generators, &[&made.elt]),
            Expr::DictComp(made) => self.comprehension(
                &made.generators,
                &made.key.as_deref().into_iter().chain([&*made.value]).collect::<Vec<_>>(),
            ),
            _ => visitor::walk_expr(self, expr),
        }
    }
}

/// The variable at the beginning of a place.
pub(super) fn root(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => root(&attribute.value),
        Expr::Subscript(item) => root(&item.value),
        _ => None,
    }
}

struct Names(Vec<String>);

impl<'s> Visitor<'s> for Names {
    fn visit_expr(&mut self, expr: &'s Expr) {
        if let Expr::Name(name) = expr {
            self.0.push(name.id.to_string());
        }
        visitor::walk_expr(self, expr);
    }
}

//! Determines how to count a statement's runs: by the hits of its first line if no other code has events there;
//! otherwise by how often its function came to it.

use std::collections::{BTreeMap, HashSet};

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

/// Lines of a statement that are counted together: it ran whenever control came to them from other lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// The last line of the statement, or of its head.
    pub last: u32,
    /// The last line from which control may come back without running the statement again.
    pub inside: u32,
    /// The enclosing function; `None` in the module.
    pub function: Option<usize>,
}

/// How to count lines whose events do not tell how often they ran.
#[derive(Clone, Debug, Default)]
pub struct Counting {
    /// Statements counted when control comes to them, by first line.
    pub regions: BTreeMap<u32, Region>,
    /// Lines without a count: lines of a statement after its first, and lines that cannot be counted.
    pub silent: HashSet<u32>,
}

/// The head of a statement, as offsets in the source.
pub(super) struct Head {
    start: usize,
    end: usize,
    inside: usize,
    rule: Rule,
}

/// How a head is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// By the events of its line, if it is on one line.
    Events,
    /// By how often control comes to it.
    Entered,
    /// Not counted.
    Silent,
}

impl Head {
    fn new(start: usize, end: usize, is_entered: bool) -> Self {
        Self { start, end, inside: end, rule: if is_entered { Rule::Entered } else { Rule::Events } }
    }
}

impl Counting {
    /// Registers a statement of a function; `line` returns the line of an offset.
    pub(super) fn note(&mut self, stmt: &Stmt, function: Option<usize>, line: impl Fn(usize) -> u32) {
        for head in heads(stmt, &line) {
            let (first, last) = (line(head.start), line(last_of(head.start, head.end)));
            if self.silent.contains(&first) {
                continue;
            }
            match head.rule {
                Rule::Silent => self.silent.extend(first..=last),
                Rule::Events if first == last => {}
                _ => {
                    let inside = line(last_of(head.start, head.inside));
                    let region = self.regions.entry(first).or_insert(Region { last, inside, function });
                    region.last = region.last.max(last);
                    region.inside = region.inside.max(inside);
                    self.silent.extend(first + 1..=last);
                }
            }
        }
    }

    /// Whether a line is the head of a statement around another line, to which control returns when it leaves that
    /// statement.
    #[must_use]
    pub fn leaves(&self, head: u32, line: u32) -> bool {
        let region = self.regions.range(..=head).next_back();
        region.is_some_and(|(_, region)| head <= region.last && region.last < line && line <= region.inside)
    }
}

/// The offset of the last byte between two offsets.
fn last_of(start: usize, end: usize) -> usize {
    end.saturating_sub(1).max(start)
}

fn heads(stmt: &Stmt, line: &impl Fn(usize) -> u32) -> Vec<Head> {
    let start = usize::from(stmt.start());
    let head = |expr: &Expr| Head::new(start, usize::from(expr.end()), has_scopes(expr));
    match stmt {
        Stmt::If(choice) => {
            let mut found = vec![head(&choice.test)];
            for clause in &choice.elif_else_clauses {
                if let Some(test) = &clause.test {
                    found.push(Head::new(usize::from(clause.start()), usize::from(test.end()), has_scopes(test)));
                }
            }
            found
        }
        Stmt::While(again) => vec![of_loop(stmt, head(&again.test), &again.body, line)],
        Stmt::For(each) => {
            let entered = has_scopes(&each.iter) || has_scopes(&each.target);
            vec![of_loop(stmt, Head::new(start, usize::from(each.iter.end()), entered), &each.body, line)]
        }
        Stmt::Match(choice) => vec![head(&choice.subject)],
        // Control returns to its first line when the body is done.
        Stmt::With(with) => {
            let end = with.items.iter().map(|item| usize::from(item.end())).max().unwrap_or(start + 1);
            vec![Head { inside: usize::from(stmt.end()), ..Head::new(start, end, true) }]
        }
        Stmt::Try(attempt) => {
            let of_handler = |ExceptHandler::ExceptHandler(handler): &ExceptHandler| {
                let ty = handler.type_.as_deref()?;
                Some(Head::new(usize::from(handler.start()), usize::from(ty.end()), has_scopes(ty)))
            };
            attempt.handlers.iter().filter_map(of_handler).collect()
        }
        Stmt::FunctionDef(function) => vec![of_definition(function, line)],
        Stmt::ClassDef(class) => {
            let first = class.decorator_list.first().map_or(start, |decorator| usize::from(decorator.start()));
            vec![Head { rule: Rule::Silent, ..Head::new(first, usize::from(class.name.end()), false) }]
        }
        // From 3.14 on, annotations are a separate code object on this line.
        Stmt::AnnAssign(_) | Stmt::TypeAlias(_) => vec![Head::new(start, usize::from(stmt.end()), true)],
        _ => {
            let mut scopes = Scopes::default();
            scopes.visit_stmt(stmt);
            vec![Head::new(start, usize::from(stmt.end()), scopes.found)]
        }
    }
}

/// A loop whose body is on the lines of its head shares its events in each iteration; so does code of other scopes
/// there.
fn of_loop(stmt: &Stmt, head: Head, body: &[Stmt], line: &impl Fn(usize) -> u32) -> Head {
    let last = line(last_of(head.start, head.end));
    if body.first().is_none_or(|first| line(usize::from(first.start())) > last) {
        return head;
    }
    let mut scopes = Scopes::default();
    scopes.visit_stmt(stmt);
    let end = usize::from(stmt.end());
    let is_plain = !scopes.found && line(head.start) == line(last_of(head.start, end));
    Head { end, rule: if is_plain { Rule::Events } else { Rule::Silent }, ..head }
}

/// Decorators run from the first to the last, and are called from the last to the first.
fn of_definition(function: &StmtFunctionDef, line: &impl Fn(usize) -> u32) -> Head {
    let decorator = function.decorator_list.first();
    let start = decorator.map_or(usize::from(function.range.start()), |decorator| usize::from(decorator.start()));
    let parameters = usize::from(function.parameters.range.end());
    let end = function.returns.as_deref().map_or(parameters, |returns| usize::from(returns.end()));
    let body = function.body.first().map_or(u32::MAX, |body| line(usize::from(body.start())));
    let mut scopes = Scopes::default();
    scopes.visit_parameters(&function.parameters);
    let is_annotated = function.returns.is_some()
        || function.type_params.is_some()
        || function.parameters.iter().any(|parameter| parameter.annotation().is_some());
    let shares = decorator.is_some() || is_annotated || scopes.found || body <= line(last_of(start, end));
    Head::new(start, end, shares)
}

fn has_scopes(expr: &Expr) -> bool {
    let mut scopes = Scopes::default();
    scopes.visit_expr(expr);
    scopes.found
}

/// A visitor that finds code with separate frames, or iterations, within a line.
#[derive(Default)]
struct Scopes {
    found: bool,
}

impl<'a> Visitor<'a> for Scopes {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Lambda(_) | Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                self.found = true;
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

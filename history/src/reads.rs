//! Finds the lines that read a value: the lines that load a variable, attribute, item or key whenever they run.
//!
//! A recording contains only writes. Reads are derived from the source: the load must be unconditional, its statement
//! must be alone on one line, and its expression must name the place in question when the line is about to run. The
//! following loads are not found: those in comprehensions and lambdas, the right sides of `and` and `or`, and those of
//! lines that may have another event without evaluating everything again: `for`, `with`, comprehensions (3.12 and
//! later), and a `return` that leaves a statement with something to do afterwards.

use std::cell::RefCell;
use std::rc::Rc;

use connie_wire::Value;
use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprContext, Stmt};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use crate::History;
use crate::keys;
use crate::moment::FrameScope;
use crate::timeline::{At, Direction, Position};
use crate::writes::Target;
use connie_expression::Expression;
use connie_recording::error::Error;
use connie_recording::player::Player;
use connie_recording::reader::Recording;
use connie_source::python::slice;

/// The reads of one place in a recording.
#[derive(Debug)]
pub struct Reads {
    target: Target,
    /// The expressions read on a line of a source, if they contain the place's name.
    lines: FxHashMap<(u32, u32), Vec<Expression>>,
    hits: RefCell<FxHashMap<i64, Rc<Vec<u64>>>>,
}

impl Reads {
    /// Finds the lines that may read a place.
    #[must_use]
    pub fn of(recording: &Recording, target: &Target) -> Self {
        let name = name_of(recording, target);
        let mut lines: FxHashMap<(u32, u32), Vec<Expression>> = FxHashMap::default();
        for (id, source) in recording.sources.iter().enumerate() {
            for (line, text) in source.text.as_deref().map(certain).unwrap_or_default() {
                let Ok(expression) = Expression::parse(&text) else { continue };
                if name.as_ref().is_none_or(|name| names(&text, name)) {
                    lines.entry((id as u32, line)).or_default().push(expression);
                }
            }
        }
        Self { target: target.clone(), lines, hits: RefCell::default() }
    }

    /// The nearest read beyond a step: the step at which its line is about to run. Damaged chunks are skipped.
    #[must_use]
    pub fn near(&self, history: &History<'_>, step: u64, direction: Direction) -> Option<u64> {
        let here = history.recording.chunks.partition_point(|chunk| chunk.first_step <= step);
        let in_chunk = |index: usize| -> Option<u64> {
            let hits = self.in_chunk(history, index).ok()?;
            match direction {
                Direction::Forward => hits.iter().find(|hit| **hit > step).copied(),
                Direction::Backward => hits.iter().rev().find(|hit| **hit < step).copied(),
            }
        };
        match direction {
            Direction::Forward => (here.saturating_sub(1)..history.recording.chunks.len()).find_map(in_chunk),
            Direction::Backward => (0..here).rev().find_map(in_chunk),
        }
    }

    fn in_chunk(&self, history: &History<'_>, index: usize) -> Result<Rc<Vec<u64>>, Error> {
        let chunk = &history.recording.chunks[index];
        if let Some(known) = self.hits.borrow().get(&chunk.id) {
            return Ok(Rc::clone(known));
        }
        let mut steps = Vec::new();
        if self.lines.keys().any(|(source, line)| chunk.has_line(*source, *line)) {
            let positions = history.timeline.chunk(history.recording, index)?;
            let mut player: Option<Player<'_>> = None;
            for position in positions.iter() {
                let Some(read) = self.read_at(history, position) else { continue };
                if self.is_it(history, &mut player, position, read)? {
                    steps.push(position.step);
                }
            }
        }
        let steps = Rc::new(steps);
        self.hits.borrow_mut().insert(chunk.id, Rc::clone(&steps));
        Ok(steps)
    }

    fn read_at(&self, history: &History<'_>, position: &Position) -> Option<&Vec<Expression>> {
        if position.at != At::Line {
            return None;
        }
        if let Target::Slot { frame, .. } = self.target
            && frame != position.frame
        {
            return None;
        }
        let function = history.recording.function(position.code)?;
        // Lambdas and generators on a line have separate frames, which do not perform the line's loads.
        let name = function.name.rsplit('.').next().unwrap_or_default();
        if name.starts_with('<') && name != "<module>" {
            return None;
        }
        self.lines.get(&(function.source, position.line))
    }

    /// Whether one of these expressions names the place when a line is about to run.
    fn is_it<'r>(
        &self,
        history: &History<'r>,
        player: &mut Option<Player<'r>>,
        position: &Position,
        read: &[Expression],
    ) -> Result<bool, Error> {
        if player.is_none() {
            *player = Some(Player::at(history.recording, position.step)?.0);
        }
        let Some(player) = player else { return Ok(false) };
        while player.step() < position.step && player.next_step().is_some() {}
        let Some(frame) = player.stack().last().copied() else { return Ok(false) };
        let source = history.recording.function(frame.code).map(|function| function.source);
        let namespace = |source| history.modules.namespace(history.recording, history.timeline, source, frame.frame);
        let globals = source.and_then(namespace);
        let scope = FrameScope::new(history.recording, player, frame, globals);
        Ok(read.iter().any(|expression| {
            let Ok((place, false)) = expression.place_doubtful(&scope) else { return false };
            let place = keys::from_start(player, place);
            let found = Target::of(&*player, place, frame, globals, frame.namespace != 0);
            found.as_ref() == Some(&self.target)
        }))
    }
}

/// The name that an expression must contain to read a place; `None` if any subscript may.
fn name_of(recording: &Recording, target: &Target) -> Option<String> {
    match target {
        Target::Slot { frame, slot, .. } => {
            let code = recording.birth_of(*frame).and_then(|index| {
                let chunk = recording.chunk(index).ok()?;
                chunk.entries.iter().find_map(|entry| match entry {
                    connie_recording::chunk::Entry::Op(connie_wire::Op::Call { frame: found, code, .. })
                        if found == frame =>
                    {
                        Some(*code)
                    }
                    _ => None,
                })
            })?;
            recording.function(code)?.slots.get(*slot as usize).cloned()
        }
        Target::Item { key: Value::Str(name), .. } => Some(String::from_utf8_lossy(&name.bytes).into_owned()),
        Target::Item { .. } => None,
    }
}

/// Whether an expression may name a place with this name: it ends with the name, or is an item.
fn names(text: &str, name: &str) -> bool {
    text.ends_with(']') || text == name || text.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'))
}

/// The loads of a source that happen whenever their line runs: line (from 1) and text.
fn certain(text: &str) -> Vec<(u32, String)> {
    let Ok(parsed) = connie_source::parse::module(text) else { return Vec::new() };
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(n, _)| n).collect();
    let mut loads = Loads { text, ends, line: 0, guards: 0, found: Vec::new() };
    StatementVisitor::visit_body(&mut loads, &parsed.syntax().body);
    loads.found
}

struct Loads<'a> {
    text: &'a str,
    ends: Vec<usize>,
    line: u32,
    /// The number of enclosing statements that have something to do when a `return` leaves them.
    guards: u32,
    found: Vec<(u32, String)>,
}

impl Loads<'_> {
    fn line_of(&self, offset: usize) -> u32 {
        self.ends.partition_point(|end| *end < offset) as u32 + 1
    }

    /// Adds the expressions that a line evaluates, if they are on that line alone.
    fn take(&mut self, start: usize, expressions: &[&Expr]) {
        self.line = self.line_of(start);
        let begin = self.text[..start].rfind('\n').map_or(0, |end| end + 1);
        let is_first = self.text[begin..start].trim().is_empty();
        if !is_first || expressions.iter().any(|expression| has_comprehension(expression)) {
            return;
        }
        for expression in expressions {
            if self.line_of(usize::from(expression.end())) == self.line {
                self.visit_expr(expression);
            }
        }
    }
}

impl StatementVisitor<'_> for Loads<'_> {
    fn visit_stmt(&mut self, stmt: &Stmt) {
        let start = usize::from(stmt.start());
        match stmt {
            Stmt::If(branch) => {
                self.take(start, &[&branch.test]);
                for clause in &branch.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.take(usize::from(clause.start()), &[test]);
                    }
                }
            }
            Stmt::While(branch) => self.take(start, &[&branch.test]),
            Stmt::Match(choice) => self.take(start, &[&choice.subject]),
            Stmt::Return(_) if self.guards > 0 => {}
            Stmt::With(_) | Stmt::For(_) | Stmt::Try(_) | Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            // A message is only evaluated if the assertion fails; annotations are not always evaluated.
            Stmt::Assert(assert) => self.take(start, &[&assert.test]),
            Stmt::AnnAssign(assign) => {
                let value: Vec<&Expr> = assign.value.as_deref().into_iter().collect();
                self.take(start, &value);
            }
            simple => {
                let mut own = Own(Vec::new());
                visitor::walk_stmt(&mut own, simple);
                if self.line_of(start) == self.line_of(usize::from(simple.end())) {
                    self.take(start, &own.0);
                    // The target of an augmented assignment is read first.
                    if let Stmt::AugAssign(assign) = simple {
                        let mut target = (*assign.target).clone();
                        match &mut target {
                            Expr::Name(name) => name.ctx = ExprContext::Load,
                            Expr::Attribute(attribute) => attribute.ctx = ExprContext::Load,
                            Expr::Subscript(subscript) => subscript.ctx = ExprContext::Load,
                            _ => {}
                        }
                        self.take(start, &[&target]);
                    }
                }
            }
        }
        let guards = match stmt {
            Stmt::With(_) | Stmt::Try(_) => self.guards + 1,
            Stmt::FunctionDef(_) => 0,
            _ => self.guards,
        };
        let before = std::mem::replace(&mut self.guards, guards);
        walk_stmt(self, stmt);
        self.guards = before;
    }
}

fn has_comprehension(expression: &Expr) -> bool {
    struct Found(bool);
    impl<'s> Visitor<'s> for Found {
        fn visit_expr(&mut self, expr: &'s Expr) {
            self.0 |= matches!(expr, Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_));
            visitor::walk_expr(self, expr);
        }
    }
    let mut found = Found(false);
    found.visit_expr(expression);
    found.0
}

/// The expressions of a statement, without nested statements.
struct Own<'s>(Vec<&'s Expr>);

impl<'s> Visitor<'s> for Own<'s> {
    fn visit_stmt(&mut self, _: &'s Stmt) {}
    fn visit_expr(&mut self, expr: &'s Expr) {
        self.0.push(expr);
    }
}

impl<'s> Visitor<'s> for Loads<'_> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        let is_load = |context: ExprContext| context == ExprContext::Load;
        match expr {
            Expr::Name(name) if is_load(name.ctx) => self.found.push((self.line, name.id.to_string())),
            Expr::Attribute(attribute) if is_load(attribute.ctx) => {
                self.found.push((self.line, slice(self.text, expr).to_owned()));
            }
            Expr::Subscript(subscript) if is_load(subscript.ctx) && !subscript.slice.is_slice_expr() => {
                self.found.push((self.line, slice(self.text, expr).to_owned()));
            }
            // Only the first operand is always evaluated.
            Expr::BoolOp(choice) => return choice.values.first().into_iter().for_each(|first| self.visit_expr(first)),
            Expr::If(choice) => return self.visit_expr(&choice.test),
            Expr::Compare(compare) => {
                self.visit_expr(&compare.left);
                return compare.comparators.first().into_iter().for_each(|first| self.visit_expr(first));
            }
            Expr::Generator(made) => return made.generators.first().into_iter().for_each(|g| self.visit_expr(&g.iter)),
            Expr::Lambda(_) => return,
            _ => {}
        }
        visitor::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_are_those_that_happen() {
        let text = "\
x = a.b[c] + f(d)
if p and q:
    y[z] = (k for k in ks)
elif r:
    t.u += 1
for i in js:
    g(
        i)
assert u < v < w, m
del n[o]
if a: b = c
d = e; f = g
h = [i for i in j]
with l as k:
    return m
def f():
    return n
";
        let found = certain(text);
        let on =
            |line: u32| found.iter().filter(|(n, _)| *n == line).map(|(_, text)| text.as_str()).collect::<Vec<_>>();
        assert_eq!(on(1), ["a.b[c]", "a.b", "a", "c", "f", "d"]);
        assert_eq!(on(2), ["p"]);
        assert_eq!(on(3), ["ks", "y", "z"]);
        assert_eq!(on(4), ["r"]);
        assert_eq!(on(5), ["t", "t.u", "t"]);
        assert_eq!((on(6), on(7), on(8)), (vec![], vec![], vec![]));
        assert_eq!(on(9), ["u", "v"]);
        assert_eq!(on(10), ["n", "o"]);
        assert_eq!(on(11), ["a"]);
        assert_eq!(on(12), ["e"]);
        assert_eq!((on(13), on(14), on(15)), (vec![], vec![], vec![]));
        assert_eq!(on(17), ["n"]);
    }
}

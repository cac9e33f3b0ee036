//! From a line to what it does not say itself: to other statements of the line, to the frame around a lambda or
//! comprehension, from a returned or yielded value to the statement that gave it.

use connie_recording::error::Error;
use connie_recording::reader::{ChunkInfo, Function};
use connie_source::python::Statements;
use connie_wire::Value;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprGenerator, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::definitions::{Definition, last, outer};
use super::given::{Given, Item};
use super::returns::Back;
use super::seen::Ran;
use super::{How, Lead, Next, Site};
use crate::History;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};

/// Lines of a frame that are looked through for its `return`, and returns that are looked through for an object.
const MAX_RETURNS: usize = 100;
/// Lambdas and comprehensions within each other.
const DEEP: usize = 4;

impl History<'_> {
    /// A place that held an object before a line ran, among those that other statements of the line name which ran
    /// before, or that the line names on which a comprehension, lambda or class body runs.
    pub(super) fn held_around(
        &self,
        site: &Site,
        statements: &Statements<'_>,
        ran: Ran<'_>,
        value: &Value,
    ) -> Result<Option<Lead>, Error> {
        if !matches!(value, Value::Object(_)) {
            return Ok(None);
        }
        let (start, mut site) = (ran.start(), *site);
        for statement in statements.on(site.line.line).iter().rev().filter(|statement| statement.start() < start) {
            if let Some(lead) = self.held(&site, statements.text, Ran::Statement(statement), value)? {
                return Ok(Some(lead));
            }
        }
        for _ in 0..DEEP {
            let Some(line) = self.around(&site.line)? else { break };
            site.line = line;
            let on = statements.on(line.line).into_iter().rev().map(Ran::Statement);
            for ran in std::iter::once(ran).chain(on) {
                if let Some(lead) = self.held(&site, statements.text, ran, value)? {
                    return Ok(Some(lead));
                }
            }
        }
        Ok(None)
    }

    /// The line that runs in the function around a lambda, comprehension or class body.
    fn around(&self, line: &Position) -> Result<Option<Position>, Error> {
        let Some(function) = self.recording.function(line.code) else { return Ok(None) };
        let moment = Moment::at(self.recording, line.step)?;
        let Some(own) = Self::frame_at(&moment, line.frame) else { return Ok(None) };
        let is_inner = last(&function.name).starts_with('<') || own.namespace != 0;
        if !is_inner || function.name == "<module>" {
            return Ok(None);
        }
        let stack = moment.player.stack();
        let mut below = stack.iter().rev().skip_while(|frame| frame.frame != line.frame).skip(1);
        let is_it = |known: &Function| known.source == function.source && known.name == outer(&function.name);
        let is_outer = |code: u32| self.recording.function(code).is_some_and(is_it);
        let Some(frame) = below.find(|frame| is_outer(frame.code)) else { return Ok(None) };
        let begins = |p: &Position| p.at == At::Line;
        self.timeline.find_frame(self.recording, frame.frame, (line.step, Direction::Backward), |_| true, begins)
    }

    /// The line that gave a value back to its caller, and what ran there.
    pub(super) fn gave<'s>(
        &self,
        inner: &'s Statements<'_>,
        back: &Back,
        value: &Value,
    ) -> Result<Option<(Position, Ran<'s>)>, Error> {
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(back.at.thread, back.at.depth);
        let begins = |p: &Position| p.at == At::Line;
        let before = |step| (step, Direction::Backward);
        let find = |step| self.timeline.find_frame(self.recording, back.at.frame, before(step), chunks, begins);
        let Some(line) = find(back.at.step)? else { return Ok(None) };
        if let Some(body) = self.recording.function(back.at.code).and_then(|function| match last(&function.name) {
            "<lambda>" => match Definition::of(inner, function)? {
                Definition::Lambda(lambda) => Some(&*lambda.body),
                Definition::Def(_) => None,
            },
            "<genexpr>" if back.how == How::Yielded => only_generator(&inner.on(line.line)).map(|one| &*one.elt),
            _ => None,
        }) {
            return Ok(Some((line, Ran::Body(body))));
        }
        let all = inner.on(line.line);
        if back.how == How::Yielded {
            let yields: Vec<&Stmt> = all.into_iter().filter(|statement| has_yield(statement)).collect();
            // Which one yielded an equal number or text is not known.
            let statement = match yields.as_slice() {
                [] => inner.at(line.line),
                [first, more @ ..] => Some(*first).filter(|_| more.is_empty() || matches!(value, Value::Object(_))),
            };
            return Ok(statement.map(|statement| (line, Ran::Statement(statement))));
        }
        if let Some(returned) = all.into_iter().find(|statement| statement.is_return_stmt()) {
            return Ok(Some((line, Ran::Statement(returned))));
        }
        // The latest `return` was before what `finally` and `with` do at their end. What comes to its end gives None.
        let mut step = line.step;
        for _ in 0..MAX_RETURNS {
            let Some(earlier) = find(step)?.filter(|_| *value != Value::None) else { break };
            step = earlier.step;
            let on = inner.on(earlier.line);
            if let [returned @ Stmt::Return(_)] = on.as_slice() {
                return Ok(Some((earlier, Ran::Statement(returned))));
            }
            // Whether this one was reached is not known.
            if on.iter().any(|statement| statement.is_return_stmt()) {
                break;
            }
        }
        Ok(inner.at(line.line).map(|statement| (line, Ran::Statement(statement))))
    }

    /// From the value of a `StopIteration` to the return of the very object before the line.
    pub(super) fn through_stop(&self, site: &Site, given: &Given<'_>, value: &Value) -> Result<Option<Next>, Error> {
        let is_value = |expr: &Expr| matches!(expr, Expr::Attribute(attribute) if attribute.attr.as_str() == "value");
        if !matches!(value, Value::Object(_)) || !given.values.iter().any(|(expr, _)| is_value(expr)) {
            return Ok(None);
        }
        let line = &site.line;
        let chunks = |chunk: &ChunkInfo| chunk.may_reach(line.thread, line.depth);
        let of_frame = |p: &Position| {
            p.thread == line.thread
                && (p.at == At::Return && p.depth == line.depth + 1 || p.at == At::Call && p.frame == line.frame)
        };
        let mut step = line.step;
        for _ in 0..MAX_RETURNS {
            let found = self.timeline.find(self.recording, step, Direction::Backward, chunks, of_frame)?;
            let Some(at) = found.filter(|at| at.at == At::Return) else { break };
            step = at.step;
            let moment = Moment::at(self.recording, step)?;
            if matches!(&moment.step.event, connie_recording::player::Event::Return(back) if back == value) {
                let name = self.recording.function(at.code).map_or("?", |f| f.name.as_str()).to_owned();
                return self.through_back(Back { how: How::Returned, at, name, item: Item::Whole }, value).map(Some);
            }
        }
        Ok(None)
    }
}

impl Ran<'_> {
    /// Where its text begins.
    fn start(self) -> TextSize {
        match self {
            Ran::Statement(statement) => statement.start(),
            Ran::Body(expr) => expr.start(),
        }
    }
}

/// The generator expression of some statements, if they have only one.
fn only_generator<'s>(statements: &[&'s Stmt]) -> Option<&'s ExprGenerator> {
    let mut generators = Generators(Vec::new());
    for statement in statements {
        generators.visit_stmt(statement);
    }
    generators.0.dedup_by_key(|one| one.start());
    match generators.0.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

struct Generators<'s>(Vec<&'s ExprGenerator>);

impl<'s> Visitor<'s> for Generators<'s> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        if let Expr::Generator(generator) = expr {
            self.0.push(generator);
        }
        visitor::walk_expr(self, expr);
    }
}

/// Whether a statement itself yields.
fn has_yield(statement: &Stmt) -> bool {
    struct Yields(bool, u32);
    impl<'s> Visitor<'s> for Yields {
        fn visit_stmt(&mut self, stmt: &'s Stmt) {
            self.1 += 1;
            if self.1 == 1 {
                visitor::walk_stmt(self, stmt);
            }
        }

        fn visit_expr(&mut self, expr: &'s Expr) {
            match expr {
                Expr::Yield(_) | Expr::YieldFrom(_) => self.0 = true,
                Expr::Lambda(_) => {}
                _ => visitor::walk_expr(self, expr),
            }
        }
    }
    let mut yields = Yields(false, 0);
    yields.visit_stmt(statement);
    yields.0
}

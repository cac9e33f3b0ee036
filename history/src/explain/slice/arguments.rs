//! Follows a parameter to its argument, or to its default.

use connie_expression::{Expression, Got};
use connie_recording::error::Error;
use connie_source::python::slice;
use connie_wire::Value;
use ruff_python_ast::Expr;

use super::{Edge, How, Slicer, unless_cancelled};
use crate::History;
use crate::explain::calls::{self, Passed};
use crate::explain::code::Code;
use crate::explain::frames::Frames;
use crate::explain::quick::{Quick, QuickScope};
use crate::explain::reads::{Focus, Read};
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};

impl Slicer<'_, '_> {
    /// The line that called a frame, given the position of its call.
    pub(super) fn caller(&self, call: &Position) -> Result<Option<Position>, Error> {
        let Some(depth) = call.depth.checked_sub(1).filter(|depth| *depth > 0) else { return Ok(None) };
        let recording = self.history.recording;
        let below = |p: &Position| p.thread == call.thread && p.depth == depth;
        let found = self.history.timeline.find(
            recording,
            call.step,
            Direction::Backward,
            |chunk| chunk.may_reach(call.thread, depth),
            below,
        );
        let Some(below) = unless_cancelled(found)?.flatten().filter(|below| below.at != At::Return) else {
            return Ok(None);
        };
        let line = Frames::line_of(self.history, below.frame, call.thread, depth, call.step);
        Ok(unless_cancelled(line)?.flatten())
    }

    /// Follows a parameter to its argument.
    pub(super) fn argument(
        &mut self,
        index: usize,
        read: &Read,
        call: &Position,
        value: Option<(Value, u64)>,
        weight: f64,
    ) -> Result<(), Error> {
        let Some(function) = self.history.recording.function(call.code) else { return Ok(()) };
        let name = read.text.split(['.', '[', '(']).next().unwrap_or_default();
        let line = match self.caller(call)? {
            Some(line) => Some(line),
            None => self.made_by(name, call)?,
        };
        let Some(line) = line else { return Ok(()) };
        let Some(code) = self.source_of(&line).and_then(|source| self.code(source)) else { return Ok(()) };
        let slot = function.slots.iter().position(|slot| slot == name);
        let passed = code.statements.at(line.line).map(|stmt| calls::passed(&code, stmt, function, slot));
        let (focus, factor) = match passed {
            Some(Passed::By(focus)) => (focus, 0.97),
            Some(Passed::Default) => {
                if self.default(index, name, call, &value, weight)? {
                    return Ok(());
                }
                (Focus::All, 0.7)
            }
            Some(Passed::Unknown) => match self.by_value(&code, &line, value.as_ref())? {
                Some(focus) => (focus, 0.95),
                None => (Focus::All, 0.7),
            },
            None => (Focus::All, 0.5),
        };
        self.add(Some(index), line, focus, Edge::new(How::Passed, weight * factor).named(name.to_owned()).with(value));
        Ok(())
    }

    /// The only argument of a line's calls that had this value: for functions that are called by another name.
    fn by_value(&self, code: &Code<'_>, line: &Position, value: Option<&(Value, u64)>) -> Result<Option<Focus>, Error> {
        let Some((value, _)) = value else { return Ok(None) };
        let Some(stmt) = code.statements.at(line.line) else { return Ok(None) };
        let Some(moment) = unless_cancelled(Moment::at(self.history.recording, line.step))? else { return Ok(None) };
        let Some(frame) = History::frame_at(&moment, line.frame) else { return Ok(None) };
        let names = moment.scope(frame, self.history.globals_of(frame));
        let world = Quick { player: &moment.player, doubt: false };
        let scope = QuickScope { names: &names, world: &world };
        let is_given = |arg: &&Expr| {
            let parsed = Expression::parse(slice(code.statements.text, *arg)).ok();
            let got = parsed.and_then(|parsed| parsed.eval_doubtful(&scope).ok());
            matches!(got, Some((Got::Value(got), _)) if got == *value)
        };
        let made = code.statements.calls(stmt);
        let args = made.iter().flat_map(|call| {
            let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
            call.arguments.args.iter().chain(keywords)
        });
        let mut found = args.filter(|arg| matches!(arg, Expr::Name(_) | Expr::Attribute(_))).filter(is_given);
        let (first, more) = (found.next(), found.next());
        Ok(first.filter(|_| more.is_none()).map(Focus::on))
    }

    /// The line that created a coroutine or generator, found by the trail of a parameter.
    pub(super) fn made_by(&self, name: &str, call: &Position) -> Result<Option<Position>, Error> {
        let trail = unless_cancelled(self.history.trail(name, call.step, call.frame))?;
        Ok(trail.and_then(|trail| trail.hops.get(1).map(|hop| hop.at)).filter(|at| at.at == At::Line))
    }

    /// Follows a parameter without an argument to its default.
    pub(super) fn default(
        &mut self,
        index: usize,
        name: &str,
        call: &Position,
        value: &Option<(Value, u64)>,
        weight: f64,
    ) -> Result<bool, Error> {
        let Some(function) = self.history.recording.function(call.code) else { return Ok(false) };
        let (source, line) = (function.source, function.line);
        let found = self.code(source).and_then(|code| calls::default(&code, line, name));
        let Some((focus, own_line)) = found else { return Ok(false) };
        let of_source = |p: &Position| self.source_of(p) == Some(source);
        let defined = self.history.timeline.find(
            self.history.recording,
            call.step,
            Direction::Backward,
            |chunk| chunk.has_line(source, line),
            |p| p.at == At::Line && p.line == line && of_source(p),
        );
        // The function may have been defined before the recording began: the call stands for the definition.
        let defined = unless_cancelled(defined)?.flatten().unwrap_or(*call);
        let at = Position { line: own_line, ..defined };
        self.add(
            Some(index),
            at,
            focus,
            Edge::new(How::Defaulted, weight * 0.93).named(name.to_owned()).with(value.clone()),
        );
        Ok(true)
    }
}

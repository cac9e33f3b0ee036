//! From a parameter to what was passed for it: by the call's text, by the object, or the default.

use connie_expression::{Expression, Got};
use connie_recording::error::Error;
use connie_recording::reader::{ChunkInfo, Function};
use connie_recording::render::World;
use connie_source::python::{Statements, called_name, slice};
use connie_wire::Value;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use super::definitions::{Definition, last};
use super::given::{Given, Item};
use super::passed::{Callee, From, is_named};
use super::seen::Seen;
use super::{How, Lead, Next, Site};
use crate::History;
use crate::answers::Spot;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};
use crate::writes::Target;

/// Lines with a call that are looked at for the one that made a generator or coroutine.
const MAX_LINES: usize = 50;

impl History<'_> {
    /// From a parameter to what the caller passed for it.
    pub(super) fn through_argument(&self, lead: &Lead, call: &Position, value: &Value) -> Result<Next, Error> {
        let Target::Slot { slot, .. } = lead.place.target else {
            return Ok(Next::end("its call is not known".into()));
        };
        let Some(function) = self.recording.function(call.code) else {
            return Ok(Next::end("its call is not known".into()));
        };
        // Up to 3.10 a parameter that functions share moves to a slot of its own.
        let Some(name) = function.slots.get(slot as usize) else {
            return Ok(Next::end("its call is not known".into()));
        };
        let slot = function.slots.iter().position(|known| known == name).map_or(slot, |first| first as u32);
        let moment = Moment::at(self.recording, call.step)?;
        let stack = moment.player.stack();
        if let Some(caller) = stack.len().checked_sub(2).map(|n| stack[n]) {
            // The caller's line as it began.
            let begins = |p: &Position| p.at == At::Line;
            let chunks = |chunk: &ChunkInfo| chunk.may_reach(call.thread, call.depth.saturating_sub(1));
            let before = (call.step, Direction::Backward);
            let line = self.timeline.find_frame(self.recording, caller.frame, before, chunks, begins)?;
            if let Some(line) = line
                && let Some(next) = self.by_line(&line, call, function, slot, value)?
            {
                return Ok(next);
            }
        }
        if let Some(next) = self.made_earlier(call, function, slot, value)? {
            return Ok(next);
        }
        let seen = self.older(value, call.step.saturating_sub(1))?.map(|seen| format!("; {seen}")).unwrap_or_default();
        Ok(Next::end(format!("it was passed by code that is not recorded{seen}")))
    }

    /// What a line passed for a parameter; nothing where its statement does not show that it made the call.
    fn by_line(
        &self,
        line: &Position,
        call: &Position,
        function: &Function,
        slot: u32,
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        let Some(statements) = self.statements(line.code) else { return Ok(None) };
        let all = statements.on(line.line);
        let source = self.statements(call.code);
        let callee = self.callee(call, function, source.as_ref())?;
        let seen = Seen::at(self, statements.text, line.frame, &[line.step, call.step], &all)?;
        let moment = Moment::at(self.recording, line.step)?;
        let (mut readings, mut is_called) = (Vec::new(), false);
        for made in all.iter().flat_map(|statement| statements.calls(statement)) {
            let (is_own, constructs) = is_named(made, &function.name);
            if is_own || constructs || self.is_callee(&moment, statements.text, line.frame, made, &function.name) {
                is_called = true;
                let is_method = self.is_bound(&moment, statements.text, line.frame, made);
                readings.extend(callee.readings(made, constructs && !is_own, is_method, &seen));
            }
        }
        let name = function.slots[slot as usize].as_str();
        let passed: Vec<From<'_>> = readings.iter().map(|reading| callee.from(reading, name, &seen)).collect();
        let given = given(&passed);
        let is_told = passed.len() == 1 || matches!(value, Value::Object(_));
        if is_told && let Some(next) = self.through_places(line, &given, &seen, value)? {
            return Ok(Some(next));
        }
        if !passed.is_empty() && passed.iter().all(|from| matches!(from, From::Default)) {
            return Ok(Some(self.default(callee.definition, source.as_ref(), function, name)));
        }
        let site = Site { line: *line, seen: call.step };
        if is_told {
            if is_called && let Some(next) = self.through_return(&site, &statements, &given, value)? {
                return Ok(Some(next));
            }
            for statement in all {
                if let Some(lead) = self.held(&site, statements.text, statement, value)? {
                    return Ok(Some(Next::lead(lead)));
                }
            }
        }
        if !is_called {
            return Ok(None);
        }
        // Whether it may be the default.
        let may_default = callee.definition.is_some_and(|known| known.default_of(name).is_some())
            && callee.default_has(name, value, &seen) != Some(false)
            && passed.iter().any(|from| matches!(from, From::Default | From::Unknown(_)));
        if !may_default && let Some(older) = self.older(value, line.step)? {
            return Ok(Some(Next::end(older)));
        }
        let calls = readings.iter().map(|reading| slice(statements.text, reading.call));
        let shown: Vec<&str> = passed
            .iter()
            .zip(calls)
            .map(|(from, call)| if let From::Expr(expr) = from { slice(statements.text, *expr) } else { call })
            .collect();
        Ok(Some(Next::end(passed_by(&Spot::of(self, line), &shown, may_default))))
    }

    /// The first place of those that a line passed which has the value.
    fn through_places(
        &self,
        line: &Position,
        given: &Given<'_>,
        seen: &Seen<'_>,
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        for text in given.places(seen, value) {
            if let Ok((next, found)) = self.lead(&text, line.step, line.frame)?
                && found == *value
            {
                return Ok(Some(Next::lead(next)));
            }
        }
        Ok(None)
    }

    /// A function as a call began.
    fn callee<'s>(
        &self,
        call: &Position,
        function: &'s Function,
        source: Option<&'s Statements<'_>>,
    ) -> Result<Callee<'s>, Error> {
        let moment = Moment::at(self.recording, call.step)?;
        let items = moment.player.entity(call.frame).map(|entity| entity.items.clone()).unwrap_or_default();
        Ok(Callee::new(function, source.and_then(|source| Definition::of(source, function)), &items))
    }

    /// Whether what is called is a method with its object.
    fn is_bound(&self, moment: &Moment<'_>, text: &str, frame: u64, call: &ExprCall) -> bool {
        let Some(frame) = Self::frame_at(moment, frame) else { return false };
        let Ok(called) = Expression::parse(slice(text, &*call.func)) else { return false };
        let got = called.eval(&moment.scope(frame, self.globals_of(frame)));
        matches!(got, Ok(Got::Value(Value::Method(_))))
    }

    /// The default of a parameter.
    fn default(
        &self,
        definition: Option<Definition<'_>>,
        source: Option<&Statements<'_>>,
        function: &Function,
        name: &str,
    ) -> Next {
        let default = definition.and_then(|known| known.default_of(name));
        let (Some(default), Some(source)) = (default, source) else {
            return Next::end(format!("it is the default of {name}"));
        };
        let text = source.text;
        let line = text[..usize::from(default.start())].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let file = self.recording.short(function.source);
        Next::end(format!("it is the default of {name}, made at line {line} of {file}: {}", slice(text, default)))
    }

    /// Of a generator or coroutine, which begins later than it is called: the only line that called it with this value.
    fn made_earlier(
        &self,
        call: &Position,
        function: &Function,
        slot: u32,
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        let recording = self.recording;
        let Some(own_source) = self.statements(call.code) else { return Ok(None) };
        if !Definition::of(&own_source, function).is_some_and(Definition::begins_later) {
            return Ok(None);
        }
        // An equal number or text does not say that this line made it.
        if !matches!(value, Value::Object(_)) {
            return Ok(Some(Next::end("it was passed where the generator was made".into())));
        }
        let callee = self.callee(call, function, Some(&own_source))?;
        let own = last(&function.name);
        let lines = lines_calling(&own_source, own);
        let is_it = |p: &Position| {
            p.at == At::Line
                && lines.contains(&p.line)
                && recording.function(p.code).is_some_and(|f| f.source == function.source)
        };
        let chunks = |chunk: &ChunkInfo| lines.iter().any(|line| chunk.has_line(function.source, *line));
        let (mut step, mut found) = (call.step, Vec::new());
        for _ in 0..MAX_LINES {
            let Some(line) = self.timeline.find(recording, step, Direction::Backward, chunks, is_it)? else {
                let mut all = found.into_iter();
                return Ok(match (all.next(), all.next()) {
                    (Some(next), None) => Some(next),
                    _ => None,
                });
            };
            step = line.step;
            found.extend(self.passes(&line, &own_source, &callee, (function, slot), value)?);
        }
        Ok(None)
    }

    /// What a line passed for a parameter, if it has the value.
    fn passes(
        &self,
        line: &Position,
        statements: &Statements<'_>,
        callee: &Callee<'_>,
        (function, slot): (&Function, u32),
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        let own = last(&function.name);
        let Some(statement) = statements.at(line.line) else { return Ok(None) };
        let seen = Seen::at(self, statements.text, line.frame, &[line.step], &[statement])?;
        let name = &function.slots[slot as usize];
        for made in statements.calls(statement).into_iter().filter(|made| called_name(made) == Some(own)) {
            for reading in callee.readings(made, false, false, &seen) {
                let From::Expr(expr) = callee.from(&reading, name, &seen) else { continue };
                let text = slice(statements.text, expr);
                if let Ok((lead, found)) = self.lead(text, line.step, line.frame)? {
                    if found == *value {
                        return Ok(Some(Next::lead(lead).after(How::Argument, *line, text.to_owned())));
                    }
                } else if seen.has(expr, value) == Some(true) {
                    let at = Spot::of(self, line);
                    return Ok(Some(Next::end(format!("line {} of {} passed it: {text}", at.line, at.file))));
                }
            }
        }
        Ok(None)
    }
}

/// That a line passed a value: what is `shown` is what each call that can be meant passes.
fn passed_by(at: &Spot, shown: &[&str], may_default: bool) -> String {
    let place = format!("line {} of {}", at.line, at.file);
    let default = if may_default { ", or it is the default" } else { "" };
    match shown {
        [] => format!("it was passed while {place} ran"),
        [_] if may_default => format!("{place} passed it{default}"),
        [only] => format!("{place} passed it: {only}"),
        _ => format!("{place} passed it, in one of several calls{default}"),
    }
}

/// The expressions that a parameter may have its value from.
fn given<'s>(passed: &[From<'s>]) -> Given<'s> {
    let mut given = Given::default();
    for from in passed {
        match from {
            From::Expr(expr) => given.values.push((*expr, Item::Whole)),
            From::Item(text) => given.texts.push(text.clone()),
            From::Unknown(texts) => given.texts.extend(texts.iter().cloned()),
            From::Default | From::Own | From::More | From::Missing => {}
        }
    }
    given
}

/// The lines of a source on which something of a name is called.
fn lines_calling(statements: &Statements<'_>, name: &str) -> Vec<u32> {
    let mut reader = Calling { text: statements.text, name, lines: Vec::new() };
    reader.visit_body(statements.body());
    reader.lines
}

struct Calling<'n> {
    text: &'n str,
    name: &'n str,
    lines: Vec<u32>,
}

impl<'s> Visitor<'s> for Calling<'_> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        if let Expr::Call(call) = expr
            && called_name(call) == Some(self.name)
        {
            let line = self.text[..usize::from(call.start())].bytes().filter(|byte| *byte == b'\n').count();
            self.lines.push(line as u32 + 1);
        }
        visitor::walk_expr(self, expr);
    }
}

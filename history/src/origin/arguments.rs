//! From a parameter to what was passed for it: by the call's text, by the object, or the default.

use connie_expression::{Expression, Got};
use connie_recording::error::Error;
use connie_recording::reader::{ChunkInfo, Function};
use connie_recording::render::World;
use connie_source::python::{Statements, slice};
use connie_wire::Value;
use ruff_python_ast::ExprCall;
use ruff_text_size::Ranged;

use super::callee::Line;
use super::definitions::{Definition, last, outer};
use super::given::{Given, Item};
use super::operators::decorated;
use super::passed::{Callee, From, Part, Reading, is_named};
use super::seen::{Ran, Seen};
use super::{Lead, Next, Site};
use crate::History;
use crate::answers::Spot;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};
use crate::writes::Target;

/// A parameter of a function, and what is followed of its value.
struct Parameter<'f> {
    function: &'f Function,
    slot: u32,
    part: Part,
}

impl History<'_> {
    /// From a parameter to what the caller passed for it.
    pub(super) fn through_argument(&self, lead: &Lead, call: &Position, value: &Value) -> Result<Next, Error> {
        let unknown = || Ok(Next::end("its call is not known".into()));
        let Some(function) = self.recording.function(call.code) else { return unknown() };
        let moment = Moment::at(self.recording, call.step)?;
        let parameter = match &lead.place.target {
            Target::Slot { slot, .. } => Some((*slot, lead.item.map_or(Part::Whole, Part::Item))),
            Target::Item { object, key } => collected(&moment, call, *object, key),
        };
        let Some((slot, part)) = parameter else { return unknown() };
        // Up to 3.10 a parameter that functions share moves to a slot of its own.
        let Some(name) = function.slots.get(slot as usize) else { return unknown() };
        let slot = function.slots.iter().position(|known| known == name).map_or(slot, |first| first as u32);
        let parameter = Parameter { function, slot, part };
        let stack = moment.player.stack();
        if let Some(caller) = stack.len().checked_sub(2).map(|n| stack[n]) {
            // The caller's line as it began.
            let begins = |p: &Position| p.at == At::Line;
            let chunks = |chunk: &ChunkInfo| chunk.may_reach(call.thread, call.depth.saturating_sub(1));
            let before = (call.step, Direction::Backward);
            let line = self.timeline.find_frame(self.recording, caller.frame, before, chunks, begins)?;
            if let Some(line) = line
                && let Some(next) = self.by_line(&line, call, &parameter, value)?
            {
                return Ok(next);
            }
        }
        if parameter.part == Part::Whole
            && let Some(next) = self.made_earlier(call, function, slot, value)?
        {
            return Ok(next);
        }
        let seen = self.older(value, call.step.saturating_sub(1))?.map(|seen| format!("; {seen}")).unwrap_or_default();
        Ok(Next::end(format!("it was passed by code that is not recorded{seen}")))
    }

    /// The call whose `*args` or `**kw` a place belongs to, if it was first seen there: the call made this tuple or dict.
    pub(super) fn call_that_collected(&self, lead: &Lead, seen: u64) -> Result<Option<Position>, Error> {
        let Target::Item { object, key } = &lead.place.target else { return Ok(None) };
        let call = self.timeline.position(self.recording, seen)?;
        let Some(function) = self.recording.function(call.code).filter(|_| call.at == At::Call) else {
            return Ok(None);
        };
        let moment = Moment::at(self.recording, seen)?;
        let Some((slot, _)) = collected(&moment, &call, *object, key) else { return Ok(None) };
        let Some(source) = self.statements(call.code) else { return Ok(None) };
        let parameters = Definition::of(&source, function).and_then(Definition::parameters);
        let is_it = parameters.is_some_and(|all| {
            let mut more = all.vararg.iter().chain(&all.kwarg);
            more.any(|one| function.slots.get(slot as usize).is_some_and(|name| one.name.as_str() == name))
        });
        Ok(is_it.then_some(call))
    }

    /// What a line passed for a parameter; nothing where its statement does not show that it made the call.
    fn by_line(
        &self,
        line: &Position,
        call: &Position,
        parameter: &Parameter<'_>,
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        let Parameter { function, slot, part } = parameter;
        let (slot, is_whole) = (*slot, *part == Part::Whole);
        let is_object = matches!(value, Value::Object(_));
        let Some(statements) = self.statements(line.code) else { return Ok(None) };
        let all = statements.on(line.line);
        let source = self.statements(call.code);
        let callee = self.callee(call, function, source.as_ref())?;
        let ran: Vec<Ran<'_>> = all.iter().map(|statement| Ran::Statement(statement)).collect();
        let seen = Seen::at(self, statements.text, line.frame, &[line.step, call.step], &ran)?;
        let (mut readings, is_called) =
            self.calls_on((line, call), &statements, (function, &callee, is_object), &seen)?;
        let name = function.slots[slot as usize].as_str();
        // A call that lacks what it must have passed is not the one.
        readings.retain(|reading| is_whole || !matches!(callee.part(reading, name, part, &seen).0, From::Missing));
        let (passed, items): (Vec<From<'_>>, Vec<Option<i64>>) =
            readings.iter().map(|reading| callee.part(reading, name, part, &seen)).unzip();
        let given = given(&passed);
        let given = items.into_iter().flatten().next().map_or(given.clone(), |n| given.item(n));
        let is_told = passed.len() == 1 || matches!(value, Value::Object(_));
        if is_told && let Some(next) = self.through_places(line, &given, &seen, value)? {
            return Ok(Some(next));
        }
        if is_whole && !passed.is_empty() && passed.iter().all(|from| matches!(from, From::Default)) {
            return self.default(call, callee.definition, source.as_ref(), (function, name), value).map(Some);
        }
        let site = Site { line: *line, seen: call.step };
        if is_told {
            if is_called && let Some(next) = self.through_return(&site, &statements, &given, value)? {
                return Ok(Some(next));
            }
            for ran in ran {
                if let Some(lead) = self.held(&site, statements.text, ran, value)? {
                    return Ok(Some(Next::lead(lead)));
                }
            }
        }
        if !is_called {
            if is_whole
                && let Some(next) = self.through_operator(&site, &statements, &seen, (call, function, slot), value)?
            {
                return Ok(Some(next));
            }
            let is_definition = matches!(value, Value::Object(_) | Value::Function(_) | Value::Class(_));
            let decorated = decorated(&statements.on(line.line), function).filter(|_| is_definition);
            let at = Spot::of(self, line);
            let place = format!("line {} of {}", at.line, at.file);
            return Ok(decorated.map(|name| Next::end(format!("{place} passed it, as a decorator of {name}"))));
        }
        // Whether it may be the default.
        let may_default = is_whole
            && callee.definition.is_some_and(|known| known.default_of(name).is_some())
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

    /// The readings of the calls of a line that can have made a call of a function, and whether there are such calls.
    fn calls_on<'s>(
        &self,
        (line, call): (&Position, &Position),
        statements: &'s Statements<'_>,
        (function, callee, is_object): (&Function, &Callee<'s>, bool),
        seen: &Seen<'_>,
    ) -> Result<(Vec<Reading<'s>>, bool), Error> {
        let moment = Moment::at(self.recording, line.step)?;
        let on = Line { moment: &moment, text: statements.text, at: line };
        let (mut readings, mut is_called) = (Vec::new(), false);
        let class = if last(&function.name) == "__init__" { self.class_of_self(call) } else { None };
        for made in statements.on(line.line).iter().flat_map(|statement| statements.calls(statement)) {
            let named = is_named(made, &function.name).0;
            // An object is the same one, whatever passed it on.
            let is_own = named && (is_object || self.is_called_by_name(&on, made, function));
            let constructs = class.as_deref().is_some_and(|class| self.makes(&on, made, class));
            let calls = callee.is_called_by(made, function, seen);
            if is_own || constructs || calls || self.is_callee(&on, made, function) {
                is_called = true;
                let is_method = self.is_bound(&moment, statements.text, line.frame, made);
                let before = self.before(&on, made);
                readings.extend(callee.readings((made, before), calls || constructs && !is_own, is_method, seen));
            }
        }
        Ok((readings, is_called))
    }

    /// The first place of those that a line passed which has the value.
    pub(super) fn through_places(
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
    pub(super) fn callee<'s>(
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

    /// From the default of a parameter to what had the object where the function was defined.
    fn default(
        &self,
        call: &Position,
        definition: Option<Definition<'_>>,
        source: Option<&Statements<'_>>,
        (function, name): (&Function, &str),
        value: &Value,
    ) -> Result<Next, Error> {
        let default = definition.and_then(|known| known.default_of(name));
        let (Some(default), Some(source)) = (default, source) else {
            return Ok(Next::end(format!("it is the default of {name}")));
        };
        let text = source.text;
        // An equal number or text may be that of another definition.
        if matches!(value, Value::Object(_))
            && let Some(line) = self.defined(call, function)?
            && let Ok((lead, found)) = self.lead(slice(text, default), line.step, line.frame)?
            && found == *value
        {
            return Ok(Next::lead(lead));
        }
        let line = text[..usize::from(default.start())].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let file = self.recording.short(function.source);
        Ok(Next::end(format!("it is the default of {name}, made at line {line} of {file}: {}", slice(text, default))))
    }

    /// The latest line before a call that defined a function of this code.
    fn defined(&self, call: &Position, function: &Function) -> Result<Option<Position>, Error> {
        let outer = outer(&function.name);
        let is_it = |p: &Position| {
            p.at == At::Line
                && p.line == function.line
                && self.recording.function(p.code).is_some_and(|f| f.source == function.source && f.name == outer)
        };
        let chunks = |chunk: &ChunkInfo| chunk.has_line(function.source, function.line);
        self.timeline.find(self.recording, call.step, Direction::Backward, chunks, is_it)
    }
}

/// The parameter of a call that collects what is passed for no other, if an object is what it collected.
fn collected(moment: &Moment<'_>, call: &Position, object: u64, key: &Value) -> Option<(u32, Part)> {
    let part = match key {
        Value::Int(n) => Part::Item(*n),
        Value::Str(name) => Part::Key(String::from_utf8_lossy(&name.bytes).into_owned()),
        _ => return None,
    };
    let items = moment.player.entity(call.frame)?.items.clone();
    let slot = items.iter().position(|item| *item == Value::Object(object))?;
    Some((slot as u32, part))
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

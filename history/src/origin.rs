//! Where a value came from: followed back through assignments, arguments, returns, yields and items
//! to the place that made it.
//!
//! Every hop is checked: the value found there is the value that was followed. Where the program
//! computed something new, or the recording does not know, the trail ends and says so.

mod arguments;
mod around;
mod callee;
mod constructed;
mod coroutines;
mod definitions;
mod earlier;
mod end;
mod given;
mod holders;
mod operators;
mod order;
mod passed;
mod places;
mod returns;
mod seen;
mod tasks;

use connie_wire::Value;
use schemars::JsonSchema;
use serde::Serialize;

use crate::History;
use crate::answers::{Changes, Spot, ValuePlace};
use crate::keys;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};
use crate::writes::Target;
use connie_expression::{Expression, Got, Problem};
use connie_recording::error::Error;
use connie_recording::reader::Function;
use connie_recording::render::{Bounds, Renderer};
use connie_source::python::Statements;
use ruff_python_ast::{Expr, Stmt};
use seen::{Ran, Seen};

/// How a value came to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum How {
    /// A line wrote it there.
    Written,
    /// It was passed as an argument.
    Argument,
    /// A function returned it.
    Returned,
    /// A generator yielded it.
    Yielded,
    /// It was an item of what a loop went over.
    Item,
    /// It was sent into a generator.
    Sent,
}

impl How {
    /// A word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            How::Written => "written",
            How::Argument => "passed",
            How::Returned => "returned",
            How::Yielded => "yielded",
            How::Item => "item",
            How::Sent => "sent",
        }
    }
}

/// One hop of the trail, the latest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Hop {
    /// How.
    pub how: How,
    /// The line that did it.
    #[serde(skip)]
    pub at: Position,
    /// The same, as people are told.
    pub spot: Spot,
    /// What is named there: a variable, an attribute, a call.
    pub text: String,
    /// The value, as text.
    pub value: String,
}

/// A trail and why it ends.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Trail {
    /// The hops, the latest first.
    pub hops: Vec<Hop>,
    /// Why there is no further one.
    pub end: String,
}

/// Hops of a trail at most.
const MAX_HOPS: usize = 200;

/// A place whose value is followed from a step backward.
#[derive(Clone, Debug)]
struct Lead {
    place: ValuePlace,
    text: String,
    step: u64,
    /// If the value is an item of the tuple that the place has: which one, from the start or (negative) from the end.
    item: Option<i64>,
}

impl Lead {
    /// What is followed, as text.
    fn shown(&self) -> String {
        self.item.map_or_else(|| self.text.clone(), |n| format!("{}[{n}]", self.text))
    }

    /// What a statement gives to it.
    fn given<'s>(&self, statement: &'s Stmt, text: &str) -> given::Given<'s> {
        let given = given::to(statement, text, &self.text);
        self.item.map_or(given.clone(), |n| given.item(n))
    }

    /// The part that is followed of a value of the place.
    fn part(&self, value: Value) -> Option<Value> {
        match (self.item, value) {
            (None, value) => Some(value),
            (Some(n), Value::Tuple(items)) => items.get(given::from_start(n, items.len())?).cloned(),
            _ => None,
        }
    }
}

/// What a line is asked for: the value that its statement gave, or that it was seen to have given at a step.
#[derive(Clone, Copy)]
struct Site {
    /// The line.
    line: Position,
    /// The step at which it was done.
    seen: u64,
}

/// What came before one write: hops within the line, and where it goes on or ends.
struct Next {
    hops: Vec<(How, Position, String)>,
    to: To,
}

enum To {
    Lead(Lead),
    End(String),
}

impl Next {
    fn lead(lead: Lead) -> Self {
        Self { hops: Vec::new(), to: To::Lead(lead) }
    }

    fn end(why: String) -> Self {
        Self { hops: Vec::new(), to: To::End(why) }
    }

    fn after(mut self, how: How, at: Position, text: String) -> Self {
        self.hops.insert(0, (how, at, text));
        self
    }
}

impl History<'_> {
    /// The trail of an expression's value, in a frame of the stack at a step.
    ///
    /// # Errors
    /// If the expression names no place, or the recording cannot be read.
    pub fn trail(&self, expression: &str, step: u64, frame: u64) -> Result<Trail, Error> {
        self.trail_within(expression, step, frame, MAX_HOPS)
    }

    /// The same, of so many hops at most.
    pub(crate) fn trail_within(&self, expression: &str, step: u64, frame: u64, most: usize) -> Result<Trail, Error> {
        let mut trail = Trail::default();
        let found = self.lead(expression, step, frame)?.ok();
        let is_item = found.as_ref().is_some_and(|(lead, _)| lead.item.is_some());
        // Each hop has the value that is followed.
        let (known, mut followed) = found.unzip();
        let mut lead = match known.filter(|_| is_item) {
            Some(lead) => lead,
            None => {
                let place = self.place(expression, step, frame)?;
                Lead { place, text: expression.trim().to_owned(), step, item: None }
            }
        };
        while trail.hops.len() < most {
            let Some(write) = self.write_of(&lead)? else {
                trail.end = format!("no write to {} is known before step {}", lead.shown(), lead.step);
                return Ok(trail);
            };
            let Some(whole) = write.value.clone() else {
                trail.end = format!("{} was deleted", lead.text);
                return Ok(trail);
            };
            let is_other = |value: &Value| followed.as_ref().is_some_and(|followed| followed != value);
            let Some(value) = lead.part(whole).filter(|value| !is_other(value)) else {
                trail.end = format!("the write that gave {} this value is not known", lead.shown());
                return Ok(trail);
            };
            followed = Some(value.clone());
            let shown = self.show(&value, write.seen);
            let write = match &value {
                // An object is the same one whoever stores it again.
                Value::Object(_) => write,
                _ => self.equal_after(&lead.place, lead.step, &write)?.unwrap_or(write),
            };
            let how = if write.line.at == At::Call { How::Argument } else { How::Written };
            let mut hop = |how, at: Position, text: String| {
                trail.hops.push(Hop { how, at, spot: Spot::of(self, &at), text, value: shown.clone() });
            };
            hop(how, write.line, lead.shown());
            let mut next = self.next(&lead, &write, &value)?;
            // Where the line itself does not tell, the object may be the result of another task.
            if next.hops.is_empty()
                && matches!(next.to, To::End(_))
                && let Some(result) = self.through_task(&write.line, write.seen, &value)?
            {
                next = result;
            }
            for (how, at, text) in next.hops {
                hop(how, at, text);
            }
            match next.to {
                To::Lead(next) => lead = next,
                To::End(why) => {
                    trail.end = why;
                    return Ok(trail);
                }
            }
        }
        trail.end = format!("the trail is longer than {most} hops");
        Ok(trail)
    }

    /// The write of the value itself: what changed within it does not say where it came from.
    fn write_of(&self, lead: &Lead) -> Result<Option<crate::writes::Write>, Error> {
        let next = Changes::new(*self, &lead.place, lead.step, Direction::Backward).bindings().next().transpose()?;
        Ok(next.map(|change| change.write))
    }

    /// The place that an expression names in a frame, and its value; or why there is none.
    fn lead(&self, text: &str, step: u64, frame: u64) -> Result<Result<(Lead, Value), String>, Error> {
        let moment = Moment::at(self.recording, step)?;
        let Some(frame) = Self::frame_at(&moment, frame) else {
            return Ok(Err("this frame is not on the stack then".into()));
        };
        let expression = match Expression::parse(text) {
            Ok(expression) => expression,
            Err(problem) => return Ok(Err(problem.to_string())),
        };
        let globals = self.globals_of(frame);
        let scope = moment.scope(frame, globals);
        let found = |problem: Problem| problem.to_string();
        let value = match expression.eval(&scope).map_err(found) {
            Ok(Got::Value(value)) => value,
            Ok(_) => return Ok(Err(format!("{} makes a new value", expression.text))),
            Err(why) => return Ok(Err(why)),
        };
        let place = match expression.place(&scope).map_err(found) {
            Ok(place) => place,
            Err(why) => return Ok(self.item_lead(text, step, frame.frame)?.map(|lead| (lead, value)).ok_or(why)),
        };
        // An attribute may be the class's; an index may count from the end.
        let place = keys::from_start(&moment.player, place);
        let target = Target::of(&moment.player, place, frame, globals, frame.namespace != 0);
        let Some(target) = target else {
            return Ok(Err(format!("{} is not a place that can be written to", expression.text)));
        };
        let place = self.bound(target, frame, step)?;
        Ok(match &place.unknown {
            Some(function) => Err(format!("{} is a variable of a call of {function}", expression.text)),
            None => Ok((Lead { place, text: expression.text.clone(), step, item: None }, value)),
        })
    }

    /// The place of a tuple of which an expression names an item: `args` of `args[0]`.
    fn item_lead(&self, text: &str, step: u64, frame: u64) -> Result<Option<Lead>, Error> {
        let Ok(parsed) = connie_source::parse::module(text.trim()) else { return Ok(None) };
        let [Stmt::Expr(line)] = &parsed.syntax().body[..] else { return Ok(None) };
        let Expr::Subscript(item) = &*line.value else { return Ok(None) };
        let Some(n) = given::whole_number(&item.slice) else { return Ok(None) };
        let whole = self.lead(connie_source::python::slice(text.trim(), &*item.value), step, frame)?;
        let is_tuple = |(lead, value): &(Lead, Value)| lead.item.is_none() && matches!(value, Value::Tuple(_));
        Ok(whole.ok().filter(is_tuple).map(|(lead, _)| Lead { item: Some(n), ..lead }))
    }

    fn show(&self, value: &Value, step: u64) -> String {
        let bounds = Bounds { string: 200, items: 20, depth: 2 };
        match Moment::at(self.recording, step.min(self.recording.last_step())) {
            Ok(moment) => Renderer::new(&moment.player, bounds).text(value),
            Err(error) => format!("<{error}>"),
        }
    }

    /// The source text of a frame's code, with its statements.
    fn statements(&self, code: u32) -> Option<Statements<'_>> {
        self.source_of(self.recording.function(code)?)
    }

    /// The source text of a function, with its statements.
    fn source_of(&self, function: &Function) -> Option<Statements<'_>> {
        Statements::of(self.recording.sources.get(function.source as usize)?.text.as_deref()?)
    }

    fn next(&self, lead: &Lead, write: &crate::writes::Write, value: &Value) -> Result<Next, Error> {
        if write.line.at == At::Call {
            return self.through_argument(lead, &write.line, value);
        }
        if let Some(call) = self.call_that_collected(lead, write.seen)? {
            return self.through_argument(lead, &call, value);
        }
        let Some(statements) = self.statements(write.line.code) else {
            return Ok(Next::end("the source of this line is not known".into()));
        };
        let all = statements.on(write.line.line);
        let text = statements.text;
        let (named, may): (Vec<&Stmt>, Vec<&Stmt>) = (
            all.iter().copied().filter(|statement| given::stores(statement, text, &lead.text)).collect(),
            all.iter().copied().filter(|statement| given::may_store(statement, text, &lead.text)).collect(),
        );
        // Of several statements on a line, the last one that binds a name. An object may be called otherwise.
        let is_name = !lead.text.contains(['.', '[', '(']);
        let stores = if is_name && !named.is_empty() { &named[named.len() - 1..] } else { &may[..] };
        let site = Site { line: write.line, seen: write.seen };
        if stores.len() > 1 {
            // An object is the same one wherever a statement has it from.
            for statement in stores.iter().rev().filter(|_| matches!(value, Value::Object(_))) {
                let given = lead.given(statement, text);
                let next = self.back(&site, &statements, Ran::Statement(statement), &given, value)?;
                if matches!(next.to, To::Lead(_)) {
                    return Ok(next);
                }
            }
            let at = Spot::of(self, &write.line);
            return Ok(Next::end(format!("line {} of {} wrote it", at.line, at.file)));
        }
        let Some(statement) = stores.first().copied().or_else(|| statements.at(write.line.line)) else {
            return Ok(Next::end("this line is no statement".into()));
        };
        if lead.item.is_none()
            && let Some(next) = self.through_send(&site, statement, &lead.text, value)?
        {
            return Ok(next);
        }
        let given = lead.given(statement, text);
        if given.values.is_empty()
            && lead.item.is_none()
            && let Some(next) = self.through_constructor(&site, &statements, (lead, statement), value)?
        {
            return Ok(next);
        }
        self.back(&site, &statements, Ran::Statement(statement), &given, value)
    }

    /// From a value that a line gave to where the line has it from. `given` are the expressions that may have given it.
    fn back(
        &self,
        site: &Site,
        statements: &Statements<'_>,
        ran: Ran<'_>,
        given: &given::Given<'_>,
        value: &Value,
    ) -> Result<Next, Error> {
        let seen = Seen::at(self, statements.text, site.line.frame, &[site.line.step], &[ran])?;
        let given = given.clone().taken(&seen).elements();
        let Some(given) = &given.proven(&seen, value) else {
            let at = Spot::of(self, &site.line);
            return Ok(Next::end(format!("line {} of {} wrote it", at.line, at.file)));
        };
        for text in given.places(&seen, value) {
            if let Ok((next, found)) = self.lead(&text, site.line.step, site.line.frame)?
                && found == *value
            {
                let next = Next::lead(next);
                let how = if given.is_loop { How::Item } else { How::Written };
                return Ok(if given.is_loop { next.after(how, site.line, text) } else { next });
            }
        }
        if let Some(next) = self.through_return(site, statements, given, value)? {
            return Ok(next);
        }
        if let Some(next) = self.through_coroutine(site, statements, given, value)? {
            return Ok(next);
        }
        if let Some(lead) = self.held(site, statements.text, ran, value)? {
            return Ok(Next::lead(lead));
        }
        if let Some(next) = self.through_stop(site, given, value)? {
            return Ok(next);
        }
        if let Some(lead) = self.held_around(site, statements, ran, value)? {
            return Ok(Next::lead(lead));
        }
        Ok(Next::end(self.made((site, ran), &seen, given, value)?))
    }
}

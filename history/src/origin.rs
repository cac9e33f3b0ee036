//! Where a value came from: followed back through assignments, arguments, returns, yields and items
//! to the place that made it.
//!
//! Every hop is checked: the value found there is the value that was followed. Where the program
//! computed something new, or the recording does not know, the trail ends and says so.

use connie_wire::{Kind, Value};
use ruff_python_ast::{Expr, Stmt};

use crate::History;
use crate::keys;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};
use crate::writes::{self, Target};
use connie_expression::{Expression, Got, Problem};
use connie_recording::chunk::StackFrame;
use connie_recording::error::Error;
use connie_recording::player::Event;
use connie_recording::render::{Bounds, Renderer, World};
use connie_source::python::{Statements, called_name, places_in, slice};

/// How a value came to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
        }
    }
}

/// One hop of the trail, the latest first.
#[derive(Clone, Debug)]
pub struct Hop {
    /// How.
    pub how: How,
    /// The line that did it.
    pub at: Position,
    /// What is named there: a variable, an attribute, a call.
    pub text: String,
    /// The value, as text.
    pub value: String,
}

/// A trail and why it ends.
#[derive(Clone, Debug, Default)]
pub struct Trail {
    /// The hops, the latest first.
    pub hops: Vec<Hop>,
    /// Why there is no further one.
    pub end: String,
}

/// Hops of a trail at most.
const MOST: usize = 200;

/// A place whose value is followed from a step backward.
struct Lead {
    target: Target,
    text: String,
    step: u64,
}

/// What follows from one write.
enum Next {
    Lead(How, Position, String, Lead),
    End(String),
}

impl History<'_> {
    /// The trail of an expression's value, in a frame of the stack at a step.
    ///
    /// # Errors
    /// Where the expression names no place, or the recording cannot be read.
    pub fn trail(&self, expression: &str, step: u64, frame: u64) -> Result<Trail, Error> {
        let mut trail = Trail::default();
        let parsed = Expression::parse(expression).map_err(|problem| Error::Expression(problem.to_string()))?;
        let mut lead = match self.lead(&parsed, step, frame)? {
            Ok((lead, _)) => lead,
            Err(why) => return Err(Error::Expression(why)),
        };
        while trail.hops.len() < MOST {
            let Some(write) = self.write_of(&lead)? else {
                trail.end = format!("no write to {} is known before step {}", lead.text, lead.step);
                return Ok(trail);
            };
            let Some(value) = write.value.clone() else {
                trail.end = format!("{} was deleted", lead.text);
                return Ok(trail);
            };
            let shown = self.show(&value, write.seen);
            let how = if write.line.at == At::Call { How::Argument } else { How::Written };
            trail.hops.push(Hop { how, at: write.line, text: lead.text.clone(), value: shown.clone() });
            match self.next(&lead, &write, &value)? {
                Next::Lead(how, at, text, next) => {
                    if how != How::Written && how != How::Argument {
                        trail.hops.push(Hop { how, at, text, value: shown });
                    }
                    lead = next;
                }
                Next::End(why) => {
                    trail.end = why;
                    return Ok(trail);
                }
            }
        }
        trail.end = format!("the trail is longer than {MOST} hops");
        Ok(trail)
    }

    fn write_of(&self, lead: &Lead) -> Result<Option<writes::Write>, Error> {
        writes::near(self.recording, self.timeline, &lead.target, lead.step, Direction::Backward)
    }

    /// The place that an expression names in a frame, and its value; or why there is none.
    fn lead(&self, expression: &Expression, step: u64, frame: u64) -> Result<Result<(Lead, Value), String>, Error> {
        let moment = Moment::at(self.recording, step)?;
        let Some(frame) = moment.player.stack().iter().rev().find(|known| known.frame == frame).copied() else {
            return Ok(Err("this frame is not on the stack then".into()));
        };
        let globals = self.globals(frame);
        let scope = moment.scope(frame, globals);
        let found = |problem: Problem| problem.to_string();
        let value = match expression.eval(&scope).map_err(found) {
            Ok(Got::Value(value)) => value,
            Ok(_) => return Ok(Err(format!("{} makes a new value", expression.text))),
            Err(why) => return Ok(Err(why)),
        };
        let place = match expression.place(&scope).map_err(found) {
            Ok(place) => place,
            Err(why) => return Ok(Err(why)),
        };
        // An attribute may be the class's; an index may count from the end.
        let place = keys::from_start(&moment.player, place);
        let target = Target::of(&moment.player, place, frame, globals, frame.namespace != 0);
        Ok(match target {
            Some(target) => Ok((Lead { target, text: expression.text.clone(), step }, value)),
            None => Err(format!("{} is no place that is written to", expression.text)),
        })
    }

    fn globals(&self, frame: StackFrame) -> Option<u64> {
        let source = self.recording.function(frame.code)?.source;
        self.modules.namespace(self.recording, self.timeline, source, frame.frame)
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
        let function = self.recording.function(code)?;
        Statements::of(self.recording.sources.get(function.source as usize)?.text.as_deref()?)
    }

    fn next(&self, lead: &Lead, write: &writes::Write, value: &Value) -> Result<Next, Error> {
        if write.line.at == At::Call {
            return self.through_argument(lead, &write.line, value);
        }
        let Some(statements) = self.statements(write.line.code) else {
            return Ok(Next::End("the source of this line is not known".into()));
        };
        let Some(statement) = statements.at(write.line.line) else {
            return Ok(Next::End("this line is no statement".into()));
        };
        let from: Vec<&Expr> = match statement {
            Stmt::Assign(assign) => sources_of(&assign.targets, &assign.value, &lead.text),
            Stmt::AnnAssign(assign) => assign.value.as_deref().into_iter().collect(),
            Stmt::For(each) => {
                return match self.through_return(write, value)? {
                    Some(next) => Ok(next),
                    None => self.through_loop(&each.iter, statements.text, write, value),
                };
            }
            // What a method puts into a container is one of its arguments.
            Stmt::Expr(line) => match &*line.value {
                Expr::Call(call) => call.arguments.args.iter().collect(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        for expr in &from {
            // Either branch of a choice may have given it.
            for place in places_in(expr) {
                let Ok(parsed) = Expression::parse(slice(statements.text, place)) else { continue };
                if let Ok((next, found)) = self.lead(&parsed, write.line.step, write.line.frame)?
                    && found == *value
                {
                    return Ok(Next::Lead(How::Written, write.line, next.text.clone(), next));
                }
            }
        }
        if let Some(next) = self.through_return(write, value)? {
            return Ok(next);
        }
        Ok(Next::End("this line made it".into()))
    }

    /// From a parameter to what the caller passed for it.
    fn through_argument(&self, lead: &Lead, call: &Position, value: &Value) -> Result<Next, Error> {
        let Target::Slot { slot, .. } = lead.target else { return Ok(Next::End("its call is not known".into())) };
        let outside = || Ok(Next::End("it was passed by code that is not recorded".into()));
        let moment = Moment::at(self.recording, call.step)?;
        let stack = moment.player.stack();
        let Some(caller) = stack.len().checked_sub(2).map(|n| stack[n]) else { return outside() };
        let (Some(function), Some(statements)) = (self.recording.function(call.code), self.statements(caller.code))
        else {
            return outside();
        };
        // The caller's line as it began.
        let begins = |p: &Position| p.at == At::Line && p.frame == caller.frame;
        let chunks =
            |chunk: &connie_recording::reader::ChunkInfo| chunk.may_reach(call.thread, call.depth.saturating_sub(1));
        let Some(line) = self.timeline.find(self.recording, call.step, Direction::Backward, chunks, begins)? else {
            return outside();
        };
        let Some(statement) = statements.at(caller.line) else { return outside() };
        let name = &function.slots[slot as usize];
        let own = function.name.rsplit('.').next().unwrap_or(&function.name);
        let class = function.name.rsplit('.').nth(1);
        for made in statements.calls(statement) {
            let called = called_name(made);
            let constructs = own == "__init__" && called == class;
            if called != Some(own) && !constructs {
                continue;
            }
            // A method's first parameter is the object it is called on.
            let is_method = function.slots.first().is_some_and(|first| first == "self" || first == "cls")
                && (constructs || made.func.is_attribute_expr());
            let keyword =
                made.arguments.keywords.iter().find(|k| k.arg.as_ref().is_some_and(|arg| arg.as_str() == name));
            let place = (slot as usize).checked_sub(usize::from(is_method));
            let positional = place.and_then(|n| made.arguments.args.get(n));
            let receiver = match (&*made.func, is_method && slot == 0 && !constructs) {
                (Expr::Attribute(attribute), true) => Some(&*attribute.value),
                _ => None,
            };
            let Some(given) = keyword.map(|k| &k.value).or(receiver).or(positional) else { continue };
            for place in places_in(given) {
                let Ok(parsed) = Expression::parse(slice(statements.text, place)) else { continue };
                if let Ok((next, found)) = self.lead(&parsed, line.step, caller.frame)?
                    && found == *value
                {
                    return Ok(Next::Lead(How::Argument, line, next.text.clone(), next));
                }
            }
            return Ok(Next::End(format!("the caller's line {} made it for the call", caller.line)));
        }
        outside()
    }

    /// From what a call gave back to the line that returned or yielded it.
    fn through_return(&self, write: &writes::Write, value: &Value) -> Result<Option<Next>, Error> {
        let line = &write.line;
        let gives = |p: &Position| {
            matches!(p.at, At::Return | At::Yield) && p.thread == line.thread && p.depth == line.depth + 1
        };
        let chunks = |chunk: &connie_recording::reader::ChunkInfo| chunk.may_reach(line.thread, line.depth + 1);
        let mut step = write.seen;
        // The latest call of the line that gave this very value.
        for _ in 0..20 {
            let Some(at) = self.timeline.find(self.recording, step, Direction::Backward, chunks, gives)? else { break };
            if at.step < line.step {
                break;
            }
            step = at.step;
            let moment = Moment::at(self.recording, at.step)?;
            let (how, given) = match &moment.step.event {
                Event::Return(given) => (How::Returned, given),
                Event::Yield(given) => (How::Yielded, given),
                _ => break,
            };
            if given != value {
                continue;
            }
            let name = self.recording.function(at.code).map_or("?", |f| f.name.as_str());
            let begins = |p: &Position| p.at == At::Line && p.frame == at.frame;
            let Some(from) = self.timeline.find(self.recording, at.step, Direction::Backward, |_| true, begins)? else {
                return Ok(Some(Next::End(format!("{name} gave it"))));
            };
            let Some(statements) = self.statements(at.code) else { break };
            for place in statements.at(from.line).into_iter().flat_map(given_by).flat_map(places_in) {
                let Ok(parsed) = Expression::parse(slice(statements.text, place)) else { continue };
                if let Ok((next, found)) = self.lead(&parsed, from.step, at.frame)?
                    && found == *value
                {
                    return Ok(Some(Next::Lead(how, from, format!("{name}()"), next)));
                }
            }
            return Ok(Some(Next::End(format!("line {} of {name} made it", from.line))));
        }
        Ok(None)
    }

    /// From a loop's variable to the item of what it goes over, where only one is this value.
    fn through_loop(&self, iter: &Expr, text: &str, write: &writes::Write, value: &Value) -> Result<Next, Error> {
        let whole = slice(text, iter);
        let unknown = || Ok(Next::End(format!("it is an item of {whole}")));
        let Ok(parsed) = Expression::parse(whole) else { return unknown() };
        let moment = Moment::at(self.recording, write.line.step)?;
        let Some(frame) = moment.player.stack().last().copied() else { return unknown() };
        let Ok(Got::Value(Value::Object(object))) = parsed.eval(&moment.scope(frame, self.globals(frame))) else {
            return unknown();
        };
        let Some(entity) = moment.player.entity(object) else { return unknown() };
        let kind = entity.ty.and_then(|ty| self.recording.type_name(ty)).map(|ty| ty.kind);
        if !matches!(kind, Some(Kind::List | Kind::Tuple)) {
            return unknown();
        }
        let mut places = entity.items.iter().enumerate().filter(|(_, item)| *item == value);
        let (Some((n, _)), None) = (places.next(), places.next()) else { return unknown() };
        let text = format!("{whole}[{n}]");
        let target = Target::Item { object, key: Value::Int(n as i64) };
        let lead = Lead { target, text: text.clone(), step: write.line.step };
        Ok(Next::Lead(How::Item, write.line, text, lead))
    }
}

/// What an assignment gives to the target that is called `text`.
fn sources_of<'a>(targets: &'a [Expr], value: &'a Expr, text: &str) -> Vec<&'a Expr> {
    for target in targets {
        let (Expr::Tuple(names), Expr::Tuple(values)) = (target, value) else { continue };
        if names.elts.len() != values.elts.len() || names.elts.iter().chain(&values.elts).any(Expr::is_starred_expr) {
            continue;
        }
        let is_it = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == text);
        if let Some(n) = names.elts.iter().position(is_it) {
            return vec![&values.elts[n]];
        }
        // Attributes and items: each value is looked at.
        return values.elts.iter().collect();
    }
    vec![value]
}

/// The expressions whose values a statement gives to its caller.
fn given_by(statement: &Stmt) -> Vec<&Expr> {
    let yielded = |expr: &'_ Expr| matches!(expr, Expr::Yield(_));
    match statement {
        Stmt::Return(given) => given.value.as_deref().into_iter().collect(),
        Stmt::Expr(line) if yielded(&line.value) => vec![&line.value],
        Stmt::Assign(line) if yielded(&line.value) => vec![&line.value],
        _ => Vec::new(),
    }
}

//! From what a call gave back to the line that returned or yielded it, from a loop's variable to the item, and from
//! what a generator was sent to who sent it.

use connie_expression::{Expression, Got};
use connie_recording::error::Error;
use connie_recording::player::Event;
use connie_recording::reader::ChunkInfo;
use connie_recording::render::World;
use connie_source::python::{Statements, called_name, slice};
use connie_wire::{Contents, Value};
use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::callee::Line;
use super::given::{self, Given, Item, outermost};
use super::order;
use super::seen::{Ran, Seen};
use super::{How, Next, Site};
use crate::History;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};

/// Returns of a line that are looked at.
const MAX_RETURNS: usize = 50;

/// What a call gave back.
pub(super) struct Back {
    pub(super) how: How,
    pub(super) at: Position,
    pub(super) name: String,
    /// The value is this item of it.
    pub(super) item: Item,
}

impl History<'_> {
    /// From what a call gave back to the line that returned or yielded it.
    pub(super) fn through_return(
        &self,
        site: &Site,
        statements: &Statements<'_>,
        given: &Given<'_>,
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        match self.given_back(site, statements, given, value)? {
            Some(back) => self.through_back(back, value).map(Some),
            None if given.is_loop => self.through_loop(site, statements.text, given, value),
            None => Ok(None),
        }
    }

    /// From what a call gave back to where the line that returned or yielded it has it from.
    pub(super) fn through_back(&self, back: Back, value: &Value) -> Result<Next, Error> {
        let text = match back.item {
            Item::Whole => format!("{}()", back.name),
            Item::At(n) => format!("{}()[{n}]", back.name),
        };
        let Some(inner) = self.statements(back.at.code) else {
            let why = format!("the source of {} is not known", back.name);
            return Ok(Next::end(why).after(back.how, back.at, text));
        };
        let Some((line, ran)) = self.gave(&inner, &back, value)? else {
            let why = format!("line {} of {} is no statement", back.at.line, back.name);
            return Ok(Next::end(why).after(back.how, back.at, text));
        };
        let mut given = match ran {
            Ran::Statement(statement) => given::back(statement),
            Ran::Body(expr) => given::body(expr),
        };
        given.values.iter_mut().for_each(|(_, item)| *item = back.item);
        let site = Site { line, seen: back.at.step };
        let next = self.back(&site, &inner, ran, &given, value)?;
        Ok(next.after(back.how, back.at, text))
    }

    /// The latest call of a line that gave a value, or a tuple with it.
    fn given_back(
        &self,
        site: &Site,
        statements: &Statements<'_>,
        given: &Given<'_>,
        value: &Value,
    ) -> Result<Option<Back>, Error> {
        let line = &site.line;
        let moment = Moment::at(self.recording, line.step)?;
        let on = Line { moment: &moment, text: statements.text, at: line };
        let gives = |p: &Position| {
            matches!(p.at, At::Return | At::Yield) && p.thread == line.thread && p.depth == line.depth + 1
        };
        let chunks = |chunk: &ChunkInfo| {
            chunk.first_step + chunk.steps > line.step && chunk.may_reach(line.thread, line.depth + 1)
        };
        let is_same = matches!(value, Value::Object(_));
        let given = given.clone().items_of_calls();
        let mut step = site.seen;
        // The returns that the statement may mean, the latest first; none where another value was returned.
        let mut returns: Vec<Option<Back>> = Vec::new();
        for _ in 0..MAX_RETURNS {
            let found = self.timeline.find(self.recording, step, Direction::Backward, chunks, gives)?;
            let Some(at) = found.filter(|at| at.step >= line.step) else { break };
            step = at.step;
            let then = Moment::at(self.recording, at.step)?;
            let (how, back) = match &then.step.event {
                Event::Return(back) => (How::Returned, back),
                Event::Yield(back) => (How::Yielded, back),
                _ => break,
            };
            // Equal numbers and texts are not the same: the statement has to say that this call gave it.
            let is_of = |expr: &Expr| is_same || self.is_of(&on, &given, expr, &at, how);
            let wanted: Vec<Item> =
                given.values.iter().filter(|(expr, _)| is_of(expr)).map(|(_, item)| *item).collect();
            if !is_same && wanted.is_empty() {
                continue;
            }
            let item = item_in(&then, back, &given, &wanted, value);
            let name = self.recording.function(at.code).map_or("?", |f| f.name.as_str()).to_owned();
            returns.push(item.map(|item| Back { how, at, name, item }));
            if is_same && returns.last().is_some_and(Option::is_some) {
                break;
            }
        }
        let gave = returns.iter().flatten().count();
        if is_same || gave < 2 {
            return Ok(returns.into_iter().flatten().next());
        }
        // Several calls gave an equal value: the order of the calls tells which one is meant.
        returns.reverse();
        let place = match given.values.as_slice() {
            [(expr, _)] => match outermost(expr) {
                Expr::Call(call) => {
                    statements.at(line.line).and_then(|statement| order::of(statement, call, returns.len()))
                }
                _ => None,
            },
            _ => None,
        };
        Ok(place.and_then(|place| returns.into_iter().nth(place).flatten()))
    }

    /// From a loop's variable to the item of what it goes over: of numbers and texts, where only one is this value.
    fn through_loop(&self, site: &Site, text: &str, given: &Given<'_>, value: &Value) -> Result<Option<Next>, Error> {
        let moment = Moment::at(self.recording, site.line.step)?;
        let Some(frame) = Self::frame_at(&moment, site.line.frame) else { return Ok(None) };
        let scope = moment.scope(frame, self.globals_of(frame));
        let seen = Seen::at(self, text, site.line.frame, &[site.line.step], &[])?;
        for whole in given.places(&seen, value) {
            let Ok(parsed) = Expression::parse(&whole) else { continue };
            let Ok(Got::Value(Value::Object(object))) = parsed.eval(&scope) else { continue };
            let Some(entity) = moment.player.entity(object) else { continue };
            let kind = entity.ty.and_then(|ty| self.recording.type_name(ty)).map(|ty| ty.kind);
            let Some(kind) = kind.filter(|kind| kind.shape().contents == Contents::Positions) else { continue };
            let items = kind.shape().of(&entity.items);
            let mut places = items.iter().enumerate().filter(|(_, item)| *item == value).map(|(n, _)| n);
            let (Some(n), more) = (places.next(), places.next()) else { continue };
            if more.is_some() && !matches!(value, Value::Object(_)) {
                continue;
            }
            let item = format!("{whole}[{n}]");
            if let Ok((lead, found)) = self.lead(&item, site.line.step, site.line.frame)?
                && found == *value
            {
                return Ok(Some(Next::lead(lead).after(How::Item, site.line, item)));
            }
        }
        Ok(None)
    }

    /// From what a `yield` gave to who sent it.
    pub(super) fn through_send(
        &self,
        site: &Site,
        statement: &Stmt,
        name: &str,
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        let (targets, sent_to) = match statement {
            Stmt::Assign(assign) => (assign.targets.as_slice(), Some(&assign.value)),
            Stmt::AnnAssign(assign) => (std::slice::from_ref(&*assign.target), assign.value.as_ref()),
            _ => return Ok(None),
        };
        let is_single = targets.iter().any(|target| !matches!(target, Expr::Tuple(_) | Expr::List(_)));
        if !sent_to.is_some_and(|value| value.is_yield_expr()) || !is_single {
            return Ok(None);
        }
        let frame = site.line.frame;
        let resumes = |p: &Position| p.at == At::Resume;
        let before = (site.seen, Direction::Backward);
        let chunks = |chunk: &ChunkInfo| chunk.first_step + chunk.steps > site.line.step;
        let resumed = self.timeline.find_frame(self.recording, frame, before, chunks, resumes)?;
        let Some(resumed) = resumed.filter(|at| at.step > site.line.step) else { return Ok(None) };
        let moment = Moment::at(self.recording, resumed.step)?;
        let stack = moment.player.stack();
        let outside = || Ok(Some(Next::end(format!("{name} was sent by code that is not recorded"))));
        let Some(caller) = stack.len().checked_sub(2).map(|n| stack[n]) else { return outside() };
        let Some(statements) = self.statements(caller.code) else { return outside() };
        let begins = |p: &Position| p.at == At::Line;
        let before = (resumed.step, Direction::Backward);
        let line = self.timeline.find_frame(self.recording, caller.frame, before, |_| true, begins)?;
        let Some(line) = line else { return outside() };
        let sends = |call: &&ExprCall| matches!(called_name(call), Some("send" | "asend"));
        let all = statements.on(caller.line).into_iter();
        let sending = all.filter(|statement| statements.calls(statement).iter().any(sends));
        let sending: Vec<&Stmt> = sending.collect();
        let made = || sending.iter().flat_map(|statement| statements.calls(statement)).filter(sends);
        let sent: Vec<&Expr> = made().filter_map(|call| call.arguments.args.first()).collect();
        let (Some(statement), false) = (sending.last(), sent.is_empty()) else {
            let why = "the generator went on without being sent a value";
            return Ok((*value == Value::None).then(|| Next::end(why.into())));
        };
        let values = sent.into_iter().map(|expr| (expr, Item::Whole)).collect();
        let given = Given { values, is_choice: true, ..Given::default() };
        let site = Site { line, seen: resumed.step };
        let next = self.back(&site, &statements, Ran::Statement(statement), &given, value)?;
        let text = made().last().map(|call| slice(statements.text, call));
        Ok(Some(next.after(How::Sent, line, text.unwrap_or(name).to_owned())))
    }
}

/// Which part of what a call gave back a value is.
fn item_in(moment: &Moment<'_>, back: &Value, given: &Given<'_>, wanted: &[Item], value: &Value) -> Option<Item> {
    if back == value && (wanted.is_empty() || wanted.contains(&Item::Whole) || given.is_loop) {
        return Some(Item::Whole);
    }
    let entity;
    let items: &[Value] = match back {
        Value::Tuple(items) => items,
        Value::Object(object) => {
            entity = moment.player.entity(*object)?;
            let kind = moment.player.type_name(entity.ty?)?.kind;
            (kind.shape().contents == Contents::Positions).then(|| kind.shape().of(&entity.items))?
        }
        _ => return None,
    };
    if given.values.is_empty() || given.is_loop {
        let mut places = items.iter().enumerate().filter(|(_, item)| *item == value).map(|(n, _)| n as i64);
        let (first, more) = (places.next()?, places.next());
        return (more.is_none() || matches!(value, Value::Object(_))).then_some(Item::At(first));
    }
    wanted.iter().find_map(|wanted| {
        let Item::At(n) = *wanted else { return None };
        let at = given::from_start(n, items.len())?;
        (items.get(at) == Some(value)).then_some(Item::At(at as i64))
    })
}

//! From what an `await` gave to the line of the coroutine that returned it, by the call that made the coroutine: for
//! numbers and texts, which have no identity.

use connie_recording::error::Error;
use connie_recording::reader::Function;
use connie_source::python::{Statements, called_name};
use connie_wire::Value;
use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::callee::Line;
use super::definitions::Definition;
use super::given::{Given, Item, outermost};
use super::passed::Before;
use super::returns::Back;
use super::seen::{Ran, Seen};
use super::{How, Next, Site};
use crate::History;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};

/// Functions that give what the coroutine or task returned which they are given first.
const PASS_ON: [&str; 3] = ["wait_for", "shield", "timeout"];
/// Functions that make a task of a coroutine.
const MAKE_TASKS: [&str; 5] = ["create_task", "ensure_future", "run_coroutine_threadsafe", "start_soon", "Task"];
/// Calls of the coroutine's function that are looked at.
const MAX_CALLS: usize = 200;
/// Calls within each other.
const DEEP: usize = 4;

/// A call that makes a coroutine, on the line where it stands.
struct Made<'s> {
    call: &'s ExprCall,
    line: Position,
}

impl History<'_> {
    /// From what a line got of other coroutines to the only one that can have returned it.
    pub(super) fn through_coroutine(
        &self,
        site: &Site,
        statements: &Statements<'_>,
        given: &Given<'_>,
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        let ([(expr, item)], false) = (given.values.as_slice(), matches!(value, Value::Object(_))) else {
            return Ok(None);
        };
        let waits = matches!(expr, Expr::Await(_));
        let Some((coroutine, item)) = awaited(outermost(expr), *item, waits) else { return Ok(None) };
        if let Expr::Call(call) = coroutine {
            let made = Made { call, line: site.line };
            return self.through_made(&made, statements, site.seen, (item, value));
        }
        // A task that has a name: by the statement that made it.
        let text = connie_source::python::slice(statements.text, coroutine);
        let Ok((lead, task)) = self.lead(text, site.line.step, site.line.frame)? else { return Ok(None) };
        let Some(write) = self.write_of(&lead)?.filter(|write| write.value == Some(task)) else { return Ok(None) };
        let Some(statements) = self.statements(write.line.code) else { return Ok(None) };
        let on = statements.on(write.line.line);
        let [Stmt::Assign(assign)] = on.as_slice() else { return Ok(None) };
        let Expr::Call(call) = outermost(&assign.value) else { return Ok(None) };
        let call = match (called_name(call), call.arguments.args.first()) {
            (Some(name), Some(Expr::Call(coroutine))) if MAKE_TASKS.contains(&name) => coroutine,
            _ => call,
        };
        self.through_made(&Made { call, line: write.line }, &statements, site.seen, (item, value))
    }

    /// To the return of the only coroutine that can be the one that a call made.
    fn through_made(
        &self,
        made: &Made<'_>,
        statements: &Statements<'_>,
        until: u64,
        (item, value): (Item, &Value),
    ) -> Result<Option<Next>, Error> {
        let moment = Moment::at(self.recording, made.line.step)?;
        let line = Line { moment: &moment, text: statements.text, at: &made.line };
        let ran: Vec<Ran<'_>> = statements.on(made.line.line).into_iter().map(Ran::Statement).collect();
        let seen = Seen::at(self, statements.text, made.line.frame, &[made.line.step], &ran)?;
        let functions = (0u32..).zip(&self.recording.functions);
        let may_be = |function: &Function| self.may_call(&line, made.call, function);
        let codes: Vec<u32> = functions.filter(|(_, function)| may_be(function)).map(|(code, _)| code).collect();
        let mut only: Option<Position> = None;
        let mut step = made.line.step;
        for _ in 0..MAX_CALLS {
            let next =
                self.timeline.find_call(self.recording, &codes, (step, Direction::Forward), |_| true, |_| true)?;
            let Some(begun) = next.filter(|begun| begun.step <= until) else {
                let Some(begun) = only else { return Ok(None) };
                return self.returned_by(&begun, until, (item, value));
            };
            step = begun.step;
            let Some(function) = self.recording.function(begun.code) else { continue };
            let source = self.statements(begun.code);
            // A function that is no coroutine gives its value at once.
            if !source
                .as_ref()
                .and_then(|source| Definition::of(source, function))
                .is_some_and(Definition::begins_later)
            {
                return Ok(None);
            }
            let callee = self.callee(&begun, function, source.as_ref())?;
            if !callee.readings((made.call, Before::Nothing), false, false, &seen).is_empty() {
                // Which one of several it is, is not known.
                if only.replace(begun).is_some() {
                    return Ok(None);
                }
            }
        }
        Ok(None)
    }

    /// From the value that a coroutine returned, or an item of it.
    fn returned_by(&self, begun: &Position, until: u64, (item, value): (Item, &Value)) -> Result<Option<Next>, Error> {
        let after = (begun.step, Direction::Forward);
        let is_end = |p: &Position| p.at == At::Return;
        let Some(at) = self.timeline.find_frame(self.recording, begun.frame, after, |_| true, is_end)? else {
            return Ok(None);
        };
        let moment = Moment::at(self.recording, at.step)?;
        let connie_recording::player::Event::Return(back) = &moment.step.event else { return Ok(None) };
        let is_it = match (item, back) {
            (Item::Whole, back) => back == value,
            (Item::At(n), Value::Tuple(items)) => usize::try_from(n).ok().and_then(|n| items.get(n)) == Some(value),
            _ => false,
        };
        if !is_it || at.step > until {
            return Ok(None);
        }
        let name = self.recording.function(at.code).map_or("?", |function| function.name.as_str()).to_owned();
        self.through_back(Back { how: How::Returned, at, name, item }, value).map(Some)
    }
}

/// The coroutine or task whose result an expression gives, and which item of it.
fn awaited(expr: &Expr, item: Item, waits: bool) -> Option<(&Expr, Item)> {
    let (mut expr, mut item, mut waits) = (expr, item, waits);
    for _ in 0..DEEP {
        let Expr::Call(call) = expr else { return waits.then_some((expr, item)) };
        let args = &call.arguments.args;
        match (called_name(call)?, &*call.func) {
            ("gather", _) => {
                let Item::At(n) = item else { return None };
                let n = usize::try_from(n).ok().filter(|_| !args.iter().any(Expr::is_starred_expr))?;
                (expr, item) = (args.get(n)?, Item::Whole);
            }
            ("result", Expr::Attribute(method)) if args.is_empty() => (expr, waits) = (&method.value, true),
            (name, _) if PASS_ON.contains(&name) || MAKE_TASKS.contains(&name) => (expr, waits) = (args.first()?, true),
            _ => return waits.then_some((expr, item)),
        }
    }
    None
}

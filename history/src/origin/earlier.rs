//! From a parameter of a generator or coroutine, which begins later than it is called, to the call that made it.

use connie_recording::error::Error;
use connie_recording::reader::{ChunkInfo, Function};
use connie_recording::render::World;
use connie_source::python::{Statements, called_name, slice};
use connie_wire::Value;
use ruff_python_ast::Expr;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_text_size::Ranged;

use super::definitions::{Definition, last};
use super::passed::{Before, Callee, From};
use super::seen::{Ran, Seen};
use super::{How, Next};
use crate::History;
use crate::answers::Spot;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};

/// Lines with a call that are looked at for the one that made a generator or coroutine.
const MAX_LINES: usize = 50;
/// Sources that are read for such lines.
const MAX_SOURCES: usize = 20;
/// Other calls of its function that are looked at, in each direction.
const MAX_CALLS: usize = 100;

/// A source, its statements, and the lines of its calls, ascending.
type Calls<'a> = (u32, Statements<'a>, Vec<u32>);

impl History<'_> {
    /// Of a generator or coroutine: the only line that called it with this value.
    pub(super) fn made_earlier(
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
        if !matches!(value, Value::Object(_)) && self.began_otherwise(call)? {
            return Ok(self.not_told(value));
        }
        let callee = self.callee(call, function, Some(&own_source))?;
        let sources = self.calling(last(&function.name), function.source, matches!(value, Value::Object(_)));
        let Some(sources) = sources else { return Ok(self.not_told(value)) };
        let lines_of = |source: u32| sources.iter().find(|(n, ..)| *n == source).map_or(&[][..], |(_, _, lines)| lines);
        let is_it = |p: &Position| {
            p.at == At::Line
                && recording.function(p.code).is_some_and(|f| lines_of(f.source).binary_search(&p.line).is_ok())
        };
        let chunks = |chunk: &ChunkInfo| {
            sources.iter().any(|(source, _, lines)| lines.iter().any(|line| chunk.has_line(*source, *line)))
        };
        let (mut step, mut found) = (call.step, Vec::new());
        for _ in 0..MAX_LINES {
            let Some(line) = self.timeline.find(recording, step, Direction::Backward, chunks, is_it)? else {
                let mut all = found.into_iter();
                return Ok(match (all.next(), all.next()) {
                    (Some(next), None) => Some(next),
                    _ => self.not_told(value),
                });
            };
            step = line.step;
            let source = recording.function(line.code).map(|function| function.source);
            let statements = sources.iter().find(|(n, ..)| Some(*n) == source).map(|(_, statements, _)| statements);
            let Some(statements) = statements else { continue };
            found.extend(self.passes(&line, statements, &callee, (function, slot), value)?);
        }
        Ok(self.not_told(value))
    }

    /// Whether the code of a call may have begun another time with equal values: a call that fits does not say then
    /// which of them it made.
    fn began_otherwise(&self, call: &Position) -> Result<bool, Error> {
        let given = |p: &Position| -> Result<Vec<Value>, Error> {
            let moment = Moment::at(self.recording, p.step)?;
            Ok(moment.player.entity(p.frame).map(|entity| entity.items.clone()).unwrap_or_default())
        };
        let own = given(call)?;
        for direction in [Direction::Backward, Direction::Forward] {
            let mut step = call.step;
            for n in 0.. {
                let codes = [call.code];
                let next = self.timeline.find_call(self.recording, &codes, (step, direction), |_| true, |_| true)?;
                let Some(other) = next else { break };
                if n == MAX_CALLS || given(&other)? == own {
                    return Ok(true);
                }
                step = other.step;
            }
        }
        Ok(false)
    }

    /// An equal number or text does not say which line made it.
    fn not_told(&self, value: &Value) -> Option<Next> {
        let is_object = matches!(value, Value::Object(_));
        (!is_object).then(|| Next::end("it was passed where the generator or coroutine was made".into()))
    }

    /// The sources that call something of a name, with the lines where they do, ascending. Where too many do, only a
    /// function's own source if that is enough; else `None`.
    fn calling(&self, name: &str, own: u32, is_own_enough: bool) -> Option<Vec<Calls<'_>>> {
        let pattern = format!("{name}(");
        let texts = (0u32..).zip(&self.recording.sources).filter_map(|(n, source)| Some((n, source.text.as_deref()?)));
        let mut texts: Vec<(u32, &str)> = texts.filter(|(_, text)| text.contains(&pattern)).collect();
        if texts.len() > MAX_SOURCES {
            texts.retain(|(source, _)| is_own_enough && *source == own);
            if texts.is_empty() {
                return None;
            }
        }
        let read = texts.into_iter().filter_map(|(n, text)| {
            let statements = Statements::of(text)?;
            let lines = lines_calling(&statements, name);
            Some((n, statements, lines))
        });
        Some(read.filter(|(_, _, lines)| !lines.is_empty()).collect())
    }

    /// What each call of a line passed for a parameter that can have made it; of an object, only the first.
    fn passes(
        &self,
        line: &Position,
        statements: &Statements<'_>,
        callee: &Callee<'_>,
        (function, slot): (&Function, u32),
        value: &Value,
    ) -> Result<Vec<Next>, Error> {
        let (own, mut all) = (last(&function.name), Vec::new());
        let Some(statement) = statements.at(line.line) else { return Ok(all) };
        let seen = Seen::at(self, statements.text, line.frame, &[line.step], &[Ran::Statement(statement)])?;
        let name = &function.slots[slot as usize];
        for made in statements.calls(statement).into_iter().filter(|made| called_name(made) == Some(own)) {
            for reading in callee.readings((made, Before::Nothing), false, false, &seen) {
                let From::Expr(expr) = callee.from(&reading, name, &seen) else { continue };
                let text = slice(statements.text, expr);
                if let Ok((lead, found)) = self.lead(text, line.step, line.frame)? {
                    if found == *value {
                        all.push(Next::lead(lead).after(How::Argument, *line, text.to_owned()));
                    }
                } else if seen.has(expr, value) != Some(false) {
                    let at = Spot::of(self, line);
                    all.push(Next::end(format!("line {} of {} passed it: {text}", at.line, at.file)));
                }
                if matches!(value, Value::Object(_)) && !all.is_empty() {
                    return Ok(all);
                }
            }
        }
        Ok(all)
    }
}

/// The lines of a source on which something of a name is called, ascending.
fn lines_calling(statements: &Statements<'_>, name: &str) -> Vec<u32> {
    let mut reader = Calling { text: statements.text, name, lines: Vec::new() };
    reader.visit_body(statements.body());
    reader.lines.sort_unstable();
    reader.lines.dedup();
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

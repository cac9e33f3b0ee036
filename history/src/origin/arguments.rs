//! From a parameter to what was passed for it: by the call's text, by the object, or the default.

use connie_recording::error::Error;
use connie_recording::reader::{ChunkInfo, Function};
use connie_source::python::{Statements, called_name, slice};
use connie_wire::Value;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprCall, Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::given::{Given, Item};
use super::{How, Lead, Next, Site};
use crate::History;
use crate::answers::Spot;
use crate::moment::Moment;
use crate::timeline::{At, Direction, Position};
use crate::writes::Target;

/// Lines with a call that are looked at for the one that made a generator or coroutine.
const MOST: usize = 50;

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
            let begins = |p: &Position| p.at == At::Line && p.frame == caller.frame;
            let chunks = |chunk: &ChunkInfo| chunk.may_reach(call.thread, call.depth.saturating_sub(1));
            let line = self.timeline.find(self.recording, call.step, Direction::Backward, chunks, begins)?;
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
        let moment = Moment::at(self.recording, line.step)?;
        let site = Site { line: *line, seen: call.step };
        let own = last(&function.name);
        let class = function.name.rsplit('.').nth(1);
        let mut is_called = None;
        for made in all.iter().flat_map(|statement| statements.calls(statement)) {
            let called = called_name(made);
            let constructs = own == "__init__" && called.is_some() && called == class;
            let is_it = called == Some(own)
                || constructs
                || self.is_callee(&moment, statements.text, line.frame, made, &function.name);
            if !is_it {
                continue;
            }
            let passed = self.passed(&statements, made, function, slot, constructs);
            let given = Given {
                values: passed.values.into_iter().map(|expr| (expr, Item::Whole)).collect(),
                texts: passed.texts,
                is_loop: false,
            };
            for text in given.places(statements.text) {
                if let Ok((next, found)) = self.lead(&text, line.step, line.frame)?
                    && found == *value
                {
                    return Ok(Some(Next::lead(next)));
                }
            }
            if passed.is_default
                && let Some(next) = self.default(call, function, slot)
            {
                return Ok(Some(next));
            }
            is_called.get_or_insert((made, given));
        }
        if let Some((_, given)) = &is_called
            && let Some(next) = self.through_return(&site, &statements, given, value)?
        {
            return Ok(Some(next));
        }
        for statement in all {
            if let Some(lead) = self.held(&site, statements.text, statement, value)? {
                return Ok(Some(Next::lead(lead)));
            }
        }
        let Some((made, given)) = is_called else { return Ok(None) };
        if let Some(older) = self.older(value, line.step)? {
            return Ok(Some(Next::end(older)));
        }
        let at = Spot::of(self, line);
        let shown =
            given.values.first().map_or_else(|| slice(statements.text, made), |(e, _)| slice(statements.text, *e));
        Ok(Some(Next::end(format!("line {} of {} passed it: {shown}", at.line, at.file))))
    }

    /// What a call passes for a parameter, as far as its text says.
    fn passed<'s>(
        &self,
        statements: &Statements<'_>,
        made: &'s ExprCall,
        function: &Function,
        slot: u32,
        constructs: bool,
    ) -> Passed<'s> {
        let name = &function.slots[slot as usize];
        let mut passed = Passed::default();
        let is_method = function.slots.first().is_some_and(|first| first == "self" || first == "cls")
            && (constructs || made.func.is_attribute_expr());
        // A method's first parameter is the object it is called on.
        if let (Expr::Attribute(attribute), true) = (&*made.func, is_method && slot == 0 && !constructs) {
            passed.values.push(&attribute.value);
            return passed;
        }
        let keywords = &made.arguments.keywords;
        let named = keywords.iter().find(|k| k.arg.as_ref().is_some_and(|arg| arg.as_str() == name));
        passed.values.extend(named.map(|keyword| &keyword.value));
        let args = &made.arguments.args;
        let star = args.iter().position(Expr::is_starred_expr);
        let place = (slot as usize).checked_sub(usize::from(is_method));
        let is_positional = slot < function.arguments;
        match (place.filter(|_| is_positional), star) {
            (Some(n), Some(star)) if n >= star => {
                if let Expr::Starred(starred) = &args[star] {
                    passed.texts.push(format!("{}[{}]", slice(statements.text, &*starred.value), n - star));
                }
            }
            (Some(n), _) => passed.values.extend(args.get(n)),
            _ => {}
        }
        let spread = keywords.iter().filter(|keyword| keyword.arg.is_none());
        passed.texts.extend(spread.clone().map(|k| format!("{}['{name}']", slice(statements.text, &k.value))));
        passed.is_default = passed.values.is_empty() && star.is_none() && spread.count() == 0;
        passed
    }

    /// The default of a parameter, where it has one.
    fn default(&self, call: &Position, function: &Function, slot: u32) -> Option<Next> {
        let statements = self.statements(call.code)?;
        let text = statements.text;
        let definition = definition(&statements, function)?;
        let name = &function.slots[slot as usize];
        let default = default_of(&definition.parameters, name)?;
        let line = text[..usize::from(default.start())].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let file = self.recording.short(function.source);
        let why = format!("it is the default of {name}, made at line {line} of {file}: {}", slice(text, default));
        Some(Next::end(why))
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
        let Some(definition) = definition(&own_source, function) else { return Ok(None) };
        if !definition.is_async && !yields(definition) {
            return Ok(None);
        }
        let own = last(&function.name);
        let lines = lines_calling(&own_source, own);
        let is_it = |p: &Position| {
            p.at == At::Line
                && lines.contains(&p.line)
                && recording.function(p.code).is_some_and(|f| f.source == function.source)
        };
        let chunks = |chunk: &ChunkInfo| lines.iter().any(|line| chunk.has_line(function.source, *line));
        let (mut step, mut found) = (call.step, Vec::new());
        for _ in 0..MOST {
            let Some(line) = self.timeline.find(recording, step, Direction::Backward, chunks, is_it)? else {
                let mut all = found.into_iter();
                return Ok(match (all.next(), all.next()) {
                    (Some(next), None) => Some(next),
                    _ => None,
                });
            };
            step = line.step;
            found.extend(self.passes(&line, &own_source, function, slot, value)?);
        }
        Ok(None)
    }

    /// What a line passed for a parameter, if it has the value.
    fn passes(
        &self,
        line: &Position,
        statements: &Statements<'_>,
        function: &Function,
        slot: u32,
        value: &Value,
    ) -> Result<Option<Next>, Error> {
        let own = last(&function.name);
        let Some(statement) = statements.at(line.line) else { return Ok(None) };
        for made in statements.calls(statement).into_iter().filter(|made| called_name(made) == Some(own)) {
            let passed = self.passed(statements, made, function, slot, false);
            for expr in &passed.values {
                let text = slice(statements.text, *expr);
                if let Ok((lead, found)) = self.lead(text, line.step, line.frame)? {
                    if found == *value {
                        return Ok(Some(Next::lead(lead).after(How::Argument, *line, text.to_owned())));
                    }
                } else if self.evaluates(text, line, value)? {
                    let at = Spot::of(self, line);
                    return Ok(Some(Next::end(format!("line {} of {} passed it: {text}", at.line, at.file))));
                }
            }
        }
        Ok(None)
    }

    fn evaluates(&self, text: &str, line: &Position, value: &Value) -> Result<bool, Error> {
        let moment = Moment::at(self.recording, line.step)?;
        let Some(frame) = Self::frame_at(&moment, line.frame) else { return Ok(false) };
        let Ok(parsed) = connie_expression::Expression::parse(text) else { return Ok(false) };
        let got = parsed.eval(&moment.scope(frame, self.globals_of(frame)));
        Ok(matches!(got, Ok(connie_expression::Got::Value(found)) if found == *value))
    }
}

/// What a call passes for a parameter.
#[derive(Default)]
struct Passed<'s> {
    values: Vec<&'s Expr>,
    texts: Vec<String>,
    /// Nothing: it has its default.
    is_default: bool,
}

fn last(qualified: &str) -> &str {
    qualified.rsplit('.').next().unwrap_or(qualified)
}

fn default_of<'s>(parameters: &'s Parameters, name: &str) -> Option<&'s Expr> {
    let mut all = parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs);
    all.find(|parameter| parameter.parameter.name.as_str() == name)?.default.as_deref()
}

/// The statement that defines a function.
fn definition<'s>(statements: &'s Statements<'_>, function: &Function) -> Option<&'s StmtFunctionDef> {
    let name = last(&function.name);
    // Its first line is that of its first decorator.
    let mut reader = Definitions { text: statements.text, name, line: function.line, found: None };
    reader.visit_body(statements.body());
    reader.found
}

struct Definitions<'n, 's> {
    text: &'n str,
    name: &'n str,
    line: u32,
    found: Option<&'s StmtFunctionDef>,
}

impl<'s> Visitor<'s> for Definitions<'_, 's> {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if let Stmt::FunctionDef(function) = stmt
            && function.name.as_str() == self.name
        {
            let line = |at: usize| self.text[..at].bytes().filter(|byte| *byte == b'\n').count() as u32 + 1;
            let (first, last) = (line(usize::from(function.start())), line(usize::from(function.name.start())));
            if (first..=last).contains(&self.line) {
                self.found = Some(function);
            }
        }
        visitor::walk_stmt(self, stmt);
    }
}

/// Whether a function yields.
fn yields(function: &StmtFunctionDef) -> bool {
    let mut reader = Yields(false);
    reader.visit_body(&function.body);
    reader.0
}

struct Yields(bool);

impl<'s> Visitor<'s> for Yields {
    fn visit_stmt(&mut self, stmt: &'s Stmt) {
        if !matches!(stmt, Stmt::FunctionDef(_) | Stmt::ClassDef(_)) {
            visitor::walk_stmt(self, stmt);
        }
    }

    fn visit_expr(&mut self, expr: &'s Expr) {
        self.0 |= matches!(expr, Expr::Yield(_) | Expr::YieldFrom(_));
        visitor::walk_expr(self, expr);
    }
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

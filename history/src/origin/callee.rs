//! Which function a call of a line runs: by its name, by what is called, or by the decorator that put it there.

use connie_expression::{Expression, Got};
use connie_recording::reader::Function;
use connie_recording::render::World;
use connie_source::python::{called_name, slice};
use connie_wire::{Kind, Value};
use ruff_python_ast::{Decorator, Expr, ExprCall};

use super::How;
use super::definitions::{Definition, last, outer};
use super::given::{Given, outermost};
use super::passed::Before;
use crate::History;
use crate::moment::Moment;
use crate::timeline::Position;

/// Functions that run a coroutine to its end, and give what it returned.
const RUNS: [&str; 2] = ["run", "run_until_complete"];

/// A line as it began, in the frame that ran it.
pub(super) struct Line<'l, 'r> {
    pub moment: &'l Moment<'r>,
    pub text: &'l str,
    pub at: &'l Position,
}

impl History<'_> {
    /// Whether what an expression of a line gives is what a function returned or yielded, as far as its text says.
    pub(super) fn is_of(&self, line: &Line<'_, '_>, given: &Given<'_>, expr: &Expr, at: &Position, how: How) -> bool {
        let Some(function) = self.recording.function(at.code) else { return false };
        let own = last(&function.name);
        if given.is_loop {
            return how == How::Yielded || function.name.ends_with("__next__");
        }
        match outermost(expr) {
            Expr::Call(call) if given.managers > 0 => self.is_entered(line, call, at, (how, given.managers)),
            _ if given.managers > 0 => how == How::Returned && matches!(own, "__enter__" | "__aenter__"),
            Expr::Call(call) => {
                let called = called_name(call);
                let resumes = matches!(called, Some("next" | "send" | "asend" | "__next__" | "throw" | "athrow"));
                match how {
                    How::Yielded => resumes,
                    How::Returned if own == "__call__" => self.is_call_of(line, call, at),
                    How::Returned => self.may_call(line, call, function) || self.is_run_by(line, call, function),
                    _ => false,
                }
            }
            Expr::Attribute(attribute) => attribute.attr.as_str() == own,
            Expr::Subscript(_) => own == "__getitem__",
            Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::Compare(_) => own.starts_with("__"),
            Expr::YieldFrom(_) | Expr::Name(_) => how == How::Returned,
            _ => false,
        }
    }

    /// Whether a call is one of this function, as far as its text says, or what is called.
    pub(super) fn may_call(&self, line: &Line<'_, '_>, call: &ExprCall, function: &Function) -> bool {
        let own = last(&function.name);
        called_name(call) == Some(own)
            || call.func.is_lambda_expr() && own == "<lambda>"
            || self.is_callee(line, call, function)
    }

    /// Whether a `with` that enters what a call gives is told its value by a return of `__enter__`, or by the `yield`
    /// of the generator function that it calls.
    fn is_entered(&self, line: &Line<'_, '_>, call: &ExprCall, at: &Position, (how, managers): (How, usize)) -> bool {
        let Some(function) = self.recording.function(at.code) else { return false };
        match (how, last(&function.name)) {
            (How::Returned, "__enter__" | "__aenter__") => {
                // Of several managers, the class tells which one it is.
                managers == 1 || called_name(call) == Some(last(outer(&function.name)))
            }
            (How::Yielded, own) => called_name(call) == Some(own) || self.is_callee(line, call, function),
            _ => false,
        }
    }

    /// Whether a call runs a coroutine of this function, which it is given.
    fn is_run_by(&self, line: &Line<'_, '_>, call: &ExprCall, function: &Function) -> bool {
        let first = call.arguments.args.first();
        match first {
            Some(Expr::Call(coroutine)) => {
                called_name(call).is_some_and(|name| RUNS.contains(&name)) && self.may_call(line, coroutine, function)
            }
            _ => false,
        }
    }

    /// Whether what is called is this function, whatever the caller calls it.
    pub(super) fn is_callee(&self, line: &Line<'_, '_>, call: &ExprCall, function: &Function) -> bool {
        if let Expr::Call(made) = &*call.func
            && called_name(made) == Some("partial")
            && let Some(first) = made.arguments.args.first()
        {
            return self.is_function(line, first, function);
        }
        self.is_function(line, &call.func, function)
    }

    /// What a `functools.partial` that is called passes before the arguments of the call.
    pub(super) fn before<'s>(&self, line: &Line<'_, '_>, call: &'s ExprCall) -> Before<'s> {
        if let Expr::Call(made) = &*call.func
            && called_name(made) == Some("partial")
        {
            return Before::Made(made);
        }
        match self.value_on(line, &call.func).and_then(|callee| self.partial(line, &callee)) {
            Some((_, held)) => Before::Held(held),
            None => Before::Nothing,
        }
    }

    /// The name of the function of a `functools.partial`, and how many values it passes by position.
    fn partial(&self, line: &Line<'_, '_>, value: &Value) -> Option<(u32, usize)> {
        let Value::Object(object) = value else { return None };
        let entity = line.moment.player.entity(*object)?;
        let ty = entity.ty.and_then(|ty| self.recording.type_name(ty))?;
        if ty.kind != Kind::Template || ty.short() != "partial" {
            return None;
        }
        // Its function, its values and its named values, each behind a text.
        let (mut function, mut held) = (None, 0);
        for pair in entity.items.chunks(2) {
            match pair {
                [Value::Str(_), first] if function.is_none() => function = Some(self.function_of(line, first)?),
                [Value::Str(text), _] => held += usize::from(!text.bytes.ends_with(b"=")),
                [Value::Str(_)] => {}
                _ => return None,
            }
        }
        Some((function?, held))
    }

    /// Whether the value of an expression is this function, or one that a decorator made it of.
    fn is_function(&self, line: &Line<'_, '_>, expr: &Expr, function: &Function) -> bool {
        let is_put = |known: &dyn Fn(&str) -> bool| self.is_put_by_decorator(line, known, &function.name);
        let is_it = |id: u32| {
            let name = self.recording.string(id);
            name == function.name || is_put(&|known| known == name)
        };
        let Some(callee) = self.value_on(line, expr) else {
            // The method of an object that the expression makes.
            let Expr::Attribute(method) = expr else { return false };
            return is_put(&|known| last(known) == method.attr.as_str());
        };
        let name = self.function_of(line, &callee).or_else(|| Some(self.partial(line, &callee)?.0));
        name.is_some_and(is_it)
    }

    /// The name of a function or method.
    fn function_of(&self, line: &Line<'_, '_>, value: &Value) -> Option<u32> {
        match value {
            Value::Function(id) | Value::Method(id) => Some(*id),
            Value::Object(object) => {
                let entity = line.moment.player.entity(*object)?;
                let kind = entity.ty.and_then(|ty| self.recording.type_name(ty)).map(|ty| ty.kind);
                match entity.items.first() {
                    Some(Value::Function(id)) if kind == Some(Kind::Function) => Some(*id),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether a function that bears a name, as `functools.wraps` gives it, has the code of `wrapper`: by the
    /// decorators of its definition. What a wrapper itself calls is what the next decorator made.
    fn is_put_by_decorator(&self, line: &Line<'_, '_>, known: &dyn Fn(&str) -> bool, wrapper: &str) -> bool {
        if !wrapper.contains(".<locals>.") {
            return false;
        }
        let caller = self.recording.function(line.at.code).map_or("", |function| &function.name);
        let mut definitions = self.recording.functions.iter().filter(|function| known(&function.name)).peekable();
        let made_by = |wrapper: &str, decorator: &Decorator| {
            let Some(name) = decorator_name(decorator) else { return false };
            let mut makers = wrapper.split(".<locals>.").collect::<Vec<_>>();
            makers.pop();
            makers.into_iter().any(|maker| last(maker) == name)
        };
        let is_so = |function: &Function| {
            let text = self.recording.sources.get(function.source as usize)?.text.as_deref()?;
            let statements = connie_source::python::Statements::of(text)?;
            let Definition::Def(definition) = Definition::of(&statements, function)? else { return None };
            let decorators = &definition.decorator_list;
            let next = decorators.iter().position(|one| made_by(caller, one)).map_or(0, |own| own + 1);
            Some(decorators.get(next).is_some_and(|one| made_by(wrapper, one)))
        };
        definitions.peek().is_some() && definitions.all(|function| is_so(function) == Some(true))
    }

    /// Whether a call is one of the object whose `__call__` returned.
    fn is_call_of(&self, line: &Line<'_, '_>, call: &ExprCall, at: &Position) -> bool {
        let Some(called) = self.value_on(line, &call.func) else { return false };
        let Ok(then) = Moment::at(self.recording, at.step) else { return false };
        let own = then.player.entity(at.frame).and_then(|entity| entity.items.first().cloned());
        own.is_some_and(|own| own == called && matches!(own, Value::Object(_)))
    }

    /// The value of an expression as the line began.
    fn value_on(&self, line: &Line<'_, '_>, expr: &Expr) -> Option<Value> {
        let frame = Self::frame_at(line.moment, line.at.frame)?;
        let parsed = Expression::parse(slice(line.text, expr)).ok()?;
        match parsed.eval(&line.moment.scope(frame, self.globals_of(frame))) {
            Ok(Got::Value(value)) => Some(value),
            _ => None,
        }
    }
}

/// The last name of a decorator, or of what its call calls.
fn decorator_name(decorator: &Decorator) -> Option<&str> {
    match &decorator.expression {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        Expr::Call(call) => called_name(call),
        _ => None,
    }
}

//! Which function a call of a line runs: by its name, by what is called, or by the decorator that put it there.

use connie_expression::{Expression, Got};
use connie_recording::attributes::ClassView;
use connie_recording::reader::Function;
use connie_recording::render::World;
use connie_source::python::{called_name, slice};
use connie_wire::{Kind, Value};
use ruff_python_ast::{Decorator, Expr, ExprCall, StmtFunctionDef};

use super::How;
use super::definitions::{Definition, last, outer};
use super::given::{Given, outermost};
use super::passed::Before;
use crate::History;
use crate::moment::Moment;
use crate::timeline::Position;

/// Functions that run a coroutine to its end, and give what it returned.
const RUNS: [&str; 2] = ["run", "run_until_complete"];
/// Decorators that leave a function as it is, or pass on its arguments and result.
const TRANSPARENT: &[&str] = &[
    "staticmethod",
    "classmethod",
    "property",
    "cached_property",
    "setter",
    "getter",
    "deleter",
    "abstractmethod",
    "override",
    "final",
    "overload",
    "cache",
    "lru_cache",
    "wraps",
    "contextmanager",
    "asynccontextmanager",
];

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
            return self.is_item_of(line, outermost(expr), at, how);
        }
        match outermost(expr) {
            _ if given.managers > 0 => self.is_entered(line, outermost(expr), at, how),
            Expr::Call(call) => match how {
                How::Yielded => resumed(call).is_some_and(|iterator| self.is_item_of(line, iterator, at, how)),
                How::Returned if own == "__call__" => self.is_call_of(line, call, at),
                How::Returned => self.may_call(line, call, function) || self.is_run_by(line, call, function),
                _ => false,
            },
            Expr::Attribute(attribute) => attribute.attr.as_str() == own,
            Expr::Subscript(_) => own == "__getitem__",
            Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::Compare(_) => own.starts_with("__"),
            // What is awaited runs in the same task; what another one returns meanwhile is not its result.
            Expr::Name(_) if !expr.is_await_expr() => false,
            Expr::YieldFrom(_) | Expr::Name(_) => {
                how == How::Returned && at.task == line.at.task && self.begins_later(function)
            }
            _ => false,
        }
    }

    /// Whether a call is one of this function, as far as its text says, or what is called.
    pub(super) fn may_call(&self, line: &Line<'_, '_>, call: &ExprCall, function: &Function) -> bool {
        self.is_called_by_name(line, call, function) || self.is_callee(line, call, function)
    }

    /// Whether a call calls a function by its name, and nothing says that it is another one of this name.
    pub(super) fn is_called_by_name(&self, line: &Line<'_, '_>, call: &ExprCall, function: &Function) -> bool {
        let is_other = || {
            let known = self.value_on(line, &call.func).and_then(|callee| self.function_of(line, &callee));
            known.is_some_and(|id| self.recording.string(id) != function.name)
        };
        let own = last(&function.name);
        let is_named = called_name(call) == Some(own) && self.is_bare(line, function) && !is_other();
        is_named || call.func.is_lambda_expr() && own == "<lambda>"
    }

    /// Whether no decorator may have put another function in the place of one, unless it is that one which calls it.
    fn is_bare(&self, line: &Line<'_, '_>, function: &Function) -> bool {
        let caller = self.recording.function(line.at.code).map_or("", |function| &function.name);
        let Some(statements) = self.source_of(function) else { return true };
        let Some(Definition::Def(definition)) = Definition::of(&statements, function) else { return true };
        let decorators = inner_decorators(definition, caller);
        decorators.iter().all(|one| decorator_name(one).is_some_and(|name| TRANSPARENT.contains(&name)))
    }

    fn begins_later(&self, function: &Function) -> bool {
        let source = self.source_of(function);
        source.is_some_and(|source| Definition::of(&source, function).is_some_and(Definition::begins_later))
    }

    /// Whether an iterator gives what a generator yielded, or a method of its class: other iterators may change it.
    fn is_item_of(&self, line: &Line<'_, '_>, iterator: &Expr, at: &Position, how: How) -> bool {
        let Some(function) = self.recording.function(at.code) else { return false };
        let own = last(&function.name);
        let is_method = matches!(own, "__next__" | "__anext__" | "__iter__" | "__aiter__");
        if !is_method && how != How::Yielded {
            return false;
        }
        match iterator {
            Expr::Call(call) if is_method => {
                called_name(call).is_some() && called_name(call) == self.class_of_self(at).as_deref()
            }
            Expr::Call(call) => self.may_call(line, call, function),
            Expr::Generator(_) => own == "<genexpr>",
            Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => {
                let Some(Value::Object(object)) = self.value_on(line, iterator) else { return false };
                let ty = line.moment.player.entity(object).and_then(|entity| entity.ty);
                let ty = ty.and_then(|ty| self.recording.type_name(ty)).map(|ty| ty.short());
                match ty {
                    Some("generator" | "async_generator") => !is_method,
                    ty => is_method && ty.is_some() && ty == self.class_of_self(at).as_deref(),
                }
            }
            _ => false,
        }
    }

    /// The name of the class of a frame's first argument, when it ends.
    pub(super) fn class_of_self(&self, at: &Position) -> Option<String> {
        let then = Moment::at(self.recording, at.step).ok()?;
        let Value::Object(own) = *then.player.entity(at.frame)?.items.first()? else { return None };
        let ty = self.recording.type_name(then.player.entity(own)?.ty?)?;
        Some(ty.short().to_owned())
    }

    /// Whether a call makes an object of a class: by the name of the class, or by what is called.
    pub(super) fn makes(&self, line: &Line<'_, '_>, call: &ExprCall, class: &str) -> bool {
        if called_name(call) == Some(class) {
            return true;
        }
        match self.value_on(line, &call.func) {
            Some(Value::Class(id)) => last(self.recording.string(id)) == class,
            Some(Value::Object(object)) => ClassView::of(&line.moment.player, object)
                .is_some_and(|view| last(view.name(&line.moment.player)) == class),
            _ => false,
        }
    }

    /// Whether a `with` that enters what an expression gives is told its value by a return of `__enter__`, or by the
    /// `yield` of the generator function that it calls.
    fn is_entered(&self, line: &Line<'_, '_>, manager: &Expr, at: &Position, how: How) -> bool {
        let Some(function) = self.recording.function(at.code) else { return false };
        match (how, last(&function.name), manager) {
            // The class tells which of several managers it is.
            (How::Returned, "__enter__" | "__aenter__", Expr::Call(call)) => {
                called_name(call).is_some() && called_name(call) == self.class_of_self(at).as_deref()
            }
            (How::Returned, "__enter__" | "__aenter__", manager) => {
                let then = Moment::at(self.recording, at.step).ok();
                let own = then.and_then(|then| then.player.entity(at.frame)?.items.first().cloned());
                own.is_some() && own == self.value_on(line, manager)
            }
            (How::Yielded, _, Expr::Call(call)) => self.may_call(line, call, function),
            _ => false,
        }
    }

    /// Whether a call runs a coroutine of this function, which it is given.
    fn is_run_by(&self, line: &Line<'_, '_>, call: &ExprCall, function: &Function) -> bool {
        let first = call.arguments.args.first();
        match first {
            Some(Expr::Call(coroutine)) => {
                called_name(call).is_some_and(|name| RUNS.contains(&name))
                    && self.may_call(line, coroutine, function)
                    && self.begins_later(function)
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
            name == function.name && self.is_bare(line, function) || is_put(&|known| known == name)
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
        let is_so = |function: &Function| {
            let statements = self.source_of(function)?;
            let Definition::Def(definition) = Definition::of(&statements, function)? else { return None };
            Some(inner_decorators(definition, caller).first().is_some_and(|one| made_by(wrapper, one)))
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

/// The decorators that are between a caller and a function: if one of them made the caller, those after it.
fn inner_decorators<'s>(definition: &'s StmtFunctionDef, caller: &str) -> &'s [Decorator] {
    let all = &definition.decorator_list;
    &all[all.iter().position(|one| made_by(caller, one)).map_or(0, |own| own + 1)..]
}

/// Whether a function was made within a decorator.
fn made_by(wrapper: &str, decorator: &Decorator) -> bool {
    let Some(name) = decorator_name(decorator) else { return false };
    let mut makers = wrapper.split(".<locals>.").collect::<Vec<_>>();
    makers.pop();
    // The method of an object that stands for the function.
    let is_method = last(wrapper) == "__call__" && last(outer(wrapper)) == name;
    is_method || makers.into_iter().any(|maker| last(maker) == name)
}

/// The iterator whose next item a call asks for.
fn resumed(call: &ExprCall) -> Option<&Expr> {
    match (called_name(call)?, &*call.func) {
        ("next" | "anext", Expr::Name(_)) => call.arguments.args.first(),
        ("send" | "asend" | "__next__" | "__anext__" | "throw" | "athrow", Expr::Attribute(method)) => {
            Some(&method.value)
        }
        _ => None,
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

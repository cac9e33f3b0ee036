//! What a call passes for each parameter of a function, and whether that can be what the function was given.

use connie_recording::reader::Function;
use connie_source::python::called_name;
use connie_wire::Value;
use ruff_python_ast::{Expr, ExprCall, Keyword};

use super::definitions::{Definition, last};
use super::seen::Seen;

/// A function as it was called: its parameters and their values.
pub(super) struct Callee<'s> {
    /// Names of those that are given by position.
    positional: Vec<&'s str>,
    /// Names of those that are given by keyword only.
    keywords: Vec<&'s str>,
    /// The names of what takes more of each: `*args`, `**kw`.
    more: (Option<&'s str>, Option<&'s str>),
    pub definition: Option<Definition<'s>>,
    /// Whether the parameters are those of its definition.
    is_known: bool,
    /// The values of the parameters, where they are known.
    values: Vec<(&'s str, Value)>,
}

/// One way to read a call: as it stands, or with what stands before the dot as the first argument.
#[derive(Clone, Copy)]
pub(super) struct Reading<'s> {
    pub call: &'s ExprCall,
    bound: Bound<'s>,
    before: Before<'s>,
}

/// What a `functools.partial` passes before the arguments of its call.
#[derive(Clone, Copy)]
pub(super) enum Before<'s> {
    Nothing,
    /// What it was made with in the same expression, after the function.
    Made(&'s ExprCall),
    /// So many values, which it has had for longer.
    Held(usize),
}

impl<'s> Reading<'s> {
    /// What stands at a position.
    fn by_position(&self, n: usize, seen: &Seen<'_>) -> Option<From<'s>> {
        let args = &self.call.arguments.args;
        match self.before {
            Before::Nothing => by_position(args.iter(), n, seen),
            Before::Made(made) => by_position(made.arguments.args.iter().skip(1).chain(args), n, seen),
            Before::Held(held) => match n.checked_sub(held) {
                Some(n) => by_position(args.iter(), n, seen),
                None => Some(From::Unknown(Vec::new())),
            },
        }
    }

    /// The keywords, those that count first.
    fn keywords(&self) -> impl Iterator<Item = &'s Keyword> + Clone {
        let made = match self.before {
            Before::Made(made) => &made.arguments.keywords[..],
            _ => &[],
        };
        self.call.arguments.keywords.iter().chain(made)
    }
}

/// What is passed before the arguments of a call.
#[derive(Clone, Copy)]
enum Bound<'s> {
    Nothing,
    /// The object that the call makes, or a method was taken from.
    Own,
    /// What stands before the dot.
    To(&'s Expr),
}

/// What is followed of a parameter's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// An item of a tuple.
    Item(i64),
    /// What a dict has for a name.
    Key(String),
}

/// Where a parameter has its value from.
pub(super) enum From<'s> {
    Expr(&'s Expr),
    /// An item of what is spread.
    Item(String),
    Default,
    /// Something that is spread and not known, or the default.
    Unknown(Vec<String>),
    /// What a call passes before its arguments.
    Own,
    /// Several arguments: `*args`, `**kw`.
    More,
    /// The call lacks it.
    Missing,
}

impl<'s> Callee<'s> {
    /// `items` are the values of the function's slots as it began.
    pub fn new(function: &'s Function, definition: Option<Definition<'s>>, items: &[Value]) -> Self {
        let values = function.slots.iter().map(String::as_str).zip(items.iter().cloned());
        let values = values.filter(|(_, value)| *value != Value::Unbound).collect();
        let own = || function.slots.iter().take(function.arguments as usize).map(String::as_str).collect();
        let mut callee = Self {
            positional: Vec::new(),
            keywords: Vec::new(),
            more: (None, None),
            definition,
            is_known: definition.is_some(),
            values,
        };
        match definition.map(Definition::parameters) {
            Some(Some(all)) => {
                let positional = all.posonlyargs.iter().chain(&all.args);
                callee.positional = positional.map(|one| one.parameter.name.as_str()).collect();
                callee.keywords = all.kwonlyargs.iter().map(|one| one.parameter.name.as_str()).collect();
                let name = |one: &'s ruff_python_ast::Parameter| one.name.as_str();
                callee.more = (all.vararg.as_deref().map(name), all.kwarg.as_deref().map(name));
            }
            Some(None) => {}
            None => callee.positional = own(),
        }
        callee
    }

    /// The ways in which a call may be read that do not contradict what the function was given.
    pub fn readings(
        &self,
        (call, before): (&'s ExprCall, Before<'s>),
        constructs: bool,
        is_method: bool,
        seen: &Seen<'_>,
    ) -> Vec<Reading<'s>> {
        let is_static = self.definition.is_some_and(|known| known.is_decorated("staticmethod"));
        let bound = match &*call.func {
            _ if constructs => vec![Bound::Own],
            _ if is_static => vec![Bound::Nothing],
            Expr::Attribute(attribute) => vec![Bound::To(&attribute.value), Bound::Nothing],
            _ if is_method => vec![Bound::Own],
            _ => vec![Bound::Nothing],
        };
        let readings = bound.into_iter().map(|bound| Reading { call, bound, before });
        readings.filter(|reading| !self.contradicts(reading, seen)).collect()
    }

    fn contradicts(&self, reading: &Reading<'s>, seen: &Seen<'_>) -> bool {
        if let Bound::To(receiver) = reading.bound {
            let first = self.positional.first().and_then(|name| self.value(name));
            let is_class = self.definition.is_some_and(|known| known.is_decorated("classmethod"));
            if !is_class && first.is_some_and(|first| seen.has(receiver, first) == Some(false)) {
                return true;
            }
        }
        if self.is_known && self.has_too_many(reading) {
            return true;
        }
        self.positional.iter().chain(&self.keywords).any(|name| {
            let Some(value) = self.value(name) else { return false };
            let found = match self.from(reading, name, seen) {
                From::Expr(expr) => seen.has(expr, value),
                From::Item(text) => seen.has_text(&text, value),
                From::Default => self.default_has(name, value, seen),
                From::Missing => Some(false),
                From::Unknown(_) | From::Own | From::More => None,
            };
            found == Some(false)
        })
    }

    /// Whether the function would refuse the arguments.
    fn has_too_many(&self, reading: &Reading<'s>) -> bool {
        let arguments = &reading.call.arguments;
        let own = usize::from(!matches!(reading.bound, Bound::Nothing));
        // What a partial passes besides only makes more of them.
        let positional = arguments.args.iter().filter(|arg| !arg.is_starred_expr()).count() + own;
        let is_unknown = |name: &str| !self.positional.contains(&name) && !self.keywords.contains(&name);
        let mut named = arguments.keywords.iter().filter_map(|keyword| keyword.arg.as_ref());
        positional > self.positional.len() && self.more.0.is_none()
            || self.more.1.is_none() && named.any(|name| is_unknown(name.as_str()))
    }

    /// Whether a call is one of the object whose method the function is.
    pub fn is_called_by(&self, call: &ExprCall, function: &Function, seen: &Seen<'_>) -> bool {
        let own = self.positional.first().and_then(|name| self.value(name));
        last(&function.name) == "__call__" && own.is_some_and(|own| seen.has(&call.func, own) == Some(true))
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Whether a parameter's default is this value, where it says what it is by itself.
    pub fn default_has(&self, name: &str, value: &Value, seen: &Seen<'_>) -> Option<bool> {
        let default = self.definition?.default_of(name)?;
        // Its text is that of another source.
        let text = literal(default)?;
        seen.has_text(&text, value)
    }

    /// Where a call, read so, has what is followed of a parameter from; and whether that is still an item of it.
    pub fn part(&self, reading: &Reading<'s>, name: &str, part: &Part, seen: &Seen<'_>) -> (From<'s>, Option<i64>) {
        let own = usize::from(!matches!(reading.bound, Bound::Nothing));
        match part {
            Part::Item(n) if self.more.0 == Some(name) => {
                let Some(place) = usize::try_from(*n).ok().map(|n| self.positional.len() + n) else {
                    return (From::Unknown(Vec::new()), None);
                };
                let from = match (place.checked_sub(own), reading.bound) {
                    (Some(place), _) => reading.by_position(place, seen).unwrap_or(From::Missing),
                    (None, Bound::To(receiver)) => From::Expr(receiver),
                    (None, _) => From::Own,
                };
                (from, None)
            }
            Part::Key(key) if self.more.1 == Some(name) => (by_keyword(reading.keywords(), key, seen), None),
            Part::Key(_) => (From::More, None),
            Part::Item(n) => (self.from(reading, name, seen), Some(*n)),
            Part::Whole => (self.from(reading, name, seen), None),
        }
    }

    /// Where a call, read so, has the value of a parameter from.
    pub fn from(&self, reading: &Reading<'s>, name: &str, seen: &Seen<'_>) -> From<'s> {
        let mut maybe = Vec::new();
        let place = self.positional.iter().position(|known| *known == name);
        if place.is_none() && !self.keywords.contains(&name) {
            return From::More;
        }
        let own = usize::from(!matches!(reading.bound, Bound::Nothing));
        match (reading.bound, place) {
            (Bound::To(receiver), Some(0)) => return From::Expr(receiver),
            (Bound::Own, Some(0)) => return From::Own,
            _ => {}
        }
        if let Some(n) = place.and_then(|place| place.checked_sub(own)) {
            match reading.by_position(n, seen) {
                Some(From::Unknown(texts)) => maybe.extend(texts),
                Some(from) => return from,
                None => {}
            }
        }
        let keywords = reading.keywords();
        if let Some(named) = keywords.clone().find(|k| k.arg.as_ref().is_some_and(|arg| arg.as_str() == name)) {
            return From::Expr(&named.value);
        }
        for spread in keywords.filter(|keyword| keyword.arg.is_none()) {
            let text = format!("{}['{name}']", seen.slice(&spread.value));
            match seen.has_key(&spread.value, name) {
                Some(true) => return From::Item(text),
                Some(false) => {}
                None => maybe.push(text),
            }
        }
        let has_default = self.definition.is_some_and(|known| known.default_of(name).is_some());
        if !maybe.is_empty() || !self.is_known || matches!(reading.before, Before::Held(_)) {
            From::Unknown(maybe)
        } else if has_default {
            From::Default
        } else {
            From::Missing
        }
    }
}

/// What a call passes by a name.
pub(super) fn by_keyword<'s>(
    keywords: impl Iterator<Item = &'s Keyword> + Clone,
    name: &str,
    seen: &Seen<'_>,
) -> From<'s> {
    if let Some(named) = keywords.clone().find(|k| k.arg.as_ref().is_some_and(|arg| arg.as_str() == name)) {
        return From::Expr(&named.value);
    }
    let spread = keywords.filter(|keyword| keyword.arg.is_none());
    let all: Vec<String> = spread
        .filter(|spread| seen.has_key(&spread.value, name) != Some(false))
        .map(|spread| format!("{}['{name}']", seen.slice(&spread.value)))
        .collect();
    From::Unknown(all)
}

/// What stands at a position of a call's arguments.
pub(super) fn by_position<'s>(args: impl Iterator<Item = &'s Expr>, n: usize, seen: &Seen<'_>) -> Option<From<'s>> {
    let mut at = 0;
    for arg in args {
        let Expr::Starred(starred) = arg else {
            if at == n {
                return Some(From::Expr(arg));
            }
            at += 1;
            continue;
        };
        let text = format!("{}[{}]", seen.slice(&starred.value), n - at);
        match seen.length(&starred.value) {
            Some(length) if n < at + length => return Some(From::Item(text)),
            Some(length) => at += length,
            None => return Some(From::Unknown(vec![text])),
        }
    }
    None
}

/// A literal as text that means the same anywhere.
pub(super) fn literal(expr: &Expr) -> Option<String> {
    match expr {
        Expr::NoneLiteral(_) => Some("None".into()),
        Expr::BooleanLiteral(known) => Some(if known.value { "True" } else { "False" }.into()),
        Expr::EllipsisLiteral(_) => Some("...".into()),
        Expr::NumberLiteral(number) => match &number.value {
            ruff_python_ast::Number::Int(int) => Some(int.to_string()),
            ruff_python_ast::Number::Float(float) if float.is_finite() => Some(format!("{float:?}")),
            _ => None,
        },
        Expr::StringLiteral(text) => {
            let known = text.value.to_str();
            let is_simple = known.chars().all(|c| !c.is_control() && c != '\\' && c != '\'');
            is_simple.then(|| format!("'{known}'"))
        }
        Expr::UnaryOp(signed) if signed.op == ruff_python_ast::UnaryOp::USub => {
            Some(format!("-{}", literal(&signed.operand)?))
        }
        Expr::List(_) => Some("[]".into()),
        Expr::Dict(_) => Some("{}".into()),
        _ => None,
    }
}

/// The name that a call bears, if it is that of a function or of a class that it makes an object of.
pub(super) fn is_named(call: &ExprCall, qualified: &str) -> (bool, bool) {
    let mut parts = qualified.rsplit('.');
    let (own, class) = (parts.next(), parts.next());
    let called = if call.func.is_lambda_expr() { Some("<lambda>") } else { called_name(call) };
    (called.is_some() && called == own, own == Some("__init__") && called.is_some() && called == class)
}

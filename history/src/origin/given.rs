//! What a statement gives to a place that it writes to: the expressions whose value may be there afterwards.

use super::places::Places;
use super::seen::Seen;
use crate::answers::binds;
use connie_source::python::{called_name, slice};
use connie_wire::Value;
use ruff_python_ast::{BoolOp, Expr, ExprCall, Number, Pattern, Stmt, UnaryOp, WithItem};

/// Choices within each other.
const DEEP: usize = 8;

/// An item of what an expression gives, where it is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// The whole value.
    Whole,
    /// The nth, from the start or (negative) from the end.
    At(i64),
}

/// Expressions, and which item of each is meant.
#[derive(Clone, Debug, Default)]
pub struct Given<'s> {
    /// They may have given the value; the first one that has it did.
    pub values: Vec<(&'s Expr, Item)>,
    /// Texts of places that have the value, if they have it.
    pub texts: Vec<String>,
    /// The statement is a loop.
    pub is_loop: bool,
    /// One of the expressions gave the value, and the text does not say which one.
    pub is_choice: bool,
    /// The statement is a `with`, which gives what entering its managers gives: how many it has; else 0.
    pub managers: usize,
}

impl<'s> Given<'s> {
    fn of(values: Vec<(&'s Expr, Item)>) -> Self {
        Self { values, ..Self::default() }
    }

    /// The same with an item of a display as the expression that stands there.
    #[must_use]
    pub fn elements(mut self) -> Self {
        for (expr, item) in &mut self.values {
            if let (Expr::Subscript(part), Item::Whole) = (*expr, *item)
                && matches!(&*part.value, Expr::Tuple(_) | Expr::List(_))
                && let Some(n) = whole_number(&part.slice)
            {
                (*expr, *item) = (&part.value, Item::At(n));
            }
            if let (Expr::Tuple(_) | Expr::List(_), Item::At(n)) = (*expr, *item)
                && let Some(element) = element(expr, n)
            {
                (*expr, *item) = (element, Item::Whole);
            }
        }
        self
    }

    /// The same with the operand that was taken of a choice, where the conditions are known.
    #[must_use]
    pub fn taken(mut self, seen: &Seen<'_>) -> Self {
        for (expr, _) in &mut self.values {
            for _ in 0..DEEP {
                match taken(expr, seen) {
                    Some(operand) => *expr = operand,
                    None => break,
                }
            }
        }
        self
    }

    /// The same with `f(x)[0]` also as the item of what the call gives.
    #[must_use]
    pub fn items_of_calls(mut self) -> Self {
        let item = |(expr, item): &(&'s Expr, Item)| match (*expr, item) {
            (Expr::Subscript(part), Item::Whole) if matches!(outermost(&part.value), Expr::Call(_)) => {
                Some((&*part.value, Item::At(whole_number(&part.slice)?)))
            }
            _ => None,
        };
        let found: Vec<_> = self.values.iter().filter_map(item).collect();
        self.values.extend(found);
        self
    }

    /// An item of what is given.
    #[must_use]
    pub fn item(mut self, n: i64) -> Self {
        self.values.retain(|(_, item)| *item == Item::Whole);
        self.values.iter_mut().for_each(|(_, item)| *item = Item::At(n));
        self.texts.iter_mut().for_each(|text| *text = format!("{text}[{n}]"));
        self.elements()
    }

    /// The places that the value may have been taken from as it is.
    #[must_use]
    pub fn places(&self, seen: &Seen<'_>, value: &Value) -> Vec<String> {
        let mut places = Places::new(seen, value);
        places.found.clone_from(&self.texts);
        for (expr, item) in &self.values {
            places.of(expr, *item);
        }
        places.found
    }

    /// The expressions that remain where the others did not have the value; nothing if several do. Objects are told
    /// by their identity.
    #[must_use]
    pub fn proven(&self, seen: &Seen<'_>, value: &Value) -> Option<Self> {
        if !self.is_choice || self.values.len() < 2 || matches!(value, Value::Object(_)) {
            return Some(self.clone());
        }
        let mut left = self.clone();
        left.values.retain(|(expr, item)| *item != Item::Whole || seen.has(expr, value) != Some(false));
        (left.values.len() == 1).then_some(left)
    }
}

/// The operand of `a if c else b`, `a or b` or `a and b` that gave its value.
fn taken<'s>(choice: &'s Expr, seen: &Seen<'_>) -> Option<&'s Expr> {
    match choice {
        Expr::If(choice) => Some(if seen.holds(&choice.test)? { &choice.body } else { &choice.orelse }),
        Expr::BoolOp(choice) => {
            let (last, others) = choice.values.split_last()?;
            for operand in others {
                if seen.holds(operand)? == (choice.op == BoolOp::Or) {
                    return Some(operand);
                }
            }
            Some(last)
        }
        _ => None,
    }
}

/// A whole number that is written out.
pub(super) fn whole_number(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::NumberLiteral(number) => match &number.value {
            Number::Int(n) => n.as_i64(),
            _ => None,
        },
        Expr::UnaryOp(signed) if signed.op == UnaryOp::USub => whole_number(&signed.operand).map(|n| -n),
        _ => None,
    }
}

/// An index from the start, of one that may count from the end.
pub(super) fn from_start(n: i64, length: usize) -> Option<usize> {
    if n < 0 { length.checked_sub(n.unsigned_abs() as usize) } else { Some(n as usize) }
}

/// The expression at a place of a display, from the start or (negative) from the end.
fn element(display: &Expr, n: i64) -> Option<&Expr> {
    let all = match display {
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::List(list) => &list.elts,
        _ => return None,
    };
    all.get(from_start(n, all.len())?).filter(|_| !all.iter().any(Expr::is_starred_expr))
}

/// What a statement gives to the place that is called `name`.
#[must_use]
pub fn to<'s>(statement: &'s Stmt, text: &str, name: &str) -> Given<'s> {
    let mut walruses = Walruses { name, found: Vec::new() };
    ruff_python_ast::visitor::Visitor::visit_stmt(&mut walruses, statement);
    let mut given = by_statement(statement, text, name);
    if !walruses.found.is_empty() {
        given.values.extend(walruses.found.iter().map(|value| (*value, Item::Whole)));
        given.is_choice = true;
    }
    given
}

fn by_statement<'s>(statement: &'s Stmt, text: &str, name: &str) -> Given<'s> {
    match statement {
        Stmt::Assign(assign) => {
            let all = assign.targets.iter().filter_map(|target| unpacked(target, &assign.value, text, name));
            all.fold(Given::default(), |mut all, one| {
                all.is_choice |= one.len() > 1;
                all.values.extend(one);
                all
            })
        }
        Stmt::AnnAssign(assign) if may_be(&assign.target, text, name) => {
            Given::of(assign.value.iter().map(|value| (&**value, Item::Whole)).collect())
        }
        Stmt::With(with) => {
            let entered = |item: &'s WithItem| unpacked(item.optional_vars.as_deref()?, &item.context_expr, text, name);
            let found = with.items.iter().find_map(entered);
            Given { managers: with.items.len(), ..Given::of(found.unwrap_or_default()) }
        }
        Stmt::For(each) => Given { is_loop: true, ..Given::of(looped(&each.target, &each.iter, text, name)) },
        // What a method puts into a container is one of its arguments.
        Stmt::Expr(line) => match &*line.value {
            Expr::Call(call) => Given { is_choice: true, ..Given::of(put(call)) },
            _ => Given::default(),
        },
        Stmt::Match(choice) => {
            let subject = slice(text, &*choice.subject);
            let mut found = Given::default();
            for case in &choice.cases {
                matched(&case.pattern, subject.to_owned(), text, name, &mut found.texts);
            }
            found
        }
        _ => Given::default(),
    }
}

/// The arguments of a call that it may put into a container or an attribute.
fn put(call: &ExprCall) -> Vec<(&Expr, Item)> {
    let args = &call.arguments.args;
    let only = match called_name(call) {
        Some("append" | "appendleft" | "add") => Some(0),
        Some("insert" | "setdefault" | "__setitem__" | "__setattr__") => Some(args.len().saturating_sub(1)),
        Some("setattr") => Some(2),
        _ => None,
    };
    let of = |arg| (arg, Item::Whole);
    match only {
        Some(n) => args.get(n).map(of).into_iter().collect(),
        None => args.iter().map(of).collect(),
    }
}

/// Whether a statement may store into a place that is called `name` elsewhere: an object has many names, but its
/// attribute has one.
#[must_use]
pub fn may_store(statement: &Stmt, text: &str, name: &str) -> bool {
    let is_it = |target: &Expr| may_be(target, text, name);
    stores(statement, text, name)
        || match statement {
            Stmt::Assign(assign) => assign.targets.iter().any(is_it),
            Stmt::AnnAssign(assign) => assign.value.is_some() && is_it(&assign.target),
            Stmt::AugAssign(assign) => is_it(&assign.target),
            Stmt::For(each) => is_it(&each.target),
            // A method may put it into a container.
            Stmt::Expr(line) => match &*line.value {
                Expr::Call(call) => match &*call.func {
                    Expr::Attribute(method) => {
                        let receiver = slice(text, &*method.value);
                        name.strip_prefix(receiver).is_some_and(|within| within.starts_with('['))
                    }
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        }
}

/// Whether a target, or one within it, may be what is called `name` elsewhere.
fn may_be(target: &Expr, text: &str, name: &str) -> bool {
    let key = |key: &str| key.replace('"', "'");
    let is_literal = |key: &str| key.starts_with(['\'', '"']) || key.bytes().all(|byte| byte.is_ascii_digit());
    let own = name.strip_suffix(']').and_then(|inner| inner.rsplit_once('[')).map(|(_, inner)| key(inner));
    match target {
        Expr::Tuple(names) => names.elts.iter().any(|one| may_be(one, text, name)),
        Expr::List(names) => names.elts.iter().any(|one| may_be(one, text, name)),
        Expr::Starred(star) => may_be(&star.value, text, name),
        Expr::Attribute(attribute) => {
            let attr = attribute.attr.as_str();
            match own {
                Some(own) => own == format!("'{attr}'"),
                None => {
                    let last = name.rsplit('.').next().unwrap_or(name);
                    // A private name bears that of its class.
                    last == attr || attr.starts_with("__") && last.starts_with('_') && last.ends_with(attr)
                }
            }
        }
        Expr::Subscript(item) => {
            let shown = key(slice(text, &*item.slice));
            match own {
                Some(own) => shown == own || !is_literal(&shown) || !is_literal(&own),
                None => shown == format!("'{}'", name.rsplit('.').next().unwrap_or(name)) || !is_literal(&shown),
            }
        }
        target => slice(text, target) == name,
    }
}

/// Whether a statement stores into the place that is called `name`.
#[must_use]
pub fn stores(statement: &Stmt, text: &str, name: &str) -> bool {
    if binds(statement, name) {
        return true;
    }
    match statement {
        Stmt::Assign(assign) => assign.targets.iter().any(|target| {
            let within = name.strip_prefix(slice(text, target)).is_some_and(|within| within.starts_with(['[', '.']));
            within || is_or_has(target, text, name)
        }),
        Stmt::AnnAssign(assign) => is_or_has(&assign.target, text, name),
        Stmt::For(each) => is_or_has(&each.target, text, name),
        Stmt::Match(choice) => choice.cases.iter().any(|case| {
            let mut found = Vec::new();
            matched(&case.pattern, String::new(), text, name, &mut found);
            !found.is_empty()
        }),
        _ => false,
    }
}

/// What a target takes of a value, if it, or an item of it, is called `name`.
fn unpacked<'s>(target: &'s Expr, value: &'s Expr, text: &str, name: &str) -> Option<Vec<(&'s Expr, Item)>> {
    let elements = match target {
        Expr::Tuple(names) => &names.elts,
        Expr::List(names) => &names.elts,
        target => {
            let shown = slice(text, target);
            // What the new value is made with.
            if let Some(within) = name.strip_prefix(shown).filter(|within| within.starts_with(['[', '.'])) {
                return Some(part(value, within, text).into_iter().map(|part| (part, Item::Whole)).collect());
            }
            let is_it = may_be(target, text, name);
            return is_it.then(|| vec![(value, Item::Whole)]);
        }
    };
    let star = elements.iter().position(Expr::is_starred_expr);
    let places = || elements.iter().enumerate().filter(|(n, _)| star != Some(*n));
    let may: Vec<usize> = places().filter(|(_, one)| may_be(one, text, name)).map(|(n, _)| n).collect();
    match may.as_slice() {
        [] if star.is_none_or(|star| !may_be(&elements[star], text, name)) => {
            // An attribute or item by another name: each value is looked at.
            let Expr::Tuple(values) = value else { return None };
            let is_other = elements.iter().any(|element| !element.is_name_expr());
            is_other.then(|| values.elts.iter().map(|value| (value, Item::Whole)).collect())
        }
        all => {
            let found = all.iter().filter_map(|n| unpacked_at(elements, *n, value, text, name));
            Some(found.flatten().collect::<Vec<_>>()).filter(|found| !found.is_empty())
        }
    }
}

/// What the nth target of several takes of a value.
fn unpacked_at<'s>(
    elements: &'s [Expr],
    n: usize,
    value: &'s Expr,
    text: &str,
    name: &str,
) -> Option<Vec<(&'s Expr, Item)>> {
    let star = elements.iter().position(Expr::is_starred_expr);
    let is_after = star.is_some_and(|star| star < n);
    if let Expr::Tuple(values) = value
        && !values.elts.iter().any(Expr::is_starred_expr)
        && values.elts.len() >= elements.len() - usize::from(star.is_some())
    {
        let at = if is_after { values.elts.len() - (elements.len() - n) } else { n };
        return unpacked(&elements[n], values.elts.get(at)?, text, name);
    }
    if matches!(elements[n], Expr::Tuple(_) | Expr::List(_)) {
        return None;
    }
    let at = if is_after { n as i64 - elements.len() as i64 } else { n as i64 };
    Some(vec![(value, Item::At(at))])
}

/// The expression that stands in a display at an index or key, or after a keyword of a call: `['k']` of `{'k': x}`.
fn part<'s>(value: &'s Expr, within: &str, text: &str) -> Option<&'s Expr> {
    if let (Expr::Call(call), Some(name)) = (value, within.strip_prefix('.')) {
        let mut keywords = call.arguments.keywords.iter();
        return keywords.find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == name)).map(|k| &k.value);
    }
    let key = within.strip_prefix('[')?.strip_suffix(']')?;
    match value {
        Expr::List(_) | Expr::Tuple(_) => element(value, key.parse().ok()?),
        Expr::Dict(dict) if dict.items.iter().all(|item| item.key.is_some()) => {
            let is_it = |known: &Expr| slice(text, known).replace('"', "'") == key.replace('"', "'");
            let mut items = dict.items.iter().rev();
            items.find(|item| item.key.as_ref().is_some_and(is_it)).map(|item| &item.value)
        }
        _ => None,
    }
}

/// Whether a target, or one within it, is called `name`.
fn is_or_has(target: &Expr, text: &str, name: &str) -> bool {
    match target {
        Expr::Tuple(names) => names.elts.iter().any(|one| is_or_has(one, text, name)),
        Expr::List(names) => names.elts.iter().any(|one| is_or_has(one, text, name)),
        Expr::Starred(star) => slice(text, &*star.value) == name,
        target => slice(text, target) == name,
    }
}

/// What a loop's variable is an item of. `Item::At` of these is not known: it is that of the round.
fn looped<'s>(target: &'s Expr, iter: &'s Expr, text: &str, name: &str) -> Vec<(&'s Expr, Item)> {
    if let (Expr::Tuple(names), Expr::Call(call)) = (target, iter) {
        let n = names.elts.iter().position(|one| is_or_has(one, text, name));
        let called = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            _ => "",
        };
        match (called, n) {
            ("enumerate", Some(1)) => {
                return call
                    .arguments
                    .args
                    .first()
                    .map_or_else(Vec::new, |iter| looped(&names.elts[1], iter, text, name));
            }
            ("zip", Some(n)) => {
                return call
                    .arguments
                    .args
                    .get(n)
                    .map_or_else(Vec::new, |iter| looped(&names.elts[n], iter, text, name));
            }
            _ => return Vec::new(),
        }
    }
    if slice(text, target) == name { vec![(iter, Item::Whole)] } else { Vec::new() }
}

/// The places that a pattern takes a name from.
fn matched(pattern: &Pattern, subject: String, text: &str, name: &str, found: &mut Vec<String>) {
    match pattern {
        Pattern::MatchAs(bound) => {
            if bound.name.as_ref().is_some_and(|known| known.as_str() == name) {
                found.push(subject.clone());
            }
            if let Some(inner) = &bound.pattern {
                matched(inner, subject, text, name, found);
            }
        }
        Pattern::MatchOr(all) => {
            all.patterns.iter().for_each(|one| matched(one, subject.clone(), text, name, found));
        }
        Pattern::MatchSequence(all) => {
            let star = all.patterns.iter().position(|one| matches!(one, Pattern::MatchStar(_)));
            for (n, one) in all.patterns.iter().enumerate() {
                let at = match star {
                    Some(star) if n > star => n as i64 - all.patterns.len() as i64,
                    _ => n as i64,
                };
                matched(one, format!("{subject}[{at}]"), text, name, found);
            }
        }
        Pattern::MatchMapping(all) => {
            for (key, one) in all.keys.iter().zip(&all.patterns) {
                matched(one, format!("{subject}[{}]", slice(text, key)), text, name, found);
            }
        }
        Pattern::MatchClass(class) => {
            for keyword in &class.arguments.keywords {
                matched(&keyword.pattern, format!("{subject}.{}", keyword.attr.as_str()), text, name, found);
            }
        }
        _ => {}
    }
}

/// The expressions whose values a statement gives to its caller.
#[must_use]
pub fn back(statement: &Stmt) -> Given<'_> {
    Given::of(match statement {
        Stmt::Return(given) => given.value.iter().map(|value| (&**value, Item::Whole)).collect(),
        Stmt::Expr(line) => yielded(&line.value).into_iter().collect(),
        Stmt::Assign(line) => yielded(&line.value).into_iter().collect(),
        Stmt::AnnAssign(line) => line.value.as_deref().and_then(yielded).into_iter().collect(),
        _ => Vec::new(),
    })
}

/// The value of an expression that a lambda returns, or a generator expression yields.
#[must_use]
pub fn body(expr: &Expr) -> Given<'_> {
    Given::of(vec![(expr, Item::Whole)])
}

fn yielded(expr: &Expr) -> Option<(&Expr, Item)> {
    match expr {
        Expr::Yield(given) => given.value.as_deref().map(|value| (value, Item::Whole)),
        _ => None,
    }
}

/// The expression that gives the value of one: what is awaited, or bound by a walrus.
pub(super) fn outermost(expr: &Expr) -> &Expr {
    match expr {
        Expr::Await(awaited) => outermost(&awaited.value),
        Expr::Named(named) => outermost(&named.value),
        expr => expr,
    }
}

struct Walruses<'n, 's> {
    name: &'n str,
    found: Vec<&'s Expr>,
}

impl<'s> ruff_python_ast::visitor::Visitor<'s> for Walruses<'_, 's> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        if let Expr::Named(named) = expr
            && let Expr::Name(name) = &*named.target
            && name.id.as_str() == self.name
        {
            self.found.push(&named.value);
        }
        ruff_python_ast::visitor::walk_expr(self, expr);
    }

    fn visit_body(&mut self, _: &'s [Stmt]) {}
}

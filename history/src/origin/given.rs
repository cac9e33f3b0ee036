//! What a statement gives to a place that it writes to: the expressions whose value may be there afterwards.

use crate::answers::binds;
use connie_source::python::slice;
use ruff_python_ast::{Expr, ExprCall, Pattern, Stmt};

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
}

impl<'s> Given<'s> {
    fn of(values: Vec<(&'s Expr, Item)>) -> Self {
        Self { values, ..Self::default() }
    }

    /// The places that the value may have been taken from as it is.
    #[must_use]
    pub fn places(&self, text: &str) -> Vec<String> {
        let mut found = self.texts.clone();
        for (expr, item) in &self.values {
            places(expr, *item, text, &mut found);
        }
        found
    }
}

/// What a statement gives to the place that is called `name`.
#[must_use]
pub fn to<'s>(statement: &'s Stmt, text: &str, name: &str) -> Given<'s> {
    let mut walruses = Walruses { name, found: Vec::new() };
    ruff_python_ast::visitor::Visitor::visit_stmt(&mut walruses, statement);
    if let Some(value) = walruses.found.first() {
        return Given::of(vec![(value, Item::Whole)]);
    }
    match statement {
        Stmt::Assign(assign) => {
            let all = assign.targets.iter().filter_map(|target| unpacked(target, &assign.value, text, name));
            all.fold(Given::default(), |mut all, one| {
                all.values.extend(one);
                all
            })
        }
        Stmt::AnnAssign(assign) => Given::of(assign.value.iter().map(|value| (&**value, Item::Whole)).collect()),
        Stmt::For(each) => Given { is_loop: true, ..Given::of(looped(&each.target, &each.iter, text, name)) },
        // What a method puts into a container is one of its arguments.
        Stmt::Expr(line) => match &*line.value {
            Expr::Call(call) => Given::of(call.arguments.args.iter().map(|arg| (arg, Item::Whole)).collect()),
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
            let is_it = shown == name || !target.is_name_expr();
            return is_it.then(|| vec![(value, Item::Whole)]);
        }
    };
    let star = elements.iter().position(Expr::is_starred_expr);
    let n = elements.iter().position(|element| is_or_has(element, text, name));
    let Some(n) = n.filter(|n| star != Some(*n)) else {
        // An attribute or item by another name: each value is looked at.
        let Expr::Tuple(values) = value else { return None };
        return elements
            .iter()
            .any(|element| !element.is_name_expr())
            .then(|| values.elts.iter().map(|value| (value, Item::Whole)).collect());
    };
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
    let elements = match value {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::Dict(dict) if dict.items.iter().all(|item| item.key.is_some()) => {
            let is_it = |known: &Expr| slice(text, known).replace('"', "'") == key.replace('"', "'");
            let mut items = dict.items.iter().rev();
            return items.find(|item| item.key.as_ref().is_some_and(is_it)).map(|item| &item.value);
        }
        _ => return None,
    };
    elements.get(key.parse::<usize>().ok()?).filter(|_| !elements.iter().any(Expr::is_starred_expr))
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

/// The places that an expression may have its value from as it is, in the order in which they count.
fn places(expr: &Expr, item: Item, text: &str, found: &mut Vec<String>) {
    let whole = |expr: &Expr| slice(text, expr).to_owned();
    match (expr, item) {
        (Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_), Item::Whole) => found.push(whole(expr)),
        (Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_), Item::At(n)) => {
            found.push(format!("{}[{n}]", whole(expr)));
        }
        (Expr::If(choice), _) => {
            places(&choice.body, item, text, found);
            places(&choice.orelse, item, text, found);
        }
        // Of equal ones, `and` gives the last.
        (Expr::BoolOp(choice), _) if choice.op == ruff_python_ast::BoolOp::And => {
            choice.values.iter().rev().for_each(|value| places(value, item, text, found));
        }
        (Expr::BoolOp(choice), _) => choice.values.iter().for_each(|value| places(value, item, text, found)),
        (Expr::Named(named), _) => places(&named.value, item, text, found),
        (Expr::Await(_) | Expr::YieldFrom(_), _) => {}
        (Expr::Yield(given), _) => given.value.iter().for_each(|value| places(value, item, text, found)),
        (Expr::Tuple(all), Item::At(n)) if n >= 0 => {
            all.elts.get(n as usize).into_iter().for_each(|one| places(one, Item::Whole, text, found));
        }
        (Expr::Call(call), Item::Whole) => called(call, text, found),
        _ => {}
    }
}

/// The places that a call of a builtin, or a container's method, gives the value of.
fn called(call: &ExprCall, text: &str, found: &mut Vec<String>) {
    let args = &call.arguments.args;
    if args.iter().any(Expr::is_starred_expr) {
        return;
    }
    match (&*call.func, args.len()) {
        (Expr::Name(name), 2 | 3) if name.id.as_str() == "getattr" => {
            if let Expr::StringLiteral(attribute) = &args[1] {
                found.push(format!("{}.{}", slice(text, &args[0]), attribute.value.to_str()));
            }
            args.get(2).into_iter().for_each(|default| places(default, Item::Whole, text, found));
        }
        (Expr::Attribute(method), 1 | 2) if matches!(method.attr.as_str(), "get" | "setdefault" | "pop") => {
            found.push(format!("{}[{}]", slice(text, &*method.value), slice(text, &args[0])));
            args.get(1).into_iter().for_each(|default| places(default, Item::Whole, text, found));
        }
        (Expr::Attribute(method), 0) if method.attr.as_str() == "pop" => {
            found.push(format!("{}[-1]", slice(text, &*method.value)));
        }
        (Expr::Attribute(method), 0) if method.attr.as_str() == "popleft" => {
            found.push(format!("{}[0]", slice(text, &*method.value)));
        }
        _ => {}
    }
}

/// The expressions whose values a statement gives to its caller.
#[must_use]
pub fn back(statement: &Stmt) -> Given<'_> {
    let yielded = |expr: &'_ Expr| matches!(expr, Expr::Yield(_));
    Given::of(match statement {
        Stmt::Return(given) => given.value.iter().map(|value| (&**value, Item::Whole)).collect(),
        Stmt::Expr(line) if yielded(&line.value) => vec![(&line.value, Item::Whole)],
        Stmt::Assign(line) if yielded(&line.value) => vec![(&line.value, Item::Whole)],
        _ => Vec::new(),
    })
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

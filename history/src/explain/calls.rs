//! Finds the argument expression for a parameter, and whether a line makes a given call.

use connie_recording::reader::Function;
use connie_source::python::called_name;
use ruff_python_ast::{Expr, ExprCall, Stmt};
use rustc_hash::FxHashSet;

use super::code::Code;
use super::reads::{Focus, Reads};

/// The argument for a parameter.
pub(super) enum Passed {
    /// An expression of the call.
    By(Focus),
    /// None: the parameter has its default.
    Default,
    /// Unknown from the source text.
    Unknown,
}

/// Whether a call expression calls a function, rather than its class.
fn names(call: &ExprCall, function: &str) -> Option<bool> {
    let called = called_name(call)?;
    let mut parts = function.rsplit('.');
    let last = parts.next()?;
    if called == last {
        return Some(false);
    }
    (matches!(last, "__init__" | "__new__") && parts.next() == Some(called)).then_some(true)
}

/// The argument that a statement's call of a function passes for the parameter in a slot.
pub(super) fn passed(code: &Code<'_>, stmt: &Stmt, function: &Function, slot: Option<usize>) -> Passed {
    let Some(slot) = slot else { return Passed::Unknown };
    let made = code.statements.calls(stmt);
    let mut calls = made.iter().filter_map(|call| Some((*call, names(call, &function.name)?)));
    let (Some((call, constructs)), more) = (calls.next(), calls.next()) else { return Passed::Unknown };
    if more.is_some() {
        return Passed::Unknown;
    }
    let name = function.slots[slot].as_str();
    if let Some(keyword) = call.arguments.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some(name)) {
        return Passed::By(Focus::on(&keyword.value));
    }
    let has_self = function.slots.first().is_some_and(|first| matches!(first.as_str(), "self" | "cls"));
    let is_bound = constructs || has_self && matches!(&*call.func, Expr::Attribute(_));
    let Some(n) = slot.checked_sub(usize::from(is_bound)) else {
        return match &*call.func {
            Expr::Attribute(method) if !constructs => Passed::By(Focus::on(&method.value)),
            _ => Passed::Unknown,
        };
    };
    let args = &call.arguments.args;
    let mut starred = args.iter().take(n + 1).filter_map(Expr::as_starred_expr);
    if let Some(first) = starred.next() {
        return if starred.next().is_none() { Passed::By(Focus::on(&first.value)) } else { Passed::Unknown };
    }
    if let Some(arg) = args.get(n) {
        return Passed::By(Focus::on(arg));
    }
    let mut spread = call.arguments.keywords.iter().filter(|keyword| keyword.arg.is_none());
    match (spread.next(), spread.next()) {
        (Some(only), None) => Passed::By(Focus::on(&only.value)),
        (Some(_), Some(_)) => Passed::Unknown,
        (None, _) if slot >= function.arguments as usize => Passed::Unknown,
        (None, _) => Passed::Default,
    }
}

/// The default of a parameter of the function that is defined on a line, and the default's line.
pub(super) fn default(code: &Code<'_>, line: u32, name: &str) -> Option<(Focus, u32)> {
    let Stmt::FunctionDef(function) = code.statements.at(line)? else { return None };
    let found = function.parameters.iter_non_variadic_params().find(|each| each.parameter.name.as_str() == name)?;
    let default = found.default.as_deref()?;
    Some((Focus::on(default), code.lines(default).0))
}

/// First and last line of the code that a statement itself runs.
pub(super) fn own_lines(code: &Code<'_>, stmt: &Stmt) -> (u32, u32) {
    let (first, last) = code.lines(stmt);
    let head = |expr: &Expr| (first, code.lines(expr).1);
    match stmt {
        Stmt::If(choice) => {
            (first, choice.body.first().map_or(last, |body| code.lines(body).0.saturating_sub(1).max(first)))
        }
        Stmt::While(again) => head(&again.test),
        Stmt::For(each) => head(&each.iter),
        Stmt::With(with) => (first, with.items.iter().map(|item| code.lines(item).1).max().unwrap_or(first)),
        Stmt::Match(choice) => head(&choice.subject),
        Stmt::FunctionDef(_) | Stmt::ClassDef(_) | Stmt::Try(_) => (first, first),
        _ => (first, last),
    }
}

/// The probability that a line's statement directly calls a function of this name.
pub(super) fn is_meant(function: &str, reads: &Reads<'_>) -> f64 {
    let mut parts = function.rsplit('.');
    let last = parts.next().unwrap_or_default();
    let has = |name: &str, calls: &FxHashSet<&str>| calls.contains(name);
    if has(last, &reads.calls) {
        return 1.0;
    }
    if matches!(last, "__init__" | "__new__" | "__post_init__") {
        // A call of the class makes an object by it.
        return if parts.next().is_some_and(|class| has(class, &reads.calls)) { 0.6 } else { 0.3 };
    }
    let is_property =
        reads.reads.iter().any(|read| read.text.strip_suffix(last).is_some_and(|rest| rest.ends_with('.')));
    match last {
        _ if is_property => 0.95,
        "<listcomp>" | "<genexpr>" | "<dictcomp>" | "<setcomp>" | "<lambda>" => 0.9,
        "__getitem__" | "__getattr__" | "__call__" | "__contains__" | "__len__" | "__iter__" | "__next__" => 0.9,
        "__eq__" | "__hash__" | "__repr__" | "__str__" => 0.5,
        "__lt__" | "__add__" | "__sub__" | "__mul__" | "__bool__" => 0.85,
        // The function is decorated, or called by code that is not recorded.
        _ => 0.8,
    }
}

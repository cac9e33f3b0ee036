//! Splits a condition into operands of `and`, `or` and `not`, and the values that each depends on.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{BoolOp, Expr, UnaryOp};
use ruff_text_size::Ranged;

use crate::python::{called_name, slice};

/// A condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `a and b`
    All(Vec<Condition>),
    /// `a or b`
    Any(Vec<Condition>),
    /// `not a`
    Not(Box<Condition>),
    /// Any other expression.
    Leaf(Leaf),
}

/// A condition without `and`, `or` and `not`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its text.
    pub text: String,
    /// Whether its result is always True or False.
    pub is_bool: bool,
    /// The values that it depends on.
    pub parts: Vec<Part>,
}

/// A value that a condition depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// A variable, attribute, item or call.
    pub text: String,
    /// The name of the function, if it is a call.
    pub called: Option<String>,
    /// Whether the condition itself binds it, so that it only has its value after the condition.
    pub is_bound: bool,
    /// Whether it can be read without calling anything.
    pub is_place: bool,
}

/// Parses a condition; `None` if it is not an expression.
#[must_use]
pub fn condition(text: &str) -> Option<Condition> {
    if text.len() > 10_000 {
        return None;
    }
    // It may span several lines.
    let text = format!("({text}\n)");
    let parsed = ruff_python_parser::parse_expression(&text).ok()?.into_syntax();
    Some(read(&text, &parsed.body))
}

fn read(text: &str, expr: &Expr) -> Condition {
    match expr {
        Expr::BoolOp(operation) => {
            let operands = operation.values.iter().map(|value| read(text, value)).collect();
            if operation.op == BoolOp::And { Condition::All(operands) } else { Condition::Any(operands) }
        }
        Expr::UnaryOp(unary) if unary.op == UnaryOp::Not => Condition::Not(Box::new(read(text, &unary.operand))),
        _ => Condition::Leaf(leaf(text, expr)),
    }
}

fn leaf(text: &str, expr: &Expr) -> Leaf {
    let mut parts = Parts { text, found: Vec::new() };
    parts.visit_expr(expr);
    let is_bool = matches!(expr, Expr::Compare(_) | Expr::BooleanLiteral(_));
    Leaf { text: slice(text, expr).to_owned(), is_bool, parts: parts.found }
}

impl Condition {
    /// Its leaves in evaluation order.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Leaf> {
        match self {
            Self::All(operands) | Self::Any(operands) => operands.iter().flat_map(Self::leaves).collect(),
            Self::Not(operand) => operand.leaves(),
            Self::Leaf(leaf) => vec![leaf],
        }
    }
}

struct Parts<'t> {
    text: &'t str,
    found: Vec<Part>,
}

impl Parts<'_> {
    fn add(&mut self, node: &impl Ranged, called: Option<String>, is_bound: bool, is_place: bool) {
        let text = slice(self.text, node).split_whitespace().collect::<Vec<_>>().join(" ");
        if !self.found.iter().any(|part| part.text == text) {
            self.found.push(Part { text, called, is_bound, is_place });
        }
    }
}

impl<'s> Visitor<'s> for Parts<'_> {
    fn visit_expr(&mut self, expr: &'s Expr) {
        match expr {
            Expr::Name(_) => self.add(expr, None, false, true),
            Expr::Attribute(_) if is_place(expr) => self.add(expr, None, false, true),
            Expr::Subscript(subscript) => {
                if is_place(expr) {
                    self.add(expr, None, false, true);
                } else {
                    self.visit_expr(&subscript.value);
                }
                if !subscript.slice.is_slice_expr() {
                    self.visit_expr(&subscript.slice);
                }
            }
            Expr::Call(call) => {
                self.add(expr, called_name(call).map(str::to_owned), false, false);
                if let Expr::Attribute(method) = &*call.func {
                    self.visit_expr(&method.value);
                }
                call.arguments.args.iter().for_each(|argument| self.visit_expr(argument));
                call.arguments.keywords.iter().for_each(|keyword| self.visit_expr(&keyword.value));
            }
            Expr::Named(named) => {
                self.add(&*named.target, None, true, true);
                self.visit_expr(&named.value);
            }
            // Their names are in separate frames; the outermost iterable is not.
            Expr::ListComp(inner) => inner.generators.iter().take(1).for_each(|each| self.visit_expr(&each.iter)),
            Expr::SetComp(inner) => inner.generators.iter().take(1).for_each(|each| self.visit_expr(&each.iter)),
            Expr::DictComp(inner) => inner.generators.iter().take(1).for_each(|each| self.visit_expr(&each.iter)),
            Expr::Generator(inner) => inner.generators.iter().take(1).for_each(|each| self.visit_expr(&each.iter)),
            Expr::Lambda(_) => {}
            _ => visitor::walk_expr(self, expr),
        }
    }
}

/// Whether an expression names a variable, attribute or item, and contains no call.
fn is_place(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) => true,
        Expr::Attribute(attribute) => is_place(&attribute.value),
        Expr::Subscript(subscript) => {
            let is_key = subscript.slice.is_literal_expr() || subscript.slice.is_unary_op_expr();
            is_place(&subscript.value) && (is_key || is_place(&subscript.slice))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_have_parts() {
        let Some(Condition::All(operands)) = condition("a.b > 1 and not f(c,\n d[0]).e") else { panic!() };
        let texts = |condition: &Condition| -> Vec<String> {
            condition.leaves().iter().flat_map(|leaf| leaf.parts.iter().map(|part| part.text.clone())).collect()
        };
        assert_eq!(texts(&operands[0]), ["a.b"]);
        assert_eq!(texts(&operands[1]), ["f(c, d[0])", "c", "d[0]"]);
        assert!(matches!(&operands[1], Condition::Not(_)));
        let walrus = condition("(n := len(xs)) > 3").unwrap();
        assert_eq!(texts(&walrus), ["n", "len(xs)", "xs"]);
        assert!(walrus.leaves()[0].parts[0].is_bound);
        assert_eq!(texts(&condition("any(x > k for x in rows)").unwrap()), ["any(x > k for x in rows)", "rows"]);
    }
}

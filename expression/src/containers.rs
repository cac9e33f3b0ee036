//! Operators and comparisons of containers, recorded or created by the expression.

use std::cmp::Ordering;

use connie_wire::value::text_value;
use connie_wire::{Kind, Value};
use ruff_python_ast::{CmpOp, Operator};

use super::arrays;
use super::blob::whole;
use super::got::{Got, Outcome, is_scalar};
use super::problem::{Problem, raised, unknown};
use super::values::Values;
use super::{numbers, operators};

/// The maximum depth to which sequences are compared.
const DEEP: usize = 50;

impl Values<'_> {
    /// Applies an operator to two values.
    pub(super) fn operate(&self, op: Operator, left: &Got, right: &Got) -> Outcome {
        if matches!(left, Got::Scalar(..)) || matches!(right, Got::Scalar(..)) {
            return arrays::calculated(op, left, right);
        }
        if let (Operator::Mod, Got::Value(Value::Str(pattern))) = (op, left) {
            return Ok(Got::Value(text_value(&self.percent(&whole(pattern)?, right)?)));
        }
        if matches!(left, Got::Value(Value::Int(_) | Value::Float(_))) {
            return operators::binary(op, left, right);
        }
        match (self.builtin_kind(left), op, self.builtin_kind(right)) {
            (
                Some(Kind::Set),
                Operator::BitOr | Operator::BitAnd | Operator::Sub | Operator::BitXor,
                Some(Kind::Set),
            ) => {
                let name = match op {
                    Operator::BitOr => "union",
                    Operator::BitAnd => "intersection",
                    Operator::Sub => "difference",
                    _ => "symmetric_difference",
                };
                self.combined(name, &self.set_items(left)?, &self.set_items(right)?)
            }
            (Some(Kind::Dict), Operator::BitOr, Some(Kind::Dict)) => match (self.pairs(left), self.pairs(right)) {
                (Some(left), Some(right)) => self.dict_of([left?, right?].concat()),
                _ => unknown("this operator may run code of the operands' classes"),
            },
            (Some(Kind::List), Operator::Add, Some(Kind::List)) => {
                Ok(Got::List([self.items(left)?, self.items(right)?].concat()))
            }
            (Some(Kind::Tuple), Operator::Add, Some(Kind::Tuple)) => {
                Ok(Got::Tuple([self.items(left)?, self.items(right)?].concat()))
            }
            (Some(Kind::List), Operator::Mult, None) if numbers::int(right).is_some() => {
                operators::binary(op, &Got::List(self.items(left)?), right)
            }
            (Some(Kind::Tuple), Operator::Mult, None) if numbers::int(right).is_some() => {
                operators::binary(op, &Got::Tuple(self.items(left)?), right)
            }
            _ => match operators::binary(op, left, right) {
                Err(Problem::NotEvaluated(_))
                    if op != Operator::Mult
                        && is_number_or_text(left)
                        && is_number_or_text(right)
                        && (numbers::float(left).is_none() || numbers::float(right).is_none())
                        && !(is_text(left) && is_text(right)) =>
                {
                    raised("TypeError: unsupported operand types for this operator")
                }
                found => found,
            },
        }
    }

    /// Whether two dicts of builtin classes have the same keys and values.
    pub(super) fn same_dicts(&self, left: &Got, right: &Got) -> Result<bool, Problem> {
        let (Some(own), Some(other)) = (self.pairs(left), self.pairs(right)) else {
            return unknown("comparing these may run code of their class");
        };
        let (own, other) = (own?, other?);
        if own.len() != other.len() {
            return Ok(false);
        }
        if !own.iter().chain(&other).all(|(key, _)| is_scalar(key)) {
            return unknown("this kind of key");
        }
        for (key, value) in &own {
            match self.item(right, key) {
                Ok(found) => {
                    if !self.equal(value, &found)? {
                        return Ok(false);
                    }
                }
                Err(Problem::Raised(_)) => return Ok(false),
                Err(problem) => return Err(problem),
            }
        }
        Ok(true)
    }

    /// Compares two values; `None` if one of them is NaN.
    pub(super) fn order(&self, left: &Got, right: &Got) -> Result<Option<Ordering>, Problem> {
        self.charge_comparison(left, right)?;
        self.order_within(left, right, 0)
    }

    fn order_within(&self, left: &Got, right: &Got, depth: usize) -> Result<Option<Ordering>, Problem> {
        if let Some(order) = operators::order(left, right)? {
            return Ok(order);
        }
        let (kind, other) = (self.builtin_kind(left), self.builtin_kind(right));
        match (kind, other) {
            (Some(Kind::List | Kind::Tuple), Some(Kind::List | Kind::Tuple)) if kind == other && depth < DEEP => {
                let (left, right) = (self.items(left)?, self.items(right)?);
                for (left, right) in left.iter().zip(&right) {
                    if !self.equal(left, right)? {
                        return self.order_within(left, right, depth + 1);
                    }
                }
                Ok(Some(left.len().cmp(&right.len())))
            }
            _ if is_plain_scalar(left) && is_plain_scalar(right) => {
                raised("TypeError: '<' not supported between instances of these types")
            }
            _ => unknown("comparing these may run code of their class"),
        }
    }

    /// Compares two sets: equality, subset, superset.
    pub(super) fn compare_sets(&self, op: CmpOp, left: &Got, right: &Got) -> Result<bool, Problem> {
        let (left, right) = (self.set_items(left)?, self.set_items(right)?);
        let (small, large) = if matches!(op, CmpOp::Lt | CmpOp::LtE) { (left, right) } else { (right, left) };
        let proper = matches!(op, CmpOp::Lt | CmpOp::Gt);
        let within = self.combined("issubset", &small, &large)? == Got::Value(Value::Bool(true));
        Ok(within && (!proper || small.len() < large.len()))
    }

    /// Builtin functions of one value.
    pub(super) fn of_one(&self, name: &str, value: &Got) -> Outcome {
        let number = numbers::big(value);
        let text = |text: &str| Ok(Got::Value(text_value(text)));
        match (name, number, value) {
            ("hex" | "bin" | "oct", Some(_), _) => {
                let kind = match name {
                    "hex" => "#x",
                    "bin" => "#b",
                    _ => "#o",
                };
                text(&self.format(&numbers::to_int(value)?, kind)?)
            }
            ("chr", Some(n), _) => match u32::try_from(&n) {
                Ok(n) if n <= 0x10_ffff => match char::from_u32(n) {
                    Some(letter) => text(&letter.to_string()),
                    None => unknown("a lone surrogate"),
                },
                _ => raised("ValueError: chr() arg not in range(0x110000)"),
            },
            ("ord", None, Got::Value(Value::Str(string))) => {
                let string = whole(string)?;
                let mut letters = string.chars();
                match (letters.next(), letters.next()) {
                    (Some(letter), None) => Ok(Got::Value(Value::Int(u32::from(letter).into()))),
                    _ => raised("TypeError: ord() expected a character"),
                }
            }
            ("callable", _, Got::Value(Value::Function(_) | Value::Class(_) | Value::Method(_)) | Got::Class(..)) => {
                Ok(Got::Value(Value::Bool(true)))
            }
            ("callable", _, Got::Value(Value::Object(object)))
                if matches!(
                    self.scope.world().entity(*object).as_ref().and_then(|entity| entity.items.first()),
                    Some(Value::Class(_) | Value::Function(_))
                ) && self.is_named(*object) =>
            {
                Ok(Got::Value(Value::Bool(true)))
            }
            ("callable", _, value) if is_plain_scalar(value) || self.builtin_kind(value).is_some() => {
                Ok(Got::Value(Value::Bool(false)))
            }
            _ => unknown(format!("{name} of this")),
        }
    }
}

fn is_text(value: &Got) -> bool {
    matches!(value, Got::Value(Value::Str(_)))
}

/// Whether a value is `None`, a number or a text, between which all operators are known.
fn is_number_or_text(value: &Got) -> bool {
    match value {
        Got::Value(Value::None) => true,
        Got::Value(Value::Str(text)) => text.cut.is_none() && std::str::from_utf8(&text.bytes).is_ok(),
        value => matches!(value, Got::Value(Value::Bool(_) | Value::Int(_) | Value::Float(_))),
    }
}

/// Whether operations on a value run no code of the program.
fn is_plain_scalar(value: &Got) -> bool {
    matches!(
        value,
        Got::Value(
            Value::None
                | Value::Bool(_)
                | Value::Int(_)
                | Value::BigInt(..)
                | Value::Float(_)
                | Value::Str(_)
                | Value::Bytes(_)
        )
    )
}

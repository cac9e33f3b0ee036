//! Operators on scalars, as CPython computes them; what leaves 64 bits is not evaluated.

use std::borrow::Cow;
use std::cmp::Ordering;

use connie_wire::Value;
use connie_wire::value::Blob;
use ruff_python_ast::{Operator, UnaryOp};

use super::{Got, Outcome, Problem, raised, text_value, unknown};

/// The index that `index` means in a sequence of `length` items.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(length as i64)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

/// The positions that a slice takes, as `slice.indices` gives them.
pub(super) fn slice_positions(length: usize, lower: Option<i64>, upper: Option<i64>, step: i64) -> Vec<usize> {
    let length = length as i64;
    let (least, most) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: i64| (if bound < 0 { bound.saturating_add(length) } else { bound }).clamp(least, most);
    let start = lower.map_or(if step > 0 { least } else { most }, clamp);
    let stop = upper.map_or(if step > 0 { most } else { least }, clamp);
    let mut found = Vec::new();
    let mut at = start;
    while if step > 0 { at < stop } else { at > stop } {
        found.push(at as usize);
        at = at.saturating_add(step);
    }
    found
}

/// The text of a str that was recorded whole.
pub(super) fn whole(text: &Blob) -> Result<Cow<'_, str>, Problem> {
    if text.cut.is_some() {
        return unknown("the text was cut when it was recorded");
    }
    match std::str::from_utf8(&text.bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => unknown("the text has lone surrogates"),
    }
}

fn int(value: &Got) -> Option<i64> {
    match value {
        Got::Value(Value::Int(n)) => Some(*n),
        Got::Value(Value::Bool(truth)) => Some(i64::from(*truth)),
        _ => None,
    }
}

/// An int that is exact as a float, or a float.
fn float(value: &Got) -> Option<f64> {
    match value {
        Got::Value(Value::Float(bits)) => Some(f64::from_bits(*bits)),
        value => int(value).filter(|n| n.unsigned_abs() <= 1 << 53).map(|n| n as f64),
    }
}

fn give(n: Option<i64>) -> Outcome {
    n.map_or_else(|| unknown("the result is beyond 64 bits"), |n| Ok(Got::Value(Value::Int(n))))
}

fn give_float(x: f64) -> Outcome {
    Ok(Got::Value(Value::Float(x.to_bits())))
}

pub(super) fn unary(op: UnaryOp, operand: &Got) -> Outcome {
    match (op, int(operand), float(operand)) {
        (UnaryOp::USub, Some(n), _) => give(n.checked_neg()),
        (UnaryOp::UAdd, Some(n), _) => give(Some(n)),
        (UnaryOp::Invert, Some(n), _) => give(Some(!n)),
        (UnaryOp::USub, None, Some(x)) => give_float(-x),
        (UnaryOp::UAdd, None, Some(x)) => give_float(x),
        _ => unknown("this operator may be code of the operand's class"),
    }
}

pub(super) fn binary(op: Operator, left: &Got, right: &Got) -> Outcome {
    if let (Got::Value(Value::Bool(a)), Got::Value(Value::Bool(b))) = (left, right) {
        let truth = |truth| Ok(Got::Value(Value::Bool(truth)));
        match op {
            Operator::BitAnd => return truth(a & b),
            Operator::BitOr => return truth(a | b),
            Operator::BitXor => return truth(a ^ b),
            _ => {}
        }
    }
    if let (Some(a), Some(b)) = (int(left), int(right)) {
        return ints(op, a, b);
    }
    if let (Some(a), Some(b)) = (float(left), float(right)) {
        return floats(op, a, b);
    }
    match (op, left, right) {
        (Operator::Add, Got::Value(Value::Str(a)), Got::Value(Value::Str(b))) => {
            Ok(Got::Value(text_value(&format!("{}{}", whole(a)?, whole(b)?))))
        }
        (Operator::Mult, Got::Value(Value::Str(a)), n) if int(n).is_some() => {
            let (text, n) = (whole(a)?, int(n).unwrap_or(0).max(0) as usize);
            if text.len().saturating_mul(n) > 1 << 20 {
                return unknown("the result is too long");
            }
            Ok(Got::Value(text_value(&text.repeat(n))))
        }
        (Operator::Add, Got::List(a), Got::List(b)) => Ok(Got::List([a.as_slice(), b].concat())),
        (Operator::Add, Got::Tuple(a), Got::Tuple(b)) => Ok(Got::Tuple([a.as_slice(), b].concat())),
        _ => unknown("this operator may be code of the operands' classes"),
    }
}

fn ints(op: Operator, a: i64, b: i64) -> Outcome {
    let zero = |what: &str| raised(format!("ZeroDivisionError: {what} by zero"));
    match op {
        Operator::Add => give(a.checked_add(b)),
        Operator::Sub => give(a.checked_sub(b)),
        Operator::Mult => give(a.checked_mul(b)),
        Operator::Div if b == 0 => zero("division"),
        Operator::Div => match (float(&Got::Value(Value::Int(a))), float(&Got::Value(Value::Int(b)))) {
            (Some(a), Some(b)) => give_float(a / b),
            _ => unknown("the operands are not exact as floats"),
        },
        Operator::FloorDiv if b == 0 => zero("integer division or modulo"),
        Operator::Mod if b == 0 => zero("integer modulo"),
        // Rounded towards minus infinity; the remainder has the sign of the divisor.
        Operator::FloorDiv => give(
            a.checked_div_euclid(b)
                .and_then(|q| if b < 0 && a.rem_euclid(b) != 0 { q.checked_sub(1) } else { Some(q) }),
        ),
        Operator::Mod => give(a.checked_rem_euclid(b).map(|r| if b < 0 && r != 0 { r + b } else { r })),
        Operator::Pow => match u32::try_from(b) {
            Ok(b) => give(a.checked_pow(b)),
            Err(_) => unknown("negative powers"),
        },
        Operator::RShift | Operator::LShift if b < 0 => raised("ValueError: negative shift count"),
        Operator::RShift => give(Some(a >> b.min(63))),
        Operator::LShift => match u32::try_from(b) {
            Ok(b) if b < 63 => give(a.checked_mul(1 << b)),
            _ => unknown("the result is beyond 64 bits"),
        },
        Operator::BitOr => give(Some(a | b)),
        Operator::BitXor => give(Some(a ^ b)),
        Operator::BitAnd => give(Some(a & b)),
        Operator::MatMult => raised("TypeError: unsupported operand type(s) for @"),
    }
}

fn floats(op: Operator, a: f64, b: f64) -> Outcome {
    match op {
        Operator::Add => give_float(a + b),
        Operator::Sub => give_float(a - b),
        Operator::Mult => give_float(a * b),
        Operator::Div if b == 0.0 => raised("ZeroDivisionError: float division by zero"),
        Operator::Div => give_float(a / b),
        _ => unknown("this operator on floats"),
    }
}

pub(super) fn abs(value: &Got) -> Outcome {
    match (int(value), float(value)) {
        (Some(n), _) => give(n.checked_abs()),
        (_, Some(x)) => give_float(x.abs()),
        _ => unknown("abs of this is code of its class"),
    }
}

/// `int(x)` and `float(x)` of numbers.
pub(super) fn number(name: &str, value: &Got) -> Outcome {
    match (name, int(value), float(value)) {
        ("int", Some(n), _) => give(Some(n)),
        ("int", None, Some(x)) if x.abs() < 9e18 => give(Some(x.trunc() as i64)),
        ("float", _, Some(x)) => give_float(x),
        _ => unknown(format!("{name} of this")),
    }
}

/// Whether two scalars are equal; `None` where they are none.
pub(super) fn scalars_equal(a: &Value, b: &Value) -> Result<Option<bool>, Problem> {
    let scalar = |value: &Value| {
        matches!(
            value,
            Value::None
                | Value::Bool(_)
                | Value::Int(_)
                | Value::BigInt(..)
                | Value::Float(_)
                | Value::Str(_)
                | Value::Bytes(_)
                | Value::Ellipsis
        )
    };
    if !scalar(a) || !scalar(b) {
        return Ok(None);
    }
    let (left, right) = (Got::Value(a.clone()), Got::Value(b.clone()));
    if let (Some(a), Some(b)) = (int(&left), int(&right)) {
        return Ok(Some(a == b));
    }
    if let (Some(a), Some(b)) = (float(&left), float(&right)) {
        return Ok(Some(a == b));
    }
    if let (Value::Str(a), Value::Str(b)) | (Value::Bytes(a), Value::Bytes(b)) = (a, b)
        && (a.cut.is_some() || b.cut.is_some())
    {
        // The kept beginnings may tell them apart; they cannot tell that they are equal.
        let shared = a.bytes.len().min(b.bytes.len());
        return if a.bytes[..shared] == b.bytes[..shared] {
            unknown("the text was cut when it was recorded")
        } else {
            Ok(Some(false))
        };
    }
    Ok(Some(a == b))
}

/// How two values compare; `None` where one is not a number (NaN).
pub(super) fn order(left: &Got, right: &Got) -> Result<Option<Ordering>, Problem> {
    if let (Some(a), Some(b)) = (int(left), int(right)) {
        return Ok(Some(a.cmp(&b)));
    }
    if let (Some(a), Some(b)) = (float(left), float(right)) {
        return Ok(a.partial_cmp(&b));
    }
    match (left, right) {
        (Got::Value(Value::Str(a)), Got::Value(Value::Str(b))) => Ok(Some(whole(a)?.cmp(&whole(b)?))),
        _ => unknown("comparing these may be code of their own"),
    }
}

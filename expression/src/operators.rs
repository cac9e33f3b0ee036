//! Operators on values that are not objects of the program, with CPython's results.

use std::cmp::Ordering;

use connie_wire::Value;
use connie_wire::value::text_value;
use ruff_python_ast::{Operator, UnaryOp};

use super::arrays;
use super::blob::{LONGEST, all_bytes, bytes_value, whole};
use super::got::{Got, Outcome};
use super::problem::{Problem, unknown};
use super::{cut, numbers, size};

/// The position of an index (which may be negative) in a sequence of `length` items.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(length as i64)? } else { index };
    usize::try_from(index).ok().filter(|index| *index < length)
}

/// The positions that a slice selects, as `slice.indices` returns them.
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

pub(super) fn unary(op: UnaryOp, operand: &Got) -> Outcome {
    numbers::unary(op, operand).unwrap_or_else(|| unknown("this operator may run code of the operand's class"))
}

pub(super) fn binary(op: Operator, left: &Got, right: &Got) -> Outcome {
    if matches!(left, Got::Scalar(..)) || matches!(right, Got::Scalar(..)) {
        return arrays::calculated(op, left, right);
    }
    if let (Got::Value(Value::Bool(a)), Got::Value(Value::Bool(b))) = (left, right) {
        let truth = |truth| Ok(Got::Value(Value::Bool(truth)));
        match op {
            Operator::BitAnd => return truth(a & b),
            Operator::BitOr => return truth(a | b),
            Operator::BitXor => return truth(a ^ b),
            _ => {}
        }
    }
    if let Some(found) = numbers::binary(op, left, right) {
        return found;
    }
    let repeated = |length: usize, n: i64| {
        let n = n.max(0) as usize;
        if length.saturating_mul(n) > LONGEST { unknown("the result is too long") } else { Ok(n) }
    };
    match (op, left, right) {
        (Operator::Add, Got::Value(Value::Str(a)), Got::Value(Value::Str(b))) => {
            Ok(Got::Value(text_value(&format!("{}{}", whole(a)?, whole(b)?))))
        }
        (Operator::Add, Got::Value(Value::Bytes(a)), Got::Value(Value::Bytes(b))) => {
            Ok(Got::Value(bytes_value(&[all_bytes(a)?, all_bytes(b)?].concat())))
        }
        (Operator::Mult, sequence, n) | (Operator::Mult, n, sequence)
            if numbers::int(n).is_some() && !matches!(sequence, Got::Value(Value::Object(_))) =>
        {
            let n = numbers::int(n).unwrap_or(0);
            match sequence {
                Got::Value(Value::Str(text)) => {
                    let text = whole(text)?;
                    Ok(Got::Value(text_value(&text.repeat(repeated(text.len(), n)?))))
                }
                Got::Value(Value::Bytes(bytes)) => {
                    let bytes = all_bytes(bytes)?;
                    Ok(Got::Value(bytes_value(&bytes.repeat(repeated(bytes.len(), n)?))))
                }
                Got::List(items) => Ok(Got::List(times(items, repeated(weight(items), n)?))),
                Got::Tuple(items) => Ok(Got::Tuple(times(items, repeated(weight(items), n)?))),
                _ => unknown("this operator may run code of the operands' classes"),
            }
        }
        _ => unknown("this operator may run code of the operands' classes"),
    }
}

/// Repeats items.
fn times(items: &[Got], n: usize) -> Vec<Got> {
    if items.is_empty() { Vec::new() } else { vec![items; n].concat() }
}

fn weight(items: &[Got]) -> usize {
    items.iter().map(size::size_of).fold(0, usize::saturating_add)
}

/// Whether two scalars are equal; `None` if one of them is not a scalar.
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
    if let (Value::Int(a), Value::Int(b)) = (a, b) {
        return Ok(Some(a == b));
    }
    if !scalar(a) || !scalar(b) {
        return Ok(None);
    }
    if let Some(order) = numbers::order(&Got::Value(a.clone()), &Got::Value(b.clone())) {
        return Ok(Some(order == Some(Ordering::Equal)));
    }
    let is_text = matches!(a, Value::Str(_));
    if let (Value::Str(a), Value::Str(b)) | (Value::Bytes(a), Value::Bytes(b)) = (a, b)
        && (a.cut.is_some() || b.cut.is_some())
    {
        // Lengths and recorded beginnings may prove that they differ, but not that they are equal.
        let shared = a.bytes.len().min(b.bytes.len());
        return if a.bytes[..shared] != b.bytes[..shared] || cut::length(a, is_text) != cut::length(b, is_text) {
            Ok(Some(false))
        } else {
            let cut = if a.cut.is_some() { a } else { b };
            Err(if is_text { cut::problem(cut) } else { cut::problem_of_bytes(cut) })
        };
    }
    Ok(Some(a == b))
}

/// Compares two scalars. The inner `None` means that one of them is NaN, the outer `None` that they cannot be compared
/// here.
pub(super) fn order(left: &Got, right: &Got) -> Result<Option<Option<Ordering>>, Problem> {
    if let Some(order) = numbers::order(left, right) {
        return Ok(Some(order));
    }
    Ok(match (left, right) {
        (Got::Value(Value::Str(a)), Got::Value(Value::Str(b))) => match cut::order(a, b) {
            Some(order) if a.cut.is_some() || b.cut.is_some() => Some(Some(order)),
            _ => Some(Some(whole(a)?.cmp(&whole(b)?))),
        },
        (Got::Value(Value::Bytes(a)), Got::Value(Value::Bytes(b))) => Some(Some(all_bytes(a)?.cmp(all_bytes(b)?))),
        _ => None,
    })
}

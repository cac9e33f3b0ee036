//! Arithmetic on numbers, as CPython computes it.

use std::cmp::Ordering;

use connie_recording::ints;
use connie_wire::Value;
use num_bigint::{BigInt, Sign};
use num_integer::Integer;
use num_traits::{FromPrimitive, Signed, ToPrimitive, Zero};
use ruff_python_ast::{Operator, UnaryOp};

use super::blob;
use super::got::{Got, Outcome};
use super::problem::{Problem, raised, unknown};

/// The maximum number of bits of an int that an expression creates.
const MAX_BITS: u64 = 1 << 25;
/// The maximum number of bits of a product of two large ints, and of a power: each takes a fraction of a second.
const MAX_PRODUCT: u64 = 1 << 23;
/// The maximum number of word multiplications in a division or a product.
const MAX_WORDS: u64 = 1 << 27;

/// An int of at most 64 bits, or a bool.
pub(super) fn int(value: &Got) -> Option<i64> {
    match value {
        Got::Value(Value::Int(n)) => Some(*n),
        Got::Value(Value::Bool(truth)) => Some(i64::from(*truth)),
        _ => None,
    }
}

/// An int of any size, or a bool.
pub(super) fn big(value: &Got) -> Option<BigInt> {
    match value {
        Got::Value(Value::BigInt(negative, magnitude)) => Some(ints::from_bytes(*negative, magnitude)),
        value => int(value).map(BigInt::from),
    }
}

/// A number as a float, rounded as Python rounds; infinite if an int is too large.
pub(super) fn float(value: &Got) -> Option<f64> {
    match value {
        Got::Value(Value::Float(bits)) => Some(f64::from_bits(*bits)),
        value => match int(value) {
            Some(n) => Some(n as f64),
            None => big(value).map(|n| n.to_f64().unwrap_or(f64::INFINITY)),
        },
    }
}

fn is_float(value: &Got) -> bool {
    matches!(value, Got::Value(Value::Float(_)))
}

/// The value of a literal that needs more than 64 bits.
pub(super) fn literal(text: &str) -> Outcome {
    let digits = text.replace('_', "").to_lowercase();
    let (digits, radix) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ => (digits.as_str(), 10),
    };
    if digits.len() > ints::MAX_DIGITS {
        return too_many_digits();
    }
    BigInt::parse_bytes(digits.as_bytes(), radix).map_or_else(|| unknown("this number"), give_big)
}

/// An int as a value.
pub(super) fn give_big(n: BigInt) -> Outcome {
    if let Some(n) = n.to_i64() {
        return Ok(Got::Value(Value::Int(n)));
    }
    if n.bits() > MAX_BITS {
        return too_many_bits(MAX_BITS);
    }
    let (sign, magnitude) = n.to_bytes_le();
    Ok(Got::Value(Value::BigInt(sign == Sign::Minus, magnitude.into())))
}

fn give(n: i64) -> Outcome {
    Ok(Got::Value(Value::Int(n)))
}

fn too_many_bits(most: u64) -> Outcome {
    unknown(format!("the result would be an int of more than {most} bits"))
}

/// Whether multiplying or dividing ints of this size with the schoolbook method takes too long.
fn is_slow(one: u64, other: u64) -> bool {
    (one / 64 + 1).saturating_mul(other / 64 + 1) > MAX_WORDS
}

/// Whether a division of ints takes too long.
fn is_slow_division(a: &BigInt, b: &BigInt) -> bool {
    is_slow(a.bits().saturating_sub(b.bits()), b.bits())
}

fn slow_division() -> Outcome {
    unknown("dividing ints of so many digits takes too long")
}

pub(super) fn give_float(x: f64) -> Outcome {
    Ok(Got::Value(Value::Float(x.to_bits())))
}

fn too_large() -> Outcome {
    raised("OverflowError: int too large to convert to float")
}

/// Applies an operator to a number; `None` if the value is not a number.
pub(super) fn unary(op: UnaryOp, operand: &Got) -> Option<Outcome> {
    if let Some(n) = big(operand) {
        return match op {
            UnaryOp::USub => Some(give_big(-n)),
            UnaryOp::UAdd => Some(give_big(n)),
            UnaryOp::Invert => Some(give_big(-n - 1)),
            UnaryOp::Not => None,
        };
    }
    match (op, float(operand)?) {
        (UnaryOp::USub, x) => Some(give_float(-x)),
        (UnaryOp::UAdd, x) => Some(give_float(x)),
        _ => None,
    }
}

/// Applies an operator to two numbers; `None` if one of the values is not a number.
pub(super) fn binary(op: Operator, left: &Got, right: &Got) -> Option<Outcome> {
    if let (Some(a), Some(b)) = (int(left), int(right))
        && let Some(found) = small(op, a, b)
    {
        return Some(give(found));
    }
    if let (Some(a), Some(b)) = (big(left), big(right)) {
        return Some(ints(op, &a, &b));
    }
    let (a, b) = (float(left)?, float(right)?);
    if !is_float(left) && a.is_infinite() || !is_float(right) && b.is_infinite() {
        return Some(too_large());
    }
    Some(floats(op, a, b))
}

/// Common operations whose result fits in 64 bits.
pub(crate) fn small(op: Operator, a: i64, b: i64) -> Option<i64> {
    Some(match op {
        Operator::Add => a.checked_add(b)?,
        Operator::Sub => a.checked_sub(b)?,
        Operator::Mult => a.checked_mul(b)?,
        Operator::FloorDiv if b > 0 => a.div_euclid(b),
        Operator::Mod if b > 0 => a.rem_euclid(b),
        Operator::BitOr => a | b,
        Operator::BitXor => a ^ b,
        Operator::BitAnd => a & b,
        _ => return None,
    })
}

fn ints(op: Operator, a: &BigInt, b: &BigInt) -> Outcome {
    let zero = |what: &str| raised(format!("ZeroDivisionError: {what} by zero"));
    match op {
        Operator::Add => give_big(a + b),
        Operator::Sub => give_big(a - b),
        Operator::Mult if a.bits().saturating_add(b.bits()) > MAX_BITS => too_many_bits(MAX_BITS),
        Operator::Mult if a.bits() + b.bits() > MAX_PRODUCT && is_slow(a.bits(), b.bits()) => {
            too_many_bits(MAX_PRODUCT)
        }
        Operator::Mult => give_big(a * b),
        Operator::Div if b.is_zero() => zero("division"),
        Operator::Div => {
            // Two ints that do not fit a float exactly are divided before the result is rounded.
            let exact = |n: &BigInt| n.bits() <= 53;
            match (a.to_f64(), b.to_f64()) {
                (Some(x), Some(y)) if exact(a) && exact(b) => give_float(x / y),
                _ => unknown("the operands are not exact as floats"),
            }
        }
        Operator::FloorDiv if b.is_zero() => zero("integer division or modulo"),
        Operator::Mod if b.is_zero() => zero("integer modulo"),
        Operator::FloorDiv | Operator::Mod if is_slow_division(a, b) => slow_division(),
        Operator::FloorDiv => give_big(a.div_floor(b)),
        Operator::Mod => give_big(a.mod_floor(b)),
        Operator::Pow if b.is_negative() => match (a.to_f64(), b.to_f64()) {
            (Some(x), Some(y)) if x.is_finite() && y.is_finite() => floats(op, x, y),
            _ => too_large(),
        },
        Operator::Pow if a.bits() <= 1 => {
            let is_same = !b.is_zero() && (b.is_odd() || !a.is_negative());
            if is_same { give_big(a.clone()) } else { give(1) }
        }
        Operator::Pow => match b.to_u32() {
            Some(power) if a.bits().saturating_mul(u64::from(power)) <= MAX_PRODUCT => give_big(a.pow(power)),
            _ => too_many_bits(MAX_PRODUCT),
        },
        Operator::RShift | Operator::LShift if b.is_negative() => raised("ValueError: negative shift count"),
        Operator::RShift => match b.to_u64() {
            Some(n) => give_big(a >> n.min(a.bits() + 1)),
            None => give(if a.is_negative() { -1 } else { 0 }),
        },
        Operator::LShift if a.is_zero() => give(0),
        Operator::LShift => match b.to_u64() {
            Some(n) if n.saturating_add(a.bits()) <= MAX_BITS => give_big(a << n),
            _ => too_many_bits(MAX_BITS),
        },
        Operator::BitOr => give_big(a | b),
        Operator::BitXor => give_big(a ^ b),
        Operator::BitAnd => give_big(a & b),
        Operator::MatMult => raised("TypeError: unsupported operand type(s) for @"),
    }
}

fn floats(op: Operator, a: f64, b: f64) -> Outcome {
    match op {
        Operator::Add => give_float(a + b),
        Operator::Sub => give_float(a - b),
        Operator::Mult => give_float(a * b),
        Operator::Div | Operator::FloorDiv | Operator::Mod if b == 0.0 => {
            raised("ZeroDivisionError: float division by zero")
        }
        Operator::Div => give_float(a / b),
        Operator::FloorDiv => give_float(divided(a, b).0),
        Operator::Mod => give_float(divided(a, b).1),
        Operator::Pow => power(a, b),
        _ => raised("TypeError: unsupported operand type(s) for floats"),
    }
}

/// Quotient and remainder of floats, as in `float.__divmod__`.
fn divided(a: f64, b: f64) -> (f64, f64) {
    let mut rest = a % b;
    let mut quotient = (a - rest) / b;
    if rest != 0.0 {
        if (b < 0.0) != (rest < 0.0) {
            rest += b;
            quotient -= 1.0;
        }
    } else {
        rest = 0f64.copysign(b);
    }
    let quotient = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0f64.copysign(a / b)
    };
    (quotient, rest)
}

fn power(a: f64, b: f64) -> Outcome {
    if a == 0.0 && b < 0.0 {
        return raised("ZeroDivisionError: zero cannot be raised to a negative power");
    }
    if a < 0.0 && a.is_finite() && b.is_finite() && b.fract() != 0.0 {
        return unknown("complex numbers");
    }
    let found = a.powf(b);
    if found.is_infinite() && a.is_finite() && b.is_finite() {
        return raised("OverflowError: (34, 'Numerical result out of range')");
    }
    give_float(found)
}

pub(super) fn abs(value: &Got) -> Outcome {
    match (big(value), value) {
        (Some(n), _) => give_big(n.abs()),
        (_, Got::Value(Value::Float(bits))) => give_float(f64::from_bits(*bits).abs()),
        _ => unknown("abs of this runs code of its class"),
    }
}

/// A float truncated to an int.
fn truncated(x: f64) -> Outcome {
    match BigInt::from_f64(x) {
        Some(n) => give_big(n),
        None if x.is_nan() => raised("ValueError: cannot convert float NaN to integer"),
        None => raised("OverflowError: cannot convert float infinity to integer"),
    }
}

/// `int(…)` of one value.
pub(super) fn to_int(value: &Got) -> Outcome {
    if let Some(n) = big(value) {
        return give_big(n);
    }
    match value {
        Got::Value(Value::Float(bits)) => truncated(f64::from_bits(*bits)),
        Got::Value(Value::Str(text)) => {
            let text = blob::whole(text)?;
            if !text.is_ascii() {
                return unknown("digits of other scripts");
            }
            let digits = text.trim_matches(blob::is_space);
            let plain = digits.trim_start_matches(['+', '-']);
            let well = digits.len() - plain.len() <= 1
                && !plain.is_empty()
                && !plain.starts_with('_')
                && !plain.ends_with('_')
                && !plain.contains("__")
                && plain.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
            if !well {
                return raised("ValueError: invalid literal for int() with base 10");
            }
            if plain.len() > ints::MAX_DIGITS {
                return too_many_digits();
            }
            let n = BigInt::parse_bytes(plain.replace('_', "").as_bytes(), 10).unwrap_or_default();
            give_big(if digits.starts_with('-') { -n } else { n })
        }
        Got::List(_) | Got::Tuple(_) | Got::Set(_) | Got::Dict(_) | Got::Value(Value::None | Value::Tuple(_)) => {
            raised("TypeError: int() argument must be a string or a number")
        }
        _ => unknown("int of this"),
    }
}

/// `float(…)` of one value.
pub(super) fn to_float(value: &Got) -> Outcome {
    if let Some(x) = float(value) {
        return if x.is_infinite() && !is_float(value) { too_large() } else { give_float(x) };
    }
    match value {
        Got::Value(Value::Str(text)) => {
            let text = blob::whole(text)?;
            let digits = text.trim_matches(blob::is_space);
            if !digits.is_ascii() || digits.contains('_') {
                return unknown("this text of a number");
            }
            match digits.parse() {
                Ok(x) => give_float(x),
                Err(_) => raised("ValueError: could not convert string to float"),
            }
        }
        Got::List(_) | Got::Tuple(_) | Got::Set(_) | Got::Dict(_) | Got::Value(Value::None | Value::Tuple(_)) => {
            raised("TypeError: float() argument must be a string or a real number")
        }
        _ => unknown("float of this"),
    }
}

/// `round` of a number to a number of digits.
pub(super) fn round(value: &Got, digits: Option<&Got>) -> Outcome {
    let digits = match digits {
        None | Some(Got::Value(Value::None)) => None,
        Some(digits) => match int(digits) {
            Some(digits) => Some(digits),
            // The number of digits is beyond any possible position.
            None if let Some(digits) = big(digits) => Some(if digits.is_negative() { i64::MIN } else { i64::MAX }),
            None => return raised("TypeError: object cannot be interpreted as an integer"),
        },
    };
    match (value, digits) {
        (Got::Value(Value::Float(bits)), None) => truncated(f64::from_bits(*bits).round_ties_even()),
        (Got::Value(Value::Float(bits)), Some(digits)) => {
            let x = f64::from_bits(*bits);
            match usize::try_from(digits) {
                _ if !x.is_finite() => give_float(x),
                Ok(digits) if digits > 22 => unknown("round to so many digits"),
                // Both conversions are exact, as in Python.
                Ok(digits) => give_float(format!("{x:.digits$}").parse().unwrap_or(x)),
                Err(_) => unknown("round of a float before its point"),
            }
        }
        (value, digits) => match (big(value), digits) {
            (Some(n), None | Some(0..)) => give_big(n),
            (Some(n), Some(digits)) => to_tens(&n, digits.unsigned_abs()),
            _ => unknown("round of this"),
        },
    }
}

/// An int rounded to a multiple of a power of ten, half to even.
fn to_tens(n: &BigInt, power: u64) -> Outcome {
    // A power of ten has more than 3 bits for each zero. If it is two such bits longer, the int is less than half of
    // it.
    if n.bits() + 2 < power.saturating_mul(3) {
        return give(0);
    }
    if power > ints::MAX_DIGITS as u64 || is_slow(n.bits(), power * 4) {
        return unknown("rounding an int of so many digits takes too long");
    }
    let unit = BigInt::from(10).pow(power as u32);
    let (quotient, rest) = n.div_mod_floor(&unit);
    let twice: BigInt = rest * 2;
    let up = match twice.cmp(&unit) {
        Ordering::Less => false,
        Ordering::Equal => quotient.is_odd(),
        Ordering::Greater => true,
    };
    give_big((quotient + i32::from(up)) * unit)
}

/// Python raises a `ValueError` here, unless the program has set another limit.
pub(super) fn too_many_digits<T>() -> Result<T, Problem> {
    unknown("an int of more than 4,300 digits has no decimal text by default (hex() is exact)")
}

/// Compares two numbers exactly. The inner `None` means that one of them is NaN, the outer `None` that one of them is
/// not a number.
pub(super) fn order(left: &Got, right: &Got) -> Option<Option<Ordering>> {
    if let (Some(a), Some(b)) = (int(left), int(right)) {
        return Some(Some(a.cmp(&b)));
    }
    if let (Some(a), Some(b)) = (big(left), big(right)) {
        return Some(Some(a.cmp(&b)));
    }
    let with_float = |n: &BigInt, x: f64| match BigInt::from_f64(x) {
        Some(whole) => Some(n.cmp(&whole).then_with(|| 0f64.total_cmp(&(x.fract() + 0.0)))),
        None if x.is_nan() => None,
        None => Some(if x > 0.0 { Ordering::Less } else { Ordering::Greater }),
    };
    match (left, right) {
        (Got::Value(Value::Float(a)), Got::Value(Value::Float(b))) => {
            Some(f64::from_bits(*a).partial_cmp(&f64::from_bits(*b)))
        }
        (Got::Value(Value::Float(a)), right) => {
            Some(with_float(&big(right)?, f64::from_bits(*a)).map(Ordering::reverse))
        }
        (left, Got::Value(Value::Float(b))) => Some(with_float(&big(left)?, f64::from_bits(*b))),
        _ => None,
    }
}

//! `int` of a text with a base, and `pow` with a modulus.

use connie_wire::Value;
use num_bigint::BigInt;
use num_traits::{Signed, Zero};

use super::got::{Got, Outcome};
use super::problem::{raised, unknown};
use super::{blob, numbers};

/// The maximum number of bits of exponent and modulus.
const MAX_BITS: u64 = 4096;

/// `pow(base, exponent, modulus)`
pub(super) fn power_modulo(base: &Got, exponent: &Got, modulus: &Got) -> Outcome {
    let (Some(base), Some(exponent), Some(modulus)) =
        (numbers::big(base), numbers::big(exponent), numbers::big(modulus))
    else {
        return unknown("pow() with a modulus and arguments that are not ints");
    };
    if modulus.is_zero() {
        return raised("ValueError: pow() 3rd argument cannot be 0");
    }
    if exponent.is_negative() {
        return unknown("pow() with a negative exponent and a modulus");
    }
    if exponent.bits() > MAX_BITS || modulus.bits() > MAX_BITS {
        return unknown("pow() with ints of so many digits takes too long");
    }
    numbers::give_big(base.modpow(&exponent, &modulus))
}

/// `int(text, base)`
pub(super) fn to_int_of_base(value: &Got, base: &Got) -> Outcome {
    let base = match numbers::int(base) {
        Some(base) if base == 0 || (2..=36).contains(&base) => base as u32,
        Some(_) => return raised("ValueError: int() base must be >= 2 and <= 36, or 0"),
        None => return unknown("int() with this base"),
    };
    let text = match value {
        Got::Value(Value::Str(text)) => blob::whole(text)?,
        Got::Value(Value::Int(_) | Value::Bool(_) | Value::Float(_) | Value::None) => {
            return raised("TypeError: int() can't convert non-string with explicit base");
        }
        _ => return unknown("int() of this with a base"),
    };
    if !text.is_ascii() || text.contains('_') {
        return unknown("this text of a number");
    }
    let text = text.trim_matches(blob::is_space).to_ascii_lowercase();
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text.as_str()),
    };
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().find_map(|(prefix, radix)| {
        digits.strip_prefix(prefix).filter(|_| base == radix || base == 0).map(|d| (d, radix))
    });
    let (digits, radix) = match (prefixed, base) {
        (Some(found), _) => found,
        (None, 0) if digits.len() > 1 && digits.starts_with('0') && digits.bytes().any(|byte| byte != b'0') => {
            return raised("ValueError: invalid literal for int() with base 0");
        }
        (None, 0) => (digits, 10),
        (None, base) => (digits, base),
    };
    if !digits.is_empty() && digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        if digits.len() > connie_recording::ints::MAX_DIGITS {
            return unknown("int() of a text of so many digits");
        }
        let n = BigInt::parse_bytes(digits.as_bytes(), radix).unwrap_or_default();
        return numbers::give_big(if negative { -n } else { n });
    }
    raised(format!("ValueError: invalid literal for int() with base {base}"))
}

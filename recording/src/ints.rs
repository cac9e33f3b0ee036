//! The text of ints of any size. Conversion to decimal takes time quadratic in the number of digits, so that it is
//! limited.

use connie_wire::repr::{Digits, digits, int_in_words};
use num_bigint::{BigInt, BigUint, Sign};
use num_traits::Pow;

/// The maximum number of decimal digits shown: Python's own limit (`sys.get_int_max_str_digits`).
pub const MAX_DIGITS: usize = 4300;
/// The maximum number of bits of an int with this number of digits.
const MAX_BITS: u64 = 14_285;
/// The maximum number of hexadecimal digits shown.
pub const MAX_HEX: usize = 1 << 22;
/// The maximum number of bits for which digits are counted exactly if the logarithm is ambiguous: this takes 0.1 s.
const COUNTED: u64 = 1 << 23;

/// An int, from its sign and its magnitude, least significant byte first.
pub fn from_bytes(negative: bool, magnitude: &[u8]) -> BigInt {
    BigInt::from_bytes_le(if negative { Sign::Minus } else { Sign::Plus }, magnitude)
}

/// The decimal digits of an int; `None` if there are more than [`MAX_DIGITS`].
pub fn decimal(n: &BigInt) -> Option<String> {
    if n.bits() > MAX_BITS {
        return None;
    }
    let text = n.to_string();
    (text.trim_start_matches('-').len() <= MAX_DIGITS).then_some(text)
}

/// Whether an int has more digits than can be shown.
pub fn is_huge(magnitude: &[u8]) -> bool {
    let (top, below) = top(magnitude);
    bits(top, below) >= MAX_BITS && decimal(&from_bytes(false, magnitude)).is_none()
}

/// The text of an int: its decimal digits, or their number.
pub fn text(negative: bool, magnitude: &[u8]) -> String {
    let (top, below) = top(magnitude);
    if bits(top, below) <= MAX_BITS
        && let Some(text) = decimal(&from_bytes(negative, magnitude))
    {
        return text;
    }
    format!("<{}>", int_in_words(count(magnitude), negative))
}

/// The hexadecimal digits of an int, as `hex` writes them; `None` if there are more than [`MAX_HEX`].
pub fn hex(negative: bool, magnitude: &[u8]) -> Option<String> {
    if magnitude.len() > MAX_HEX / 2 {
        return None;
    }
    let digits = BigUint::from_bytes_le(magnitude).to_str_radix(16);
    Some(format!("{}0x{digits}", if negative { "-" } else { "" }))
}

/// The number of decimal digits of an int: exact, except for ints above [`COUNTED`] bits that are next to a power of
/// ten.
fn count(magnitude: &[u8]) -> Digits {
    let (top, below) = top(magnitude);
    match digits(top, below) {
        Digits::About(power) if bits(top, below) <= COUNTED => {
            let least: BigUint = Pow::pow(BigUint::from(10u32), power);
            Digits::Exactly(power + u64::from(BigUint::from_bytes_le(magnitude) >= least))
        }
        counted => counted,
    }
}

/// The most significant 64 bits (the highest one is set unless all are 0), and the number of bits below them.
fn top(magnitude: &[u8]) -> (u64, u64) {
    let length = magnitude.iter().rposition(|byte| *byte != 0).map_or(0, |at| at + 1);
    let start = length.saturating_sub(16);
    let high = magnitude[start..length].iter().rev().fold(0u128, |n, byte| n << 8 | u128::from(*byte));
    let shift = (128 - high.leading_zeros()).saturating_sub(64);
    ((high >> shift) as u64, 8 * start as u64 + u64::from(shift))
}

fn bits(top: u64, below: u64) -> u64 {
    below + u64::from(64 - top.leading_zeros())
}

#[cfg(test)]
mod tests {
    use num_bigint::BigInt;
    use num_traits::Pow;

    fn two_to(n: u32) -> BigInt {
        BigInt::from(1) << n
    }

    fn shown(n: &BigInt) -> String {
        let (sign, magnitude) = n.to_bytes_le();
        super::text(sign == num_bigint::Sign::Minus, &magnitude)
    }

    #[test]
    fn digits_up_to_the_limit() {
        let ten = BigInt::from(10);
        let power = |n: u32| -> BigInt { Pow::pow(ten.clone(), n) };
        assert_eq!(shown(&-two_to(70)), "-1180591620717411303424");
        assert_eq!(super::text(false, &[]), "0");
        assert_eq!(super::text(true, &[5, 0, 0]), "-5");
        assert_eq!(shown(&(power(4300) - 1)), "9".repeat(4300));
        assert_eq!(shown(&power(4300)), "<int, 4,301 digits>");
        assert_eq!(shown(&-power(4300)), "<int, 4,301 digits, negative>");
        assert_eq!(shown(&two_to(4_000_000)), "<int, 1,204,120 digits>");
        assert_eq!(shown(&power(100_000)), "<int, 100,001 digits>");
        assert_eq!(shown(&(power(100_000) - 1)), "<int, 100,000 digits>");
        assert_eq!(shown(&(power(100_000) + 1)), "<int, 100,001 digits>");
    }

    #[test]
    fn hexadecimal_digits() {
        let (_, magnitude) = two_to(4_000_000).to_bytes_le();
        assert_eq!(super::hex(true, &magnitude), Some(format!("-0x1{}", "0".repeat(1_000_000))));
        assert_eq!(super::hex(false, &[]), Some("0x0".into()));
        assert_eq!(super::hex(false, &vec![1; super::MAX_HEX]), None);
    }

    #[test]
    fn counting_takes_no_time() {
        let start = std::time::Instant::now();
        assert_eq!(super::text(false, &vec![0xff; 1 << 27]), "<int, 323,228,497 digits>");
        assert!(start.elapsed().as_secs() < 2);
    }
}

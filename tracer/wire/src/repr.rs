//! Python's `repr` of scalars, from recorded bytes.

use std::fmt::Write;

use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// Appends `repr` of a str given as WTF-8.
pub fn str(text: &[u8], out: &mut String) {
    let quote = if text.contains(&b'\'') && !text.contains(&b'"') { '"' } else { '\'' };
    out.push(quote);
    for point in points(text) {
        match char::from_u32(point) {
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some('\r') => out.push_str("\\r"),
            Some('\t') => out.push_str("\\t"),
            Some(c) if c == quote => {
                out.push('\\');
                out.push(c);
            }
            Some(c) if printable(c) => out.push(c),
            _ => {
                let _ = match point {
                    0..0x100 => write!(out, "\\x{point:02x}"),
                    0x100..0x1_0000 => write!(out, "\\u{point:04x}"),
                    _ => write!(out, "\\U{point:08x}"),
                };
            }
        }
    }
    out.push(quote);
}

/// Appends `repr` of bytes.
pub fn bytes(bytes: &[u8], out: &mut String) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { b'"' } else { b'\'' };
    out.push('b');
    out.push(char::from(quote));
    for &byte in bytes {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if byte == quote => {
                out.push('\\');
                out.push(char::from(byte));
            }
            b' '..=b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push(char::from(quote));
}

/// Whether `str.isprintable` is true for a character.
fn printable(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    !matches!(
        get_general_category(c),
        Category::Control
            | Category::Format
            | Category::Surrogate
            | Category::PrivateUse
            | Category::Unassigned
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::SpaceSeparator
    )
}

/// The code points of WTF-8. Invalid bytes are returned as they are.
pub fn points(text: &[u8]) -> impl Iterator<Item = u32> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = *text.get(at)?;
        let length = match first {
            0xc0..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf7 => 4,
            _ => 1,
        };
        let Some(tail) = text.get(at + 1..at + length).filter(|_| length > 1) else {
            at += 1;
            return Some(u32::from(first));
        };
        at += length;
        let head = u32::from(first) & (0x7f >> length);
        Some(tail.iter().fold(head, |point, byte| point << 6 | u32::from(byte & 0x3f)))
    })
}

/// Appends `repr` of a float.
pub fn float(n: f64, out: &mut String) {
    if n.is_nan() {
        return out.push_str("nan");
    }
    if n.is_infinite() {
        return out.push_str(if n > 0.0 { "inf" } else { "-inf" });
    }
    // Rust prints the shortest digits that read back as the same number, as Python does.
    let text = format!("{n:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
    out.push_str(sign);
    if (-4..16).contains(&exponent) {
        if exponent < 0 {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
            out.push_str(&digits);
        } else {
            let whole = exponent as usize + 1;
            if digits.len() <= whole {
                out.push_str(&digits);
                out.extend(std::iter::repeat_n('0', whole - digits.len()));
                out.push_str(".0");
            } else {
                out.push_str(&digits[..whole]);
                out.push('.');
                out.push_str(&digits[whole..]);
            }
        }
    } else {
        out.push_str(&digits[..1]);
        if digits.len() > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        let _ = write!(out, "e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.abs());
    }
}

/// Appends `repr` of a complex number.
pub fn complex(real: f64, imaginary: f64, out: &mut String) {
    let part = |n: f64, out: &mut String| {
        let start = out.len();
        float(n, out);
        // repr(1+2j) has no ".0": its parts are formatted like "%r" without it.
        if out[start..].ends_with(".0") {
            out.truncate(out.len() - 2);
        }
    };
    if real == 0.0 && real.is_sign_positive() {
        part(imaginary, out);
        out.push('j');
        return;
    }
    out.push('(');
    part(real, out);
    if imaginary.is_nan() || imaginary.is_sign_positive() {
        out.push('+');
    }
    part(imaginary, out);
    out.push_str("j)");
}

/// The number of decimal digits of an int, computed from its logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// It has exactly this many.
    Exactly(u64),
    /// The int is so close to this power of 10 that it has this many digits, or one more.
    About(u64),
}

/// Counts the decimal digits of a positive int by its logarithm. `top` are its most significant 64 bits, and `below` is
/// the number of bits after them.
pub fn digits(top: u64, below: u64) -> Digits {
    // Both factors are exact to 2^-53, so the sum is exact to 1e-5 for ints of up to 2^34 bits.
    let logarithm = (top as f64).log10() + below as f64 * std::f64::consts::LOG10_2;
    let nearest = logarithm.round();
    if (logarithm - nearest).abs() < 1e-5 && below > 0 {
        return Digits::About(nearest as u64);
    }
    Digits::Exactly(logarithm.floor() as u64 + 1)
}

/// The text for an int whose digits are not shown, for use between `<` and `>`.
pub fn int_in_words(digits: Digits, negative: bool) -> String {
    let (about, n) = match digits {
        Digits::Exactly(n) => ("", n),
        Digits::About(n) => ("about ", n),
    };
    let plain = n.to_string();
    let mut grouped = String::new();
    for (at, digit) in plain.chars().enumerate() {
        if at > 0 && (plain.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("int, {about}{grouped} digits{}", if negative { ", negative" } else { "" })
}

#[cfg(test)]
mod tests {
    fn shown(f: impl FnOnce(&mut String)) -> String {
        let mut out = String::new();
        f(&mut out);
        out
    }

    #[test]
    fn floats() {
        for (n, text) in [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (1e15, "1000000000000000.0"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-10, "1.5e-10"),
            (1e100, "1e+100"),
            (f64::INFINITY, "inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(shown(|out| super::float(n, out)), text);
        }
        assert_eq!(shown(|out| super::complex(1.0, -2.5, out)), "(1-2.5j)");
        assert_eq!(shown(|out| super::complex(0.0, 2.0, out)), "2j");
    }

    #[test]
    fn strings() {
        for (text, repr) in [
            ("it's", "\"it's\""),
            ("both ' and \"", "'both \\' and \"'"),
            ("a\tb\n\\", "'a\\tb\\n\\\\'"),
            ("\u{7f}\u{a0}é\u{200b}", "'\\x7f\\xa0é\\u200b'"),
        ] {
            assert_eq!(shown(|out| super::str(text.as_bytes(), out)), repr);
        }
        assert_eq!(shown(|out| super::str(&[0xed, 0xa0, 0x80], out)), "'\\ud800'");
        assert_eq!(shown(|out| super::bytes(b"a'\x00\xff", out)), "b\"a'\\x00\\xff\"");
        for (bytes, repr) in [
            (&b"\\ \n \r \t ~ \x7f \x1f"[..], "b'\\\\ \\n \\r \\t ~ \\x7f \\x1f'"),
            (b"\"", "b'\"'"),
            (b"'\"", "b'\\'\"'"),
            (b"", "b''"),
        ] {
            assert_eq!(shown(|out| super::bytes(bytes, out)), repr);
        }
        assert_eq!(
            shown(|out| super::str("\r\u{ff}\u{100}\u{e000}\u{1f600}\u{e0001}".as_bytes(), out)),
            "'\\rÿĀ\\ue000😀\\U000e0001'"
        );
    }

    #[test]
    fn digits_of_ints() {
        use super::{Digits, digits, int_in_words};
        // 2^4,000,000, 2^70, and 10^20.
        assert_eq!(digits(1 << 63, 3_999_937), Digits::Exactly(1_204_120));
        assert_eq!(digits(1 << 63, 7), Digits::Exactly(22));
        assert_eq!(digits((10u128.pow(20) >> 3) as u64, 3), Digits::About(20));
        // The result is exact for ints of up to 64 bits, and for ints that are far from a power of 10.
        assert_eq!(digits(10u64.pow(19), 0), Digits::Exactly(20));
        assert_eq!(digits(1 << 63, 1), Digits::Exactly(20));
        assert_eq!(int_in_words(Digits::Exactly(1_204_120), false), "int, 1,204,120 digits");
        assert_eq!(int_in_words(Digits::About(5000), true), "int, about 5,000 digits, negative");
    }
}

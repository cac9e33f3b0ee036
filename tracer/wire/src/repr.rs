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

/// Whether `str.isprintable` holds.
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

/// The code points of WTF-8; bytes that are none stand for themselves.
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

/// Appends the decimal digits of an int of any size (magnitude least significant byte first).
pub fn big_int(negative: bool, magnitude: &[u8], out: &mut String) {
    const BASE: u64 = 1_000_000_000_000_000_000;
    let mut limbs: Vec<u64> = Vec::new();
    for chunk in magnitude.rchunks(4).map(|chunk| (chunk.len() * 8, chunk)) {
        let (bits, bytes) = chunk;
        let mut carry = bytes.iter().rev().fold(0u128, |n, byte| n << 8 | u128::from(*byte));
        for limb in &mut limbs {
            let n = (u128::from(*limb) << bits) + carry;
            *limb = (n % u128::from(BASE)) as u64;
            carry = n / u128::from(BASE);
        }
        if carry > 0 || limbs.is_empty() {
            limbs.push(carry as u64);
        }
    }
    if negative {
        out.push('-');
    }
    let mut limbs = limbs.iter().rev();
    let _ = write!(out, "{}", limbs.next().unwrap_or(&0));
    for limb in limbs {
        let _ = write!(out, "{limb:018}");
    }
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
    }

    #[test]
    fn ints() {
        let two_to_70 = [0, 0, 0, 0, 0, 0, 0, 0, 64];
        assert_eq!(shown(|out| super::big_int(true, &two_to_70, out)), "-1180591620717411303424");
        let mut ten_to_40 = 10u128.pow(38).to_le_bytes().to_vec();
        let mut carry = 0u32;
        for byte in &mut ten_to_40 {
            let n = u32::from(*byte) * 100 + carry;
            (*byte, carry) = (n as u8, n >> 8);
        }
        ten_to_40.push(carry as u8);
        assert_eq!(shown(|out| super::big_int(false, &ten_to_40, out)), format!("1{}", "0".repeat(40)));
    }
}

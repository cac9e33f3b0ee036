//! Whether a value looks like a secret, as a person would say who sees it alone.

/// Bytes of the shortest one.
const SHORTEST: usize = 16;
/// Bytes of the longest one; longer ones are texts.
const LONGEST: usize = 4096;

/// Whether a value looks like a secret: at least 16 characters without a space, of several kinds that are mixed.
/// `layer_12.weight`, `created_at_timestamp` and paths do not, as they are made of words.
pub fn looks_secret(value: &[u8]) -> bool {
    if !(SHORTEST..=LONGEST).contains(&value.len()) || is_place(value) {
        return false;
    }
    let (mut upper, mut lower, mut digit, mut symbol, mut mixed) = (false, false, false, false, 0);
    let mut before = 0;
    for &byte in value {
        match byte {
            b'A'..=b'Z' => upper = true,
            b'a'..=b'z' => lower = true,
            b'0'..=b'9' => digit = true,
            b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+' | b'=' | b'~' | b'?' => symbol = true,
            b'_' | b'-' | b'.' | b'/' | b':' | b',' | b'|' => {}
            // A space, a quote or a bracket belongs to text; other alphabets too.
            _ => return false,
        }
        // Words end with a number, and seldom go on behind it.
        mixed += u32::from(before_is_digit(before) && byte.is_ascii_alphabetic());
        before = byte;
    }
    digit && (upper || lower) && (mixed >= 2 || upper && lower && (mixed >= 1 || symbol))
}

/// Whether the value of a cookie header: `name=value` pairs.
pub fn looks_like_cookies(value: &[u8]) -> bool {
    /// Bytes of the shortest value worth hiding.
    const SHORT: usize = 6;
    value.split(|byte| *byte == b';').any(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=');
        at.is_some_and(|at| at > 0 && !pair[..at].trim_ascii().contains(&b' ') && pair.len() - at > SHORT)
    })
}

fn before_is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// Addresses and paths.
fn is_place(value: &[u8]) -> bool {
    value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/")
        || value.windows(3).any(|three| three == b"://")
}

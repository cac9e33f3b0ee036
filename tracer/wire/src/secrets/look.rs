//! Decides whether a value looks like a secret to a person who sees only the value.

/// Length of the shortest secret, in bytes.
const SHORTEST: usize = 16;
/// Length of the longest secret, in bytes. Longer values are texts.
const LONGEST: usize = 4096;

/// Whether a value looks like a secret: at least 16 characters of several kinds that are mixed, without a space.
/// `layer_12.weight`, `created_at_timestamp` and paths do not, as they consist of words.
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
            // Spaces, quotes, brackets and letters of other alphabets belong to texts.
            _ => return false,
        }
        // Words may end with a number, but rarely continue after it.
        mixed += u32::from(before_is_digit(before) && byte.is_ascii_alphabetic());
        before = byte;
    }
    digit && (upper || lower) && (mixed >= 2 || upper && lower && (mixed >= 1 || symbol))
}

/// Whether a value is that of a cookie header: `name=value` pairs.
pub fn looks_like_cookies(value: &[u8]) -> bool {
    /// Length of the shortest value worth hiding, in bytes.
    const SHORT: usize = 6;
    value.split(|byte| *byte == b';').any(|pair| {
        let at = pair.iter().position(|byte| *byte == b'=');
        at.is_some_and(|at| at > 0 && !pair[..at].trim_ascii().contains(&b' ') && pair.len() - at > SHORT)
    })
}

fn before_is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// Whether a value is an address or a path.
fn is_place(value: &[u8]) -> bool {
    value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/")
        || value.windows(3).any(|three| three == b"://")
}

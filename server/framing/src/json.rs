//! Parses JSON of clients. JavaScript and Python may write unpaired surrogates, which are not valid characters.

use serde_json::Value;

/// Parses a message. Unpaired surrogates, and bytes that are not UTF-8, become U+FFFD, so that the message can still be
/// answered.
///
/// # Errors
/// If it is not JSON.
pub fn parse(body: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(body).or_else(|error| {
        let text = String::from_utf8_lossy(body);
        serde_json::from_str(&whole_pairs(&text)).map_err(|_| error)
    })
}

/// Replaces the escapes of unpaired surrogates.
fn whole_pairs(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(0xd800..0xe000), _) => {
                out.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            // Another escape; the escaped character may itself be a backslash.
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out + rest
}

/// The UTF-16 code unit of the escape at the beginning of a text.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) { u32::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn halves_of_pairs_are_replaced() {
        for (text, expected) in [
            (r#""\ud800""#, json!("\u{fffd}")),
            (r#""a\udfffb""#, json!("a\u{fffd}b")),
            (r#""\ud83d\ude00\ud83d""#, json!("\u{1f600}\u{fffd}")),
            (r#""\ud83d\ud83d\ude00""#, json!("\u{fffd}\u{1f600}")),
            (r#"{"\udc00": "\\ud800 \ud800"}"#, json!({"\u{fffd}": "\\ud800 \u{fffd}"})),
            (r#""\ud800\n\\""#, json!("\u{fffd}\n\\")),
        ] {
            assert_eq!(super::parse(text.as_bytes()).ok(), Some(expected), "{text}");
        }
        assert_eq!(super::parse(b"\"a\xed\xa0\x80\"").ok(), Some(json!("a\u{fffd}\u{fffd}\u{fffd}")));
        for text in [r#""\ud8""#, r#""\ud800"#, r#"\"#, r#""\"#, "\"\\u12\u{e9}\"", ""] {
            assert!(super::parse(text.as_bytes()).is_err(), "{text}");
        }
    }
}

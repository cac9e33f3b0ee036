//! Data as scripts: `connieReport("name", '…JSON…')`. A page in a folder may load scripts, but may not fetch.
//!
//! The JSON is the text of a string, which the page parses. As a part of the script itself, a key `__proto__` would be
//! none, and browsers would read it more slowly.

use serde::Serialize;

/// A script that gives the page a piece of data.
///
/// # Errors
/// If the data cannot be written as JSON.
pub fn script(name: &str, data: &impl Serialize) -> Result<String, serde_json::Error> {
    let json = serde_json::to_string(data)?;
    let mut out = String::with_capacity(json.len() + json.len() / 16 + name.len() + 32);
    out.push_str("connieReport(\"");
    out.push_str(name);
    out.push_str("\",'");
    quote(&json, &mut out);
    out.push_str("');\n");
    Ok(out)
}

/// Writes a text as the inside of a string in single quotes, without anything that a reader of scripts or of pages may
/// take for its end, for markup, or for the end of a line.
fn quote(text: &str, out: &mut String) {
    let mut from = 0;
    for (at, c) in text.char_indices() {
        let written = match c {
            '\\' => "\\\\",
            '\'' => "\\'",
            '<' => "\\x3c",
            '\n' => "\\n",
            '\r' => "\\r",
            '\0' => "\\0",
            '\u{2028}' => "\\u2028",
            '\u{2029}' => "\\u2029",
            '\u{feff}' => "\\ufeff",
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(written);
        from = at + c.len_utf8();
    }
    out.push_str(&text[from..]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a browser makes of a string of a script.
    fn read(script: &str) -> String {
        let inside = script.strip_prefix("connieReport(\"x\",'").and_then(|rest| rest.strip_suffix("');\n"));
        let (mut out, mut chars) = (String::new(), inside.unwrap().chars());
        while let Some(c) = chars.next() {
            assert!(!matches!(c, '\'' | '\n' | '\r' | '\u{2028}' | '\u{2029}' | '<' | '\0'), "{script}");
            let meant = if c == '\\' { chars.next().unwrap() } else { ' ' };
            let digits: String = match meant {
                'x' => chars.by_ref().take(2).collect(),
                'u' => chars.by_ref().take(4).collect(),
                _ => String::new(),
            };
            out.push(match (c, meant) {
                ('\\', 'x' | 'u') => u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap(),
                ('\\', 'n') => '\n',
                ('\\', 'r') => '\r',
                ('\\', '0') => '\0',
                ('\\', other) => other,
                (c, _) => c,
            });
        }
        out
    }

    fn arrives(text: &str) {
        let made = script("x", &text).unwrap();
        assert_eq!(serde_json::from_str::<String>(&read(&made)).unwrap(), text);
    }

    #[test]
    fn hostile_texts_arrive_as_they_were() {
        for text in [
            "</script><script>alert(1)</script>",
            "<!--<script>",
            "'); alert(1); ('",
            "\\'\\\\' \" \\u0027",
            "\u{2028}\u{2029}\u{feff}\0\r\n\u{202e}\u{10ffff}",
            "__proto__",
        ] {
            arrives(text);
        }
    }

    proptest! {
        #[test]
        fn any_text_arrives_as_it_was(text in any::<String>()) {
            arrives(&text);
        }

        #[test]
        fn any_signs_of_scripts_arrive_as_they_were(text in r#"[\\'"<>/!ux0nr\x00\n\r\u{2028}\u{2029}\u{feff}-]{0,40}"#) {
            arrives(&text);
        }
    }
}

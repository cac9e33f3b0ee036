//! Replaces values in JSON files that people write, and keeps everything else.

use serde_json::Value;

use crate::shell::Result;

/// The last column of a value on one line.
const WIDTH: usize = 150;
/// Number of columns of an indentation.
const STEP: usize = 2;

/// The file with the value at a path of keys replaced.
///
/// # Errors
/// If there is no such value.
pub fn replaced(text: &str, path: &[&str], value: &Value) -> Result<String> {
    let bytes = text.as_bytes();
    let mut at = 0;
    for key in path {
        at = member(bytes, at, key).ok_or_else(|| format!("there is no {}", path.join(".")))?;
    }
    let end = skipped(bytes, at);
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let indent = text[line..].len() - text[line..].trim_start().len();
    let new = written(value, indent, at - line);
    Ok([&text[..at], &new, &text[end..]].concat())
}

fn blank(bytes: &[u8], mut at: usize) -> usize {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    at
}

/// The start of a key's value, in the object at `at`.
fn member(bytes: &[u8], at: usize, key: &str) -> Option<usize> {
    let mut at = blank(bytes, at);
    if bytes.get(at) == Some(&b'[') {
        // For a list, its first item is used.
        at = blank(bytes, at + 1);
    }
    at = blank(bytes, at + 1);
    while bytes.get(at) == Some(&b'"') {
        let end = skipped(bytes, at);
        let is_it = &bytes[at + 1..end - 1] == key.as_bytes();
        let value = blank(bytes, blank(bytes, end) + 1);
        if is_it {
            return Some(value);
        }
        at = blank(bytes, skipped(bytes, value));
        at = blank(bytes, at + usize::from(bytes.get(at) == Some(&b',')));
    }
    None
}

/// The end of the value at `at`.
fn skipped(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut is_text, mut n) = (0, false, at);
    while let Some(byte) = bytes.get(n) {
        match byte {
            b'\\' if is_text => n += 1,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' | b'[' => depth += 1,
            // Separators after a number or a word are not part of it.
            b',' | b'}' | b']' if depth == 0 => {
                return n - bytes[..n].iter().rev().take_while(|byte| byte.is_ascii_whitespace()).count();
            }
            b':' if depth == 0 => return n,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        n += 1;
        if depth == 0 && !is_text && matches!(byte, b'"' | b'}' | b']') {
            return n;
        }
    }
    n
}

/// A value in the usual format: on one line if there is room.
fn written(value: &Value, indent: usize, column: usize) -> String {
    let short = on_one_line(value);
    let Value::Object(members) = value else { return short };
    if column + short.chars().count() <= WIDTH || !members.values().any(Value::is_object) {
        return short;
    }
    let inner = indent + STEP;
    let pad = " ".repeat(inner);
    let lines: Vec<String> = members
        .iter()
        .map(|(key, value)| format!("{pad}\"{key}\": {}", written(value, inner, inner + key.len() + 4)))
        .collect();
    format!("{{\n{}\n{}}}", lines.join(",\n"), " ".repeat(indent))
}

fn on_one_line(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let all: Vec<String> =
                members.iter().map(|(key, value)| format!("\"{key}\": {}", on_one_line(value))).collect();
            format!("{{ {} }}", all.join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(on_one_line).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_value_is_replaced_and_all_else_stays() {
        let text = "{\n  \"a\": [{ \"x\": \"}\\\"\", \"b\": {\n    \"c\": 1 } }],\n  \"d\": true\n}\n";
        let new = replaced(text, &["a", "b"], &json!({"c": [1, "]"]})).unwrap();
        assert_eq!(new, "{\n  \"a\": [{ \"x\": \"}\\\"\", \"b\": { \"c\": [1, \"]\"] } }],\n  \"d\": true\n}\n");
        assert_eq!(replaced(text, &["d"], &json!(false)).unwrap(), text.replace("true", "false"));
        assert!(replaced(text, &["b"], &json!(1)).is_err());
    }
}

//! `str.format`: fields by position or by name, which may access attributes and items of their value.

use connie_wire::value::text_value;

use super::got::{Got, Outcome};
use super::problem::{Problem, raised};
use super::values::Values;

/// The arguments for the fields of a pattern.
pub(super) struct Fields<'f> {
    positional: &'f [Got],
    named: &'f [(String, Got)],
    /// The index of the next unnumbered field.
    next: Option<usize>,
    /// Whether fields are numbered explicitly.
    numbered: bool,
}

impl<'f> Fields<'f> {
    /// The arguments of a call.
    pub fn of(positional: &'f [Got], named: &'f [(String, Got)]) -> Self {
        Self { positional, named, next: Some(0), numbered: false }
    }
}

impl Values<'_> {
    /// A pattern with its fields filled in.
    pub(super) fn filled_in(&self, pattern: &str, fields: &mut Fields<'_>, depth: usize) -> Result<String, Problem> {
        if depth > 1 {
            return raised("ValueError: Max string recursion exceeded");
        }
        let mut out = String::new();
        let mut rest = pattern;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let bracket = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(bracket) {
                out.push_str(bracket);
                rest = after;
                continue;
            }
            let Some(end) = closing(rest).filter(|_| bracket == "{") else {
                return raised("ValueError: Single bracket encountered in format string");
            };
            let field = &rest[..end];
            rest = &rest[end + 1..];
            let text = self.field(field, fields, depth)?;
            self.charge(text.len())?;
            out.push_str(&text);
        }
        out.push_str(rest);
        Ok(out)
    }

    fn field(&self, field: &str, fields: &mut Fields<'_>, depth: usize) -> Result<String, Problem> {
        // An index may contain these characters.
        let mut within = false;
        let end = field.find(|c: char| {
            within = (within || c == '[') && c != ']';
            !within && matches!(c, ':' | '!')
        });
        let (name, rest) = field.split_at(end.unwrap_or(field.len()));
        if name.contains(['{', '}']) {
            return raised("ValueError: unexpected '{' in field name");
        }
        let (conversion, spec) = match rest.strip_prefix('!') {
            Some(rest) => rest.split_once(':').unwrap_or((rest, "")),
            None => ("", rest.strip_prefix(':').unwrap_or("")),
        };
        if rest.starts_with('!') && conversion.chars().count() != 1 {
            return raised("ValueError: expected ':' after conversion specifier");
        }
        let value = self.field_value(name, fields)?;
        let spec = if spec.contains(['{', '}']) { self.filled_in(spec, fields, depth + 1)? } else { spec.to_owned() };
        self.converted(&value, conversion, &spec)
    }

    fn field_value(&self, name: &str, fields: &mut Fields<'_>) -> Outcome {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, mut path) = name.split_at(end);
        let mixed = || raised("ValueError: cannot switch between manual and automatic field numbering");
        let mut value = match first {
            "" => {
                let Some(at) = fields.next.filter(|_| !fields.numbered) else { return mixed() };
                fields.next = Some(at + 1);
                fields.positional.get(at).cloned()
            }
            digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                if fields.next != Some(0) {
                    return mixed();
                }
                fields.numbered = true;
                digits.parse::<usize>().ok().and_then(|at| fields.positional.get(at)).cloned()
            }
            name => match fields.named.iter().find(|(known, _)| known == name) {
                Some((_, value)) => Some(value.clone()),
                None => return raised(format!("KeyError: '{name}'")),
            },
        }
        .map_or_else(|| raised("IndexError: Replacement index out of range for positional args tuple"), Ok)?;
        while !path.is_empty() {
            if let Some(rest) = path.strip_prefix('.') {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                if end == 0 {
                    return raised("ValueError: Empty attribute in format string");
                }
                value = self.attribute(&value, &rest[..end])?;
                path = &rest[end..];
            } else {
                let Some((key, rest)) = path.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
                    return raised("ValueError: Missing ']' in format string");
                };
                let key = match key.parse::<i64>() {
                    Ok(n) if key.bytes().all(|byte| byte.is_ascii_digit()) => Got::Value(connie_wire::Value::Int(n)),
                    _ if key.is_empty() => return raised("ValueError: Empty attribute in format string"),
                    _ => Got::Value(text_value(key)),
                };
                value = self.item(&value, &key)?;
                if !rest.is_empty() && !rest.starts_with(['.', '[']) {
                    return raised("ValueError: Only '.' or '[' may follow ']' in format field specifier");
                }
                path = rest;
            }
        }
        Ok(value)
    }
}

/// The position of the bracket that ends a field. The field may contain other fields.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 0 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

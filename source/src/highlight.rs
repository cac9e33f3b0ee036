//! Classifies the tokens of a Python source for syntax highlighting.

use std::ops::Range;

use ruff_python_ast::token::TokenKind;

/// The class of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `def`, `return`, `None` …
    Keyword,
    /// Strings, and the text of f-strings.
    Text,
    /// Numbers.
    Number,
    /// Comments.
    Comment,
}

/// The pieces of each line, in order. They cover the whole text, and have a class if they are highlighted. For text
/// that is not valid Python, reads as much as possible.
#[must_use]
pub fn lines(text: &str) -> Vec<Vec<(&str, Option<Class>)>> {
    let parsed = crate::parse::unchecked(text);
    let mut found = vec![Vec::new()];
    let mut add = |range: Range<usize>, class| {
        for (n, part) in text[range].split('\n').enumerate() {
            if n > 0 {
                found.push(Vec::new());
            }
            let part = part.strip_suffix('\r').unwrap_or(part);
            if let (Some(line), false) = (found.last_mut(), part.is_empty()) {
                line.push((part, class));
            }
        }
    };
    let mut at = 0usize;
    for token in parsed.tokens() {
        let (kind, range) = token.as_tuple();
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        if start < at || end <= start || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            continue;
        }
        let class = match kind {
            TokenKind::Comment => Class::Comment,
            TokenKind::Int | TokenKind::Float | TokenKind::Complex => Class::Number,
            TokenKind::String | TokenKind::FStringStart | TokenKind::FStringMiddle | TokenKind::FStringEnd => {
                Class::Text
            }
            kind if kind.is_keyword() => Class::Keyword,
            _ => continue,
        };
        add(at..start, None);
        add(start..end, Some(class));
        at = end;
    }
    add(at..text.len(), None);
    // As with `str::lines`, there is no line after the last line end.
    if found.last().is_some_and(Vec::is_empty) {
        found.pop();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_make_up_their_lines() {
        let text =
            "def f(x):  # comment\r\n    s = '''a\nb'''\n\n    return f\"{x!r} 1\" + 2.5 if x else None\nbroken (";
        let lines = lines(text);
        let whole: Vec<String> = lines.iter().map(|line| line.iter().map(|(piece, _)| *piece).collect()).collect();
        assert_eq!(whole, text.lines().collect::<Vec<_>>());
        assert_eq!(lines[0][0], ("def", Some(Class::Keyword)));
        assert_eq!(lines[0].last(), Some(&("# comment", Some(Class::Comment))));
        assert_eq!(lines[2][0], ("b'''", Some(Class::Text)));
        assert!(lines[4].contains(&("2.5", Some(Class::Number))));
    }

    #[test]
    fn no_text_has_no_lines() {
        assert!(lines("").is_empty());
        assert_eq!(lines("\n").len(), 1);
    }
}

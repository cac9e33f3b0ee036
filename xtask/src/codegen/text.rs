//! Replaces parts of texts.

use crate::shell::Result;

/// Replaces the text between two comment lines.
pub fn between(text: &str, name: &str, new: &str) -> Result<String> {
    let (begin, end) = (format!(" {name}: cargo xtask codegen"), format!(" end of {name}"));
    let line = |words: &str| text.find(words).map(|at| text[..at].rfind('\n').map_or(0, |newline| newline + 1));
    let (Some(from), Some(to)) = (line(&begin), line(&end)) else {
        return Err(format!("there is no place for {name}").into());
    };
    let from = text[from..].find('\n').map_or(text.len(), |newline| from + newline + 1);
    Ok([&text[..from], new, &text[to..]].concat())
}

/// A sentence with a small first letter, for use within another.
pub fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

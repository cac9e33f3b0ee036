//! Values as short texts.

use std::borrow::Cow;

use connie_recording::plain::plain;

/// Puts a text on one line: each line break, with the indentation after it, becomes a space.
pub fn flat(text: &str) -> Cow<'_, str> {
    if !text.contains(['\n', '\r']) {
        return text.into();
    }
    text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ").into()
}

/// The beginning of a value that is too long for a hint, for example a pattern or a list of long strings; on one line.
pub fn cut(text: &str, most: usize) -> String {
    let text = flat(text);
    let text = plain(&text);
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

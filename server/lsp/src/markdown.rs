//! Escapes recorded texts for Markdown, so that they are shown literally: no image is fetched and no link is made.

use connie_recording::plain::plain;

/// A block of Python.
#[must_use]
pub fn block(text: &str) -> String {
    let text = plain(text);
    let fence = "`".repeat(longest(&text, '`').max(2) + 1);
    format!("{fence}python\n{text}\n{fence}")
}

/// Code within a line; line ends are shown as `\n`.
#[must_use]
pub fn inline(text: &str) -> String {
    let text = plain(text).replace('\r', "\\r").replace('\n', "\\n");
    let fence = "`".repeat(longest(&text, '`') + 1);
    // Markdown removes one space at either end.
    let pad = if text.is_empty() || text.starts_with([' ', '`']) || text.ends_with([' ', '`']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A name: unchanged if it consists of letters and dots, otherwise as code.
#[must_use]
pub fn name(text: &str) -> String {
    let is_usual = |c: char| c.is_alphanumeric() || c == '.';
    if text.chars().all(is_usual) { text.to_owned() } else { inline(text) }
}

/// The target of a link.
#[must_use]
pub fn target(uri: &str) -> String {
    const MEANS: [char; 8] = ['(', ')', '<', '>', '[', ']', '!', ' '];
    let encoded = |c: char| if MEANS.contains(&c) { format!("%{:02X}", u32::from(c)) } else { c.to_string() };
    uri.chars().map(encoded).collect()
}

/// The length of the longest run of a character.
fn longest(text: &str, wanted: char) -> usize {
    text.split(|c| c != wanted).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_code() {
        assert_eq!(block("x = 1"), "```python\nx = 1\n```");
        assert_eq!(block("a\n````\n![i](x)"), "`````python\na\n````\n![i](x)\n`````");
        assert_eq!(inline("int"), "`int`");
        assert_eq!(inline("a\n``\n![i](x)\u{202e}"), "```a\\n``\\n![i](x)\\u202e```");
        assert_eq!(inline("`"), "`` ` ``");
        assert_eq!(target("file:///a)![i](b"), "file:///a%29%21%5Bi%5D%28b");
    }
}

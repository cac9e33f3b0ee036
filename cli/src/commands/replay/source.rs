//! Source lines with colours, and the comments above them. The only place that knows ruff.

use std::collections::HashMap;

use anstyle::{AnsiColor, Style};
use connie_recording::Recording;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

use crate::style;

const KEYWORD: Style = AnsiColor::Magenta.on_default();
const STRING: Style = AnsiColor::Green.on_default();
const NUMBER: Style = AnsiColor::Blue.on_default();

/// One source, line by line.
struct Text {
    plain: Vec<String>,
    coloured: Vec<String>,
}

/// The sources of a recording, coloured when they are first shown.
pub struct Sources<'a> {
    recording: &'a Recording,
    texts: HashMap<u32, Text>,
}

impl<'a> Sources<'a> {
    /// Of this recording.
    pub fn new(recording: &'a Recording) -> Self {
        Self { recording, texts: HashMap::new() }
    }

    fn text(&mut self, source: u32) -> &Text {
        let recording = self.recording;
        self.texts.entry(source).or_insert_with(|| {
            let text =
                recording.sources.get(source as usize).and_then(|source| source.text.as_deref()).unwrap_or_default();
            Text { plain: text.lines().map(String::from).collect(), coloured: colour(text) }
        })
    }

    /// A line, coloured, without its indentation.
    pub fn line(&mut self, source: u32, line: u32) -> String {
        let text = self.text(source);
        let index = (line as usize).wrapping_sub(1);
        text.coloured.get(index).map_or_else(|| "(source unknown)".into(), |line| line.trim().to_string())
    }

    /// The comment lines right above a line.
    pub fn comment(&mut self, source: u32, line: u32) -> Vec<String> {
        let text = self.text(source);
        let above = &text.plain[..(line as usize).saturating_sub(1).min(text.plain.len())];
        let comments = above
            .iter()
            .rev()
            .map(|line| line.trim())
            .take_while(|line| line.starts_with('#') && !line.starts_with("#!"));
        let mut comments: Vec<String> = comments.map(String::from).collect();
        comments.reverse();
        comments
    }
}

/// The lines of a Python source with the colours of its tokens.
fn colour(text: &str) -> Vec<String> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0usize;
    for token in parsed.tokens() {
        let (kind, range) = token.as_tuple();
        let (start, end) = (usize::from(range.start()), usize::from(range.end()));
        if start < at || end <= start || !text.is_char_boundary(start) || !text.is_char_boundary(end) {
            continue;
        }
        let style = match kind {
            TokenKind::Comment => style::DIM,
            TokenKind::Int | TokenKind::Float | TokenKind::Complex => NUMBER,
            TokenKind::String | TokenKind::FStringStart | TokenKind::FStringMiddle | TokenKind::FStringEnd => STRING,
            kind if kind.is_keyword() => KEYWORD,
            _ => continue,
        };
        out.push_str(&text[at..start]);
        // Colours end with the line: each is shown alone.
        for (n, piece) in text[start..end].split('\n').enumerate() {
            if n > 0 {
                out.push('\n');
            }
            out.push_str(&format!("{style}{piece}{style:#}"));
        }
        at = end;
    }
    out.push_str(&text[at.min(text.len())..]);
    out.lines().map(String::from).collect()
}

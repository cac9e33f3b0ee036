//! Source lines with colours, and the comments above them.

use std::collections::HashMap;

use anstyle::AnsiColor;
use connie_recording::Recording;
use connie_source::highlight::{self, Class};

use crate::screen::Style;
use crate::style;

const KEYWORD: Style = Style::new(AnsiColor::Magenta.on_default());
const STRING: Style = Style::new(AnsiColor::Green.on_default());
const NUMBER: Style = Style::new(AnsiColor::Blue.on_default());

/// The lines of a source.
struct Text {
    plain: Vec<String>,
    coloured: Vec<String>,
}

/// The sources of a recording, which are coloured on first use.
pub struct Sources<'a> {
    recording: &'a Recording,
    texts: HashMap<u32, Text>,
}

impl<'a> Sources<'a> {
    /// Creates an empty cache for a recording.
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
        if let Some(line) = text.coloured.get(index).map(|line| line.trim()).filter(|line| !line.is_empty()) {
            return line.to_owned();
        }
        let known = self.recording.sources.get(source as usize).and_then(|source| source.text.as_deref());
        // In a module without statements, Python runs line 0 or 1.
        match known {
            Some(text) if text.trim().is_empty() => "(empty file)".into(),
            Some(_) if line == 0 => "(no statement)".into(),
            Some(text) if index < text.lines().count() => String::new(),
            _ => "(source unknown)".into(),
        }
    }

    /// The comment lines directly above a line.
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

/// The lines of a Python source with colours. Each colour ends at the end of its line, since lines are shown
/// separately.
fn colour(text: &str) -> Vec<String> {
    let piece = |(piece, class): &(&str, Option<Class>)| match class {
        None => (*piece).to_owned(),
        Some(class) => {
            let style = match class {
                Class::Comment => style::DIM,
                Class::Number => NUMBER,
                Class::Text => STRING,
                Class::Keyword => KEYWORD,
            };
            format!("{style}{piece}{style:#}")
        }
    };
    highlight::lines(text).iter().map(|line| line.iter().map(piece).collect()).collect()
}

//! Source lines with colours.

use std::collections::HashMap;

use anstyle::AnsiColor;
use connie_history::story;
use connie_recording::Recording;
use connie_source::highlight::{self, Class};

use crate::screen::Style;
use crate::style;

const KEYWORD: Style = Style::new(AnsiColor::Magenta.on_default());
const STRING: Style = Style::new(AnsiColor::Green.on_default());
const NUMBER: Style = Style::new(AnsiColor::Blue.on_default());

/// The sources of a recording, which are coloured on first use.
pub struct Sources<'a> {
    recording: &'a Recording,
    /// The coloured lines of each source.
    texts: HashMap<u32, Vec<String>>,
}

impl<'a> Sources<'a> {
    /// Creates an empty cache for a recording.
    pub fn new(recording: &'a Recording) -> Self {
        Self { recording, texts: HashMap::new() }
    }

    fn text(&mut self, source: u32) -> &[String] {
        let recording = self.recording;
        self.texts.entry(source).or_insert_with(|| {
            let text =
                recording.sources.get(source as usize).and_then(|source| source.text.as_deref()).unwrap_or_default();
            colour(text)
        })
    }

    /// A line, coloured, without its indentation.
    pub fn line(&mut self, source: u32, line: u32) -> String {
        let text = self.text(source);
        let index = (line as usize).wrapping_sub(1);
        if let Some(line) = text.get(index).map(|line| line.trim()).filter(|line| !line.is_empty()) {
            return line.to_owned();
        }
        story::missing(self.recording, source, line).to_owned()
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

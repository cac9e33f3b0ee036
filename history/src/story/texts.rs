//! Lines of sources, and the comments above them.

use connie_recording::Recording;
use rustc_hash::FxHashMap;

/// The lines of the sources of a recording.
pub(super) struct Texts<'a> {
    recording: &'a Recording,
    lines: FxHashMap<u32, Vec<&'a str>>,
}

/// What is shown for a line without text.
#[must_use]
pub fn missing(recording: &Recording, source: u32, line: u32) -> &'static str {
    // In a module without statements, Python runs line 0 or 1.
    match recording.sources.get(source as usize).and_then(|source| source.text.as_deref()) {
        Some(text) if text.trim().is_empty() => "(empty file)",
        Some(_) if line == 0 => "(no statement)",
        Some(text) if (line as usize) <= text.lines().count() => "",
        _ => "(source unknown)",
    }
}

impl<'a> Texts<'a> {
    pub(super) fn new(recording: &'a Recording) -> Self {
        Self { recording, lines: FxHashMap::default() }
    }

    fn lines(&mut self, source: u32) -> &[&'a str] {
        let recording = self.recording;
        self.lines.entry(source).or_insert_with(|| {
            let text = recording.sources.get(source as usize).and_then(|source| source.text.as_deref());
            text.unwrap_or_default().lines().collect()
        })
    }

    /// A line without its indentation.
    pub(super) fn line(&mut self, source: u32, line: u32) -> String {
        let text = self.lines(source).get((line as usize).wrapping_sub(1)).map(|text| text.trim());
        let text = text.filter(|text| !text.is_empty());
        text.unwrap_or_else(|| missing(self.recording, source, line)).to_owned()
    }

    /// The comment lines directly above a line.
    pub(super) fn comment(&mut self, source: u32, line: u32) -> Vec<String> {
        let lines = self.lines(source);
        let above = lines[..(line as usize).saturating_sub(1).min(lines.len())].iter().rev().map(|line| line.trim());
        let comments = above.take_while(|line| line.starts_with('#') && !line.starts_with("#!"));
        let mut comments: Vec<String> = comments.map(String::from).collect();
        comments.reverse();
        comments
    }
}

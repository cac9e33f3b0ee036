//! The documents that the client has open.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::params::{Change, General, Position};

/// How the client counts columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// In bytes.
    Utf8,
    /// In UTF-16 units: the protocol's default.
    #[default]
    Utf16,
}

impl Encoding {
    /// Chooses the encoding for a client: bytes if it supports them, since this server counts bytes.
    pub fn choose(general: &General) -> Self {
        let utf8 = general.position_encodings.iter().any(|one| one.as_deref() == Some("utf-8"));
        if utf8 { Encoding::Utf8 } else { Encoding::Utf16 }
    }

    /// The client's column for a byte offset in a line; clamped to the line.
    pub fn column(self, line: &str, bytes: usize) -> usize {
        let mut end = bytes.min(line.len());
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        match self {
            Encoding::Utf8 => end,
            Encoding::Utf16 => line[..end].encode_utf16().count(),
        }
    }

    /// The byte offset in a line for a client's column; clamped to the line.
    pub fn bytes(self, line: &str, column: usize) -> usize {
        match self {
            Encoding::Utf8 => {
                let mut end = column.min(line.len());
                while !line.is_char_boundary(end) {
                    end -= 1;
                }
                end
            }
            Encoding::Utf16 => {
                let mut units = 0;
                for (at, c) in line.char_indices() {
                    if units >= column {
                        return at;
                    }
                    units += c.len_utf16();
                }
                line.len()
            }
        }
    }
}

/// A document at a version.
#[derive(Clone, Debug)]
pub struct Document {
    /// The client's number of the version; not every client counts.
    pub version: i64,
    /// The number of edits since it was opened.
    pub edits: u64,
    /// Its text.
    pub text: Arc<str>,
    starts: Arc<[usize]>,
}

impl Document {
    fn new(version: i64, edits: u64, text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { version, edits, text: text.into(), starts }
    }

    /// The number of its lines; an empty document has one.
    pub fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The line (from 0) of a byte offset, and the offset in it; clamped to the text.
    pub fn line_at(&self, at: usize) -> (usize, usize) {
        let at = at.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= at).saturating_sub(1);
        (line, at - self.starts[line])
    }

    /// A line (from 0) without its end; `None` past the end.
    pub fn line(&self, line: usize) -> Option<&str> {
        let start = *self.starts.get(line)?;
        let end = self.starts.get(line + 1).map_or(self.text.len(), |next| next - 1);
        let line = &self.text[start..end];
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

/// All buffers, by URI.
#[derive(Default)]
pub struct Documents {
    open: HashMap<String, Document>,
    /// The unit of columns.
    pub encoding: Encoding,
}

impl Documents {
    /// Registers an opened document.
    pub fn open(&mut self, uri: &str, version: i64, text: &str) {
        self.open.insert(uri.to_owned(), Document::new(version, 0, text));
    }

    /// Removes a closed document.
    pub fn close(&mut self, uri: &str) {
        self.open.remove(uri);
    }

    /// The current state of a document.
    pub fn get(&self, uri: &str) -> Option<Document> {
        self.open.get(uri).cloned()
    }

    /// The URIs of all documents.
    pub fn uris(&self) -> Vec<String> {
        self.open.keys().cloned().collect()
    }

    /// Applies edits to a document: ranges in order, or whole texts.
    pub fn change(&mut self, uri: &str, version: Option<i64>, changes: &[Change]) {
        let encoding = self.encoding;
        let Some(document) = self.open.get_mut(uri) else { return };
        let mut text = document.text.to_string();
        for change in changes {
            let new = change.text.as_deref().unwrap_or_default();
            if let Some(range) = &*change.range {
                let at = |position: &Position| offset(&text, position, encoding);
                let (start, end) = (at(&range.start), at(&range.end));
                text.replace_range(start.min(end)..end.max(start), new);
            } else {
                text = new.to_owned();
            }
        }
        *document = Document::new(version.unwrap_or(document.version + 1), document.edits + 1, &text);
    }
}

/// The byte offset of a position; clamped to its line, or to the text.
fn offset(text: &str, position: &Position, encoding: Encoding) -> usize {
    let line = position.line.unwrap_or(0);
    let start = if line == 0 { Some(0) } else { text.match_indices('\n').nth(line - 1).map(|(at, _)| at + 1) };
    let Some(start) = start else { return text.len() };
    let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
    let end = if text[start..end].ends_with('\r') { end - 1 } else { end };
    start + encoding.bytes(&text[start..end], position.character.unwrap_or(0))
}

/// The file of a URI.
pub fn path_of(uri: &str) -> Option<PathBuf> {
    url::Url::parse(uri).ok()?.to_file_path().ok()
}

/// The URI of a file.
pub fn uri_of(path: &std::path::Path) -> String {
    url::Url::from_file_path(path).map_or_else(|()| String::new(), String::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::{DidChange, read};
    use serde_json::{Value, json};

    fn edit(start: (u32, u32), end: (u32, u32), text: &str) -> Value {
        let at = |(line, character): (u32, u32)| json!({"line": line, "character": character});
        json!({"range": {"start": at(start), "end": at(end)}, "text": text})
    }

    fn changes(changes: Value) -> Vec<Change> {
        read::<DidChange>(json!({"contentChanges": changes})).content_changes.0
    }

    #[test]
    fn edits_are_counted_as_the_client_counts() {
        let mut documents = Documents::default();
        documents.open("u", 1, "a = '😀é'\r\nb = 2\r\n");
        documents.change("u", Some(2), &changes(json!([edit((0, 7), (0, 8), "e"), edit((1, 4), (9, 0), "3")])));
        let document = documents.get("u").unwrap();
        assert_eq!((&*document.text, document.version), ("a = '😀e'\r\nb = 3", 2));
        documents.change("u", Some(3), &changes(json!([edit((5, 0), (7, 9), "!"), edit((0, 99), (0, 99), "?")])));
        assert_eq!(&*documents.get("u").unwrap().text, "a = '😀e'?\r\nb = 3!");
        documents.change("u", Some(4), &changes(json!([{"text": "all"}])));
        assert_eq!(&*documents.get("u").unwrap().text, "all");
        documents.change("unknown", Some(4), &changes(json!([{"text": "all"}])));
        assert!(documents.get("unknown").is_none());
    }

    #[test]
    fn columns_stay_on_the_line() {
        let line = "é😀x";
        assert_eq!(Encoding::Utf16.column(line, 6), 3);
        assert_eq!(Encoding::Utf16.column(line, 5), 1);
        assert_eq!(Encoding::Utf16.column(line, 99), 4);
        assert_eq!(Encoding::Utf16.bytes(line, 3), 6);
        assert_eq!(Encoding::Utf16.bytes(line, 99), 7);
        assert_eq!(Encoding::Utf8.bytes(line, 1), 0);
    }
}

//! A document beside its recording.

use std::path::Path;
use std::rc::Rc;

use connie_history::client_names::Names;
use connie_history::loaded::Loaded;
use connie_source::mapping::Mapping;
use connie_source::outline::Outline;
use gen_lsp_types::{Position, Range};

use crate::documents::{Document, Encoding, uri_of};
use crate::protocol;
use crate::settings::Settings;

/// A document beside its recording.
pub struct View<'a> {
    /// The recording.
    pub loaded: &'a mut Loaded,
    /// The client's names of files.
    pub names: Names,
    /// Number of the document's source.
    pub source: u32,
    /// The document.
    pub document: Document,
    /// The mapping between its lines and those that ran.
    pub mapping: Rc<Mapping>,
    /// The outline of the source that ran.
    pub outline: Rc<Outline>,
    /// The unit of the client's columns.
    pub encoding: Encoding,
    /// The user's settings.
    pub settings: Settings,
    /// The buffer's URI.
    pub uri: String,
    /// Whether a debugger is active in the project.
    pub debugged: bool,
    /// Whether the client has the command [`COPY`].
    pub copies: bool,
    /// Whether the client applies edits of the server.
    pub applies_edits: bool,
    /// The line (of the source that ran) in this document at which the debugger was moved last.
    pub moved_at: Option<u32>,
}

impl View<'_> {
    /// The URI of a file that ran, with the client's name of the project.
    pub fn uri_of(&self, path: &str) -> String {
        uri_of(Path::new(&self.names.of(path)))
    }

    /// The line of the document (from 0) for a recorded line (from 1); `None` if it was changed.
    pub fn buffer_line(&self, recorded: u32) -> Option<usize> {
        self.mapping.file(recorded).map(|line| line as usize - 1)
    }

    /// The recorded line (from 1) for a line of the document (from 0); `None` if it was changed.
    pub fn recorded_line(&self, line: usize) -> Option<u32> {
        self.mapping.recorded(u32::try_from(line).ok()?.checked_add(1)?)
    }

    /// Whether the function whose code begins at `first` (`co_firstlineno`) has its `def` at `line`; both are recorded
    /// lines.
    pub fn is_def(&self, first: u32, line: u32) -> bool {
        self.outline.functions.iter().any(|one| !one.is_class && one.line == first && one.def_line == line)
    }

    /// A position in the document: a line (from 0) and a byte offset in it, clamped.
    pub fn position(&self, line: usize, bytes: usize) -> Position {
        let text = self.document.line(line).unwrap_or_default();
        protocol::position(line, self.encoding.column(text, bytes))
    }

    /// The range between two byte offsets in a line of the document.
    pub fn range(&self, line: usize, (start, end): (usize, usize)) -> Range {
        Range { start: self.position(line, start), end: self.position(line, end) }
    }

    /// The range of a line of the document, without its indentation.
    pub fn line_range(&self, line: usize) -> Range {
        let text = self.document.line(line).unwrap_or_default();
        let start = text.len() - text.trim_start().len();
        self.range(line, (start, text.trim_end().len().max(start)))
    }
}

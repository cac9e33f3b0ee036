//! A buffer beside what was recorded of it.

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

/// A buffer seen beside its recording.
pub struct View<'a> {
    /// The recording.
    pub loaded: &'a mut Loaded,
    /// Names of files as the client has them.
    pub names: Names,
    /// Number of the buffer's source.
    pub source: u32,
    /// The buffer.
    pub document: Document,
    /// How its lines correspond to those that ran.
    pub mapping: Rc<Mapping>,
    /// What ran.
    pub outline: Rc<Outline>,
    /// How the client counts columns.
    pub encoding: Encoding,
    /// What the user chose.
    pub settings: Settings,
    /// The buffer's URI.
    pub uri: String,
    /// Whether a debugger stands in the project.
    pub debugged: bool,
    /// Whether the client has the command [`COPY`].
    pub copies: bool,
    /// The line (of what ran) of this buffer at which the debugger was moved last.
    pub moved_at: Option<u32>,
}

impl View<'_> {
    /// The URI of a file that has run, as the client names the buffer's project.
    pub fn uri_of(&self, path: &str) -> String {
        uri_of(Path::new(&self.names.of(path)))
    }

    /// The line of the buffer (from 0) that a recorded line (from 1) is; `None` if it was changed.
    pub fn buffer_line(&self, recorded: u32) -> Option<usize> {
        self.mapping.file(recorded).map(|line| line as usize - 1)
    }

    /// The recorded line (from 1) that a line of the buffer (from 0) is; `None` if it was changed.
    pub fn recorded_line(&self, line: usize) -> Option<u32> {
        self.mapping.recorded(u32::try_from(line).ok()?.checked_add(1)?)
    }

    /// A position in the buffer: a line (from 0) and a byte offset in it, clamped.
    pub fn position(&self, line: usize, bytes: usize) -> Position {
        let text = self.document.line(line).unwrap_or_default();
        protocol::position(line, self.encoding.column(text, bytes))
    }

    /// What is between two byte offsets in a line of the buffer.
    pub fn range(&self, line: usize, (start, end): (usize, usize)) -> Range {
        Range { start: self.position(line, start), end: self.position(line, end) }
    }

    /// The range of a whole line of the buffer, without what is before its first character.
    pub fn line_range(&self, line: usize) -> Range {
        let text = self.document.line(line).unwrap_or_default();
        let start = text.len() - text.trim_start().len();
        self.range(line, (start, text.trim_end().len().max(start)))
    }
}

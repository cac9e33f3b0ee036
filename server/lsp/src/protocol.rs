//! Creates parts of answers, as types of the protocol.

use gen_lsp_types::{Command, MarkupContent, MarkupKind, Position, Range};
use serde_json::Value;

/// A command of this server, or one of the client's.
pub fn command(title: impl Into<String>, command: &str, arguments: Vec<Value>) -> Command {
    Command { title: title.into(), command: command.to_owned(), arguments: Some(arguments), ..Command::default() }
}

/// A text in Markdown.
pub fn markdown(value: String) -> MarkupContent {
    MarkupContent { kind: MarkupKind::Markdown, value }
}

/// A position; lines and columns are from 0.
pub fn position(line: usize, column: usize) -> Position {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Position { line: number(line), character: number(column) }
}

/// The range at the beginning of a line (from 0).
pub fn start_of(line: usize) -> Range {
    let start = position(line, 0);
    Range { start, end: start }
}

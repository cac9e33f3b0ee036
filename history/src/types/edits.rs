//! Writes annotations into a file. All text other than annotations and imports stays the same, byte for byte.

use std::path::PathBuf;

use connie_recording::files;
use connie_recording::reader::Recording;
use connie_source::mapping::Mapping;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;
use similar::TextDiff;

use super::{FunctionTypes, Observed};
use crate::mapping;
use crate::signature::{Signature, find, last_of, signatures};

/// The reason why a file is left unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It cannot be read, or is not in UTF-8.
    #[error("cannot read {0} as UTF-8")]
    Unreadable(PathBuf),
    /// Its current text is not valid Python.
    #[error("{0} is not Python now")]
    NotPython(PathBuf),
}

/// A file with annotations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// Its path.
    pub path: PathBuf,
    /// Its current text.
    pub before: String,
    /// Its text with annotations.
    pub after: String,
    /// The number of functions that got annotations.
    pub annotated: usize,
    /// Functions left without annotations although some are known, with the reason.
    pub left: Vec<(String, String)>,
}

impl Edited {
    /// The changes as a unified diff.
    #[must_use]
    pub fn diff(&self) -> String {
        let name = self.path.display().to_string();
        TextDiff::from_lines(&self.before, &self.after)
            .unified_diff()
            .context_radius(3)
            .header(&name, &name)
            .to_string()
    }
}

/// A replacement in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The byte offset at which it begins.
    pub at: usize,
    /// The number of bytes that it removes.
    pub removed: usize,
    /// The text that it inserts.
    pub new: String,
}

/// The edits that annotate functions of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// The edits, the last in the text first: applied in this order, no edit moves another.
    pub edits: Vec<Edit>,
    /// The number of functions that get annotations.
    pub annotated: usize,
    /// Functions left without annotations although some are known, with the reason.
    pub left: Vec<(String, String)>,
}

/// Adds the annotations of a source's functions to its file.
///
/// # Errors
/// If the file cannot be read or is not Python.
pub fn edited(
    recording: &Recording,
    source: u32,
    observed: &[Observed],
    found: &[FunctionTypes],
) -> Result<Edited, Refused> {
    let path = PathBuf::from(recording.sources.get(source as usize).map_or("?", |source| source.path.as_str()));
    let unreadable = || Refused::Unreadable(path.clone());
    let bytes = files::read(&path, files::SOURCE).map_err(|_| unreadable())?;
    let before = String::from_utf8(bytes).map_err(|_| unreadable())?;
    let text = before.strip_prefix('\u{feff}').unwrap_or(&before);
    let mark = before.len() - text.len();
    let mapping = mapping::mapping(recording, source).ok_or_else(unreadable)?;
    let of_source = observed.iter().zip(found).filter(|(one, _)| one.source == source);
    let not_python = || Refused::NotPython(path.clone());
    let Edits { edits, annotated, left } = edits(text, &mapping, of_source).ok_or_else(not_python)?;
    let mut after = text.to_owned();
    for Edit { at, removed, new } in edits {
        after.replace_range(at..at + removed, &new);
    }
    if connie_source::parse::module(&after).is_err() {
        return Err(not_python());
    }
    after.insert_str(0, &before[..mark]);
    Ok(Edited { path, before, after, annotated, left })
}

/// The edits that annotate functions in a text, which may differ from the text that ran; `None` if it is not valid
/// Python. `mapping` maps the lines that ran to those of the text.
pub fn edits<'a>(
    text: &str,
    mapping: &Mapping,
    functions: impl Iterator<Item = (&'a Observed, &'a FunctionTypes)>,
) -> Option<Edits> {
    let parsed = connie_source::parse::module(text).ok()?;
    let now = signatures(text);
    let (mut all, mut imports) = (Edits::default(), Vec::new());
    for (one, types) in functions {
        let news = types.annotations.iter().filter(|one| one.annotation.is_some() && !one.exists).count();
        if news == 0 {
            continue;
        }
        let name = one.function.clone();
        let place = mapping.file(one.signature.lines.1).and_then(|line| find(&now, line, &one.function));
        let is_same = |place: &&Signature| {
            (one.signature.lines.0..=one.signature.last_line)
                .zip(place.lines.0..)
                .all(|(was, is)| mapping.file(was) == Some(is))
        };
        match (&types.kept, place.filter(is_same)) {
            (Some(why), _) => all.left.push((name, why.clone())),
            (None, None) => all.left.push((name, "it was edited since the recording".to_owned())),
            (None, Some(place)) => {
                annotate(text, place, types, &mut all.edits);
                imports.extend(types.imports.iter().cloned());
                all.annotated += 1;
            }
        }
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    if all.annotated > 0 {
        import(text, &parsed.syntax().body, imports, newline, &mut all.edits);
    }
    all.edits.sort_by_key(|edit| std::cmp::Reverse(edit.at));
    Some(all)
}

impl Edit {
    fn insert(at: usize, new: String) -> Self {
        Self { at, removed: 0, new }
    }
}

fn annotate(text: &str, place: &Signature, types: &FunctionTypes, edits: &mut Vec<Edit>) {
    for one in types.annotations.iter().filter(|one| !one.exists) {
        let Some(annotation) = &one.annotation else { continue };
        if one.name == "return" {
            edits.push(Edit::insert(place.end, format!(" -> {annotation}")));
            continue;
        }
        let Some(parameter) = place.parameters.iter().find(|parameter| parameter.name == one.name) else { continue };
        let end = parameter.end;
        // `x=1` becomes `x: int = 1`.
        match parameter.default.and_then(|default| text.get(end..default)) {
            Some("=") => edits.push(Edit { at: end, removed: 1, new: format!(": {annotation} = ") }),
            _ => edits.push(Edit::insert(end, format!(": {annotation}"))),
        }
    }
}

/// Adds imports for annotations, under `TYPE_CHECKING` only; annotations are then not evaluated at run time.
fn import(text: &str, body: &[Stmt], mut imports: Vec<(String, String)>, newline: &str, edits: &mut Vec<Edit>) {
    imports.sort();
    imports.dedup();
    let has_future = body.iter().any(|stmt| {
        matches!(stmt, Stmt::ImportFrom(import)
        if import.module.as_ref().is_some_and(|module| module.as_str() == "__future__")
            && import.names.iter().any(|alias| alias.name.as_str() == "annotations"))
    });
    let docstring = body.first().filter(|stmt| is_docstring(stmt));
    let top = match docstring {
        Some(stmt) => line_end(text, usize::from(stmt.end())),
        None => body.first().map_or(0, |stmt| line_start(text, usize::from(stmt.start()))),
    };
    let mut at_top = String::new();
    if !has_future {
        let before = if docstring.is_some() { newline } else { "" };
        let next = text[top..].lines().next().unwrap_or_default();
        let after = if next.trim().is_empty() { "" } else { newline };
        at_top = format!("{before}from __future__ import annotations{newline}{after}");
    }
    let from = |indent: &str| -> String {
        let mut lines = String::new();
        let mut last: Option<&str> = None;
        for (module, name) in &imports {
            if last == Some(module) {
                lines.truncate(lines.len() - newline.len());
                lines.push_str(&format!(", {name}{newline}"));
            } else {
                lines.push_str(&format!("{indent}from {module} import {name}{newline}"));
            }
            last = Some(module);
        }
        lines
    };
    if imports.is_empty() {
        return edits.extend((!at_top.is_empty()).then_some(Edit::insert(top, at_top)));
    }
    if let Some(first) = checking(body) {
        let at = line_start(text, first);
        let indent = &text[at..first];
        edits.push(Edit::insert(at, from(indent)));
        return edits.extend((!at_top.is_empty()).then_some(Edit::insert(top, at_top)));
    }
    let is_known = body.iter().any(|stmt| {
        matches!(stmt, Stmt::ImportFrom(import)
        if import.names.iter().any(|alias| alias.name.as_str() == "TYPE_CHECKING" && alias.asname.is_none()))
    });
    let typing = if is_known { String::new() } else { format!("from typing import TYPE_CHECKING{newline}") };
    let block = format!("{newline}if TYPE_CHECKING:{newline}{}", from("    "));
    let is_import = |stmt: &&Stmt| matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_)) || is_docstring(stmt);
    let last = body.iter().take_while(is_import).filter(|stmt| !is_docstring(stmt)).last();
    match last {
        Some(last) => {
            let at = line_end(text, usize::from(last.end()));
            let missing = if text[..at].ends_with('\n') { "" } else { newline };
            edits.push(Edit::insert(at, format!("{missing}{typing}{block}")));
            edits.extend((!at_top.is_empty()).then_some(Edit::insert(top, at_top)));
        }
        None => {
            let next = text[top..].lines().next().unwrap_or_default();
            let after = if next.trim().is_empty() { "" } else { newline };
            let at_top = at_top.strip_suffix(after).filter(|_| !after.is_empty()).unwrap_or(&at_top).to_owned();
            let blank = if at_top.is_empty() { "" } else { newline };
            edits.push(Edit::insert(top, format!("{at_top}{blank}{typing}{block}{after}")));
        }
    }
}

fn is_docstring(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Expr(statement) if matches!(&*statement.value, Expr::StringLiteral(_)))
}

/// The offset where the body of `if TYPE_CHECKING:` begins, if it is on separate lines.
fn checking(body: &[Stmt]) -> Option<usize> {
    body.iter().find_map(|stmt| {
        let Stmt::If(conditional) = stmt else { return None };
        let name = crate::signature::dotted(&conditional.test)?;
        let first = conditional.body.first().filter(|_| last_of(&name).1 == "TYPE_CHECKING")?;
        Some(usize::from(first.start()))
    })
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

/// The offset after the line break of a line.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

//! A source exactly as it ran.

use std::sync::Arc;

use axum::extract::{Path, State};
use connie_history::loaded::Loaded;
use connie_history::source_values;
use connie_source::highlight::{self, Class};
use serde::Serialize;

use super::{Answer, ask, known_source};
use crate::Shared;

/// A source, with its hit counts.
#[derive(Serialize)]
pub struct Source {
    number: u32,
    path: String,
    /// Whether its text is known.
    known: bool,
    lines: Vec<Vec<Piece>>,
    functions: Vec<Function>,
    /// The lines that ran, with their counts.
    times: Vec<(u32, u64)>,
    /// First lines of statements that never ran.
    never: Vec<u32>,
}

/// A piece of a line: `[text]`, or `[text, class]`.
#[derive(Serialize)]
#[serde(untagged)]
enum Piece {
    Plain([String; 1]),
    Classed(String, &'static str),
}

/// A function.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Function {
    name: String,
    line: u32,
    def_line: u32,
    last_line: u32,
}

/// The class of a piece in the style sheet.
fn class(class: Class) -> &'static str {
    match class {
        Class::Keyword => "keyword",
        Class::Text => "text",
        Class::Number => "number",
        Class::Comment => "comment",
    }
}

fn piece((text, of): &(&str, Option<Class>)) -> Piece {
    match of {
        None => Piece::Plain([(*text).to_owned()]),
        Some(of) => Piece::Classed((*text).to_owned(), class(*of)),
    }
}

impl Source {
    /// A source that the recording has.
    pub fn of(loaded: &mut Loaded, number: u32) -> Self {
        let outline = loaded.outline(number);
        let lines = highlight::lines(loaded.text(number)).iter().map(|line| line.iter().map(piece).collect()).collect();
        let functions = outline.functions.iter().filter(|function| !function.is_class);
        let functions = functions.map(|f| Function {
            name: f.name.clone(),
            line: f.line,
            def_line: f.def_line,
            last_line: f.last_line,
        });
        let functions = functions.collect();
        let source_values::Counted { times, never } = source_values::counted(loaded, number);
        let source = &loaded.recording.sources[number as usize];
        let (path, known) = (source.path.clone(), source.text.is_some());
        Self { number, path, known, lines, functions, times, never }
    }
}

/// `GET /api/run/{id}/source/{number}`: its lines in pieces, how often each ran, the statements that never ran, and its
/// functions.
pub async fn source(State(shared): State<Arc<Shared>>, Path((id, number)): Path<(String, u32)>) -> Answer<Source> {
    ask(&shared, &id, move |loaded| {
        let number = known_source(loaded, number)?;
        Ok(Source::of(loaded, number))
    })
    .await
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn pieces() -> impl Serialize {
        [piece(&("x = ", None)), piece(&("1", Some(Class::Number)))]
    }
}

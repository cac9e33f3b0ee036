//! A source exactly as it ran.

use std::sync::Arc;

use axum::extract::{Path, State};
use connie_history::sheet;
use connie_source::highlight::{self, Class};
use serde_json::{Value, json};

use super::{Answer, ask, known_source};
use crate::Shared;

/// The class of a piece, as the style sheet names it.
fn class(class: Class) -> &'static str {
    match class {
        Class::Keyword => "keyword",
        Class::Text => "text",
        Class::Number => "number",
        Class::Comment => "comment",
    }
}

/// `GET /api/run/{id}/source/{number}`: its lines in pieces, how often each ran, which statements never
/// did, where functions are.
pub async fn source(State(shared): State<Arc<Shared>>, Path((id, number)): Path<(String, u32)>) -> Answer {
    ask(&shared, &id, move |loaded| {
        let number = known_source(loaded, number)?;
        let outline = loaded.outline(number);
        let text = loaded.text(number);
        let piece = |(text, of): &(&str, Option<Class>)| match of {
            None => json!([text]),
            Some(of) => json!([text, class(*of)]),
        };
        let lines: Vec<Value> =
            highlight::lines(text).iter().map(|line| line.iter().map(piece).collect::<Value>()).collect();
        let functions = outline.functions.iter().filter(|function| !function.is_class);
        let functions: Vec<Value> = functions
            .map(|f| json!({"name": f.name, "line": f.line, "defLine": f.def_line, "lastLine": f.last_line}))
            .collect();
        let path = loaded.recording.sources[number as usize].path.clone();
        let known = loaded.recording.sources[number as usize].text.is_some();
        let counted = sheet::counted(loaded, number);
        let (times, never) = (counted.times, counted.never);
        Ok(json!({
            "number": number, "path": path, "known": known, "lines": lines, "functions": functions, "times": times,
            "never": never,
        }))
    })
    .await
}

//! A text, in all that has a text: functions, sources, output, exceptions.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use connie_recording::{Error, Recording};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, ask};
use crate::Shared;

/// Finds of each kind that are told.
const MOST: usize = 100;
/// Pieces of output that are looked through.
const PRINTED: usize = 1_000_000;
/// Characters of a line that are told.
const LENGTH: usize = 200;

/// What is looked for; upper and lower case are one, unless it has upper case.
#[derive(Deserialize)]
pub struct Asked {
    q: String,
}

/// The lines that were printed, each with the step of its beginning; up to [`PRINTED`] pieces.
fn printed(recording: &Recording) -> Result<Vec<(u64, String)>, Error> {
    let mut found: Vec<(u64, String)> = Vec::new();
    // The line that each stream is in the middle of.
    let mut open: HashMap<u8, usize> = HashMap::new();
    for written in recording.output_after(0, PRINTED)? {
        for (n, part) in written.text.split('\n').enumerate() {
            if n > 0 {
                open.remove(&written.stream);
            }
            if part.is_empty() {
                continue;
            }
            match open.get(&written.stream) {
                Some(line) => found[*line].1.push_str(part),
                None => {
                    open.insert(written.stream, found.len());
                    found.push((written.step, part.to_owned()));
                }
            }
        }
    }
    Ok(found)
}

/// `GET /api/run/{id}/search?q=…`
pub async fn search(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(Asked { q }): Query<Asked>,
) -> Answer {
    ask(&shared, &id, move |loaded| {
        let recording = &loaded.recording;
        let exact = q.chars().any(char::is_uppercase);
        let has = |text: &str| if exact { text.contains(&q) } else { text.to_lowercase().contains(&q) };
        let short = |text: &str| text.trim().chars().take(LENGTH).collect::<String>();
        if q.trim().is_empty() {
            return Ok(json!({"functions": [], "lines": [], "output": [], "exceptions": []}));
        }
        let functions: Vec<Value> = (recording.functions.iter().enumerate())
            .filter(|(_, function)| has(&function.name))
            .take(MOST)
            .map(|(code, f)| json!({"code": code, "name": f.name, "source": f.source, "line": f.line}))
            .collect();
        let mut lines: Vec<Value> = Vec::new();
        for (number, source) in recording.sources.iter().enumerate() {
            let text = source.text.as_deref().unwrap_or_default().lines().enumerate();
            let found = text.filter(|(_, line)| has(line)).take(MOST.saturating_sub(lines.len()));
            let path = &source.path;
            lines.extend(
                found.map(|(n, line)| json!({"source": number, "path": path, "line": n + 1, "text": short(line)})),
            );
        }
        let printed = printed(&loaded.recording)?;
        let output: Vec<Value> = (printed.iter())
            .filter(|(_, line)| has(line))
            .take(MOST)
            .map(|(step, line)| json!({"step": step, "text": short(line)}))
            .collect();
        let raised = recording.exceptions(10_000)?;
        let exceptions: Vec<Value> = (raised.iter())
            .filter(|raised| has(&raised.to_string()))
            .take(MOST)
            .map(|raised| json!({"step": raised.step, "text": short(&raised.to_string())}))
            .collect();
        Ok(json!({"functions": functions, "lines": lines, "output": output, "exceptions": exceptions}))
    })
    .await
}

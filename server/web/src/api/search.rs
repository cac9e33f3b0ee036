//! A text, in all that has a text: functions, sources, output, exceptions.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, ask};
use crate::Shared;

/// Finds of each kind that are told.
const MOST: usize = 100;
/// Characters of a line that are told.
const LENGTH: usize = 200;

/// What is looked for; upper and lower case are one, unless it has upper case.
#[derive(Deserialize)]
pub struct Asked {
    q: String,
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
        let mut output: Vec<Value> = Vec::new();
        let mut after = 0;
        loop {
            let page = recording.output_after(after, 10_000)?;
            let Some(last) = page.last() else { break };
            after = last.step;
            let found = page.iter().filter(|written| has(&written.text)).take(MOST - output.len());
            output.extend(found.map(|written| json!({"step": written.step, "text": short(&written.text)})));
            if output.len() >= MOST {
                break;
            }
        }
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

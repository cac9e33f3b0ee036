//! The values beside the lines of a source, of the calls that a moment shows.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use connie_recording::outline::Kind;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, ask, known_source};
use crate::Shared;
use crate::failure::Failure;

/// Characters of a value that stand beside a line.
const LENGTH: usize = 60;

/// The moment.
#[derive(Deserialize)]
pub struct Asked {
    step: u64,
}

/// `GET /api/run/{id}/beside/{number}?step=…`: the value that each statement gave, and what was raised.
pub async fn beside(
    State(shared): State<Arc<Shared>>,
    Path((id, number)): Path<(String, u32)>,
    Query(asked): Query<Asked>,
) -> Answer {
    ask(&shared, &id, move |loaded| {
        let number = known_source(loaded, number)?;
        if loaded.step != Some(asked.step) {
            loaded.go_to(Some(asked.step));
        }
        let outline = loaded.outline(number);
        let functions: BTreeSet<Option<usize>> = outline.marks.iter().map(|mark| mark.function).collect();
        let mut values: Vec<(u32, usize, Value)> = Vec::new();
        for facts in loaded.facts(number, &outline, functions.iter().copied(), LENGTH) {
            for fact in facts.iter() {
                let mark = &outline.marks[fact.mark];
                let shown = json!({
                    "line": mark.shown, "name": mark.text, "value": fact.text, "hit": fact.hit, "step": fact.step,
                    "parameter": mark.kind == Kind::Parameter,
                });
                values.push((mark.shown, fact.mark, shown));
            }
        }
        values.sort_by_key(|(line, mark, _)| (*line, *mark));
        let mut raised = Vec::new();
        for function in functions {
            for (line, step, text) in loaded.raised(number, &outline, function).iter().flat_map(|all| all.iter()) {
                raised.push(json!({"line": line, "step": step, "text": text}));
            }
        }
        if let Some(trouble) = loaded.trouble.take() {
            return Err(Failure::unreadable(&trouble));
        }
        let values: Vec<Value> = values.into_iter().map(|(.., shown)| shown).collect();
        Ok(json!({"step": asked.step, "values": values, "raised": raised}))
    })
    .await
}

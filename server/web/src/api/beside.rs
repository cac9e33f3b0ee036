//! The values beside the lines of a source, of the calls that a moment shows.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use connie_history::sheet;
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
        let (values, raised) = sheet::beside(loaded, number, LENGTH);
        if let Some(trouble) = loaded.trouble.take() {
            return Err(Failure::unreadable(&trouble));
        }
        let shown = values.iter().map(|value| {
            json!({
                "line": value.line, "name": value.name, "value": value.text, "hit": value.hit, "step": value.step,
                "parameter": value.is_parameter,
            })
        });
        let values: Vec<Value> = shown.collect();
        let raised: Vec<Value> =
            raised.into_iter().map(|(line, step, text)| json!({"line": line, "step": step, "text": text})).collect();
        Ok(json!({"step": asked.step, "values": values, "raised": raised}))
    })
    .await
}

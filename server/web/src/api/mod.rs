//! What pages ask for by HTTP. Each file answers one kind of question; nothing changes on a GET.

pub mod beside;
pub mod compare;
pub mod functions;
pub mod recordings;
pub mod run;
pub mod search;
pub mod source;

use std::sync::Arc;

use axum::Json;
use connie_history::loaded::Loaded;
use serde_json::Value;

use crate::Shared;
use crate::failure::Failure;

/// An answer.
pub type Answer = Result<Json<Value>, Failure>;

/// Asks the recording with an id.
async fn ask(
    shared: &Arc<Shared>,
    id: &str,
    question: impl FnOnce(&mut Loaded) -> Result<Value, Failure> + Send + 'static,
) -> Answer {
    let path = shared.find(id).ok_or_else(|| Failure::missing(format!("there is no recording {id}")))?;
    shared.desks.ask(&path, question).await.map(Json)
}

/// The source with a number.
fn known_source(loaded: &Loaded, number: u32) -> Result<u32, Failure> {
    let known = loaded.recording.sources.get(number as usize);
    known.map(|_| number).ok_or_else(|| Failure::missing(format!("there is no source {number}")))
}

//! The HTTP interface of the pages. Each file answers one kind of question and defines the types of its answer. A GET
//! request changes nothing.

pub mod answers;
pub mod beside;
pub mod cells;
pub mod compare;
pub mod flame;
pub mod functions;
pub mod happened;
pub mod invitations;
pub mod recordings;
pub mod run;
pub mod search;
pub mod source;
pub mod story;
pub mod values;

use std::sync::Arc;

use axum::Json;
use connie_history::loaded::Loaded;

use crate::Shared;
use crate::failure::Failure;

/// An answer.
pub type Answer<T> = Result<Json<T>, Failure>;

/// Sends a question to the thread of the recording with this id.
async fn ask<T: Send + 'static>(
    shared: &Arc<Shared>,
    id: &str,
    question: impl FnOnce(&mut Loaded) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    shared.desks.ask(&shared.find(id)?, question).await.map(Json)
}

/// Like [`ask`], for a question that ends early when the client leaves.
async fn ask_long<T: Send + 'static>(
    shared: &Arc<Shared>,
    id: &str,
    question: impl FnOnce(&mut Loaded) -> Result<T, Failure> + Send + 'static,
) -> Answer<T> {
    shared.desks.ask_long(&shared.find(id)?, question).await.map(Json)
}

/// Computes an answer in a thread that may block.
async fn work<T: Send + 'static>(question: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(question).await.unwrap_or(Err(Failure::Panicked)).map(Json)
}

/// The source with a number.
fn known_source(loaded: &Loaded, number: u32) -> Result<u32, Failure> {
    let known = loaded.recording.sources.get(number as usize);
    known.map(|_| number).ok_or(Failure::NoSource(number))
}

#[cfg(test)]
mod tests;

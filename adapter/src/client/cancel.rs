//! Cancelled requests: those that wait, and the one that is being answered.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use crate::arguments::CancelArguments;
use crate::read;

/// Shared by the thread that reads messages and the one that answers them.
#[derive(Clone, Default)]
pub struct Cancels {
    state: Arc<Mutex<State>>,
    /// Checked regularly by long queries.
    pub interrupt: Arc<AtomicBool>,
}

#[derive(Default)]
struct State {
    /// Cancelled requests that were not begun.
    waiting: HashSet<i64>,
    /// The request that is being answered.
    current: Option<i64>,
}

/// The id under which the progress of a request is reported.
pub fn progress_of(request: i64) -> String {
    format!("request-{request}")
}

impl Cancels {
    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Handles a message if it is a `cancel`.
    pub fn note(&self, message: &Value) {
        if message["command"] != "cancel" {
            return;
        }
        let arguments: CancelArguments = read::leniently(&message["arguments"]);
        self.with(|state| {
            let progress = arguments.progress_id.as_deref().unwrap_or_default();
            let by_progress = state.current.filter(|current| progress_of(*current) == progress);
            match arguments.request_id.or(by_progress) {
                Some(request) if state.current == Some(request) => self.interrupt.store(true, Ordering::Relaxed),
                Some(request) => {
                    state.waiting.insert(request);
                }
                None => {}
            }
        });
    }

    /// Begins to answer a request. Returns false if it was cancelled before.
    pub fn begin(&self, request: i64) -> bool {
        self.with(|state| {
            self.interrupt.store(false, Ordering::Relaxed);
            state.current = Some(request);
            !state.waiting.remove(&request)
        })
    }

    /// Ends the answer of a request. Returns whether it was cancelled meanwhile.
    pub fn end(&self) -> bool {
        self.with(|state| {
            // Drops cancellations that came too late.
            if let Some(current) = state.current.take() {
                state.waiting.retain(|request| *request > current);
            }
            self.interrupt.swap(false, Ordering::Relaxed)
        })
    }

    /// The request that is being answered.
    pub fn current(&self) -> Option<i64> {
        self.with(|state| state.current)
    }
}

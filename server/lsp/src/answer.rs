//! Answers to queries, and why there are none.

use lsp_server::ErrorCode;
use serde::Serialize;
use serde_json::Value;

/// Why there is no answer.
#[derive(Debug)]
pub struct Refusal {
    /// For the client.
    pub code: ErrorCode,
    /// For the user.
    pub why: String,
}

impl Refusal {
    /// An error with a message.
    pub fn new(code: ErrorCode, why: impl Into<String>) -> Self {
        Self { code, why: why.into() }
    }

    /// The error for a wrong request.
    pub fn wrong(why: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidParams, why)
    }

    /// The error for an internal failure.
    pub fn failed(why: impl Into<String>) -> Self {
        Self::new(ErrorCode::RequestFailed, why)
    }
}

/// An answer.
pub type Answer<T> = Result<T, Refusal>;

/// An answer as JSON.
pub fn to_value(answer: &impl Serialize) -> Answer<Value> {
    serde_json::to_value(answer).map_err(|error| Refusal::failed(error.to_string()))
}

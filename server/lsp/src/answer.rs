//! Answers to queries, and errors.

use lsp_server::ErrorCode;
use serde::Serialize;
use serde_json::Value;

/// An error in place of an answer.
#[derive(Debug)]
pub struct Refusal {
    /// The code for the client.
    pub code: ErrorCode,
    /// The message for the user.
    pub why: String,
}

impl Refusal {
    /// An error with a message.
    pub fn new(code: ErrorCode, why: impl Into<String>) -> Self {
        Self { code, why: why.into() }
    }

    /// The error for an invalid request.
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

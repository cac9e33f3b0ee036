//! What a request that cannot be answered is told: a status, and one sentence.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why there is no answer.
#[derive(Debug)]
pub struct Failure {
    status: StatusCode,
    sentence: String,
}

impl Failure {
    /// What was asked for is not there.
    pub fn missing(sentence: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, sentence: sentence.into() }
    }

    /// The request is refused.
    pub fn refused(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into() }
    }

    /// It is there, and cannot be read.
    pub fn unreadable(error: &dyn std::fmt::Display) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, sentence: error.to_string() }
    }
}

impl From<connie_recording::Error> for Failure {
    fn from(error: connie_recording::Error) -> Self {
        Self::unreadable(&error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.sentence}))).into_response()
    }
}

//! What a request that cannot be answered is told: a status, and one sentence.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No recording has this id.
    #[error("there is no recording {0}")]
    NoRecording(String),
    /// The recording has no source with this number.
    #[error("there is no source {0}")]
    NoSource(u32),
    /// The recording has no function with this number.
    #[error("there is no function {0}")]
    NoFunction(u32),
    /// The pages load no file of this name.
    #[error("there is no {0}")]
    NoAsset(String),
    /// The address is none of the viewer's.
    #[error("there is no such page")]
    NoPage,
    /// The request came under another name than this machine's.
    #[error("the viewer is reached as 127.0.0.1 or localhost alone")]
    ForeignHost,
    /// The request came from a page of somebody else.
    #[error("another page asked")]
    ForeignPage,
    /// The request would change something, and came from no page.
    #[error("what changes something is asked for by a page alone")]
    NoOrigin,
    /// The request has no token, or a wrong one.
    #[error("this is an old token: open the whole address that connie printed, with the token in it")]
    WrongToken,
    /// The recording cannot be read.
    #[error(transparent)]
    Unreadable(#[from] connie_recording::Error),
    /// A part of the recording could not be read; in words.
    #[error("{0}")]
    Damaged(String),
    /// The recording cannot be removed, or read by a thread of its own.
    #[error(transparent)]
    System(#[from] std::io::Error),
    /// The recording was closed while it was asked.
    #[error("the recording was closed meanwhile")]
    Closed,
    /// A question made connie panic.
    #[error("connie failed on this; the rest goes on")]
    Panicked,
    /// To open the recording made connie panic.
    #[error("connie failed on this recording")]
    PanickedOpening,
}

/// A failure, as pages read it.
#[derive(Serialize)]
struct Told {
    error: String,
}

impl Failure {
    /// The status of the response.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoRecording(_) | Self::NoSource(_) | Self::NoFunction(_) | Self::NoAsset(_) | Self::NoPage => {
                StatusCode::NOT_FOUND
            }
            Self::ForeignHost | Self::ForeignPage | Self::NoOrigin => StatusCode::FORBIDDEN,
            Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::Unreadable(_)
            | Self::Damaged(_)
            | Self::System(_)
            | Self::Closed
            | Self::Panicked
            | Self::PanickedOpening => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status(), Json(Told { error: self.to_string() })).into_response()
    }
}

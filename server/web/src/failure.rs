//! Errors of requests: a status and a sentence.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// The reason why a request has no answer.
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
    /// The pages have no file with this name.
    #[error("there is no {0}")]
    NoAsset(String),
    /// The viewer has no such address.
    #[error("there is no such page")]
    NoPage,
    /// The request names another host than this machine.
    #[error("the viewer can be reached as 127.0.0.1 or localhost only")]
    ForeignHost,
    /// The request came from a page that does not belong to the viewer.
    #[error("the request came from another page")]
    ForeignPage,
    /// The request would change something, and did not come from a page.
    #[error("only a page of the viewer can change something")]
    NoOrigin,
    /// The request has no token, or a wrong one.
    #[error("this is an old token: open the whole address that connie printed, with the token in it")]
    WrongToken,
    /// The invitation was accepted before, or is too old.
    #[error("this link was used before or is older than five minutes: make a new one where it came from")]
    OldInvitation,
    /// The question cannot be answered as it was asked; with a message.
    #[error("{0}")]
    Question(String),
    /// The recording cannot be read.
    #[error(transparent)]
    Unreadable(#[from] connie_recording::Error),
    /// A part of the recording could not be read; with a message.
    #[error("{0}")]
    Damaged(String),
    /// The recording cannot be removed, or no thread can be started to read it.
    #[error(transparent)]
    System(#[from] std::io::Error),
    /// The recording was closed during the request.
    #[error("the recording was closed meanwhile")]
    Closed,
    /// connie panicked while it answered the question.
    #[error("internal error of connie in this request; other requests still work")]
    Panicked,
    /// connie panicked while it opened the recording.
    #[error("internal error of connie while reading this recording")]
    PanickedOpening,
}

/// An error in the form that pages read.
#[derive(Serialize)]
struct ErrorBody {
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
            Self::WrongToken | Self::OldInvitation => StatusCode::UNAUTHORIZED,
            Self::Question(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unreadable(_)
            | Self::Damaged(_)
            | Self::System(_)
            | Self::Closed
            | Self::Panicked
            | Self::PanickedOpening => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A text with the characters that have a meaning in HTML escaped.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl Failure {
    /// The response if a browser opened the address: a page with the sentence.
    pub fn page(&self) -> Response {
        let sentence = escaped(&self.to_string());
        let text = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>connie: {sentence}</title>\
            <link rel=\"icon\" href=\"/assets/icon.svg\"><link rel=\"stylesheet\" href=\"/assets/style.css\"></head>\
            <body class=\"list\"><header class=\"bar\"><img src=\"/assets/icon.svg\" alt=\"\" width=\"20\" height=\"20\">\
            <h1>connie</h1></header><main><p>{sentence}</p><p><a href=\"/\">All recordings</a></p></main></body></html>\n"
        );
        (self.status(), [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status(), Json(ErrorBody { error: self.to_string() })).into_response()
    }
}

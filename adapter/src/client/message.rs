//! What stands around the bodies of answers and events.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protocol::{ErrorResponseBody, Message};
use crate::read::{self, number, text, truth};

/// A message of the client: a request, or the answer to one of ours.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Received {
    /// `request` or `response`.
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// Its number.
    #[serde(deserialize_with = "number")]
    pub seq: Option<i64>,
    /// Of an answer: the number of the request.
    #[serde(deserialize_with = "number")]
    pub request_seq: Option<i64>,
    /// What is asked, or was.
    #[serde(deserialize_with = "text")]
    pub command: Option<String>,
    /// Of a request: not read yet.
    pub arguments: Value,
    /// Of an answer: whether the client did what it was asked.
    #[serde(deserialize_with = "truth")]
    pub success: Option<bool>,
    /// Of an answer: why it did not.
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
}

/// A request, before its arguments are read.
pub struct Asked<'a> {
    /// What is asked.
    pub command: &'a str,
    /// What it is given.
    pub arguments: &'a Value,
}

impl Asked<'_> {
    /// Its arguments, as the handler has them.
    ///
    /// # Errors
    /// A message, if they cannot be read.
    pub fn read<T: DeserializeOwned + Default>(&self) -> Result<T, String> {
        read::arguments(self.command, self.arguments)
    }

    /// As [`Self::read`], of a request that nothing in it may hold up: what cannot be read counts as not said.
    pub fn read_leniently<T: DeserializeOwned + Default>(&self) -> T {
        read::leniently(self.arguments)
    }
}

/// What a request is answered with: a body, or a sentence for people.
pub type Answer = Result<Value, String>;

/// A body as JSON. What is sent has nothing that JSON cannot have.
pub fn value(of: impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

/// An answer with a body.
///
/// # Errors
/// Never: it is what handlers of requests end with.
pub fn answer(body: impl Serialize) -> Answer {
    Ok(value(body))
}

/// A body without anything in it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Nothing {}

#[derive(Serialize)]
struct Event<'a, T> {
    seq: i64,
    #[serde(rename = "type")]
    kind: &'static str,
    event: &'a str,
    body: T,
}

/// An event, not numbered yet.
pub fn event(event: &str, body: impl Serialize) -> Value {
    value(Event { seq: 0, kind: "event", event, body })
}

#[derive(Serialize)]
struct Request<'a, T> {
    seq: i64,
    #[serde(rename = "type")]
    kind: &'static str,
    command: &'a str,
    arguments: T,
}

/// A request of ours, not numbered yet.
pub fn request(command: &str, arguments: impl Serialize) -> Value {
    value(Request { seq: 0, kind: "request", command, arguments })
}

#[derive(Serialize)]
struct Response<'a> {
    seq: i64,
    #[serde(rename = "type")]
    kind: &'static str,
    request_seq: i64,
    command: &'a str,
    success: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
    #[serde(skip_serializing_if = "Value::is_null")]
    body: Value,
}

/// The answer to a request, not numbered yet; with `shown`, the client shows why it was refused.
pub fn response(request_seq: i64, command: &str, answer: Answer, shown: bool) -> Value {
    let (success, message, body) = match answer {
        Ok(body) => (true, None, body),
        Err(why) => {
            let error = Message { id: 1, format: braces(&why), show_user: Some(shown), ..Message::default() };
            (false, Some(why), value(ErrorResponseBody { error: Some(error) }))
        }
    };
    value(Response { seq: 0, kind: "response", request_seq, command, success, message, body })
}

/// `{name}` in a format stands for a variable: text is not that.
fn braces(text: &str) -> String {
    text.replace('{', "(").replace('}', ")")
}

//! The envelopes of requests, answers and events.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protocol::{ErrorResponseBody, Message};
use crate::read::{self, number, text, truth};

/// A message of the client: a request, or the answer to a request of the adapter.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Received {
    /// `request` or `response`.
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// Its number.
    #[serde(deserialize_with = "number")]
    pub seq: Option<i64>,
    /// The number of the request, in an answer.
    #[serde(deserialize_with = "number")]
    pub request_seq: Option<i64>,
    /// The command, in requests and answers.
    #[serde(deserialize_with = "text")]
    pub command: Option<String>,
    /// The arguments of a request, unparsed.
    pub arguments: Value,
    /// Whether the client did what the request asked, in an answer.
    #[serde(deserialize_with = "truth")]
    pub success: Option<bool>,
    /// Why it did not, in an answer.
    #[serde(deserialize_with = "text")]
    pub message: Option<String>,
}

/// A request whose arguments are not parsed yet.
pub struct Asked<'a> {
    /// The command.
    pub command: &'a str,
    /// The arguments.
    pub arguments: &'a Value,
}

impl Asked<'_> {
    /// Its arguments, parsed.
    ///
    /// # Errors
    /// A message, if they cannot be parsed.
    pub fn read<T: DeserializeOwned + Default>(&self) -> Result<T, String> {
        read::arguments(self.command, self.arguments)
    }

    /// As [`Self::read`], but fields with a wrong value count as missing, so that the request never fails.
    pub fn read_leniently<T: DeserializeOwned + Default>(&self) -> T {
        read::leniently(self.arguments)
    }
}

/// The answer to a request: a body, or a message for the user.
pub type Answer = Result<Value, String>;

/// Converts a body to JSON. All types that are sent can be converted.
pub fn value(of: impl Serialize) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}

/// Converts a body to an answer.
///
/// # Errors
/// Never. Handlers of requests end with this call.
pub fn answer(body: impl Serialize) -> Answer {
    Ok(value(body))
}

/// An empty body.
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

/// An event, without a number.
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

/// A request of the adapter, without a number.
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

/// The answer to a request, without a number. With `shown`, the client shows the error to the user.
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

/// Replaces braces: `{name}` in a format stands for a variable.
fn braces(text: &str) -> String {
    text.replace('{', "(").replace('}', ")")
}

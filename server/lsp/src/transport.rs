//! Connects the client's streams with the channels of `lsp-server`. That library's own readers accept headers of any
//! kind, trust each length, and stop at a body that is not JSON. `connie_framing` refuses bytes that are not a message,
//! and continues after a malformed message.

use std::io::{BufRead, Write};
use std::thread::JoinHandle;

use connie_framing::Incoming;
use crossbeam_channel::{Receiver, Sender, bounded};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response, ResponseError};
use serde_json::{Map, Value};

use crate::ids;

/// The threads that read and write.
pub struct Streams {
    reader: JoinHandle<Result<(), connie_framing::Error>>,
    writer: JoinHandle<()>,
}

/// Connects the channels with streams. The channels have no buffer, so the server waits for a client that does not
/// read.
///
/// # Errors
/// If no thread can be started.
pub fn connect(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
) -> std::io::Result<(Connection, Streams)> {
    let (sender, to_write) = bounded(0);
    let (read, receiver) = bounded(0);
    let errors = sender.clone();
    let writer = std::thread::Builder::new().name("lsp-writer".into()).spawn(move || write_all(output, &to_write))?;
    let reader =
        std::thread::Builder::new().name("lsp-reader".into()).spawn(move || read_all(input, &read, &errors))?;
    Ok((Connection { sender, receiver }, Streams { reader, writer }))
}

impl Streams {
    /// Waits until everything was written, and returns why reading ended.
    ///
    /// # Errors
    /// If the client does not speak the protocol.
    pub fn join(self) -> Result<(), connie_framing::Error> {
        let read = self.reader.join().unwrap_or(Ok(()));
        let _ = self.writer.join();
        read
    }
}

fn read_all(
    mut input: impl BufRead,
    messages: &Sender<Message>,
    errors: &Sender<Message>,
) -> Result<(), connie_framing::Error> {
    let refuse = |code: ErrorCode, why: String| {
        let _ = errors.send(Response::new_err(ids::none(), code as i32, why).into());
    };
    loop {
        let message = match connie_framing::read(&mut input, connie_framing::LARGEST) {
            Ok(Some(Incoming::Message(message))) => message,
            Ok(Some(Incoming::Garbage(why))) => {
                refuse(ErrorCode::ParseError, why);
                continue;
            }
            // It left without sending anything.
            Ok(None) | Err(connie_framing::Error::Io(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(message) = from_client(message) else {
            refuse(ErrorCode::InvalidRequest, "a message without a method".into());
            continue;
        };
        let is_last = matches!(&message, Message::Notification(notification) if notification.method == "exit");
        if messages.send(message).is_err() || is_last {
            return Ok(());
        }
    }
}

fn write_all(mut output: impl Write, messages: &Receiver<Message>) {
    for message in messages {
        // A vanished client is noticed when reading from it.
        let _ = connie_framing::write(&mut output, &to_client(message));
    }
}

/// Parses a message of the client; `None` if it is not valid.
fn from_client(message: Value) -> Option<Message> {
    let Value::Object(mut fields) = message else { return None };
    let id = fields.remove("id").filter(|id| !id.is_null());
    let params = fields.remove("params").unwrap_or_default();
    Some(match (fields.remove("method"), id) {
        (Some(Value::String(method)), Some(id)) if method != "exit" => {
            Request { id: ids::from_client(id), method, params }.into()
        }
        (Some(Value::String(method)), _) => Notification { method, params }.into(),
        (_, Some(id)) => {
            let error = fields.remove("error");
            let response_result = match (fields.remove("result"), error) {
                (Some(result), _) => Ok(result),
                (None, Some(error)) => Err(serde_json::from_value(error).unwrap_or_else(|_| unknown())),
                (None, None) => return None,
            };
            Response { id: ids::from_client(id), response_result }.into()
        }
        (_, None) => return None,
    })
}

/// An error without data.
fn unknown() -> ResponseError {
    ResponseError { code: ErrorCode::UnknownErrorCode as i32, message: String::new(), data: None }
}

/// Converts a message for the client. Results may be large: they are moved.
fn to_client(message: Message) -> Value {
    let mut fields = Map::new();
    let mut field = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    field("jsonrpc", "2.0".into());
    match message {
        Message::Request(Request { id, method, params }) => {
            field("id", ids::to_client(&id));
            field("method", method.into());
            if !params.is_null() {
                field("params", params);
            }
        }
        Message::Notification(Notification { method, params }) => {
            field("method", method.into());
            field("params", params);
        }
        Message::Response(Response { id, response_result }) => {
            field("id", ids::to_client(&id));
            match response_result {
                Ok(result) => field("result", result),
                Err(error) => field("error", serde_json::to_value(error).unwrap_or_default()),
            };
        }
    }
    fields.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn messages_are_told_apart() {
        let kind = |message: Value| match from_client(message) {
            Some(Message::Request(request)) => format!("request {}", request.method),
            Some(Message::Notification(notification)) => format!("notification {}", notification.method),
            Some(Message::Response(response)) => format!("response {:?}", response.response_result.ok()),
            None => "none".to_owned(),
        };
        let large = 1u64 << 40;
        for (message, expected) in [
            (json!({"id": 1, "method": "a"}), "request a"),
            (json!({"id": large, "method": "a"}), "request a"),
            (json!({"id": [1], "method": "a"}), "request a"),
            (json!({"id": null, "method": "a"}), "notification a"),
            (json!({"id": 1, "method": "exit"}), "notification exit"),
            (json!({"id": 1, "result": null}), "response Some(Null)"),
            (json!({"id": 1, "error": "x"}), "response None"),
            (json!({"id": 1, "method": 7}), "none"),
            (json!({"id": 1}), "none"),
            (json!({"result": 1}), "none"),
            (json!({"params": {}}), "none"),
            (json!([{"id": 1, "method": "a"}]), "none"),
            (json!(7), "none"),
        ] {
            assert_eq!(kind(message.clone()), expected, "{message}");
        }
    }

    #[test]
    fn messages_are_as_the_protocol_has_them() {
        let id = ids::from_client(json!(1.5));
        let error = Response::new_err(id.clone(), ErrorCode::ContentModified as i32, "x".into());
        for (message, expected) in [
            (Message::from(Response::new_ok(id.clone(), ())), json!({"jsonrpc": "2.0", "id": 1.5, "result": null})),
            (error.into(), json!({"jsonrpc": "2.0", "id": 1.5, "error": {"code": -32801, "message": "x"}})),
            (Request::new(7.into(), "a".into(), ()).into(), json!({"jsonrpc": "2.0", "id": 7, "method": "a"})),
        ] {
            assert_eq!(to_client(message), expected);
        }
    }
}

//! The debug adapter for a page: its protocol's messages over a web socket, one a frame.

use std::io::BufReader;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use connie_framing::Incoming;
use connie_recording::parse::STACK;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::{Host, Shared};

/// `/api/run/{id}/debug`
///
/// # Errors
/// Where there is no such recording.
pub async fn debug(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Failure> {
    let path = shared.find(&id).ok_or_else(|| Failure::missing(format!("there is no recording {id}")))?;
    let host = Arc::clone(&shared.host);
    Ok(upgrade.on_upgrade(move |socket| async {
        if let Err(error) = serve(socket, path, host).await {
            eprintln!("connie: a page was left alone: {error}");
        }
    }))
}

async fn serve(mut socket: WebSocket, path: PathBuf, host: Arc<dyn Host>) -> std::io::Result<()> {
    let (mut ours, theirs) = UnixStream::pair()?;
    let (to_page, mut from_adapter) = mpsc::unbounded_channel();
    let input = BufReader::new(theirs.try_clone()?);
    let named = |name: &str| std::thread::Builder::new().name(name.into());
    named("connie-debug").stack_size(STACK).spawn(move || host.debug(Box::new(input), Box::new(theirs)))?;
    let mut heard = BufReader::new(ours.try_clone()?);
    named("connie-debug-out").spawn(move || {
        while let Ok(Some(Incoming::Message(message))) = connie_framing::read(&mut heard) {
            if to_page.send(message).is_err() {
                break;
            }
        }
    })?;
    loop {
        let answer = tokio::select! {
            from_page = socket.recv() => match from_page {
                Some(Ok(Message::Text(text))) => match admitted(&text, &path) {
                    Ok(message) => {
                        connie_framing::write(&mut ours, &message)?;
                        continue;
                    }
                    Err(refusal) => refusal,
                },
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => continue,
            },
            from_adapter = from_adapter.recv() => match from_adapter {
                Some(message) => message,
                None => break,
            },
        };
        if socket.send(Message::Text(answer.to_string().into())).await.is_err() {
            break;
        }
    }
    // The adapter sees a client that left.
    let _ = ours.shutdown(Shutdown::Both);
    Ok(())
}

/// What the adapter is told: a page looks at the recording that it was opened for, and starts nothing.
fn admitted(text: &str, path: &std::path::Path) -> Result<Value, Value> {
    let mut message: Value = serde_json::from_str(text).unwrap_or_default();
    let refused = |message: &Value, why: &str| {
        json!({
            "seq": 0, "type": "response", "request_seq": message["seq"].as_u64().unwrap_or(0), "success": false,
            "command": message["command"].as_str().unwrap_or_default(), "message": why,
        })
    };
    if message["type"] != "request" {
        return Err(refused(&message, "this is no request"));
    }
    match message["command"].as_str() {
        Some("attach") => message["arguments"] = json!({"recording": path, "sources": "recorded"}),
        Some("launch" | "runInTerminal" | "startDebugging") => {
            return Err(refused(&message, "a page looks at recordings: it starts no program"));
        }
        _ => {}
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_start_nothing_and_stay_with_their_recording() {
        let path = std::path::Path::new("/here.connie");
        let refused = admitted(r#"{"seq": 7, "type": "request", "command": "launch"}"#, path).unwrap_err();
        assert_eq!((&refused["request_seq"], &refused["success"]), (&json!(7), &json!(false)));
        let other = r#"{"seq": 8, "type": "request", "command": "attach", "arguments": {"recording": "/etc/passwd"}}"#;
        assert_eq!(admitted(other, path).unwrap()["arguments"]["recording"], "/here.connie");
        assert!(admitted("no JSON", path).is_err());
        assert!(admitted("[]", path).is_err());
    }
}

//! The debug adapter for a page: messages of its protocol over a web socket, one per frame.

use std::borrow::Cow;
use std::io::BufReader;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, State};
use axum::response::Response;
use connie_framing::Incoming;
use connie_source::parse::STACK;
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use crate::failure::Failure;
use crate::{Host, Shared};

/// The maximum number of messages that wait in each direction. After that, the sender waits.
const WAITING: usize = 64;
/// The interval of pings to a page. Browsers answer them automatically.
const PING: Duration = Duration::from_secs(20);
/// How long a page may neither send nor read anything.
const SILENCE: Duration = Duration::from_secs(60);

/// `/api/run/{id}/debug`
///
/// # Errors
/// If there is no such recording.
pub async fn debug(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Failure> {
    let path = shared.find(&id)?;
    let host = Arc::clone(&shared.host);
    // The token is not repeated in the answer.
    Ok(upgrade.protocols(["connie"]).on_upgrade(move |socket| async {
        if let Err(error) = serve(socket, path, host).await {
            eprintln!("connie: the connection to a page was lost: {error}");
        }
    }))
}

async fn serve(mut socket: WebSocket, path: PathBuf, host: Arc<dyn Host>) -> std::io::Result<()> {
    let (ours, theirs) = UnixStream::pair()?;
    let (to_page, mut from_adapter) = mpsc::channel(WAITING);
    let (to_adapter, mut from_page) = mpsc::channel(WAITING);
    let input = BufReader::new(theirs.try_clone()?);
    let named = |name: &str| std::thread::Builder::new().name(name.into());
    named("connie-debug").stack_size(STACK).spawn(move || host.debug(Box::new(input), Box::new(theirs)))?;
    let mut heard = BufReader::new(ours.try_clone()?);
    named("connie-debug-out").spawn(move || {
        while let Ok(Some(Incoming::Message(message))) = connie_framing::read(&mut heard, u64::MAX) {
            if to_page.blocking_send(message).is_err() {
                break;
            }
        }
    })?;
    let mut said = ours.try_clone()?;
    named("connie-debug-in").spawn(move || {
        while let Some(message) = from_page.blocking_recv() {
            if connie_framing::write(&mut said, &message).is_err() {
                break;
            }
        }
    })?;
    pass_on(&mut socket, &path, &to_adapter, &mut from_adapter).await;
    // The adapter notices that the client left.
    let _ = ours.shutdown(Shutdown::Both);
    Ok(())
}

/// Passes messages in both directions until one side ends or the page no longer answers.
async fn pass_on(
    socket: &mut WebSocket,
    path: &std::path::Path,
    to_adapter: &mpsc::Sender<Value>,
    from_adapter: &mut mpsc::Receiver<Value>,
) {
    let mut pings = tokio::time::interval(PING);
    let mut last_heard = Instant::now();
    // A message for which the adapter has no room yet.
    let mut held = None;
    loop {
        let answer = tokio::select! {
            from_page = socket.recv(), if held.is_none() => {
                last_heard = Instant::now();
                match from_page {
                    Some(Ok(Message::Text(text))) => match admitted(&text, path) {
                        Ok(message) => {
                            held = Some(message);
                            continue;
                        }
                        Err(refusal) => Message::Text(refusal.to_text().into()),
                    },
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                    Some(Ok(_)) => continue,
                }
            }
            room = to_adapter.reserve(), if held.is_some() => {
                let (Ok(room), Some(message)) = (room, held.take()) else { return };
                room.send(message);
                continue;
            }
            from_adapter = from_adapter.recv() => match from_adapter {
                Some(message) => Message::Text(message.to_string().into()),
                None => return,
            },
            _ = pings.tick() => {
                // While a message is held, nothing is read from the page.
                if held.is_none() && last_heard.elapsed() > SILENCE {
                    return;
                }
                Message::Ping(Vec::new().into())
            }
        };
        if !matches!(timeout(SILENCE, socket.send(answer)).await, Ok(Ok(()))) {
            return;
        }
    }
}

/// The reason why a message of a page is not passed to the adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Unfit {
    #[error("this is not a request")]
    NoRequest,
    #[error("a page can open recordings, but not start programs")]
    Starts,
}

/// The response to a message that is not passed to the adapter.
#[derive(Debug, Serialize)]
struct Refusal {
    seq: u64,
    #[serde(rename = "type")]
    kind: &'static str,
    request_seq: u64,
    success: bool,
    command: String,
    message: String,
}

impl Refusal {
    fn new(message: &Value, why: Unfit) -> Self {
        Self {
            seq: 0,
            kind: "response",
            request_seq: message["seq"].as_u64().unwrap_or(0),
            success: false,
            command: message["command"].as_str().unwrap_or_default().to_owned(),
            message: why.to_string(),
        }
    }

    fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The arguments of `attach`, whatever the page sends.
#[derive(Serialize)]
struct Attach<'a> {
    recording: Cow<'a, str>,
    sources: &'static str,
}

/// Checks and rewrites a message for the adapter: a page can open only its own recording, and start no program.
fn admitted(text: &str, path: &std::path::Path) -> Result<Value, Refusal> {
    let mut message: Value = connie_framing::parse(text.as_bytes()).unwrap_or_default();
    if message["type"] != "request" {
        return Err(Refusal::new(&message, Unfit::NoRequest));
    }
    match message["command"].as_str() {
        Some("attach") => {
            let arguments = Attach { recording: path.to_string_lossy(), sources: "recorded" };
            message["arguments"] = serde_json::to_value(arguments).unwrap_or_default();
        }
        Some("launch" | "runInTerminal" | "startDebugging") => {
            return Err(Refusal::new(&message, Unfit::Starts));
        }
        _ => {}
    }
    Ok(message)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::sync::Mutex;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A host with one recording, which does not exist, and an adapter that sends nothing.
    struct Silent;

    impl Host for Silent {
        fn recordings(&self) -> Vec<PathBuf> {
            vec!["x.connie".into()]
        }

        fn remove(&self, _: &std::path::Path) -> std::io::Result<()> {
            Ok(())
        }

        fn debug(&self, mut input: Box<dyn std::io::BufRead + Send>, _: Box<dyn std::io::Write + Send>) {
            let _ = std::io::copy(&mut input, &mut std::io::sink());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pages_that_do_not_answer_are_given_up() {
        let opened = Mutex::default();
        let host = Arc::new(Silent);
        let shared = Shared {
            host,
            token: connie_framing::Token::random().unwrap(),
            invitations: Default::default(),
            desks: Default::default(),
            comparing: Default::default(),
            cells: Default::default(),
            rows: Default::default(),
            opened,
        };
        let token = connie_framing::Token::chosen("secret-1").unwrap();
        let (mut client, server) = tokio::io::duplex(1 << 16);
        let known = crate::guard::Known::default();
        tokio::spawn(crate::connections::converse(server, crate::router(Arc::new(shared), token), known.clone()));
        let head = "GET /api/run/x/debug HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
            Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\
            Sec-WebSocket-Protocol: connie, token.secret-1\r\n\r\n";
        client.write_all(head.as_bytes()).await.unwrap();
        let (start, mut all) = (Instant::now(), Vec::new());
        client.read_to_end(&mut all).await.unwrap();
        let text = String::from_utf8_lossy(&all);
        assert!(text.starts_with("HTTP/1.1 101 ") && known.is_known(), "{text}");
        // The token is not repeated in the answer.
        assert!(text.contains("sec-websocket-protocol: connie\r\n") && !text.contains("secret"), "{text}");
        assert!(all.windows(2).filter(|pair| *pair == [0x89, 0]).count() >= 3, "{all:?}");
        assert!((60..90).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
    }

    #[test]
    fn pages_start_nothing_and_stay_with_their_recording() {
        let path = std::path::Path::new("/here.connie");
        let refused = admitted(r#"{"seq": 7, "type": "request", "command": "launch"}"#, path).unwrap_err();
        assert_eq!(
            refused.to_text(),
            r#"{"seq":0,"type":"response","request_seq":7,"success":false,"command":"launch","message":"a page can open recordings, but not start programs"}"#
        );
        let other = r#"{"seq": 8, "type": "request", "command": "attach", "arguments": {"recording": "/etc/passwd"}}"#;
        let arguments = serde_json::json!({"recording": "/here.connie", "sources": "recorded"});
        assert_eq!(admitted(other, path).unwrap()["arguments"], arguments);
        // JSON cannot express such a name.
        let odd = std::path::Path::new(std::ffi::OsStr::from_bytes(b"/\xff.connie"));
        assert_eq!(admitted(other, odd).unwrap()["arguments"]["recording"], "/\u{fffd}.connie");
        assert!(admitted("no JSON", path).is_err());
        assert!(admitted("[]", path).is_err());
    }
}

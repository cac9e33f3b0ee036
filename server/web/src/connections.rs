//! Connections to the viewer. Requests have a time limit, and the number of connections without a token is limited.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use tower_service::Service;

use crate::guard::Known;

/// The time limit for a request, from the start of the connection or from the previous answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The time limit for a client to read the data sent to it.
const UNREAD: Duration = Duration::from_secs(30);
/// The maximum number of open connections without a token. If there are more, the oldest is closed.
const MAX_CONNECTIONS: usize = 64;
/// The pause after a failure to accept a connection, for example because too many files are open.
const PAUSE: Duration = Duration::from_millis(50);

/// Serves all connections until the process ends.
pub async fn serve(listener: TcpListener, router: Router) {
    let mut strangers: Vec<(Known, AbortHandle)> = Vec::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD));
        let known = Known::default();
        let task = tokio::spawn(converse(stream, router.clone(), known.clone()));
        strangers.retain(|(known, task)| !known.is_known() && !task.is_finished());
        if strangers.len() >= MAX_CONNECTIONS {
            strangers.remove(0).1.abort();
        }
        strangers.push((known, task.abort_handle()));
    }
}

/// Answers the requests of one connection, one after another.
pub async fn converse(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, router: Router, known: Known) {
    let router = Arc::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(known.clone());
        let mut router = Router::clone(&router);
        async move {
            Ok::<Response, Infallible>(router.call(request.map(Body::new)).await.unwrap_or_else(|never| match never {}))
        }
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
    // A client that leaves in the middle, or takes too long, gets no message.
    let _ = builder.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
    use tokio::time::Instant;

    use super::*;

    fn connect() -> DuplexStream {
        let router = Router::new().route("/", get(|| async { "here" }));
        let (client, server) = tokio::io::duplex(1 << 16);
        tokio::spawn(converse(server, router, Known::default()));
        client
    }

    /// The data sent until the connection ended, and how long that took.
    async fn ends(client: &mut DuplexStream) -> (String, Duration) {
        let (start, mut text) = (Instant::now(), String::new());
        client.read_to_string(&mut text).await.unwrap();
        (text, start.elapsed())
    }

    const SOON: std::ops::Range<Duration> = Duration::from_secs(9)..Duration::from_secs(11);

    #[tokio::test(start_paused = true)]
    async fn half_open_connections_end() {
        let (_, silent) = ends(&mut connect()).await;
        assert!(SOON.contains(&silent), "{silent:?}");
        // A client that sends a byte every few seconds gains no time.
        let (mut read, mut write) = tokio::io::split(connect());
        let start = Instant::now();
        let dripping = tokio::spawn(async move {
            for byte in b"GET / HTTP/1.1\r\nHost: localhost\r\n" {
                tokio::time::sleep(Duration::from_secs(3)).await;
                if write.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
        });
        let _ = read.read_to_end(&mut Vec::new()).await;
        assert!(SOON.contains(&start.elapsed()), "{:?}", start.elapsed());
        dripping.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn idle_connections_end_after_their_answers() {
        let mut client = connect();
        for _ in 0..2 {
            client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
            tokio::time::sleep(Duration::from_secs(4)).await;
        }
        let (text, idle) = ends(&mut client).await;
        assert_eq!(text.matches("here").count(), 2, "{text}");
        assert!(idle < Duration::from_secs(11), "{idle:?}");
    }
}

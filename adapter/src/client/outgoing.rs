//! Messages to the client: numbered and written whole. The session writes them, and a thread that reports progress.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::cancel::{Cancels, progress_of};
use crate::client::log::Log;
use crate::client::message;
use crate::client::queue::{Lost, Queue};
use crate::protocol::{ProgressEndEventBody, ProgressStartEventBody};

/// How long a request may take before its progress is reported.
const PATIENCE: Duration = Duration::from_millis(500);
/// The interval at which this is checked.
const LOOK: Duration = Duration::from_millis(100);

/// The stream to the client.
#[derive(Clone)]
pub struct Outgoing(Arc<Mutex<Stream>>);

struct Stream {
    out: Queue,
    log: Log,
    seq: i64,
    /// The request whose progress was reported.
    told: Option<i64>,
}

impl Outgoing {
    /// Writes to a stream and to a log.
    pub fn new(out: Box<dyn Write + Send>, log: Log) -> Self {
        Self(Arc::new(Mutex::new(Stream { out: Queue::to(out), log, seq: 0, told: None })))
    }

    fn with<T>(&self, f: impl FnOnce(&mut Stream) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a message and returns its number.
    ///
    /// # Errors
    /// If the client does not read any more.
    pub fn write(&self, message: Value) -> Result<i64, Lost> {
        self.with(|stream| stream.write(message))
    }

    /// Sends messages at once: a client that ends the adapter at the first of them has been sent them all.
    ///
    /// # Errors
    /// If the client does not read any more.
    pub fn write_together(&self, messages: impl IntoIterator<Item = Value>) -> Result<i64, Lost> {
        self.with(|stream| {
            let framed = messages.into_iter().map(|message| stream.frame(message)).collect::<Vec<_>>().concat();
            stream.out.push(framed)?;
            Ok(stream.seq)
        })
    }

    /// Sends the remaining messages.
    pub fn flush(&self) {
        self.with(|stream| stream.out.flush());
    }

    /// Reports progress of requests that take long, until the stream is gone.
    pub fn watch(&self, cancels: Cancels) {
        let weak = Arc::downgrade(&self.0);
        std::thread::spawn(move || {
            let mut since: Option<(i64, Instant)> = None;
            loop {
                std::thread::sleep(LOOK);
                let Some(stream) = weak.upgrade() else { return };
                since = match (cancels.current(), since) {
                    (Some(request), Some((known, begun))) if request == known => Some((known, begun)),
                    (Some(request), _) => Some((request, Instant::now())),
                    (None, _) => None,
                };
                let Some((request, begun)) = since else { continue };
                if begun.elapsed() > PATIENCE {
                    let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                    // The request may have been answered while this thread waited for the stream.
                    if stream.told != Some(request) && cancels.current() == Some(request) {
                        stream.told = Some(request);
                        let body = ProgressStartEventBody {
                            progress_id: progress_of(request),
                            title: "connie is searching the recording".into(),
                            request_id: Some(request),
                            cancellable: Some(true),
                            ..ProgressStartEventBody::default()
                        };
                        // If the client is lost, the session notices it.
                        let _ = stream.write(message::event("progressStart", body));
                    }
                }
            }
        });
    }

    /// Ends the progress report of a request that was answered.
    pub fn end_progress(&self, request: i64) {
        self.with(|stream| {
            if stream.told == Some(request) {
                stream.told = None;
                let body = ProgressEndEventBody { progress_id: progress_of(request), message: None };
                let _ = stream.write(message::event("progressEnd", body));
            }
        });
    }
}

impl Stream {
    fn write(&mut self, message: Value) -> Result<i64, Lost> {
        let framed = self.frame(message);
        self.out.push(framed)?;
        Ok(self.seq)
    }

    /// The bytes of a message, which gets the next number.
    fn frame(&mut self, mut message: Value) -> Vec<u8> {
        self.seq += 1;
        message["seq"] = self.seq.into();
        self.log.note("adapter", &message);
        let body = message.to_string();
        format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::message::Nothing;

    /// Remembers each write.
    #[derive(Clone, Default)]
    struct Writes(Arc<Mutex<Vec<Vec<u8>>>>);

    impl Write for Writes {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().push(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn messages_that_belong_together_are_one_write() {
        let writes = Writes::default();
        let out = Outgoing::new(Box::new(writes.clone()), Log::default());
        let events = ["exited", "terminated"].map(|event| message::event(event, Nothing {}));
        assert_eq!(out.write_together(events), Ok(2));
        out.flush();
        let found = writes.0.lock().unwrap().clone();
        let [written] = found.as_slice() else { panic!("{} writes", found.len()) };
        let text = String::from_utf8_lossy(written);
        assert_eq!(text.matches("Content-Length").count(), 2, "{text}");
        assert!(text.contains(r#""seq":1"#) && text.contains(r#""seq":2"#), "{text}");
    }
}

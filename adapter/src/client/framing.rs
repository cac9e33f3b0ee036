//! What reaches the session: messages of the client, output of the program, and the passing of time.

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use serde_json::Value;

use crate::client::cancel::Cancels;
use crate::client::log::Log;

/// An input of the session.
pub enum Incoming {
    /// A message of the client.
    Message(Value),
    /// Bytes that are not a message, and why.
    Garbage(String),
    /// The program has written text: category, text.
    Output(&'static str, String),
    /// Time has passed.
    Nothing,
    /// The client has closed the stream.
    Gone,
    /// The client does not send the protocol, for this reason: nothing more is read from it.
    Foreign(String),
}

/// The largest size of a message. It is smaller as long as the client was not admitted.
#[derive(Clone)]
pub struct Largest(Arc<AtomicU64>);

impl Largest {
    /// The limit for a client that was not admitted yet: its requests are small.
    pub fn of_a_stranger() -> Self {
        Self(Arc::new(AtomicU64::new(1 << 20)))
    }

    /// Raises the limit, as the client was admitted.
    pub fn trust(&self) {
        self.0.store(connie_framing::LARGEST, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Reads messages until the stream ends.
pub fn read_all(mut input: impl BufRead, to: &SyncSender<Incoming>, cancels: &Cancels, log: &Log, largest: &Largest) {
    loop {
        let incoming = match connie_framing::read(&mut input, largest.get()) {
            Ok(Some(connie_framing::Incoming::Message(message))) => {
                // Done at once, as the request to be cancelled may be running.
                cancels.note(&message);
                log.note("client", &message);
                Incoming::Message(message)
            }
            Ok(Some(connie_framing::Incoming::Garbage(why))) => Incoming::Garbage(why),
            Ok(None) | Err(connie_framing::Error::Io(_)) => Incoming::Gone,
            Err(error) => Incoming::Foreign(error.to_string()),
        };
        let last = matches!(incoming, Incoming::Gone | Incoming::Foreign(_));
        if to.send(incoming).is_err() || last {
            return;
        }
    }
}

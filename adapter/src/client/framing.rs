//! What reaches the session: messages of the client, the program's output, time.

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

use serde_json::Value;

use crate::client::cancel::Cancels;
use crate::client::log::Log;

/// What the session is told.
pub enum Incoming {
    /// A message.
    Message(Value),
    /// Bytes that were no message, and why.
    Garbage(String),
    /// The program has written something: category, text.
    Output(&'static str, String),
    /// Time has passed.
    Nothing,
    /// The client has gone.
    Gone,
    /// What the client sends is not the protocol, and why: nothing more is read from it.
    Foreign(String),
}

/// How large a message may be: less, while it is not known who sends it.
#[derive(Clone)]
pub struct Largest(Arc<AtomicU64>);

impl Largest {
    /// For a client that is not let in yet: its requests are small.
    pub fn of_a_stranger() -> Self {
        Self(Arc::new(AtomicU64::new(1 << 20)))
    }

    /// The client was let in.
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
                // At once: what is to be cancelled may be under way.
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

//! What reaches the session: messages of the client, the program's output, time.

use std::io::BufRead;
use std::sync::mpsc::Sender;

use serde_json::Value;

use crate::cancel::Cancels;
use crate::log::Log;

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
}

/// Reads messages until the stream ends.
pub fn read_all(mut input: impl BufRead, to: &Sender<Incoming>, cancels: &Cancels, log: &Log) {
    loop {
        let incoming = match connie_framing::read(&mut input) {
            Ok(Some(connie_framing::Incoming::Message(message))) => {
                // At once: what is to be cancelled may be under way.
                cancels.note(&message);
                log.note("client", &message);
                Incoming::Message(message)
            }
            Ok(Some(connie_framing::Incoming::Garbage(why))) => Incoming::Garbage(why),
            Ok(None) | Err(_) => Incoming::Gone,
        };
        let last = matches!(incoming, Incoming::Gone);
        if to.send(incoming).is_err() || last {
            return;
        }
    }
}

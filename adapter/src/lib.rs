//! The debug adapter: it lets any client of the Debug Adapter Protocol travel through a recording, during
//! the run or later.
//!
//! One thread reads messages. Another owns the session and everything that is written. Each request is answered exactly
//! once, unknown requests too. A body that is not JSON is reported on the console and skipped. Bytes that break the
//! protocol's framing end the session.

#[rustfmt::skip]
mod arguments;
mod client;
mod debugpy;
mod guard;
mod host;
mod launch;
mod live;
mod output;
mod program;
#[rustfmt::skip]
#[allow(dead_code, reason = "types of the protocol have more than is sent")]
mod protocol;
mod read;
mod record_options;
mod requests;
mod session;
mod view;

use std::io::{BufRead, Write};
use std::sync::mpsc;
use std::time::Duration;

pub use client::Ended;
pub use client::log::Log;
pub use host::{Admission, HandedOver, Host, Launch, Started};
pub use launch::keys;
pub use view::words::NAMES as WORDS;

use client::Client;
use client::admission::Admitting;
use client::cancel::Cancels;
use client::framing::{self, Incoming, Largest};
use client::outgoing::Outgoing;
use session::Session;

/// The interval at which a growing recording is read again.
const POLL: Duration = Duration::from_millis(50);

/// The maximum number of messages and pieces of output that wait for the session. A sender of more waits.
const WAITING: usize = 256;

/// Serves one client until it leaves or ends the session.
///
/// # Errors
/// If the session ended, and the client did not end it.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    host: Box<dyn Host>,
    log: &Log,
) -> Result<(), Ended> {
    let (sender, receiver) = mpsc::sync_channel(WAITING);
    let from_client = sender.clone();
    let cancels = Cancels::default();
    let noting = cancels.clone();
    let heard = log.clone();
    let largest = Largest::of_a_stranger();
    let admitting = Admitting::new(&*host, largest.clone());
    let client = Client::new(Outgoing::new(Box::new(output), log.clone()), cancels);
    std::thread::spawn(move || framing::read_all(input, &from_client, &noting, &heard, &largest));
    let mut session = Session::new(client, admitting, host, sender);
    while !session.client.is_over() {
        let incoming = match receiver.recv_timeout(POLL) {
            Ok(incoming) => incoming,
            Err(mpsc::RecvTimeoutError::Timeout) => Incoming::Nothing,
            Err(mpsc::RecvTimeoutError::Disconnected) => Incoming::Gone,
        };
        match incoming {
            Incoming::Message(message) => requests::handle(&mut session, &message),
            Incoming::Garbage(why) => requests::pass_over(&mut session, &why),
            Incoming::Output(category, text) => {
                guard::guarded(&mut session, "printed output", |session| program::wrote(session, category, &text));
            }
            Incoming::Nothing => {}
            Incoming::Gone => session.client.vanish(),
            Incoming::Foreign(why) => session.client.end_without(Ended::Foreign(why)),
        }
        program::poll(&mut session);
    }
    // The channel is still emptied, so that no sender waits for ever: the program is waited for, and a refused client
    // can read the reason.
    std::thread::spawn(move || receiver.into_iter().for_each(drop));
    session.finish()
}

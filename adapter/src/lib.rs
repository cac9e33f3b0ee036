//! The debug adapter: travel through a recording, while it is made or long after, from any client
//! that speaks the Debug Adapter Protocol.
//!
//! One thread reads messages, one owns the session and everything that is written. Each request is
//! answered exactly once, unknown ones too; a body that is no JSON is said on the console and passed over. What is not
//! framed as the protocol has it ends the session.

mod admission;
mod breakpoints;
mod cancel;
mod complaints;
mod data_breakpoint;
mod debugpy;
mod first;
mod framing;
mod handles;
mod host;
mod launch;
mod live;
mod log;
mod logpoints;
mod outgoing;
mod output;
mod queue;
mod record_options;
mod requests;
mod returned;
mod session;
mod sources;
mod thread_end;
mod travel;
mod words;

use std::io::{BufRead, Write};
use std::sync::mpsc;
use std::time::Duration;

pub use host::{Admission, HandedOver, Host, Launch, Started};
pub use log::Log;

use cancel::Cancels;
use framing::{Incoming, Largest};
use outgoing::Outgoing;
use session::Session;

/// How often the recording in the making is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Messages and pieces of output that wait for the session: whoever brings more waits.
const WAITING: usize = 256;

/// Why a session ended, where the client did not end it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// What came was not the protocol.
    #[error("the client does not speak the Debug Adapter Protocol: {0}")]
    Foreign(String),
    /// The client did not show that it may ask.
    #[error("the client was not let in: {0}")]
    Refused(String),
    /// Nobody reads what is sent.
    #[error("the client reads nothing: too many messages wait for it")]
    Unread,
}

/// Serves one client until it leaves or ends the session.
///
/// # Errors
/// Where the session had to end otherwise.
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
    let client = admission::Client::new(&*host, largest.clone());
    std::thread::spawn(move || framing::read_all(input, &from_client, &noting, &heard, &largest));
    let mut session = Session::new(Outgoing::new(Box::new(output), log.clone()), host, client, sender, cancels);
    while !session.is_over() {
        let incoming = match receiver.recv_timeout(POLL) {
            Ok(incoming) => incoming,
            Err(mpsc::RecvTimeoutError::Timeout) => Incoming::Nothing,
            Err(mpsc::RecvTimeoutError::Disconnected) => Incoming::Gone,
        };
        match incoming {
            Incoming::Message(message) => session.handle(&message),
            Incoming::Garbage(why) => session.pass_over(&why),
            Incoming::Output(category, text) => session.program_wrote(category, &text),
            Incoming::Nothing => {}
            Incoming::Gone => session.client_gone(),
            Incoming::Foreign(why) => session.end_without_client(Ended::Foreign(why)),
        }
        session.poll();
    }
    // Who brings something still must not wait for ever: the program is waited for, and a client hears why it was refused.
    std::thread::spawn(move || receiver.into_iter().for_each(drop));
    session.finish()
}

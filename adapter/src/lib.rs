//! The debug adapter: travel through a recording, while it is made or long after, from any client
//! that speaks the Debug Adapter Protocol.
//!
//! One thread reads messages, one owns the session and everything that is written. Each request is
//! answered exactly once, unknown ones too; what is no message is said on the console and passed over.

mod breakpoints;
mod cancel;
mod data_breakpoint;
mod first;
mod framing;
mod handles;
mod host;
mod launch;
mod live;
mod log;
mod outgoing;
mod output;
mod requests;
mod session;
mod sources;
mod travel;
mod words;

use std::io::{BufRead, Write};
use std::sync::mpsc;
use std::time::Duration;

pub use host::{Host, Launch, Started};
pub use log::Log;

use cancel::Cancels;
use framing::Incoming;
use outgoing::Outgoing;
use session::Session;

/// How often the recording in the making is looked at.
const POLL: Duration = Duration::from_millis(50);

/// Serves one client until it leaves or ends the session.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    host: Box<dyn Host>,
    log: &Log,
) {
    let (sender, receiver) = mpsc::channel();
    let from_client = sender.clone();
    let cancels = Cancels::default();
    let noting = cancels.clone();
    let heard = log.clone();
    std::thread::spawn(move || framing::read_all(input, &from_client, &noting, &heard));
    let mut session = Session::new(Outgoing::new(Box::new(output), log.clone()), host, sender, cancels);
    while !session.is_over() {
        let incoming = match receiver.recv_timeout(POLL) {
            Ok(incoming) => incoming,
            Err(mpsc::RecvTimeoutError::Timeout) => Incoming::Nothing,
            Err(mpsc::RecvTimeoutError::Disconnected) => Incoming::Gone,
        };
        match incoming {
            Incoming::Message(message) => session.handle(&message),
            Incoming::Garbage(why) => session.console(&format!("A message from the client was passed over: {why}\n")),
            Incoming::Output(category, text) => session.program_wrote(category, &text),
            Incoming::Nothing => {}
            Incoming::Gone => session.client_gone(),
        }
        session.poll();
    }
    session.finish();
}

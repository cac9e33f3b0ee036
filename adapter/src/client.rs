//! The client: its messages, its abilities, and what it was sent.

pub mod admission;
pub mod cancel;
pub mod framing;
pub mod handles;
pub mod log;
pub mod memory;
pub mod message;
pub mod outgoing;
pub mod queue;

use connie_history::client_names::Names;
use connie_recording::Recording;
use connie_recording::plain::plain;
use serde::Serialize;
use serde_json::Value;

use cancel::Cancels;
use handles::Handles;
use memory::Memory;
use message::{Nothing, value};
use outgoing::Outgoing;
use queue::Lost;

use crate::protocol::{ExitedEventBody, OutputEventBody, Source};

/// Why a session ended, if the client did not end it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The bytes that came are not the protocol.
    #[error("the client does not speak the Debug Adapter Protocol: {0}")]
    Foreign(String),
    /// The client did not prove that it is allowed to use the adapter.
    #[error("the client was refused: {0}")]
    Refused(String),
    /// The client does not read what it is sent.
    #[error("the client stopped reading: too many messages are waiting for it")]
    Unread,
}

/// What the client says it can do.
#[derive(Clone, Debug)]
pub struct Abilities {
    /// It can run commands in a terminal.
    pub has_terminal: bool,
    /// Its session ends when it has sent `terminate`.
    pub leaves_at_terminate: bool,
    /// Its line numbers begin at 1 (otherwise at 0).
    pub one_based: bool,
    /// Its console evaluates expressions as watches (Kate's `print`), and it evaluates no watches by itself.
    pub asks_as_watch: bool,
    /// It turns an output event into a link if the event's value has a location.
    pub links_logs: bool,
    /// It requests variables again when it is told that they have changed.
    pub can_look_again: bool,
    /// It can show memory.
    pub shows_memory: bool,
}

impl Default for Abilities {
    fn default() -> Self {
        Self {
            has_terminal: false,
            leaves_at_terminate: false,
            one_based: true,
            asks_as_watch: false,
            links_logs: false,
            can_look_again: false,
            shows_memory: false,
        }
    }
}

/// The place that a line on the console comes from.
pub struct ConsoleSource {
    /// The source as it is sent to the client, if known.
    pub source: Option<Source>,
    /// The line, counted from 1.
    pub line: u32,
    /// The step.
    pub step: u64,
}

#[derive(Serialize)]
struct Step {
    step: u64,
}

/// The client of a session.
pub struct Client {
    out: Outgoing,
    /// Requests that the client has cancelled.
    pub cancels: Cancels,
    /// What it can do.
    pub can: Abilities,
    /// The client's names of files.
    pub names: Names,
    /// Numbers that were sent to the client in place of variables.
    pub handles: Handles,
    /// Bytes that the client may ask for.
    pub memory: Memory,
    /// The frame whose scopes it requested last. Variables that it expands belong to this frame.
    pub looked_at: Option<u64>,
    /// Whether the client shows the program as running: it has asked for a motion, or was told.
    pub runs: bool,
    /// Internal errors that were reported to it.
    pub faults: Vec<&'static str>,
    over: bool,
    /// It has disconnected, and this was not handled yet.
    vanished: bool,
    /// Why the session ended, if the client did not end it.
    ended: Option<Ended>,
    /// Events to send after the current answer.
    after: Vec<(String, Value)>,
}

impl Client {
    /// A client that has sent nothing yet.
    pub fn new(out: Outgoing, cancels: Cancels) -> Self {
        Self {
            out,
            cancels,
            can: Abilities::default(),
            names: Names::default(),
            handles: Handles::default(),
            memory: Memory::default(),
            looked_at: None,
            runs: true,
            faults: Vec::new(),
            over: false,
            vanished: false,
            ended: None,
            after: Vec::new(),
        }
    }

    /// Whether the session has ended.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Ends the session after the current message.
    pub fn end(&mut self) {
        self.over = true;
    }

    /// The client has disconnected without ending the session.
    pub fn vanish(&mut self) {
        self.over = true;
        self.vanished = true;
    }

    /// Ends the session for a reason that is not the client's.
    pub fn end_without(&mut self, why: Ended) {
        self.ended.get_or_insert(why);
        self.vanish();
    }

    /// Whether the client has disconnected since the last call.
    pub fn has_vanished(&mut self) -> bool {
        std::mem::take(&mut self.vanished)
    }

    /// Sends the remaining messages. Fails with the reason if the session ended and the client did not end it.
    pub fn finish(&mut self) -> Result<(), Ended> {
        self.out.flush();
        self.ended.take().map_or(Ok(()), Err)
    }

    fn write(&mut self, message: Value) -> Option<i64> {
        let sent = self.out.write(message);
        self.sent(sent)
    }

    /// If nobody reads any more, the session ends.
    fn sent(&mut self, sent: Result<i64, Lost>) -> Option<i64> {
        match sent {
            Ok(seq) => return Some(seq),
            // A client that closes the stream after ending the session has not vanished.
            Err(_) if self.over => {}
            Err(Lost::Gone) => self.vanish(),
            Err(Lost::Unread) => self.end_without(Ended::Unread),
        }
        None
    }

    /// Starts to report progress for requests that take longer than half a second.
    pub fn report_progress(&self) {
        self.out.watch(self.cancels.clone());
    }

    /// Ends the progress report of a request that was answered.
    pub fn end_progress(&self, request: i64) {
        self.out.end_progress(request);
    }

    /// Sends an answer, and with it the events that wait for it.
    pub fn respond(&mut self, response: Value) {
        let after = std::mem::take(&mut self.after);
        let events = after.into_iter().map(|(event, body)| message::event(&event, body));
        let sent = self.out.write_together(std::iter::once(response).chain(events));
        self.sent(sent);
    }

    /// Sends an event.
    pub fn event(&mut self, event: &str, body: impl Serialize) {
        self.write(message::event(event, body));
    }

    /// Sends an event after the current answer.
    pub fn event_after(&mut self, event: &str, body: impl Serialize) {
        self.after.push((event.into(), value(body)));
    }

    /// Sends the events that waited for the current answer.
    pub fn flush_after(&mut self) {
        for (event, body) in std::mem::take(&mut self.after) {
            self.event(&event, &body);
        }
    }

    /// Tells the client, after the current answer, that the session has nothing more to show. The program's exit code
    /// goes with it, as clients end the session at either event.
    pub fn terminated(&mut self, exit_code: Option<i32>) {
        if self.after.iter().any(|(event, _)| event == "terminated") {
            return;
        }
        if let Some(code) = exit_code {
            self.event_after("exited", ExitedEventBody { exit_code: code.into() });
        }
        self.event_after("terminated", Nothing {});
    }

    /// Sends a request to the client without waiting for its answer. Returns its number if it was sent.
    pub fn request(&mut self, command: &str, arguments: impl Serialize) -> Option<i64> {
        self.write(message::request(command, arguments))
    }

    /// Writes text to the client's console, with its place in a source. `reference` is the number with which the client
    /// can request the line's variables.
    pub fn output(&mut self, category: &str, text: &str, place: Option<ConsoleSource>, reference: Option<i64>) {
        // The program's output is passed on unchanged.
        let text = if matches!(category, "stdout" | "stderr") { text.into() } else { plain(text) };
        let mut body = OutputEventBody {
            category: Some(category.into()),
            output: text.into_owned(),
            variables_reference: reference,
            ..OutputEventBody::default()
        };
        if let Some(place) = place {
            body.line = place.source.as_ref().map(|_| self.line(place.line).into());
            body.source = place.source;
            body.data = Some(value(Step { step: place.step }));
        }
        self.event("output", body);
    }

    /// Writes a message of connie to the client's console.
    pub fn console(&mut self, text: &str) {
        self.output("console", text, None, None);
    }

    /// Converts a line, counted from 1, to the client's counting.
    pub fn line(&self, line: u32) -> u32 {
        if self.can.one_based { line } else { line.saturating_sub(1) }
    }

    /// Converts a line of the client to one counted from 1; 0 if it gave none.
    pub fn line_from_1(&self, line: Option<u64>) -> u32 {
        let line = u32::try_from(line.unwrap_or(0)).unwrap_or(u32::MAX);
        line.saturating_add(u32::from(!self.can.one_based))
    }

    /// The source of a code object as the client knows it: a file, or the recorded text.
    pub fn source_of(&self, recording: &Recording, code: u32) -> Option<Source> {
        let number = recording.functions.get(code as usize)?.source;
        Some(self.source(recording, number))
    }

    /// The source with this number.
    pub fn source(&self, recording: &Recording, number: u32) -> Source {
        let Some(source) = recording.sources.get(number as usize) else {
            return Source { name: Some("?".into()), ..Source::default() };
        };
        let path = self.names.of(&source.path);
        let name = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let is_file = std::path::Path::new(&source.path).is_file();
        Source {
            name: Some(name),
            path: Some(path.to_string()),
            source_reference: (!is_file).then(|| i64::from(number) + 1),
            origin: (!is_file).then(|| "as recorded".into()),
            ..Source::default()
        }
    }
}

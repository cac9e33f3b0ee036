//! Who is at the other end: its messages, what it can do, and what it was told.

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

/// What the client said of itself.
#[derive(Clone, Debug)]
pub struct Abilities {
    /// It can run commands in a terminal.
    pub has_terminal: bool,
    /// Its session ends with its request `terminate`.
    pub leaves_at_terminate: bool,
    /// Lines count from 1 (else from 0).
    pub one_based: bool,
    /// Its console evaluates as watches do (Kate's `print`); it evaluates no watches by itself.
    pub asks_as_watch: bool,
    /// It makes a link of an output event whose value has a location.
    pub links_logs: bool,
    /// It asks for variables anew when it is told that they are others.
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

/// Where a line on the console comes from.
pub struct ConsoleSource {
    /// The source, where it is known, as the client is told.
    pub source: Option<Source>,
    /// The line, from 1.
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
    /// What it does not want any more.
    pub cancels: Cancels,
    /// What it can do.
    pub can: Abilities,
    /// Names of files as it has them.
    pub names: Names,
    /// Numbers that it was given.
    pub handles: Handles,
    /// Bytes that it may ask for.
    pub memory: Memory,
    /// The frame whose scopes it asked for last: trees that it opens are of that one.
    pub looked_at: Option<u64>,
    /// It takes the program to be running: it has asked for a motion, or was told.
    pub runs: bool,
    /// Faults of ours that it was told of.
    pub faults: Vec<&'static str>,
    over: bool,
    /// It vanished, and nobody has taken note of that yet.
    vanished: bool,
    /// Why the session ended, where the client did not end it.
    ended: Option<Ended>,
    /// Events to send after the answer that is being made.
    after: Vec<(String, Value)>,
}

impl Client {
    /// Before anything was asked.
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

    /// It has left without a word.
    pub fn vanish(&mut self) {
        self.over = true;
        self.vanished = true;
    }

    /// The session ends, and not because the client wants that.
    pub fn end_without(&mut self, why: Ended) {
        self.ended.get_or_insert(why);
        self.vanish();
    }

    /// Whether it has vanished since that was asked last.
    pub fn has_vanished(&mut self) -> bool {
        std::mem::take(&mut self.vanished)
    }

    /// Sends what is left; why the session ended, where the client did not end it.
    pub fn finish(&mut self) -> Result<(), Ended> {
        self.out.flush();
        self.ended.take().map_or(Ok(()), Err)
    }

    fn write(&mut self, message: Value) -> Option<i64> {
        // Where nobody reads any more there is nobody to serve.
        match self.out.write(message) {
            Ok(seq) => return Some(seq),
            // Whoever leaves after goodbye has left the program as it is to be.
            Err(_) if self.over => {}
            Err(Lost::Gone) => self.vanish(),
            Err(Lost::Unread) => self.end_without(Ended::Unread),
        }
        None
    }

    /// Reports progress for requests that take long.
    pub fn report_progress(&self) {
        self.out.watch(self.cancels.clone());
    }

    /// A request was answered: its progress has ended, if it was told.
    pub fn end_progress(&self, request: i64) {
        self.out.end_progress(request);
    }

    /// Sends an answer.
    pub fn respond(&mut self, response: Value) {
        self.write(response);
        self.flush_after();
    }

    /// Sends an event.
    pub fn event(&mut self, event: &str, body: impl Serialize) {
        self.write(message::event(event, body));
    }

    /// Sends an event once the answer that is being made is out.
    pub fn event_after(&mut self, event: &str, body: impl Serialize) {
        self.after.push((event.into(), value(body)));
    }

    /// Sends the events that waited for an answer to be out.
    pub fn flush_after(&mut self) {
        for (event, body) in std::mem::take(&mut self.after) {
            self.event(&event, &body);
        }
    }

    /// Tells the client that the session has nothing more to show, once the answer that is being made is out. How the
    /// program ended is told with it, as clients end the session at either event.
    pub fn terminated(&mut self, exit_code: Option<i32>) {
        if self.after.iter().any(|(event, _)| event == "terminated") {
            return;
        }
        if let Some(code) = exit_code {
            self.event_after("exited", ExitedEventBody { exit_code: code.into() });
        }
        self.event_after("terminated", Nothing {});
    }

    /// Sends a request to the client and returns its number, if it was sent; what it answers is not waited for.
    pub fn request(&mut self, command: &str, arguments: impl Serialize) -> Option<i64> {
        self.write(message::request(command, arguments))
    }

    /// Writes text to the client's console, with its place in a source. `reference` is the number under which the
    /// client can ask for variables of the line.
    pub fn output(&mut self, category: &str, text: &str, place: Option<ConsoleSource>, reference: Option<i64>) {
        // The program's output is its own.
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

    /// A word of our own on the client's console.
    pub fn console(&mut self, text: &str) {
        self.output("console", text, None, None);
    }

    /// A line, from 1, as the client counts.
    pub fn line(&self, line: u32) -> u32 {
        if self.can.one_based { line } else { line.saturating_sub(1) }
    }

    /// A line of the client, from 1; 0 if it named none.
    pub fn line_from_1(&self, line: Option<u64>) -> u32 {
        let line = u32::try_from(line.unwrap_or(0)).unwrap_or(u32::MAX);
        line.saturating_add(u32::from(!self.can.one_based))
    }

    /// The source of a code, as the client is told: its file, or the text that was kept.
    pub fn source_of(&self, recording: &Recording, code: u32) -> Option<Source> {
        let number = recording.functions.get(code as usize)?.source;
        Some(self.source(recording, number))
    }

    /// A source by number.
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

//! One debug session: what the client was told, what it asked for, and where its view stands.

use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::mpsc::SyncSender;
use std::time::SystemTime;

use connie_history::breakpoint::Ground;
use connie_history::client_names::Names;
use connie_history::moment::{Modules, Moment};
use connie_history::timeline::{Position, Timeline};
use connie_recording::Recording;
use connie_recording::chunk::StackFrame;
use connie_recording::hidden::{is_dunder, is_hidden};
use connie_recording::plain::plain;
use connie_wire::Blob;
use serde_json::{Value, json};

use crate::client::admission::Client;
use crate::client::cancel::Cancels;
use crate::client::framing::Incoming;
use crate::client::handles::Handles;
use crate::client::outgoing::Outgoing;
use crate::client::queue::Lost;
use crate::host::{Admission, Host};
use crate::launch::Configuration;
use crate::live::Live;
use crate::view::breakpoints::Breakpoints;
use crate::view::returned::Returned;
use crate::view::sources::{self, Mapping};
use crate::view::thread_end::Step;
use crate::{Ended, requests};

/// The message of an answer to a request that was cancelled, as the protocol has it.
const CANCELLED: &str = "cancelled";

/// What a request is answered with: a body, or a sentence for people.
pub type Answer = Result<Value, String>;

/// By source: when the file was changed last, and how it corresponds to what ran.
type Mappings = HashMap<u32, (Option<SystemTime>, Option<Rc<Mapping>>)>;

/// The state of a session.
pub struct Session {
    out: Outgoing,
    cancels: Cancels,
    over: bool,
    /// Why it ended, where the client did not end it.
    ended: Option<Ended>,
    client: Client,
    /// The rest of connie.
    pub host: Box<dyn Host>,
    /// To the session's own queue.
    pub sender: SyncSender<Incoming>,
    /// What is looked at.
    pub recording: Option<Rc<Recording>>,
    /// Its positions.
    pub timeline: Timeline,
    /// Its modules.
    pub modules: Modules,
    /// Where the view stands.
    pub here: Option<Position>,
    /// What the calls of the line that was stepped over returned.
    pub returned: Option<Returned>,
    /// The view waits for something to stop at, while the program runs.
    pub waiting: bool,
    /// The step for which it waits, where it waits for one.
    pub wanted: Option<Step>,
    /// The client takes the program to be running: it has asked for a motion, or was told.
    pub client_runs: bool,
    /// The program that is being recorded.
    pub live: Option<Live>,
    /// What launch was given.
    pub configuration: Option<Configuration>,
    /// All kinds of breakpoints.
    pub breakpoints: Breakpoints,
    /// Numbers given to the client.
    pub handles: Handles,
    /// The client can run commands in a terminal.
    pub has_terminal: bool,
    /// Whether the client's session ends with its request `terminate`.
    pub leaves_at_terminate: bool,
    /// Whether such a client has sent it: nothing stops any more.
    pub leaving: bool,
    /// Lines count from 1 (else from 0).
    pub one_based: bool,
    /// The client's console evaluates as watches do (Kate's `print`); it evaluates no watches by itself.
    pub asks_as_watch: bool,
    /// The client makes a link of an output event whose value has a location.
    pub links_logs: bool,
    /// The frame whose scopes the client asked for last: trees that it opens are of that one.
    pub looked_at: Option<u64>,
    /// The client shows sources as they ran, not as their files are now.
    pub as_recorded: bool,
    /// Names that no source can have are listed too (`:locals all`).
    pub shows_hidden: bool,
    /// The client asks for variables anew when it is told that they are others.
    pub can_look_again: bool,
    /// The client can show memory.
    pub shows_memory: bool,
    /// Bytes that the client may ask for, by name.
    pub memory: Vec<(String, Blob)>,
    /// Names of such bytes given out.
    pub memories: u64,
    /// Names of files as the client has them.
    pub names: Names,
    mappings: RefCell<Mappings>,
    /// Events to send after the answer that is being made.
    after: Vec<(String, Value)>,
}

impl Session {
    /// Before anything was asked.
    pub fn new(
        out: Outgoing,
        host: Box<dyn Host>,
        client: Client,
        sender: SyncSender<Incoming>,
        cancels: Cancels,
    ) -> Self {
        let timeline = Timeline::interrupted_by(cancels.interrupt.clone());
        Self {
            out,
            cancels,
            over: false,
            ended: None,
            client,
            host,
            sender,
            recording: None,
            timeline,
            modules: Modules::default(),
            here: None,
            returned: None,
            waiting: false,
            wanted: None,
            client_runs: true,
            live: None,
            configuration: None,
            breakpoints: Breakpoints::default(),
            handles: Handles::default(),
            has_terminal: false,
            leaves_at_terminate: false,
            leaving: false,
            one_based: true,
            asks_as_watch: false,
            links_logs: false,
            looked_at: None,
            as_recorded: false,
            shows_hidden: false,
            can_look_again: false,
            shows_memory: false,
            memory: Vec::new(),
            memories: 0,
            names: Names::default(),
            mappings: RefCell::default(),
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

    fn write(&mut self, message: Value) {
        // Where nobody reads any more there is nobody to serve.
        match self.out.write(message) {
            Ok(()) => {}
            // Whoever leaves after goodbye has left the program as it is to be.
            Err(_) if self.over => {}
            Err(Lost::Gone) => self.client_gone(),
            Err(Lost::Unread) => self.end_without_client(Ended::Unread),
        }
    }

    /// Tells of requests that take long.
    pub fn tell_progress(&self) {
        self.out.watch(self.cancels.clone());
    }

    /// Another recording is looked at: nothing is known of it.
    pub fn new_timeline(&mut self) {
        self.timeline = Timeline::interrupted_by(self.cancels.interrupt.clone());
    }

    /// Sends an event.
    pub fn event(&mut self, event: &str, body: Value) {
        self.write(json!({"seq": 0, "type": "event", "event": event, "body": body}));
    }

    /// Sends an event once the answer that is being made is out.
    pub fn event_after(&mut self, event: &str, body: Value) {
        self.after.push((event.into(), body));
    }

    /// Tells the client that the session has nothing more to show, once the answer that is being made is out. How the
    /// program ended is told with it, as clients end the session at either event.
    pub fn terminated(&mut self) {
        if self.after.iter().any(|(event, _)| event == "terminated") {
            return;
        }
        if let Some(code) = self.exit_code() {
            self.event_after("exited", json!({"exitCode": code}));
        }
        self.event_after("terminated", json!({}));
    }

    /// Sends a request to the client; what it answers is not waited for.
    pub fn request(&mut self, command: &str, arguments: Value) {
        self.write(json!({"seq": 0, "type": "request", "command": command, "arguments": arguments}));
    }

    /// Text on the client's console.
    pub fn output(&mut self, category: &str, text: &str, position: Option<Position>) {
        self.output_with(category, text, position, None);
    }

    /// Text on the client's console, with the number of what is told of it besides.
    pub fn output_with(&mut self, category: &str, text: &str, position: Option<Position>, reference: Option<i64>) {
        // The program's output is its own.
        let text = if matches!(category, "stdout" | "stderr") { text.into() } else { plain(text) };
        let mut body = json!({"category": category, "output": text});
        if let (Some(recording), Some(position)) = (self.recording.clone(), position) {
            if let Some(source) = crate::requests::stack::source_of(self, &recording, position.code) {
                body["source"] = source;
                body["line"] = json!(self.line_out(&recording, &position));
            }
            body["data"] = json!({"step": position.step});
        }
        if let Some(reference) = reference {
            body["variablesReference"] = reference.into();
        }
        self.event("output", body);
    }

    /// A word of our own on the client's console.
    pub fn console(&mut self, text: &str) {
        self.output("console", text, None);
    }

    /// The line of a position in the client's file, counted as the client counts.
    pub fn line_out(&self, recording: &Recording, position: &Position) -> u32 {
        let source = recording.functions.get(position.code as usize).map(|function| function.source);
        let mapping = source.and_then(|source| self.mapping(recording, source));
        let line = mapping.and_then(|mapping| mapping.file(position.line)).unwrap_or(position.line);
        if self.one_based { line } else { line.saturating_sub(1) }
    }

    /// How the file of a source corresponds to what ran; looked at again when the file changes.
    pub fn mapping(&self, recording: &Recording, source: u32) -> Option<Rc<Mapping>> {
        if self.as_recorded {
            return None;
        }
        let path = &recording.sources.get(source as usize)?.path;
        let changed = std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
        if let Some((when, mapping)) = self.mappings.borrow().get(&source)
            && *when == changed
        {
            return mapping.clone();
        }
        let mapping = sources::mapping(recording, source).map(Rc::new);
        self.mappings.borrow_mut().insert(source, (changed, mapping.clone()));
        mapping
    }

    /// What was known of another recording.
    pub fn forget_mappings(&mut self) {
        self.mappings.get_mut().clear();
    }

    /// A message of the client makes no sense. Whoever is not let in yet does not get another try.
    pub fn pass_over(&mut self, why: &str) {
        if self.client.is_admitted() {
            self.console(&format!("A message from the client was passed over: {why}\n"));
        } else {
            self.end_without_client(Ended::Foreign(why.into()));
        }
    }

    /// Answers a message of the client.
    pub fn handle(&mut self, message: &Value) {
        if message["type"] == "response" && self.client.is_admitted() {
            return requests::lifecycle::answered(self, message);
        }
        let (Some(seq), Some(command)) = (message["seq"].as_i64(), message["command"].as_str()) else {
            return self.pass_over("it is no request");
        };
        let null = Value::Null;
        let arguments = message.get("arguments").unwrap_or(&null);
        // A fault of ours costs one answer, not the session.
        let wanted = self.cancels.begin(seq);
        let ran = self.client_runs;
        self.client_runs |= moves_in_protocol(command);
        let answer = if let Err(why) = self.admit(command, arguments) {
            Err(why)
        } else if wanted {
            catch_unwind(AssertUnwindSafe(|| requests::dispatch(self, command, arguments)))
                .unwrap_or_else(|_| Err(format!("connie failed inside while it answered {command}")))
        } else {
            Err(CANCELLED.into())
        };
        let interrupted = self.cancels.end();
        self.out.end_progress(seq);
        let answer = if interrupted { Err(CANCELLED.into()) } else { answer };
        let mut response = json!({"seq": 0, "type": "response", "request_seq": seq, "command": command});
        match answer {
            Ok(body) => {
                response["success"] = json!(true);
                if !body.is_null() {
                    response["body"] = body;
                }
            }
            Err(why) => {
                self.client_runs = ran;
                response["success"] = json!(false);
                response["message"] = json!(why);
                let shown = by_hand(command) && why != CANCELLED;
                response["body"] = json!({"error": {"id": 1, "format": braces(&why), "showUser": shown}});
            }
        }
        self.write(response);
        self.flush_after();
        self.tell_failures();
    }

    /// Sends the events that waited for an answer to be out.
    pub fn flush_after(&mut self) {
        for (event, body) in std::mem::take(&mut self.after) {
            self.event(&event, body);
        }
    }

    /// The recording, or a sentence that says there is none.
    pub fn recorded(&self) -> Result<Rc<Recording>, String> {
        self.recording.clone().ok_or_else(|| "nothing is recorded yet".into())
    }

    /// Where the view stands, or a sentence that says it does not.
    pub fn position(&self) -> Result<Position, String> {
        match self.here {
            Some(here) if !self.waiting => Ok(here),
            _ => Err("the program is running: pause it first".into()),
        }
    }

    /// What breakpoints are looked up in.
    pub fn ground<'a>(&'a self, recording: &'a Recording) -> Ground<'a> {
        Ground { recording, timeline: &self.timeline, modules: &self.modules }
    }

    /// Lists hidden variables too, or no more.
    pub fn show_hidden(&mut self, all: bool) {
        self.shows_hidden = all;
        if self.can_look_again {
            self.event_after("invalidated", json!({"areas": ["variables"]}));
        }
    }

    /// Whether a variable of this name is listed.
    pub fn shows(&self, name: &str) -> bool {
        let is_own = is_dunder(name) && name != "__name__" && name != "__file__";
        !is_own && (self.shows_hidden || !is_hidden(name))
    }

    /// A frame on some thread's stack at a moment, by its number.
    pub fn frame(moment: &Moment<'_>, number: u64) -> Option<StackFrame> {
        let context = moment.player.context();
        let running = context.stacks.frames().find(|frame| frame.frame == number);
        running.or_else(|| context.suspended.get(&number)).copied()
    }

    /// The namespace of the module of a frame.
    pub fn globals(&self, recording: &Recording, frame: StackFrame) -> Option<u64> {
        let source = recording.functions.get(frame.code as usize)?.source;
        self.modules.namespace(recording, &self.timeline, source, frame.frame)
    }

    /// Whether a request may be looked at; a sentence where it may not.
    fn admit(&mut self, command: &str, arguments: &Value) -> Result<(), String> {
        match self.client.judge(&*self.host, command, arguments) {
            Admission::NotYet if command != "initialize" => {
                self.over |= command == "disconnect";
                Err("this needs a launch or attach request with the token that connie printed".into())
            }
            Admission::Admitted | Admission::NotYet => Ok(()),
            Admission::Refused(why) => {
                self.end_without_client(Ended::Refused(why.clone()));
                Err(why)
            }
        }
    }

    /// The session ends, and not because the client wants that.
    pub fn end_without_client(&mut self, why: Ended) {
        self.ended.get_or_insert(why);
        self.client_gone();
    }

    /// The client has vanished.
    pub fn client_gone(&mut self) {
        // What somebody else records is theirs to end.
        if let Some(live) = self.live.as_mut().filter(|_| self.configuration.is_some()) {
            live.terminate();
        }
        self.over = true;
    }

    /// The last words.
    ///
    /// # Errors
    /// Why the session ended, where the client did not end it.
    pub fn finish(&mut self) -> Result<(), Ended> {
        self.out.flush();
        if let Some(folder) = self.folder() {
            connie_history::cursor::withdraw(&folder);
        }
        let recording = self.recording.take().map(|recording| recording.path().to_path_buf());
        if let Some(live) = &mut self.live {
            live.let_go();
        }
        if let Some(path) = recording {
            connie_recording::sidefiles::settle(&path);
        }
        self.ended.take().map_or(Ok(()), Err)
    }
}

/// Whether clients take the program to run once this request is answered, until a stop is told.
fn moves_in_protocol(command: &str) -> bool {
    matches!(command, "next" | "stepIn" | "stepOut" | "stepBack" | "continue" | "reverseContinue" | "restartFrame")
}

/// `{name}` in a format stands for a variable: text is not that.
fn braces(text: &str) -> String {
    text.replace('{', "(").replace('}', ")")
}

/// Whether a person asked for this request, and should see why it was refused; the others are what clients send
/// by themselves, or show the refusals of themselves.
fn by_hand(command: &str) -> bool {
    const BY_HAND: [&str; 14] = [
        "launch",
        "attach",
        "restart",
        "next",
        "stepIn",
        "stepOut",
        "stepBack",
        "continue",
        "reverseContinue",
        "pause",
        "goto",
        "restartFrame",
        "setVariable",
        "setExpression",
    ];
    BY_HAND.contains(&command)
}

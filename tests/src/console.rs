//! Sends requests and console words to the debug adapter.

use std::io::{BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Project, connie, dap};

/// How long a message may take to come.
const PATIENCE: Duration = Duration::from_secs(120);

/// `connie dap`, attached to a recording.
pub struct Console {
    process: Child,
    input: ChildStdin,
    /// What a thread reads: a message that never comes must end the test.
    messages: Receiver<Value>,
    seq: u64,
    events: Vec<Value>,
}

impl Console {
    /// Opens a recording of a project. The view is at its first stop.
    pub fn open(project: &Project, recording: &str) -> Self {
        Self::open_with(project, json!({"recording": project.path(recording)}))
    }

    /// As [`Self::open`], with these keys of an attach configuration.
    pub fn open_with(project: &Project, keys: Value) -> Self {
        let mut console = Self::unopened(project);
        console.request("attach", keys);
        console
    }

    /// An adapter without a recording.
    pub fn unopened(project: &Project) -> Self {
        let mut command: Command = project.command(&connie(), &["dap"]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("connie dap");
        let input = process.stdin.take().expect("a pipe");
        let mut output = BufReader::new(process.stdout.take().expect("a pipe"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            while let Some(message) = dap::next(&mut output)
                && sender.send(message).is_ok()
            {}
        });
        let mut console = Self { process, input, messages, seq: 0, events: Vec::new() };
        console.request("initialize", json!({"adapterID": "connie"}));
        console
    }

    /// Ends the configuration. Returns the first stop.
    pub fn start(&mut self) -> Value {
        self.request("configurationDone", json!({}));
        self.stopped()
    }

    /// Sends a request and returns its answer.
    pub fn ask(&mut self, command: &str, arguments: Value) -> Value {
        self.seq += 1;
        let message = json!({"seq": self.seq, "type": "request", "command": command, "arguments": arguments});
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("a message");
        self.input.flush().expect("a message");
        loop {
            let message = self.read();
            if message["type"] == "response" && message["request_seq"] == self.seq {
                return message;
            }
            self.events.push(message);
        }
    }

    /// Answers a request of the adapter with an error.
    pub fn refuse(&mut self, request: &Value, command: &str, why: &str) {
        let message = json!({
            "seq": 0, "type": "response", "request_seq": request, "command": command, "success": false, "message": why,
        });
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("a message");
        self.input.flush().expect("a message");
    }

    /// Sends a request that must succeed. Returns the body of its answer.
    pub fn request(&mut self, command: &str, arguments: Value) -> Value {
        let answer = self.ask(command, arguments);
        assert_eq!(answer["success"], true, "{command}: {answer}");
        answer["body"].clone()
    }

    /// The events that came since the last call.
    pub fn events(&mut self) -> Vec<Value> {
        self.request("threads", json!({}));
        std::mem::take(&mut self.events)
    }

    /// The output of the console for a line.
    pub fn say(&mut self, line: &str) -> String {
        let answer = self.ask("evaluate", json!({"expression": line, "context": "repl"}));
        let text = answer["body"]["result"].as_str().or(answer["message"].as_str());
        text.unwrap_or_default().to_owned()
    }

    /// Continues until the view stops, and returns the event. `command` is `continue` or `reverseContinue`.
    pub fn go(&mut self, command: &str) -> Value {
        // Events of earlier requests come before this answer.
        self.request("threads", json!({}));
        self.events.clear();
        self.request(command, json!({"threadId": 1}));
        self.stopped()
    }

    /// Waits until the view stops, and returns the event.
    ///
    /// # Panics
    /// If the session ends first.
    pub fn stopped(&mut self) -> Value {
        loop {
            if let Some(n) = self.events.iter().position(|event| event["event"] == "stopped") {
                return self.events.remove(n)["body"].clone();
            }
            assert!(!self.events.iter().any(|event| event["event"] == "terminated"), "{:#?}", self.events);
            let message = self.read();
            self.events.push(message);
        }
    }

    /// The id of the adapter's process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends the session, and waits for the adapter. Returns the events since they were last asked for.
    pub fn leave(mut self) -> Vec<Value> {
        self.request("disconnect", json!({}));
        self.process.wait().expect("it ends");
        let mut events = std::mem::take(&mut self.events);
        events.extend(self.messages.iter());
        events
    }

    fn read(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE);
        message.unwrap_or_else(|error| panic!("no message of the adapter: {error}; {:#?}", self.events))
    }
}

/// The messages that a server on stdin and stdout, `connie ARGUMENTS`, sends. The last of `messages` ends it.
pub fn speak(project: &Project, arguments: &[&str], messages: &[Value]) -> Vec<Value> {
    let mut command = project.limited(&connie(), arguments, 20, 3 << 10);
    let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut input = server.stdin.take().expect("a pipe");
    let mut messages = messages.to_vec();
    let writing = std::thread::spawn(move || {
        for message in &mut messages {
            message["jsonrpc"] = json!("2.0");
            let text = message.to_string();
            write!(input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("a message");
        }
        input
    });
    let done = server.wait_with_output().expect("it ends");
    drop(writing.join());
    assert!(done.status.success(), "{:?}", done.status);
    let mut rest = &done.stdout[..];
    let mut found = Vec::new();
    while let Some(at) = rest.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&rest[..at]).into_owned();
        let length =
            head.lines().find_map(|line| line.strip_prefix("Content-Length: ")?.parse().ok()).expect("a length");
        let (body, after) = rest[at + 4..].split_at(length);
        found.push(serde_json::from_slice(body).expect("JSON"));
        rest = after;
    }
    found
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

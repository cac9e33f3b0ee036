//! A client that reads each line of the server's stdout: anything but a message of the protocol is a fault.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use connie_tests::{Project, connie};
use serde_json::{Value, json};

pub struct Client {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    next: u64,
}

impl Client {
    /// Starts `connie mcp` in a project and initializes it.
    pub fn start(project: &Project, arguments: &[&str]) -> Self {
        let mut command = project.command(&connie(), &[&["mcp"], arguments].concat());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("connie mcp");
        let (to, from) = (child.stdin.take(), child.stdout.take().expect("stdout"));
        let mut client = Self { child, to, from: BufReader::new(from), next: 0 };
        let info = json!({"name": "test", "version": "1"});
        let asked = json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": info});
        let started = client.request("initialize", asked);
        assert_eq!(started["result"]["serverInfo"]["name"], "connie", "{started}");
        client.notify("notifications/initialized", json!({}));
        client
    }

    pub fn write(&mut self, line: &str) {
        let to = self.to.as_mut().expect("stdin");
        writeln!(to, "{line}").and_then(|()| to.flush()).expect("the server reads");
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.write(&json!({"jsonrpc": "2.0", "method": method, "params": params}).to_string());
    }

    /// Sends a request; its id.
    pub fn send(&mut self, method: &str, params: Value) -> u64 {
        self.next += 1;
        let id = self.next;
        self.write(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).to_string());
        id
    }

    /// The next message of the server.
    pub fn read(&mut self) -> Value {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("a line");
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    /// The answer to a request. Notifications before it, and answers to others, are passed over.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        loop {
            let message = self.read();
            if message["id"] == id {
                return message;
            }
        }
    }

    /// The result of a tool.
    pub fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.request("tools/call", json!({"name": tool, "arguments": arguments}));
        assert!(answer["result"].is_object(), "{tool}: {answer}");
        answer["result"].clone()
    }

    /// Closes stdin; the server ends soon, with exit code 0.
    pub fn leave(mut self) {
        self.to = None;
        let left = Instant::now();
        let status = self.child.wait().expect("the server");
        assert_eq!(status.code(), Some(0));
        assert!(left.elapsed() < Duration::from_secs(15), "{:?}", left.elapsed());
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.to = None;
        let _ = self.child.wait();
    }
}

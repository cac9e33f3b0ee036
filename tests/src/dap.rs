//! A client of the debug adapter on any stream, and the servers that it connects to.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Sends a message.
///
/// # Errors
/// If the other side has closed the stream.
pub fn send(stream: &mut impl Write, message: &Value) -> std::io::Result<()> {
    let body = message.to_string();
    write!(stream, "Content-Length: {}\r\n\r\n{body}", body.len())?;
    stream.flush()
}

/// Reads the next message; `None` if the other side has closed the stream.
pub fn next(stream: &mut impl Read) -> Option<Value> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let length = String::from_utf8_lossy(&head).trim().rsplit(' ').next()?.parse().ok()?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// Sends a request and returns its answer; `None` if the other side has closed the stream.
pub fn try_ask(stream: &mut (impl Read + Write), seq: i64, command: &str, arguments: Value) -> Option<Value> {
    send(stream, &json!({"seq": seq, "type": "request", "command": command, "arguments": arguments})).ok()?;
    loop {
        let message = next(stream)?;
        if message["type"] == "response" && message["request_seq"] == seq {
            return Some(message);
        }
    }
}

/// Sends a request and returns its answer.
pub fn ask(stream: &mut (impl Read + Write), seq: i64, command: &str, arguments: Value) -> Value {
    try_ask(stream, seq, command, arguments).expect("an answer")
}

/// `connie dap --listen`, and its output.
pub struct Server {
    /// The process.
    pub process: Child,
    /// The address that it listens on.
    pub address: String,
    said: Arc<Mutex<String>>,
}

impl Server {
    /// Starts the server and waits until it listens.
    pub fn start(command: &mut Command) -> Self {
        let mut process = command.stderr(Stdio::piped()).spawn().expect("connie starts");
        let mut errors = BufReader::new(process.stderr.take().expect("stderr"));
        let mut first = String::new();
        errors.read_line(&mut first).expect("the address");
        let address = first.trim().strip_prefix("connie: listening on ").expect("an address").to_owned();
        let said = Arc::new(Mutex::new(first));
        let hearing = Arc::clone(&said);
        std::thread::spawn(move || {
            let mut line = String::new();
            while errors.read_line(&mut line).is_ok_and(|n| n > 0) {
                hearing.lock().unwrap_or_else(PoisonError::into_inner).push_str(&std::mem::take(&mut line));
            }
        });
        Self { process, address, said }
    }

    /// The port that it listens on.
    pub fn port(&self) -> u16 {
        self.address.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
    }

    /// Waits until its output contains these words, and returns the output.
    pub fn said(&self, words: &str) -> String {
        let start = Instant::now();
        loop {
            let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if said.contains(words) {
                return said;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "it never said {words:?}: {said}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The token that it printed.
    pub fn token(&self) -> String {
        let said = self.said("the token is ");
        let after = said.split("the token is ").nth(1).expect("a token");
        after.split(':').next().expect("a token").to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

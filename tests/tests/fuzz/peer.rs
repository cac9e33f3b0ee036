//! A server on pipes that speaks framed JSON, and its answers.

use std::io::{BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use connie_framing::Incoming;
use connie_tests::{Project, connie};
use serde_json::Value;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server.
pub struct Peer {
    child: Child,
    stdin: Option<ChildStdin>,
    said: Receiver<Value>,
    errors: std::path::PathBuf,
}

impl Peer {
    /// Starts `connie ARGUMENTS`.
    pub fn start(project: &Project, arguments: &[&str]) -> Self {
        let errors = project.path("stderr");
        let stderr = std::fs::File::create(&errors).expect("a file");
        let mut command = project.command(&connie(), arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        let mut child = command.spawn().expect("connie runs");
        let mut output = BufReader::new(child.stdout.take().expect("its output"));
        let (send, said) = channel();
        std::thread::spawn(move || {
            while let Ok(Some(Incoming::Message(message))) = connie_framing::read(&mut output, u64::MAX) {
                if send.send(message).is_err() {
                    break;
                }
            }
        });
        let stdin = child.stdin.take();
        Self { child, stdin, said, errors }
    }

    /// Sends bytes in a frame. Returns false if the server has closed its input.
    pub fn send(&mut self, body: &[u8]) -> bool {
        let Some(stdin) = &mut self.stdin else { return false };
        let head = format!("Content-Length: {}\r\n\r\n", body.len());
        stdin.write_all(head.as_bytes()).and_then(|()| stdin.write_all(body)).and_then(|()| stdin.flush()).is_ok()
    }

    /// Waits for a message. Returns false if the server has ended in an orderly way instead.
    pub fn wait_for(&mut self, is_it: impl Fn(&Value) -> bool) -> bool {
        loop {
            match self.said.recv_timeout(PATIENCE) {
                Ok(message) if is_it(&message) => return true,
                Ok(_) => {}
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => panic!("no answer for {PATIENCE:?}"),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {
                    let status = self.child.wait().expect("it has ended");
                    assert!(status.code().is_some_and(|code| code < 100), "it ended with {status}: {}", self.errors());
                    return false;
                }
            }
        }
    }

    /// What it wrote to stderr.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(&self.errors).unwrap_or_default()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stdin = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
        assert!(std::thread::panicking() || !self.errors().contains("panicked"), "{}", self.errors());
    }
}

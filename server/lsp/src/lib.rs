//! The language server: recorded values where the code is, in any editor.
//!
//! Three threads. The one that calls [`serve`] reads messages and applies edits at once; a worker owns the
//! recordings and answers queries, one after the other, and looks 30 times a second where the debugger stands;
//! whoever has something to say writes it under a lock. An edit never waits on a query: a query copies the
//! document's text and says so when it has changed meanwhile.

mod documents;
mod follow;
mod markdown;
mod outgoing;
mod requests;
mod settings;
mod worker;

use std::collections::HashSet;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};

use connie_framing::Incoming;
use connie_source::parse::STACK;
use serde_json::{Value, json};

use documents::{Documents, Encoding};
use outgoing::Outgoing;
use worker::{Job, Worker};

/// What the rest of connie does for the server.
pub trait Host: Send {
    /// The recordings of a project's `.connie` folder, oldest first.
    fn recordings(&self, folder: &Path) -> Vec<PathBuf>;

    /// The newest of them that shows something: not that of a program that failed before its first line.
    fn latest(&self, folder: &Path) -> Option<PathBuf>;

    /// The address at which a browser shows a recording, at a step if one is given; serves it from then on.
    ///
    /// # Errors
    /// A sentence, where it cannot be served.
    fn view(&mut self, recording: &Path, step: Option<u64>) -> Result<String, String>;

    /// Opens an address in the browser of the user at this machine, without telling others of it; whether there is one.
    fn browse(&self, address: &str) -> bool;
}

/// JSON-RPC's and LSP's error codes.
pub(crate) mod code {
    pub const PARSE: i64 = -32700;
    pub const INVALID_REQUEST: i64 = -32600;
    pub const METHOD_NOT_FOUND: i64 = -32601;
    pub const INVALID_PARAMS: i64 = -32602;
    pub const NOT_INITIALIZED: i64 = -32002;
    pub const FAILED: i64 = -32803;
    pub const CONTENT_MODIFIED: i64 = -32801;
    pub const CANCELLED: i64 = -32800;
}

/// The request for section `connie` of the workspace's configuration.
pub(crate) const SETTINGS: &str = "workspace/configuration";

/// Messages that may wait for the worker: a client that sends more waits, as it does where it does not read its answers.
const WAITING: usize = 1024;

/// State that both threads see.
#[derive(Default)]
pub(crate) struct Shared {
    pub documents: Mutex<Documents>,
    pub cancelled: Mutex<HashSet<String>>,
}

/// Serves one client until it says `exit` or leaves; the exit code that the protocol wants.
///
/// # Errors
/// Where what comes is not the protocol.
pub fn serve(
    mut input: impl BufRead,
    output: impl Write + Send + 'static,
    host: Box<dyn Host>,
) -> Result<i32, connie_framing::Error> {
    let out = Outgoing::new(Box::new(output));
    let shared = Arc::new(Shared::default());
    let (jobs, queue) = mpsc::sync_channel(WAITING);
    let of_worker = (out.clone(), Arc::clone(&shared));
    let work = move || Worker::new(of_worker.0, of_worker.1, host).run(&queue);
    let Ok(working) = std::thread::Builder::new().stack_size(STACK).spawn(work) else { return Ok(1) };
    let mut server = Server { out, shared, jobs, initialized: false, shut_down: false };
    let code = loop {
        match connie_framing::read(&mut input, connie_framing::LARGEST) {
            Ok(Some(Incoming::Message(message))) => {
                if let Some(code) = server.message(&message) {
                    break Ok(code);
                }
            }
            Ok(Some(Incoming::Garbage(why))) => server.out.error(&Value::Null, code::PARSE, &why),
            // It left without a word.
            Ok(None) | Err(connie_framing::Error::Io(_)) => break Ok(1),
            Err(error) => break Err(error),
        }
    };
    let _ = server.jobs.send(Job::Stop);
    let _ = working.join();
    code
}

struct Server {
    out: Outgoing,
    shared: Arc<Shared>,
    jobs: mpsc::SyncSender<Job>,
    initialized: bool,
    shut_down: bool,
}

impl Server {
    /// Takes a message; the exit code where it was the last.
    fn message(&mut self, message: &Value) -> Option<i32> {
        let id = message.get("id").filter(|id| !id.is_null());
        let null = Value::Null;
        let params = message.get("params").unwrap_or(&null);
        match (message["method"].as_str(), id) {
            (Some("exit"), _) => return Some(i32::from(!self.shut_down)),
            (Some(method), None) => self.notification(method, params),
            (Some(method), Some(id)) => self.request(method, id, params),
            // An answer to a request of ours: only the settings are of interest.
            (None, Some(id)) if message.get("result").is_some() || message.get("error").is_some() => {
                let settings = &message["result"][0];
                if id.as_str().is_some_and(|id| id.starts_with(SETTINGS)) && !settings.is_null() {
                    let _ = self.jobs.send(Job::Settings(settings.clone()));
                }
            }
            (None, _) => self.out.error(&Value::Null, code::INVALID_REQUEST, "a message without a method"),
        }
        None
    }

    fn request(&mut self, method: &str, id: &Value, params: &Value) {
        if self.shut_down {
            return self.out.error(id, code::INVALID_REQUEST, "the server was shut down");
        }
        match method {
            "initialize" if self.initialized => self.out.error(id, code::INVALID_REQUEST, "initialize came twice"),
            "initialize" => {
                self.initialized = true;
                let encoding = Encoding::choose(params);
                self.shared.documents.lock().unwrap_or_else(|e| e.into_inner()).encoding = encoding;
                let _ = self.jobs.send(Job::Initialize(params.clone()));
                self.out.answer(id, requests::initialize::capabilities(encoding));
            }
            _ if !self.initialized => self.out.error(id, code::NOT_INITIALIZED, "initialize comes first"),
            "shutdown" => {
                self.shut_down = true;
                self.out.answer(id, Value::Null);
            }
            _ => {
                let _ = self.jobs.send(Job::Request(id.clone(), method.to_owned(), params.clone()));
            }
        }
    }

    fn notification(&mut self, method: &str, params: &Value) {
        if !self.initialized {
            return;
        }
        let uri = params["textDocument"]["uri"].as_str().unwrap_or_default();
        let mut documents = self.shared.documents.lock().unwrap_or_else(|e| e.into_inner());
        let job = match method {
            "textDocument/didOpen" => {
                let text = params["textDocument"]["text"].as_str().unwrap_or_default();
                documents.open(uri, params["textDocument"]["version"].as_i64().unwrap_or(0), text);
                Some(Job::Opened(uri.to_owned()))
            }
            "textDocument/didChange" => {
                documents.change(uri, &params["textDocument"]["version"], &params["contentChanges"]);
                Some(Job::Changed(uri.to_owned()))
            }
            "textDocument/didClose" => {
                documents.close(uri);
                Some(Job::Closed(uri.to_owned()))
            }
            "initialized" => Some(Job::Initialized),
            "workspace/didChangeConfiguration" => Some(Job::Settings(params["settings"].clone())),
            "workspace/didChangeWorkspaceFolders" => Some(Job::Folders(params["event"].clone())),
            "$/cancelRequest" => {
                let id = params["id"].to_string();
                self.shared.cancelled.lock().unwrap_or_else(|e| e.into_inner()).insert(id);
                None
            }
            _ => None,
        };
        drop(documents);
        if let Some(job) = job {
            let _ = self.jobs.send(job);
        }
    }
}

/// A notification's or an answer's envelope.
pub(crate) fn envelope(mut message: Value) -> Value {
    message["jsonrpc"] = json!("2.0");
    message
}

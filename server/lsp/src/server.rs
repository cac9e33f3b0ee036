//! The thread that receives messages: it applies edits at once, and passes queries to the worker.

use std::io::{BufRead, Write};
use std::sync::{Arc, Mutex};

use connie_source::parse::STACK;
use crossbeam_channel::{Sender, bounded};
use gen_lsp_types::LspNotificationMethod as Method;
use lsp_server::{ErrorCode, Message, RequestId, Response};
use serde_json::Value;

use crate::answer::{Refusal, to_value};
use crate::documents::{Documents, Encoding};
use crate::host::Host;
use crate::outgoing::{Outgoing, Wanted};
use crate::params::{
    About, Cancel, DidChange, DidChangeConfiguration, DidChangeFolders, Initialize, TextDocument, read,
};
use crate::worker::{Job, Worker};
use crate::{ids, requests, transport};

/// The maximum number of messages that wait for the worker. A client that sends more, or does not read its answers, has
/// to wait.
const WAITING: usize = 1024;

/// Serves one client until it sends `exit` or leaves. Returns the exit code that the protocol asks for.
///
/// # Errors
/// If the client does not speak the protocol.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    host: Box<dyn Host>,
) -> Result<i32, connie_framing::Error> {
    let Ok((connection, streams)) = transport::connect(input, output) else { return Ok(1) };
    let out = Outgoing::new(connection.sender);
    let documents = Arc::new(Mutex::new(Documents::default()));
    let (jobs, queue) = bounded(WAITING);
    let of_worker = (out.clone(), Arc::clone(&documents));
    let work = move || Worker::new(of_worker.0, of_worker.1, host).run(&queue);
    let Ok(working) = std::thread::Builder::new().stack_size(STACK).spawn(work) else { return Ok(1) };
    let mut server = Server { out, documents, jobs, initialized: false, shut_down: false };
    let code = connection.receiver.iter().find_map(|message| server.message(message));
    let _ = server.jobs.send(Job::Stop);
    let _ = working.join();
    // The writer ends when no thread can send messages any more.
    drop(server);
    // A client that leaves without `exit` may not have been a client at all.
    streams.join().map(|()| code.unwrap_or(1))
}

struct Server {
    out: Outgoing,
    documents: Arc<Mutex<Documents>>,
    jobs: Sender<Job>,
    initialized: bool,
    shut_down: bool,
}

impl Server {
    /// Handles a message. Returns the exit code if it was the last one.
    fn message(&mut self, message: Message) -> Option<i32> {
        match message {
            Message::Notification(notification) if notification.method == "exit" => {
                return Some(i32::from(!self.shut_down));
            }
            Message::Notification(notification) => self.notification(&notification.method, notification.params),
            Message::Request(request) => self.request(request.id, request.method, request.params),
            Message::Response(response) => self.response(response),
        }
        None
    }

    /// Handles an answer to a request of the server; only the settings matter.
    fn response(&self, response: Response) {
        let wanted = self.out.answered(response.id);
        if let (Some(Wanted::Settings), Ok(Value::Array(settings))) = (wanted, response.response_result)
            && let Some(settings) = settings.into_iter().next().filter(|settings| !settings.is_null())
        {
            self.tell(Job::Settings(settings));
        }
    }

    fn request(&mut self, id: RequestId, method: String, params: Value) {
        let refuse = |id, why| self.out.answer_at_once(id, Err(Refusal::new(ErrorCode::InvalidRequest, why)));
        if self.shut_down {
            return refuse(id, "the server was shut down");
        }
        match &*method {
            "initialize" if self.initialized => refuse(id, "initialize came twice"),
            "initialize" => {
                self.initialized = true;
                let params: Initialize = read(params);
                let encoding = Encoding::choose(&params.capabilities.general);
                self.documents.lock().unwrap_or_else(|e| e.into_inner()).encoding = encoding;
                self.tell(Job::Initialize(Box::new(params)));
                self.out.answer_at_once(id, to_value(&requests::initialize::capabilities(encoding)));
            }
            _ if !self.initialized => {
                let why = "initialize comes first";
                self.out.answer_at_once(id, Err(Refusal::new(ErrorCode::ServerNotInitialized, why)));
            }
            "shutdown" => {
                self.shut_down = true;
                self.out.answer_at_once(id, Ok(Value::Null));
            }
            _ if self.out.take(&id) => self.tell(Job::Request(id, method, params)),
            _ => refuse(id, "a request with this id is still open"),
        }
    }

    fn notification(&self, method: &str, params: Value) {
        if !self.initialized {
            return;
        }
        let uri = |document: &TextDocument| document.uri.as_deref().unwrap_or_default().to_owned();
        let documents = || self.documents.lock().unwrap_or_else(|e| e.into_inner());
        match Method::from(method) {
            Method::TextDocumentDidOpen => {
                let document = read::<About>(params).text_document.0;
                let (uri, text) = (uri(&document), document.text.as_deref().unwrap_or_default());
                documents().open(&uri, document.version.unwrap_or(0), text);
                self.tell(Job::Opened(uri));
            }
            Method::TextDocumentDidChange => {
                let change: DidChange = read(params);
                let uri = uri(&change.text_document);
                documents().change(&uri, *change.text_document.version, &change.content_changes);
                self.tell(Job::Changed(uri));
            }
            Method::TextDocumentDidClose => {
                let uri = uri(&read::<About>(params).text_document);
                documents().close(&uri);
                self.tell(Job::Closed(uri));
            }
            Method::Initialized => self.tell(Job::Initialized),
            Method::WorkspaceDidChangeConfiguration => {
                self.tell(Job::Settings(read::<DidChangeConfiguration>(params).settings));
            }
            Method::WorkspaceDidChangeWorkspaceFolders => {
                self.tell(Job::Folders(read::<DidChangeFolders>(params).event.0));
            }
            Method::CancelRequest => self.out.cancel(ids::from_client(read::<Cancel>(params).id)),
            _ => {}
        }
    }

    fn tell(&self, job: Job) {
        let _ = self.jobs.send(job);
    }
}

//! The thread that owns the recordings. It answers queries and follows the debugger.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use gen_lsp_types::{
    CodeLensRefreshRequest, ConfigurationItem, ConfigurationParams, ConfigurationRequest, Diagnostic,
    InlayHintRefreshRequest, InlineValueRefreshRequest, MessageType, PublishDiagnosticsNotification,
    PublishDiagnosticsParams,
};
use lsp_server::RequestId;
use serde_json::Value;

use crate::answer::Refusal;
use crate::client::{COPY, DEBUG_TEST, Support};
use crate::documents::{Documents, path_of};
use crate::host::Host;
use crate::outgoing::{Outgoing, Wanted};
use crate::params::{Folder, FoldersEvent, Initialize};
use crate::projects::Projects;
use crate::requests;
use crate::settings::Settings;

/// The interval at which growing recordings and the debugger's position are read.
const POLL: Duration = Duration::from_millis(33);
/// The interval at which a growing recording makes the client ask again.
const GROWTH: Duration = Duration::from_millis(300);
/// The interval at which projects without recordings are checked for one.
const SEEK: Duration = Duration::from_millis(500);

/// Messages to the worker.
pub enum Job {
    /// The parameters of `initialize`.
    Initialize(Box<Initialize>),
    /// The client is ready.
    Initialized,
    /// A query: id, method, parameters.
    Request(RequestId, String, Value),
    /// New settings; null if the client has to be asked for them.
    Settings(Value),
    /// Added and removed workspace folders.
    Folders(FoldersEvent),
    /// A document was opened.
    Opened(String),
    /// A document was changed.
    Changed(String),
    /// A document was closed.
    Closed(String),
    /// The worker has to end.
    Stop,
}

/// The state of the worker.
pub struct Worker {
    out: Outgoing,
    projects: Projects,
    /// The number of edits of each document at its last diagnosis.
    diagnosed: HashMap<String, u64>,
    grown: Option<Instant>,
    sought: Instant,
}

impl Worker {
    /// Creates the state before the first message.
    pub fn new(out: Outgoing, documents: Arc<Mutex<Documents>>, host: Box<dyn Host>) -> Self {
        let projects = Projects::new(out.clone(), documents, host);
        Self { out, projects, diagnosed: HashMap::new(), grown: None, sought: Instant::now() }
    }

    /// Handles messages until the end.
    pub fn run(mut self, queue: &Receiver<Job>) {
        loop {
            match queue.recv_timeout(POLL) {
                Ok(Job::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(job) => self.job(job),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.look();
        }
    }

    fn job(&mut self, job: Job) {
        match job {
            Job::Initialize(params) => self.initialize(*params),
            Job::Initialized => self.ask_for_settings(),
            Job::Settings(given) if given.is_null() => self.ask_for_settings(),
            Job::Settings(given) => {
                self.set(&given);
                self.show_anew();
            }
            Job::Folders(event) => {
                let removed = paths(&event.removed);
                self.projects.roots.retain(|root| !removed.contains(root));
                self.projects.roots.extend(paths(&event.added));
            }
            Job::Request(id, method, params) => self.request(id, &method, params),
            Job::Opened(uri) => self.diagnose(&uri),
            Job::Changed(uri) => {
                // The diff is computed now, not when hints are requested; columns of diagnostics follow the edit. If
                // several edits wait, the first is handled with the text of the last.
                let edits = self.projects.document(&uri).map(|document| document.edits);
                if edits.is_none() || self.diagnosed.get(&uri) != edits.as_ref() {
                    self.diagnose(&uri);
                }
            }
            Job::Closed(uri) => {
                self.diagnosed.remove(&uri);
                self.publish(uri, None, Vec::new());
            }
            Job::Stop => {}
        }
    }

    fn initialize(&mut self, params: Initialize) {
        let Initialize { capabilities, workspace_folders, root_uri, initialization_options } = params;
        let (workspace, commands) = (&capabilities.workspace, &capabilities.experimental.commands.commands);
        let has = |wanted: &str| commands.iter().any(|command| command.as_deref() == Some(wanted));
        self.projects.support = Support {
            hints: *workspace.inlay_hint.refresh_support,
            lenses: *workspace.code_lens.refresh_support,
            values: *workspace.inline_value.refresh_support,
            settings: *workspace.configuration,
            copies: has(COPY),
            applies_edits: *workspace.apply_edit,
            checks_versions: *workspace.workspace_edit.document_changes,
            tests: has(DEBUG_TEST),
            documents: *capabilities.window.show_document.support,
        };
        self.projects.roots = paths(&workspace_folders);
        self.projects.roots.extend(root_uri.as_deref().and_then(path_of));
        self.set(&initialization_options);
    }

    fn set(&mut self, given: &Value) {
        match Settings::read(given) {
            Ok(settings) => self.projects.settings = settings,
            Err(why) => self.projects.say(MessageType::Warning, &why),
        }
    }

    /// Asks the client for the section `connie` of its settings. Clients without this capability send it by themselves.
    fn ask_for_settings(&self) {
        if self.projects.support.settings {
            let section = ConfigurationItem { scope_uri: None, section: Some("connie".to_owned()) };
            let params = ConfigurationParams { items: vec![section] };
            self.out.request::<ConfigurationRequest>(params, Some(Wanted::Settings));
        }
    }

    fn request(&mut self, id: RequestId, method: &str, params: Value) {
        // Cancelled, and therefore answered already.
        if !self.out.is_open(&id) {
            return;
        }
        // A bug in the server costs one answer, not the server.
        let answer = catch_unwind(AssertUnwindSafe(|| requests::dispatch(&mut self.projects, method, params)))
            .unwrap_or_else(|_| Err(Refusal::failed(format!("internal error of connie while answering {method}"))));
        if std::mem::take(&mut self.projects.changed) {
            self.show_anew();
        }
        self.out.answer(id, answer);
    }

    fn look(&mut self) {
        let is_found = self.sought.elapsed() >= SEEK && {
            self.sought = Instant::now();
            self.projects.look_for_folders()
        };
        let seen = self.projects.look();
        if seen.grown {
            self.grown.get_or_insert_with(Instant::now);
        }
        if is_found || seen.changed || self.grown.is_some_and(|since| since.elapsed() > GROWTH) {
            self.grown = None;
            self.show_anew();
        }
    }

    /// Makes the client request everything again.
    fn show_anew(&mut self) {
        let support = self.projects.support;
        if support.hints {
            self.out.request::<InlayHintRefreshRequest>((), None);
        }
        if support.lenses {
            self.out.request::<CodeLensRefreshRequest>((), None);
        }
        if support.values {
            self.out.request::<InlineValueRefreshRequest>((), None);
        }
        for uri in self.projects.buffers() {
            self.diagnose(&uri);
        }
    }

    fn diagnose(&mut self, uri: &str) {
        // Read before the text: an edit that arrives meanwhile has a separate job.
        let Some((version, edits)) = self.projects.document(uri).map(|document| (document.version, document.edits))
        else {
            return;
        };
        let work = AssertUnwindSafe(|| match self.projects.view(uri) {
            Some(mut view) => requests::diagnostics::diagnostics(&mut view),
            None => Vec::new(),
        });
        let diagnostics = catch_unwind(work).unwrap_or_default();
        self.diagnosed.insert(uri.to_owned(), edits);
        self.publish(uri.to_owned(), i32::try_from(version).ok(), diagnostics);
    }

    fn publish(&self, uri: String, version: Option<i32>, diagnostics: Vec<Diagnostic>) {
        let params = PublishDiagnosticsParams { uri: uri.into(), version, diagnostics };
        self.out.notify::<PublishDiagnosticsNotification>(params);
    }
}

/// The folders on this machine.
fn paths(folders: &[Folder]) -> Vec<PathBuf> {
    folders.iter().filter_map(|folder| path_of(folder.uri.as_deref()?)).collect()
}

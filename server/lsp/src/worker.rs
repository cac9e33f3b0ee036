//! The thread that owns the recordings: answers queries, and looks where the debugger stands.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use connie_history::client_names::Names;
use connie_recording::files::is_project_folder;
use connie_source::mapping::Mapping;
use connie_source::outline::Outline;
use serde_json::{Value, json};

use crate::documents::{Document, Encoding, path_of, uri_of};
use crate::follow::Folder;
use crate::outgoing::Outgoing;
use crate::requests::code_action::COPY;
use crate::settings::Settings;
use crate::{Host, SETTINGS, Shared, code, requests};
use connie_history::loaded::Loaded;

/// How often the recordings in the making and the debugger's position are looked at.
const POLL: Duration = Duration::from_millis(33);
/// How often a growing recording makes the client ask again.
const GROWTH: Duration = Duration::from_millis(300);
/// How often it is looked whether a project has got its first recording.
const SEEK: Duration = Duration::from_millis(500);
/// Projects whose recordings are kept open.
const PROJECTS: usize = 4;

/// What the worker is told.
pub enum Job {
    /// The parameters of `initialize`.
    Initialize(Value),
    /// The client is ready.
    Initialized,
    /// A query: id, method, parameters.
    Request(Value, String, Value),
    /// New settings, or null where they are to be asked for.
    Settings(Value),
    /// Workspace folders came or went.
    Folders(Value),
    /// A buffer.
    Opened(String),
    /// A buffer.
    Changed(String),
    /// A buffer.
    Closed(String),
    /// The end.
    Stop,
}

/// Why there is no answer.
pub type Refusal = (i64, String);
/// An answer.
pub type Answer = Result<Value, Refusal>;

/// What the client can be asked for.
#[derive(Clone, Copy, Default)]
struct Support {
    hints: bool,
    lenses: bool,
    values: bool,
    settings: bool,
    copies: bool,
    documents: bool,
}

/// The state of the worker.
pub struct Worker {
    out: Outgoing,
    shared: Arc<Shared>,
    host: Box<dyn Host>,
    settings: Settings,
    roots: Vec<PathBuf>,
    support: Support,
    folders: HashMap<PathBuf, Folder>,
    loaded: HashMap<PathBuf, Loaded>,
    said: HashSet<String>,
    grown: Option<Instant>,
    sought: Instant,
}

/// A buffer seen beside its recording.
pub struct View<'a> {
    /// The recording.
    pub loaded: &'a mut Loaded,
    /// Names of files as the client has them.
    pub names: Names,
    /// Number of the buffer's source.
    pub source: u32,
    /// The buffer.
    pub document: Document,
    /// How its lines correspond to those that ran.
    pub mapping: Rc<Mapping>,
    /// What ran.
    pub outline: Rc<Outline>,
    /// How the client counts columns.
    pub encoding: Encoding,
    /// What the user chose.
    pub settings: Settings,
    /// The buffer's URI.
    pub uri: String,
    /// Whether a debugger stands in the project.
    pub debugged: bool,
    /// Whether the client has the command [`COPY`].
    pub copies: bool,
}

impl Worker {
    /// Before the first job.
    pub fn new(out: Outgoing, shared: Arc<Shared>, host: Box<dyn Host>) -> Self {
        Self {
            out,
            shared,
            host,
            settings: Settings::default(),
            roots: Vec::new(),
            support: Support::default(),
            folders: HashMap::new(),
            loaded: HashMap::new(),
            said: HashSet::new(),
            grown: None,
            sought: Instant::now(),
        }
    }

    /// Works until it is told to stop.
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
            Job::Initialize(params) => self.initialize(&params),
            Job::Initialized => self.ask_for_settings(),
            Job::Settings(given) if given.is_null() => self.ask_for_settings(),
            Job::Settings(given) => {
                self.set(&given);
                self.show_anew();
            }
            Job::Folders(event) => {
                let of = |which: &str| -> Vec<PathBuf> {
                    event[which].as_array().into_iter().flatten().filter_map(|f| path_of(f["uri"].as_str()?)).collect()
                };
                let removed = of("removed");
                self.roots.retain(|root| !removed.contains(root));
                self.roots.extend(of("added"));
            }
            Job::Request(id, method, params) => self.request(&id, &method, &params),
            Job::Opened(uri) => self.diagnose(&uri),
            Job::Changed(uri) => {
                // The diff is made now, not when hints are asked for; columns of diagnostics follow the edit.
                self.diagnose(&uri);
            }
            Job::Closed(uri) => {
                self.out.notify("textDocument/publishDiagnostics", json!({"uri": uri, "diagnostics": []}));
            }
            Job::Stop => {}
        }
    }

    fn initialize(&mut self, params: &Value) {
        let workspace = &params["capabilities"]["workspace"];
        let commands = params["capabilities"]["experimental"]["commands"]["commands"].as_array();
        let commands = commands.map_or(&[] as &[Value], Vec::as_slice);
        let refreshes = |what: &str| workspace[what]["refreshSupport"] == true;
        self.support = Support {
            hints: refreshes("inlayHint"),
            lenses: refreshes("codeLens"),
            values: refreshes("inlineValue"),
            settings: workspace["configuration"] == true,
            copies: commands.iter().any(|command| command == COPY),
            documents: params["capabilities"]["window"]["showDocument"]["support"] == true,
        };
        let folders = params["workspaceFolders"].as_array().into_iter().flatten().map(|folder| &folder["uri"]);
        self.roots = folders.chain([&params["rootUri"]]).filter_map(|uri| path_of(uri.as_str()?)).collect();
        self.set(&params["initializationOptions"]);
    }

    fn set(&mut self, given: &Value) {
        match Settings::read(given) {
            Ok(settings) => self.settings = settings,
            Err(why) => self.say(2, &why),
        }
    }

    /// Asks a client that can tell for section `connie`; the others push it.
    fn ask_for_settings(&self) {
        if self.support.settings {
            self.out.request(SETTINGS, json!({"items": [{"section": "connie"}]}));
        }
    }

    /// Tells people something once.
    fn say(&mut self, kind: u8, text: &str) {
        if self.said.insert(text.to_owned()) {
            self.out.notify("window/showMessage", json!({"type": kind, "message": text}));
        }
    }

    fn request(&mut self, id: &Value, method: &str, params: &Value) {
        if self.shared.cancelled.lock().unwrap_or_else(|e| e.into_inner()).remove(&id.to_string()) {
            return self.out.error(id, code::CANCELLED, "cancelled");
        }
        // A fault of ours costs one answer, not the server.
        let answer = catch_unwind(AssertUnwindSafe(|| requests::dispatch(self, method, params)))
            .unwrap_or_else(|_| Err((code::FAILED, format!("connie failed inside while it answered {method}"))));
        match answer {
            Ok(result) => self.out.answer(id, result),
            Err((code, why)) => self.out.error(id, code, &why),
        }
    }

    /// Answers about a buffer; `empty` where there is nothing to say. Says so where the buffer changed meanwhile.
    pub fn about(&mut self, params: &Value, empty: Value, answer: impl FnOnce(&mut View<'_>) -> Answer) -> Answer {
        let Some(uri) = params["textDocument"]["uri"].as_str() else {
            return Err((code::INVALID_PARAMS, "textDocument.uri is missing".into()));
        };
        let Some(mut view) = self.view(uri) else { return Ok(empty) };
        let version = view.document.version;
        let answer = answer(&mut view);
        let trouble = view.loaded.trouble.get_mut().take();
        if let Some(trouble) = trouble {
            self.say(2, &trouble);
        }
        match self.document(uri) {
            Some(now) if now.version == version => answer,
            _ => Err((code::CONTENT_MODIFIED, "the buffer changed meanwhile".into())),
        }
    }

    /// A buffer that the client has open.
    pub fn document(&self, uri: &str) -> Option<Document> {
        self.shared.documents.lock().unwrap_or_else(|e| e.into_inner()).get(uri)
    }

    /// A buffer beside its recording; `None` where there is none, or it never ran.
    pub fn view(&mut self, uri: &str) -> Option<View<'_>> {
        let (document, encoding) = {
            let documents = self.shared.documents.lock().unwrap_or_else(|e| e.into_inner());
            (documents.get(uri)?, documents.encoding)
        };
        let path = path_of(uri)?;
        let folder = self.folder_of(&path)?;
        self.load(&folder);
        let settings = self.settings.clone();
        let loaded = self.loaded.get_mut(&folder)?;
        let source = loaded.source(&path)?;
        let mapping = loaded.mapping(&path, source, document.version, &document.text);
        let outline = loaded.outline(source);
        let debugged = self.folders.get(&folder).is_some_and(Folder::is_debugged);
        let (copies, uri) = (self.support.copies, uri.to_owned());
        let mut names = Names::default();
        names.learn(&path.to_string_lossy());
        Some(View { loaded, source, document, mapping, outline, encoding, settings, uri, names, debugged, copies })
    }

    /// The `.connie` folder that a file belongs to; else that of a workspace folder.
    fn folder_of(&mut self, path: &Path) -> Option<PathBuf> {
        let of_root = || self.roots.iter().map(|root| root.join(".connie")).find(|folder| is_project_folder(folder));
        let found = Folder::around(path).or_else(of_root)?;
        if !self.folders.contains_key(&found) {
            if self.folders.len() >= PROJECTS * 4 {
                self.folders.clear();
                self.loaded.clear();
            }
            self.folders.insert(found.clone(), Folder::new(found.clone(), &*self.host));
        }
        Some(found)
    }

    /// A project's folder, for requests.
    pub fn folder(&mut self, uri: Option<&str>) -> Option<(PathBuf, &mut Folder)> {
        let path = uri.and_then(path_of).or_else(|| self.roots.first().map(|root| root.join("x")))?;
        let folder = self.folder_of(&path)?;
        self.folders.get_mut(&folder).map(|state| (folder, state))
    }

    /// The recordings of a project.
    pub fn recordings(&self, folder: &Path) -> Vec<PathBuf> {
        self.host.recordings(folder)
    }

    /// Shows a recording in a browser: this machine's where the user sits at it, else the client's; its address. A client on
    /// this machine would start the browser with the address, and its token, on the command line.
    pub fn open_in_viewer(&mut self, recording: &Path, step: Option<u64>) -> Answer {
        let address = self.host.view(recording, step).map_err(|why| (code::FAILED, why))?;
        if self.host.browse(&address) {
            return Ok(address.into());
        }
        if self.support.documents {
            self.out.request("window/showDocument", json!({"uri": address, "external": true}));
        } else {
            self.out.notify("window/showMessage", json!({"type": 3, "message": format!("Open {address}")}));
        }
        Ok(address.into())
    }

    /// Opens the recording that a folder shows.
    fn load(&mut self, folder: &Path) {
        let Some(state) = self.folders.get(folder) else { return };
        let (Some(path), step) = (state.recording().map(Path::to_path_buf), state.step()) else {
            self.loaded.remove(folder);
            return;
        };
        if self.loaded.get(folder).is_none_or(|loaded| loaded.path != path) {
            if self.loaded.len() >= PROJECTS {
                self.loaded.clear();
            }
            match Loaded::open(&path) {
                Ok(loaded) => drop(self.loaded.insert(folder.into(), loaded)),
                Err(error) => {
                    self.loaded.remove(folder);
                    return self.say(2, &error.to_string());
                }
            }
        }
        if let Some(loaded) = self.loaded.get_mut(folder)
            && loaded.step != step
        {
            // The step may be newer than what was read.
            if step.is_some_and(|step| step > loaded.recording.last_step()) {
                loaded.refresh();
            }
            loaded.go_to(step);
        }
    }

    /// Finds the folders of buffers that had none when they were opened; whether there are any.
    fn look_for_folders(&mut self) -> bool {
        if self.sought.elapsed() < SEEK {
            return false;
        }
        self.sought = Instant::now();
        let open = self.shared.documents.lock().unwrap_or_else(|e| e.into_inner()).uris();
        let before = self.folders.len();
        for path in open.iter().filter_map(|uri| path_of(uri)) {
            self.folder_of(&path);
        }
        self.folders.len() > before
    }

    fn look(&mut self) {
        let mut changed = self.look_for_folders();
        let mut grown = false;
        let folders: Vec<PathBuf> = self.folders.keys().cloned().collect();
        for path in folders {
            let Some(folder) = self.folders.get_mut(&path) else { continue };
            if folder.look(&*self.host) {
                changed = true;
                self.load(&path);
            }
            if let Some(loaded) = self.loaded.get_mut(&path).filter(|loaded| loaded.is_live()) {
                grown |= loaded.refresh();
            }
        }
        if grown {
            self.grown.get_or_insert_with(Instant::now);
        }
        if changed || self.grown.is_some_and(|since| since.elapsed() > GROWTH) {
            self.grown = None;
            self.show_anew();
        }
    }

    /// Makes the client ask for everything again.
    pub fn show_anew(&mut self) {
        let kinds = [
            (self.support.hints, "workspace/inlayHint/refresh"),
            (self.support.lenses, "workspace/codeLens/refresh"),
            (self.support.values, "workspace/inlineValue/refresh"),
        ];
        for (_, method) in kinds.iter().filter(|(supported, _)| *supported) {
            self.out.request(method, Value::Null);
        }
        let open = self.shared.documents.lock().unwrap_or_else(|e| e.into_inner()).uris();
        for uri in open {
            self.diagnose(&uri);
        }
    }

    fn diagnose(&mut self, uri: &str) {
        let out = self.out.clone();
        let work = AssertUnwindSafe(|| {
            let Some(mut view) = self.view(uri) else { return json!([]) };
            requests::diagnostics::diagnostics(&mut view)
        });
        let diagnostics = catch_unwind(work).unwrap_or_else(|_| json!([]));
        let Some(version) = self.document(uri).map(|document| document.version) else { return };
        let params = json!({"uri": uri, "version": version, "diagnostics": diagnostics});
        out.notify("textDocument/publishDiagnostics", params);
    }
}

impl View<'_> {
    /// The URI of a file that has run, as the client names the buffer's project.
    pub fn uri_of(&self, path: &str) -> String {
        uri_of(Path::new(&self.names.of(path)))
    }

    /// The line of the buffer (from 0) that a recorded line (from 1) is; `None` where it was changed.
    pub fn buffer_line(&self, recorded: u32) -> Option<usize> {
        self.mapping.file(recorded).map(|line| line as usize - 1)
    }

    /// The recorded line (from 1) that a line of the buffer (from 0) is; `None` where it was changed.
    pub fn recorded_line(&self, line: usize) -> Option<u32> {
        self.mapping.recorded(line as u32 + 1)
    }

    /// A position in the buffer: a line (from 0) and a byte offset in it, clamped.
    pub fn position(&self, line: usize, bytes: usize) -> Value {
        let text = self.document.line(line).unwrap_or_default();
        json!({"line": line, "character": self.encoding.column(text, bytes)})
    }

    /// The range of a whole line of the buffer, without what is before its first character.
    pub fn line_range(&self, line: usize) -> Value {
        let text = self.document.line(line).unwrap_or_default();
        let start = text.len() - text.trim_start().len();
        json!({"start": self.position(line, start), "end": self.position(line, text.trim_end().len().max(start))})
    }
}

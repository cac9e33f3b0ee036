//! The projects of the client's files, with their recordings: the one that is shown, and documents beside it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use connie_history::client_names::Names;
use connie_history::loaded::Loaded;
use connie_recording::files::is_project_folder;
use gen_lsp_types::{
    ApplyWorkspaceEditParams, ApplyWorkspaceEditRequest, MessageType, ShowDocumentParams, ShowDocumentRequest,
    ShowMessageNotification, ShowMessageParams,
};
use lsp_server::ErrorCode;

use crate::answer::{Answer, Refusal};
use crate::client::Support;
use crate::documents::{Document, Documents, path_of};
use crate::follow::Folder;
use crate::host::Host;
use crate::outgoing::Outgoing;
use crate::params::TextDocument;
use crate::settings::Settings;
use crate::view::View;

/// The maximum number of projects whose recordings are kept open.
const PROJECTS: usize = 4;

/// The changes found when all projects were read again.
#[derive(Clone, Copy, Default)]
pub struct Look {
    /// Whether another recording or step is shown.
    pub changed: bool,
    /// Whether a recording has grown.
    pub grown: bool,
}

/// The projects, as queries see them.
pub struct Projects {
    out: Outgoing,
    documents: Arc<Mutex<Documents>>,
    host: Box<dyn Host>,
    /// The user's settings.
    pub settings: Settings,
    /// The folders of the workspace.
    pub roots: Vec<PathBuf>,
    /// The client's capabilities.
    pub support: Support,
    folders: HashMap<PathBuf, Folder>,
    loaded: HashMap<PathBuf, Loaded>,
    said: HashSet<String>,
    /// Whether a query changed what other requests show, so that the client has to request everything again.
    pub changed: bool,
}

impl Projects {
    /// Creates the state before the first query.
    pub fn new(out: Outgoing, documents: Arc<Mutex<Documents>>, host: Box<dyn Host>) -> Self {
        Self {
            out,
            documents,
            host,
            settings: Settings::default(),
            roots: Vec::new(),
            support: Support::default(),
            folders: HashMap::new(),
            loaded: HashMap::new(),
            said: HashSet::new(),
            changed: false,
        }
    }

    /// Shows a message to the user, also if it was shown before.
    pub fn show(&self, text: &str) {
        let params = ShowMessageParams { kind: MessageType::Info, message: text.to_owned() };
        self.out.notify::<ShowMessageNotification>(params);
    }

    /// Asks the client to apply an edit.
    pub fn apply(&self, edit: ApplyWorkspaceEditParams) {
        self.out.request::<ApplyWorkspaceEditRequest>(edit, None);
    }

    /// Shows a message to the user, once.
    pub fn say(&mut self, kind: MessageType, text: &str) {
        if self.said.insert(text.to_owned()) {
            let params = ShowMessageParams { kind, message: text.to_owned() };
            self.out.notify::<ShowMessageNotification>(params);
        }
    }

    /// Answers a query about a document. The answer is empty if there is no recording, and an error if the document
    /// changed meanwhile.
    pub fn about<T: Default>(&mut self, buffer: &TextDocument, answer: impl FnOnce(&mut View<'_>) -> T) -> Answer<T> {
        let uri = buffer.uri.as_deref().ok_or_else(|| Refusal::wrong("textDocument.uri is missing"))?;
        let Some(mut view) = self.view(uri) else { return Ok(T::default()) };
        let version = view.document.version;
        let answer = answer(&mut view);
        let trouble = view.loaded.trouble.get_mut().take();
        if let Some(trouble) = trouble {
            self.say(MessageType::Warning, &trouble);
        }
        match self.document(uri) {
            Some(now) if now.version == version => Ok(answer),
            _ => Err(Refusal::new(ErrorCode::ContentModified, "the buffer changed meanwhile")),
        }
    }

    /// Whether to show lenses above tests.
    pub fn shows_tests(&self) -> bool {
        self.support.tests && self.settings.lenses
    }

    /// An open document of the client.
    pub fn document(&self, uri: &str) -> Option<Document> {
        self.documents.lock().unwrap_or_else(|e| e.into_inner()).get(uri)
    }

    /// A document beside its recording; `None` if there is no recording, or the file never ran.
    pub fn view(&mut self, uri: &str) -> Option<View<'_>> {
        let (document, encoding) = {
            let documents = self.documents.lock().unwrap_or_else(|e| e.into_inner());
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
        let folder = self.folders.get(&folder);
        let debugged = folder.is_some_and(Folder::is_debugged);
        let moved_at = folder.and_then(Folder::chosen_at).filter(|(of, _)| of == uri).map(|(_, line)| *line);
        let (support, uri) = (self.support, uri.to_owned());
        let mut names = Names::default();
        names.learn(&path.to_string_lossy());
        Some(View {
            loaded,
            source,
            document,
            mapping,
            outline,
            encoding,
            settings,
            uri,
            names,
            debugged,
            copies: support.copies,
            applies_edits: support.applies_edits,
            moved_at,
        })
    }

    /// The `.connie` folder of a file; otherwise that of a workspace folder.
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
        let folder = match uri.and_then(path_of) {
            Some(path) => self.folder_of(&path)?,
            // Prefer the project with an active debugger.
            None => {
                let roots: Vec<_> = self.roots.iter().map(|root| root.join("x")).collect();
                let folders: Vec<_> = roots.iter().filter_map(|path| self.folder_of(path)).collect();
                let is_debugged = |folder: &&PathBuf| self.folders.get(*folder).is_some_and(Folder::is_debugged);
                folders.iter().find(is_debugged).or(folders.first())?.clone()
            }
        };
        self.folders.get_mut(&folder).map(|state| (folder, state))
    }

    /// The recordings of a project.
    pub fn recordings(&self, folder: &Path) -> Vec<PathBuf> {
        self.host.recordings(folder)
    }

    /// Opens a recording in a browser and returns its address. If the user sits at this machine, the server starts the
    /// browser itself: a client would put the address, with its token, on a command line. Otherwise the client opens
    /// it.
    pub fn open_in_viewer(&mut self, recording: &Path, step: Option<u64>) -> Answer<String> {
        let address = self.host.view(recording, step).map_err(Refusal::failed)?;
        if self.host.browse(&address) {
            return Ok(address);
        }
        if self.support.documents {
            let uri = address.as_str().into();
            let params = ShowDocumentParams { uri, external: Some(true), take_focus: None, selection: None };
            self.out.request::<ShowDocumentRequest>(params, None);
        } else {
            let params = ShowMessageParams { kind: MessageType::Info, message: format!("Open {address}") };
            self.out.notify::<ShowMessageNotification>(params);
        }
        Ok(address)
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
                    // A recording that was just replaced is not worth a message.
                    if !path.exists() {
                        return;
                    }
                    return self.say(MessageType::Warning, &error.to_string());
                }
            }
        }
        if let Some(loaded) = self.loaded.get_mut(folder)
            && loaded.step != step
        {
            // The step may be newer than the data read so far.
            if step.is_some_and(|step| step > loaded.recording.last_step()) {
                loaded.refresh();
            }
            loaded.go_to(step);
        }
    }

    /// Finds the folders of documents that had none when they were opened. Returns whether it found any.
    pub fn look_for_folders(&mut self) -> bool {
        let before = self.folders.len();
        for path in self.buffers().iter().filter_map(|uri| path_of(uri)) {
            self.folder_of(&path);
        }
        self.folders.len() > before
    }

    /// Reads all projects again.
    pub fn look(&mut self) -> Look {
        let mut seen = Look::default();
        let folders: Vec<PathBuf> = self.folders.keys().cloned().collect();
        for path in folders {
            let Some(folder) = self.folders.get_mut(&path) else { continue };
            if folder.look(&*self.host) {
                seen.changed = true;
                self.load(&path);
            }
            if let Some(loaded) = self.loaded.get_mut(&path).filter(|loaded| loaded.is_live()) {
                seen.grown |= loaded.refresh();
            }
        }
        seen
    }

    /// The open documents of the client.
    pub fn buffers(&self) -> Vec<String> {
        self.documents.lock().unwrap_or_else(|e| e.into_inner()).uris()
    }
}

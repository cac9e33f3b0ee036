//! Chooses the recording and the step that a project shows: those of the debugger, if one is active; otherwise the
//! recording that the user selected; otherwise the newest.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use connie_history::cursor::{self, Cursor, Wish};
use connie_recording::files::is_project_folder;

use crate::host::Host;

/// The interval for checking whether a silent debugger is alive.
const ALIVE: Duration = Duration::from_secs(1);

/// A project's `.connie` folder.
pub struct Folder {
    /// Its path.
    pub path: PathBuf,
    newest: Option<PathBuf>,
    listed: Option<SystemTime>,
    found: Found,
    /// The recording that the user selected.
    selected: Option<PathBuf>,
    cursor: Option<Cursor>,
    seen: Option<(SystemTime, u64)>,
    asked: Instant,
    /// The recording and the step that the user went to without a debugger.
    view: Option<(PathBuf, u64)>,
    /// Earlier positions of the debugger, from before the user moved it from beside the code, the latest last.
    before: Vec<Before>,
}

/// The recordings of a folder, and the size of the newest, which may have no steps until it has grown.
#[derive(Default, PartialEq)]
struct Found {
    recordings: Vec<PathBuf>,
    newest: Option<(SystemTime, u64)>,
}

impl Found {
    fn of(recordings: Vec<PathBuf>) -> Self {
        let look = |path: &PathBuf| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self { newest: recordings.last().and_then(look), recordings }
    }
}

/// The position of a debugger before it was moved.
struct Before {
    step: u64,
    /// The document and the line (of the source that ran) at which a call or iteration was selected.
    chosen: Option<(String, u32)>,
}

/// The maximum number of positions to go back to.
const KEPT: usize = 100;

impl Folder {
    /// The nearest folder upward from a file, or from the target of a link.
    pub fn around(file: &Path) -> Option<PathBuf> {
        let above = |file: &Path| {
            file.ancestors().skip(1).map(|folder| folder.join(".connie")).find(|folder| is_project_folder(folder))
        };
        above(file).or_else(|| above(&file.canonicalize().ok()?))
    }

    /// Reads the folder for the first time.
    pub fn new(path: PathBuf, host: &dyn Host) -> Self {
        let mut folder = Self {
            path,
            newest: None,
            listed: None,
            found: Found::default(),
            selected: None,
            cursor: None,
            seen: None,
            asked: Instant::now(),
            view: None,
            before: Vec::new(),
        };
        folder.look(host);
        folder
    }

    /// Reads the folder again. Returns whether what is shown may have changed.
    pub fn look(&mut self, host: &dyn Host) -> bool {
        let mut changed = false;
        let modified = std::fs::metadata(&self.path).and_then(|metadata| metadata.modified()).ok();
        if modified != self.listed {
            self.listed = modified;
            // Other files in the folder change too: the debugger's position is replaced at each stop.
            let found = Found::of(host.recordings(&self.path));
            if found != self.found {
                self.found = found;
                // The selected recording may have been replaced, for example by `connie watch`.
                changed |= self.selected.take_if(|selected| !selected.exists()).is_some();
                let newest = host.latest(&self.path);
                changed |= newest != self.newest;
                self.newest = newest;
            }
        }
        let seen = cursor::changed(&self.path);
        if seen != self.seen || self.cursor.is_some() && self.asked.elapsed() > ALIVE {
            self.seen = seen;
            self.asked = Instant::now();
            let now = cursor::read(&self.path);
            changed |= now != self.cursor;
            let of = |cursor: &Option<Cursor>| cursor.as_ref().map(|cursor| (cursor.pid, cursor.recording.clone()));
            if of(&now) != of(&self.cursor) {
                self.before.clear();
            }
            self.cursor = now;
        }
        changed
    }

    /// The recording to show.
    pub fn recording(&self) -> Option<&Path> {
        let of_cursor = self.cursor.as_ref().map(|cursor| cursor.recording.as_path());
        of_cursor.or(self.selected.as_deref()).or(self.newest.as_deref())
    }

    /// The step to show, if the debugger or the user selected one.
    pub fn step(&self) -> Option<u64> {
        self.cursor.as_ref().map(|cursor| cursor.step).or_else(|| {
            let (recording, step) = self.view.as_ref()?;
            (Some(recording.as_path()) == self.recording()).then_some(*step)
        })
    }

    /// Goes to a step; moves the debugger if there is one.
    pub fn seek(&mut self, step: Option<u64>) {
        match (&self.cursor, step) {
            (Some(_), Some(step)) => self.leave_for(step, None),
            _ => self.view = self.recording().map(Path::to_owned).zip(step),
        }
    }

    /// Moves the debugger to the step of a call or iteration that was selected at a line.
    pub fn choose(&mut self, step: u64, uri: &str, line: u32) {
        self.leave_for(step, Some((uri.to_owned(), line)));
    }

    fn leave_for(&mut self, step: u64, chosen: Option<(String, u32)>) {
        let Some(cursor) = &self.cursor else { return };
        // A debugger that has not moved yet is still at its earlier position.
        self.before.retain(|before| before.step != cursor.step);
        if cursor.step != step {
            if self.before.len() >= KEPT {
                self.before.remove(0);
            }
            self.before.push(Before { step: cursor.step, chosen });
        }
        cursor::ask(&self.path, cursor.pid, &Wish::Go { step });
    }

    /// Moves the debugger back to its previous position. Returns the step, if there is one.
    pub fn go_back(&mut self) -> Option<u64> {
        let cursor = self.cursor.as_ref()?;
        let step = self.before.pop()?.step;
        cursor::ask(&self.path, cursor.pid, &Wish::Go { step });
        Some(step)
    }

    /// The document and the line at which the debugger was moved last, if it can go back.
    pub fn chosen_at(&self) -> Option<&(String, u32)> {
        self.before.last()?.chosen.as_ref()
    }

    /// Whether a debugger is active in the project.
    pub fn is_debugged(&self) -> bool {
        self.cursor.is_some()
    }

    /// Sends a request to the debugger. Returns whether there is a debugger.
    pub fn ask(&self, wish: &Wish) -> bool {
        if let Some(cursor) = &self.cursor {
            cursor::ask(&self.path, cursor.pid, wish);
        }
        self.is_debugged()
    }

    /// Selects a recording, or with `None` the newest again.
    pub fn select(&mut self, recording: Option<PathBuf>) {
        self.selected = recording;
        self.view = None;
    }
}

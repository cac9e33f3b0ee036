//! Manages the recordings of one watch. A new one replaces the previous one as soon as it has steps. No other
//! recordings are changed.

use std::path::{Path, PathBuf};

use connie_history::cursor;
use connie_recording::reader;

use crate::folder;

/// A recording of a watch.
struct Made {
    path: PathBuf,
    /// The test that it records; empty for a program.
    test: String,
}

/// The existing recordings that a watch made.
pub struct Kept {
    store: PathBuf,
    made: Vec<Made>,
    /// Replaced recordings that a debugger still has open.
    replaced: Vec<PathBuf>,
}

impl Kept {
    /// Creates an empty list for a folder of recordings.
    pub fn new(store: &Path) -> Self {
        Self { store: store.into(), made: Vec::new(), replaced: Vec::new() }
    }

    /// The folder.
    pub fn store(&self) -> &Path {
        &self.store
    }

    /// The latest recording.
    pub fn latest(&self) -> Option<&Path> {
        self.made.last().map(|made| made.path.as_path())
    }

    /// Replaces the recording of the program. A new recording without steps is removed instead, unless there is no
    /// other. Returns whether the new one is kept.
    pub fn replace(&mut self, new: &Path) -> bool {
        if !new.exists() {
            return false;
        }
        if self.latest() == Some(new) {
            return true;
        }
        if !shows(new) && self.latest().is_some_and(Path::exists) {
            let _ = folder::remove(new);
            return false;
        }
        let before = std::mem::take(&mut self.made);
        self.made.push(Made { path: new.into(), test: String::new() });
        self.drop_all(before.into_iter().map(|made| made.path));
        true
    }

    /// Like [`Kept::replace`], while the new recording is in progress.
    pub fn replace_early(&mut self, new: &Path) {
        if self.latest().is_some_and(|latest| latest != new) && reader::has_code(new).unwrap_or(false) {
            self.replace(new);
        }
    }

    /// Adds the recordings of tests whose ids begin with `prefix`. Recordings of tests that ran again are replaced, but
    /// the last one with steps is kept. Returns the tests of the added ones.
    pub fn add_tests(&mut self, prefix: &str, ran: impl Fn(&str) -> bool) -> Vec<String> {
        let is_new = |path: &PathBuf| folder::id(path).strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'));
        let new = folder::recordings(&self.store).into_iter().filter(is_new);
        // What is kept for comparing is replaced by its recorder.
        let infos = new.filter_map(|path| Some((reader::info(&path).ok().filter(|info| !info.is_reference())?, path)));
        let new: Vec<Made> = infos.map(|(info, path)| Made { test: info.program, path }).collect();
        let tests = new.iter().map(|made| made.test.clone()).collect();
        let mut before = std::mem::take(&mut self.made);
        let stays =
            before.iter().rposition(|made| made.path.exists()).filter(|_| !new.iter().any(|made| shows(&made.path)));
        let mut old = Vec::new();
        let mut n = 0;
        before.retain(|made| {
            n += 1;
            let is_kept = stays == Some(n - 1) || !ran(&made.test);
            if !is_kept {
                old.push(made.path.clone());
            }
            is_kept
        });
        self.made = before;
        self.made.extend(new);
        self.drop_all(old);
        tests
    }

    /// Removes recordings, but postpones those that a debugger has open.
    fn drop_all(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        self.replaced.extend(paths);
        self.clean();
    }

    /// Whether replaced recordings still exist.
    pub fn has_replaced(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// Removes replaced recordings that no debugger has open any more.
    pub fn clean(&mut self) {
        if self.replaced.is_empty() {
            return;
        }
        let shown = cursor::read(&self.store).and_then(|cursor| cursor.recording.canonicalize().ok());
        self.replaced.retain(|path| {
            let is_shown = shown.is_some() && path.canonicalize().ok() == shown;
            if !is_shown {
                let _ = folder::remove(path);
            }
            is_shown
        });
    }
}

/// Whether a recording has steps. One that cannot be read is kept.
fn shows(path: &Path) -> bool {
    reader::has_code(path).unwrap_or(true)
}

//! The recordings of one watch. A new one replaces the one before as soon as it has something to show; no other
//! recording is touched.

use std::path::{Path, PathBuf};

use connie_history::cursor;
use connie_recording::reader;

use crate::folder;

/// A recording of a watch.
struct Made {
    path: PathBuf,
    /// The test that it is of; empty for a program.
    test: String,
}

/// The recordings that a watch made and that are there.
pub struct Kept {
    store: PathBuf,
    made: Vec<Made>,
    /// Replaced, but a debugger stands in them.
    replaced: Vec<PathBuf>,
}

impl Kept {
    /// Of a folder of recordings.
    pub fn new(store: &Path) -> Self {
        Self { store: store.into(), made: Vec::new(), replaced: Vec::new() }
    }

    /// The folder.
    pub fn store(&self) -> &Path {
        &self.store
    }

    /// The latest.
    pub fn latest(&self) -> Option<&Path> {
        self.made.last().map(|made| made.path.as_path())
    }

    /// Replaces the recording of the program by a new one. Without steps, that is dropped instead, unless there is no
    /// other. Returns whether it is kept.
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

    /// As [`Kept::replace`], while the new recording is still being made.
    pub fn replace_early(&mut self, new: &Path) {
        if self.latest().is_some_and(|latest| latest != new) && reader::has_code(new).unwrap_or(false) {
            self.replace(new);
        }
    }

    /// Adds the recordings of tests whose ids begin with `prefix`. Those of tests that ran again are replaced, but the
    /// last one that shows something stays. Returns the tests of those that were added.
    pub fn add_tests(&mut self, prefix: &str, ran: impl Fn(&str) -> bool) -> Vec<String> {
        let is_new = |path: &PathBuf| folder::id(path).strip_prefix(prefix).is_some_and(|rest| rest.starts_with('-'));
        let new = folder::recordings(&self.store).into_iter().filter(is_new);
        let new: Vec<Made> =
            new.filter_map(|path| Some(Made { test: reader::info(&path).ok()?.program, path })).collect();
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

    /// Removes recordings, except one in which a debugger stands: that waits.
    fn drop_all(&mut self, paths: impl IntoIterator<Item = PathBuf>) {
        self.replaced.extend(paths);
        self.clean();
    }

    /// Whether replaced recordings are still there.
    pub fn has_replaced(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// Removes replaced recordings that no debugger shows any more.
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

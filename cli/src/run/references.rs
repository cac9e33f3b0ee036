//! Keeps the last passing recording of each test that has failed, so that the next failure can be compared with it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use connie_history::cursor;
use connie_recording::reader::{self, Info};

use crate::folder;

/// The maximum number of such recordings in a folder; the oldest ones are removed.
pub const MAX_KEPT: usize = 50;

/// What is known of the recordings of a folder. They are read when the first test has passed.
pub struct References {
    folder: PathBuf,
    known: Option<BTreeMap<PathBuf, Known>>,
}

/// A recording of a test.
struct Known {
    test: String,
    started: i64,
    kind: Kind,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Failed,
    /// It passed, and is kept for comparing.
    Reference,
    Other,
}

impl References {
    /// For a folder of recordings.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.into(), known: None }
    }

    /// Whether the recording of a test that passed is to be kept: an earlier one failed, or was kept for this reason.
    pub fn wants(&mut self, test: &str) -> bool {
        if test.is_empty() {
            return false;
        }
        if self.known.is_none() {
            self.refresh();
        }
        let is_one = |known: &Known| known.test == test && known.kind != Kind::Other;
        self.known.iter().flat_map(BTreeMap::values).any(is_one)
    }

    /// Notes a new recording. One that is kept for comparing replaces the earlier ones of its test, and the oldest of
    /// others if there are too many.
    pub fn note(&mut self, path: &Path) {
        // The folder is read when the first test passes.
        if self.known.is_none() {
            return;
        }
        // Other processes, such as workers of pytest-xdist, keep some too.
        self.refresh();
        let Some(known) = &mut self.known else { return };
        let Some(new) = known.get(path).filter(|new| new.kind == Kind::Reference) else { return };
        let is_reference = |one: &Known| one.kind == Kind::Reference;
        let same = known.iter().filter(|(other, one)| *other != path && is_reference(one) && one.test == new.test);
        let mut gone: Vec<PathBuf> = same.map(|(path, _)| path.clone()).collect();
        let mut others: Vec<(i64, &PathBuf)> = known
            .iter()
            .filter(|(path, one)| is_reference(one) && !gone.contains(path))
            .map(|(path, one)| (one.started, path))
            .collect();
        others.sort();
        let too_many = others.len().saturating_sub(MAX_KEPT);
        let oldest: Vec<PathBuf> = others.into_iter().take(too_many).map(|(_, path)| path.clone()).collect();
        gone.extend(oldest);
        let shown = cursor::read(&self.folder).and_then(|cursor| cursor.recording.canonicalize().ok());
        for path in gone {
            // A debugger has it open: it is removed next time.
            if shown.is_some() && path.canonicalize().ok() == shown {
                continue;
            }
            let _ = folder::remove(&path);
            known.remove(&path);
        }
    }

    /// Reads the recordings of the folder that are not known yet.
    fn refresh(&mut self) {
        let mut before = self.known.take().unwrap_or_default();
        let mut now = BTreeMap::new();
        for path in folder::recordings(&self.folder) {
            if let Some((path, known)) = before.remove_entry(&path) {
                now.insert(path, known);
            } else if let Some(info) = reader::info(&path).ok().filter(|info| !info.is_going_on()) {
                let kind = kind(&info);
                now.insert(path, Known { test: info.program, started: info.started, kind });
            }
        }
        self.known = Some(now);
    }
}

fn kind(info: &Info) -> Kind {
    match () {
        () if info.is_reference() => Kind::Reference,
        () if info.has_failed() => Kind::Failed,
        () => Kind::Other,
    }
}

//! The watched files and their contents.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use connie_recording::files;

/// The maximum number of watched folders.
const MAX_FOLDERS: usize = 8192;
/// The maximum number of files that are read.
const MAX_FILES: usize = 50_000;

/// The metadata by which an unchanged file is recognised without reading it.
type Stamp = (i64, i64, i64, i64, u64, u64);

#[derive(Default)]
struct Seen {
    stamp: Option<Stamp>,
    /// The hash of its content; `None` if there is no such file.
    hash: Option<u64>,
}

/// Files by path.
#[derive(Default)]
pub struct Files {
    seen: BTreeMap<PathBuf, Seen>,
    /// Folders in which all files count.
    pub whole: Vec<PathBuf>,
}

impl Files {
    /// Remembers the current content of a file.
    pub fn learn(&mut self, path: &Path) {
        if !self.seen.contains_key(path) && self.seen.len() < MAX_FILES {
            self.seen.insert(path.into(), look(path, &Seen::default()).unwrap_or_default());
        }
    }

    /// Remembers all files of a folder that may count.
    pub fn learn_folder(&mut self, folder: &Path) {
        for path in entries(folder).filter(|path| path.is_file()) {
            if self.may_count(&path) {
                self.learn(&path);
            }
        }
    }

    /// Registers a file that may have changed; an unknown file counts as changed if it exists.
    pub fn meet(&mut self, path: &Path) {
        if self.may_count(path) && !path.is_dir() && self.seen.len() < MAX_FILES {
            self.seen.entry(path.into()).or_default();
        }
    }

    /// Like [`Files::meet`], for all files of a folder.
    pub fn meet_folder(&mut self, folder: &Path) {
        entries(folder).for_each(|path| self.meet(&path));
    }

    /// Whether a file is known.
    pub fn knows(&self, path: &Path) -> bool {
        self.seen.contains_key(path)
    }

    /// The number of existing files.
    pub fn count(&self) -> usize {
        self.seen.values().filter(|seen| seen.hash.is_some()).count()
    }

    fn may_count(&self, path: &Path) -> bool {
        let is_python = path.extension().is_some_and(|extension| extension == "py" || extension == "pyw");
        !is_ignored(path) && (is_python || self.is_in_whole(path))
    }

    /// Whether a file is in a folder in which all files count.
    pub fn is_in_whole(&self, path: &Path) -> bool {
        self.whole.iter().any(|folder| path.starts_with(folder))
    }

    /// The files whose content has changed since the last call.
    pub fn changed(&mut self) -> Vec<PathBuf> {
        let mut changed = Vec::new();
        for (path, seen) in &mut self.seen {
            let Some(now) = look(path, seen) else { continue };
            if now.hash != seen.hash {
                changed.push(path.clone());
            }
            *seen = now;
        }
        changed
    }

    /// The text of a file, if its content has not changed since the last check.
    pub fn text(&self, path: &Path) -> Option<String> {
        let bytes = read(path)?;
        let is_same = self.seen.get(path).is_none_or(|seen| seen.hash == Some(hash(&bytes)));
        is_same.then(|| connie_source::source_text::decode(&bytes))
    }
}

/// The current state of a file; `None` if it was not written since.
fn look(path: &Path, before: &Seen) -> Option<Seen> {
    let stamp = path
        .metadata()
        .ok()
        .map(|found| (found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec(), found.size(), found.ino()));
    if stamp.is_some() && stamp == before.stamp {
        return None;
    }
    Some(Seen { stamp, hash: read(path).map(|bytes| hash(&bytes)) })
}

fn read(path: &Path) -> Option<Vec<u8>> {
    files::read(path, files::SOURCE).ok()
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

/// Whether people do not write a file or folder: it is hidden, a cache, an environment, or installed packages.
fn is_ignored(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.')
        || name.ends_with('~')
        || name.ends_with(".egg-info")
        || matches!(&*name, "__pycache__" | "node_modules" | "site-packages")
}

/// Whether a folder is ignored because of its contents: a virtual environment, or a tagged cache.
fn is_ignored_folder(folder: &Path) -> bool {
    is_ignored(folder) || folder.join("pyvenv.cfg").exists() || folder.join("CACHEDIR.TAG").exists()
}

/// A folder and all its subfolders that are not ignored.
pub fn folders_below(folder: &Path) -> BTreeSet<PathBuf> {
    let (mut found, mut open) = (BTreeSet::new(), vec![folder.to_path_buf()]);
    while let Some(folder) = open.pop().filter(|_| found.len() < MAX_FOLDERS) {
        let is_real = |path: &PathBuf| path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        open.extend(entries(&folder).filter(is_real).filter(|path| !is_ignored_folder(path)));
        found.insert(folder);
    }
    found
}

/// Whether a new folder has to be watched.
pub fn is_new_folder(path: &Path, below: &[PathBuf]) -> bool {
    path.is_dir() && !is_ignored_folder(path) && below.iter().any(|folder| path.starts_with(folder))
}

//! The texts of files, as they were when their code first ran: files change while a program runs.

use std::os::unix::fs::MetadataExt;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use rustc_hash::FxHashMap;

/// Bytes of a file that is taken: it has to fit into the ring.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Clocks of file systems are not exact: a file that was written this short a time before it was read may have been
/// written again since, with the same time.
const UNSURE: Duration = Duration::from_millis(100);

/// What was read, by the paths without symbolic links.
#[derive(Clone, Default)]
pub(super) struct Texts {
    files: FxHashMap<String, Text>,
}

#[derive(Clone)]
struct Text {
    /// What the file was announced with.
    first: Rc<[u8]>,
    /// What it had last.
    last: Rc<[u8]>,
    stamp: Stamp,
}

/// What changes with a file.
#[derive(Clone, Copy, PartialEq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
    is_sure: bool,
}

impl Texts {
    /// How many files were read.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// The text to announce a file with: the one that it had when it was first announced. `None` for what is no file,
    /// such as a member of a zip file, or is too long.
    pub fn first(&mut self, path: &str) -> Option<Rc<[u8]>> {
        if let Some(known) = self.files.get(path) {
            return Some(Rc::clone(&known.first));
        }
        let (text, stamp) = read(path, None)?;
        let file = Text { first: Rc::clone(&text), last: Rc::clone(&text), stamp };
        self.files.insert(path.to_owned(), file);
        Some(text)
    }

    /// The text that a file has now, if it is another than the first.
    pub fn another(&mut self, path: &str) -> Option<Rc<[u8]>> {
        let known = self.files.get_mut(path)?;
        if let Some((text, stamp)) = read(path, Some(known.stamp)) {
            (known.last, known.stamp) = (text, stamp);
        }
        (known.last != known.first).then(|| Rc::clone(&known.last))
    }
}

/// Reads a file, unless it is certain to be as it was at `known`.
fn read(path: &str, known: Option<Stamp>) -> Option<(Rc<[u8]>, Stamp)> {
    let metadata = std::fs::metadata(path).ok()?;
    // A pipe is the program's own to read.
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return None;
    }
    let is_old = |time: SystemTime| SystemTime::now().duration_since(time).is_ok_and(|age| age > UNSURE);
    let stamp = Stamp {
        inode: metadata.ino(),
        size: metadata.len(),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
        is_sure: metadata.modified().is_ok_and(is_old),
    };
    if stamp.is_sure && known == Some(stamp) {
        return None;
    }
    let text = connie_wire::files::read(path.as_ref(), MAX_FILE_BYTES).ok()?;
    (text.len() as u64 <= MAX_FILE_BYTES).then(|| (text.into(), stamp))
}

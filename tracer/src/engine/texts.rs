//! The texts of files when their code first ran, as files may change while a program runs.

use std::os::unix::fs::MetadataExt;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use rustc_hash::FxHashMap;

/// The largest file that is stored, in bytes. It has to fit into the ring.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Clocks of file systems are not exact. A file that was written this short a time before it was read may have been
/// written again since with the same time.
const UNSURE: Duration = Duration::from_millis(100);

/// The files that were read, by paths without symbolic links.
#[derive(Clone, Default)]
pub(super) struct Texts {
    files: FxHashMap<String, Text>,
}

#[derive(Clone)]
struct Text {
    /// The text that the file was announced with.
    first: Rc<[u8]>,
    /// The latest text.
    last: Rc<[u8]>,
    stamp: Stamp,
}

/// Properties that change with a file.
#[derive(Clone, Copy, PartialEq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
    is_sure: bool,
}

impl Texts {
    /// Number of files that were read.
    pub fn count(&self) -> usize {
        self.files.len()
    }

    /// The text to announce a file with: that of its first announcement. `None` if it is not a file, such as a member
    /// of a zip file, or is too long.
    pub fn first(&mut self, path: &str) -> Option<Rc<[u8]>> {
        if let Some(known) = self.files.get(path) {
            return Some(Rc::clone(&known.first));
        }
        let (text, stamp) = read(path, None)?;
        let file = Text { first: Rc::clone(&text), last: Rc::clone(&text), stamp };
        self.files.insert(path.to_owned(), file);
        Some(text)
    }

    /// The current text of a file, if it differs from the first.
    pub fn another(&mut self, path: &str) -> Option<Rc<[u8]>> {
        let known = self.files.get_mut(path)?;
        if let Some((text, stamp)) = read(path, Some(known.stamp)) {
            (known.last, known.stamp) = (text, stamp);
        }
        (known.last != known.first).then(|| Rc::clone(&known.last))
    }
}

/// Reads a file, unless it is certainly unchanged since `known`.
fn read(path: &str, known: Option<Stamp>) -> Option<(Rc<[u8]>, Stamp)> {
    let metadata = std::fs::metadata(path).ok()?;
    // A pipe is not opened: its data belongs to the program.
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

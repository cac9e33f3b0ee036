//! Data about a finished recording that can be made again at any time: it is in the user's cache, not in the recording.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use connie_wire::codec::Sink;

use super::Recording;
use crate::guard::rows;
use crate::{cache, sketch};

/// A kind of data that is stored for recordings.
#[derive(Debug)]
pub struct StoredKind {
    /// The name of its folder in the user's cache.
    pub folder: &'static str,
    /// The number that changes whenever it is made in another way: what was stored before is then ignored.
    pub format: u64,
    /// The maximum size in bytes for one recording. More is not stored.
    pub most_of_one: u64,
    /// The maximum size in bytes for all recordings; the oldest files are removed.
    pub most: u64,
}

/// The sketches of chunks.
pub(super) const SKETCHES: StoredKind = StoredKind {
    folder: "sketches",
    format: sketch::FORMAT,
    most_of_one: super::known::MAX_BYTES_OF_ONE,
    most: 256 << 20,
};
/// All calls, for flame charts.
pub const FLAMES: StoredKind = StoredKind { folder: "flames", format: 1, most_of_one: 32 << 20, most: 128 << 20 };
/// Which texts may be in the story of each chunk.
pub const STORIES: StoredKind = StoredKind { folder: "stories", format: 1, most_of_one: 64 << 20, most: 128 << 20 };

impl Recording {
    /// The stored data of a kind; `None` if there is none, if it is damaged, if it belongs to another recording, or if
    /// others can change it.
    #[must_use]
    pub fn stored(&self, kind: &StoredKind) -> Option<Vec<u8>> {
        if self.info.is_going_on() {
            return None;
        }
        let head = self.head_of(kind)?;
        let mut bytes = cache::read(&place(&self.path, kind)?, kind.most_of_one)?;
        let (body, sum) = bytes.split_last_chunk::<4>()?;
        if crc32fast::hash(body) != u32::from_le_bytes(*sum) || !body.starts_with(&head) {
            return None;
        }
        bytes.truncate(bytes.len() - 4);
        bytes.drain(..head.len());
        Some(bytes)
    }

    /// Stores data of a kind for the next process, unless the program still runs. Failing is harmless.
    pub fn store(&self, kind: &StoredKind, body: &[u8]) {
        if self.info.is_going_on() {
            return;
        }
        let (Some(place), Some(mut bytes)) = (place(&self.path, kind), self.head_of(kind)) else { return };
        bytes.extend_from_slice(body);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        if bytes.len() as u64 <= kind.most_of_one {
            cache::write(&place, &bytes, kind.most);
        }
    }

    /// What stored data begins with: the file and the chunks that it belongs to.
    fn head_of(&self, kind: &StoredKind) -> Option<Vec<u8>> {
        let metadata = std::fs::metadata(&self.path).ok()?;
        let sums: Vec<i64> =
            rows(&self.connection, "SELECT checksum FROM chunks ORDER BY id", |row| row.get(0)).ok()?;
        let mut chunks = Vec::new();
        for (chunk, sum) in self.chunks.iter().zip(sums) {
            [chunk.id as u64, chunk.first_step, chunk.steps, sum as u64].into_iter().for_each(|n| chunks.varint(n));
        }
        let mut head = format!("connie {}\n", kind.folder).into_bytes();
        head.sized(self.info.id.as_bytes());
        let file =
            [metadata.dev(), metadata.ino(), metadata.len(), metadata.mtime() as u64, metadata.mtime_nsec() as u64];
        let known = [kind.format, self.chunks.len() as u64, u64::from(crc32fast::hash(&chunks))];
        known.into_iter().chain(file).for_each(|n| head.varint(n));
        Some(head)
    }
}

/// The file of a recording's stored data.
fn place(recording: &Path, kind: &StoredKind) -> Option<PathBuf> {
    let path = recording.canonicalize().ok()?;
    let name = sketch::hash(&connie_wire::value::text_value(&path.to_string_lossy()));
    Some(cache::folder(kind.folder).ok()?.join(format!("{name:016x}")))
}

/// Removes what is stored for a recording, before the recording itself is removed.
pub fn forget_stored(recording: &Path) {
    for kind in [&SKETCHES, &FLAMES, &STORIES] {
        if let Some(place) = place(recording, kind) {
            let _ = std::fs::remove_file(place);
        }
    }
}

//! The sketches of a recording's chunks: made when a chunk is searched or in the background, kept in the user's cache.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use connie_wire::Value;
use connie_wire::codec::{Decoder, Sink};

use super::idle::{Idle, Shared};
use super::known::MAX_BYTES_OF_ONE;
use super::{Again, Recording};
use crate::cache;
use crate::chunk::Chunk;
use crate::guard::rows;
use crate::sketch::{self, Made, Sketch};

/// The folder in the user's cache.
const FOLDER: &str = "sketches";
/// The maximum size in bytes of all stored sketches.
const MAX_BYTES: u64 = 256 << 20;
/// The number of new sketches from which on they are stored, although those of other chunks are not known.
const MANY: usize = 32;
const MAGIC: &[u8] = b"connie sketches\n";

impl Recording {
    /// The sketch of a chunk (by index), if it is known.
    #[must_use]
    pub fn sketch(&self, index: usize) -> Option<Rc<Sketch>> {
        if !self.sketches.is_loaded.replace(true) && !self.info.is_going_on() {
            self.load_sketches();
        }
        self.sketches.add_made();
        self.sketches.known.borrow().get(&self.chunks[index].id).cloned()
    }

    /// Makes the sketch of a chunk (by index), unless it is known.
    pub fn learn(&self, index: usize, chunk: &Chunk) {
        if self.sketch(index).is_none() {
            self.learned(index, Sketch::of(chunk));
        }
    }

    /// Makes the sketches of chunks (by index) that have none, with all processors, until `is_enough`.
    pub fn learn_all(&self, indexes: impl Iterator<Item = usize>, is_enough: impl Fn() -> bool) {
        let unknown = indexes.filter(|index| self.sketch(*index).is_none());
        self.scan(
            unknown,
            |chunk| Sketch::of(&chunk),
            |index, made| {
                if let Some(made) = made {
                    self.learned(index, made);
                }
                !is_enough()
            },
        );
    }

    /// Adds the sketch of a chunk (by index).
    pub fn learned(&self, index: usize, made: Made) {
        let sketch = made.finish(|frame| self.is_born_near(frame, index));
        self.sketches.add(self.chunks[index].id, sketch);
    }

    /// Numbers are given before they are written: a frame may begin in the chunk after the one of its birth.
    fn is_born_near(&self, frame: u64, index: usize) -> bool {
        self.birth_of(frame).is_some_and(|birth| birth == index || birth + 1 == index)
    }

    /// Whether a frame may have a step in a chunk (by index).
    #[must_use]
    pub fn may_run(&self, index: usize, frame: u64) -> bool {
        self.is_born_near(frame, index) || self.sketch(index).is_none_or(|sketch| sketch.may_run(frame))
    }

    /// Whether a slot of a frame, or an item of an object by its index ([`SHIFTED`](sketch::SHIFTED) for items that move),
    /// may get a value in a chunk (by index).
    #[must_use]
    pub fn may_change(&self, index: usize, id: u64, item: u32) -> bool {
        self.is_born_near(id, index) || self.sketch(index).is_none_or(|sketch| sketch.may_change(id, item))
    }

    /// Whether one of these codes may be called in a chunk (by index).
    #[must_use]
    pub fn may_call(&self, index: usize, codes: &[u32]) -> bool {
        self.sketch(index).is_none_or(|sketch| codes.iter().any(|code| sketch.may_call(*code)))
    }

    /// Whether something may get a value in a chunk (by index).
    #[must_use]
    pub fn may_have(&self, index: usize, value: &Value) -> bool {
        self.sketch(index).is_none_or(|sketch| sketch.may_have(sketch::hash(value)))
    }

    /// Begins to make the sketches of a finished recording in the background. The thread ends when this recording is
    /// dropped. Does nothing if it was called before.
    pub fn sketch_when_idle(&self) {
        let idle = &self.sketches.idle;
        if !self.info.is_going_on() && idle.borrow().is_none() {
            let again = self.again();
            idle.replace(Idle::start(move |shared| make_all(&again, shared)));
        }
    }

    /// Stores the sketches for the next process, if there are enough new ones. A recording that is being made is not
    /// stored.
    pub fn keep_sketches(&self) {
        let known = self.sketches.known.borrow();
        let stored = self.sketches.stored.get();
        let new = known.len().saturating_sub(stored);
        // Larger files are written less often, so that all writes together are short.
        let is_enough = new > 0 && (known.len() == self.chunks.len() || new >= MANY.max(stored / 2));
        if self.info.is_going_on() || !is_enough {
            return;
        }
        let (Some(place), Some(mut bytes)) = (place(&self.path), self.head_of_sketches()) else { return };
        for chunk in &self.chunks {
            let sketch = known.get(&chunk.id);
            bytes.push(u8::from(sketch.is_some()));
            if let Some(sketch) = sketch {
                sketch.encode(&mut bytes);
            }
        }
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        if bytes.len() as u64 <= MAX_BYTES_OF_ONE {
            cache::write(&place, &bytes, MAX_BYTES);
        }
        self.sketches.stored.set(known.len());
    }

    fn load_sketches(&self) {
        let (Some(place), Some(head)) = (place(&self.path), self.head_of_sketches()) else { return };
        let Some(bytes) = cache::read(&place, MAX_BYTES_OF_ONE) else { return };
        let Some(found) = decode(&bytes, &head, self.chunks.len()) else { return };
        self.sketches.size.set(bytes.len() as u64);
        let mut known = self.sketches.known.borrow_mut();
        let found = self.chunks.iter().map(|chunk| chunk.id).zip(found);
        known.extend(found.filter_map(|(chunk, sketch)| Some((chunk, Rc::new(sketch?)))));
        self.sketches.stored.set(known.len());
    }

    /// What stored sketches begin with: the file and the chunks that they belong to.
    fn head_of_sketches(&self) -> Option<Vec<u8>> {
        let metadata = std::fs::metadata(&self.path).ok()?;
        let sums: Vec<i64> =
            rows(&self.connection, "SELECT checksum FROM chunks ORDER BY id", |row| row.get(0)).ok()?;
        let mut chunks = Vec::new();
        for (chunk, sum) in self.chunks.iter().zip(sums) {
            [chunk.id as u64, chunk.first_step, chunk.steps, sum as u64].into_iter().for_each(|n| chunks.varint(n));
        }
        let mut head = MAGIC.to_vec();
        head.sized(self.info.id.as_bytes());
        let file =
            [metadata.dev(), metadata.ino(), metadata.len(), metadata.mtime() as u64, metadata.mtime_nsec() as u64];
        let known = [sketch::FORMAT, self.chunks.len() as u64, u64::from(crc32fast::hash(&chunks))];
        known.into_iter().chain(file).for_each(|n| head.varint(n));
        Some(head)
    }
}

/// Makes all sketches that are not stored, and stores them. Problems are left to the question that meets them again.
fn make_all(recording: &Again, shared: &Shared) {
    let Ok(recording) = recording.open() else { return };
    for index in 0..recording.chunks.len() {
        if shared.is_unwanted() {
            return;
        }
        if recording.sketch(index).is_some() {
            continue;
        }
        let Some(chunk) = recording.packed(index).ok().and_then(|packed| packed.unpack().ok()) else { continue };
        recording.learn(index, &chunk);
        if let Some(sketch) = recording.sketch(index) {
            shared.give(recording.chunks[index].id, Sketch::clone(&sketch));
        }
    }
    recording.keep_sketches();
}

/// The file of a recording's stored sketches.
fn place(recording: &Path) -> Option<PathBuf> {
    let path = recording.canonicalize().ok()?;
    let name = sketch::hash(&connie_wire::value::text_value(&path.to_string_lossy()));
    Some(cache::folder(FOLDER).ok()?.join(format!("{name:016x}")))
}

/// Removes the stored sketches of a recording, before the recording itself is removed.
pub fn forget_sketches(recording: &Path) {
    if let Some(place) = place(recording) {
        let _ = std::fs::remove_file(place);
    }
}

/// The stored sketches, by chunk; `None` if they are damaged, or belong to another recording.
fn decode(bytes: &[u8], head: &[u8], chunks: usize) -> Option<Vec<Option<Sketch>>> {
    let (body, sum) = bytes.split_last_chunk::<4>()?;
    if crc32fast::hash(body) != u32::from_le_bytes(*sum) {
        return None;
    }
    let mut input = Decoder::new(body.strip_prefix(head)?);
    let mut one = |_| match input.byte().ok()? {
        0 => Some(None),
        _ => Sketch::decode(&mut input).ok().map(Some),
    };
    let found = (0..chunks).map(&mut one).collect::<Option<Vec<_>>>()?;
    input.is_empty().then_some(found)
}

//! The sketches of a recording's chunks: made when a chunk is searched or in the background, kept in the user's cache.

use std::rc::Rc;

use connie_wire::Value;
use connie_wire::codec::Decoder;

use super::idle::{Idle, Shared};
use super::stored::SKETCHES;
use super::{Again, Recording};
use crate::chunk::Chunk;
use crate::sketch::{self, Made, Sketch};

/// The number of new sketches from which on they are stored, although those of other chunks are not known.
const MANY: usize = 32;

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
        let mut bytes = Vec::new();
        for chunk in &self.chunks {
            let sketch = known.get(&chunk.id);
            bytes.push(u8::from(sketch.is_some()));
            if let Some(sketch) = sketch {
                sketch.encode(&mut bytes);
            }
        }
        self.store(&SKETCHES, &bytes);
        self.sketches.stored.set(known.len());
    }

    fn load_sketches(&self) {
        let Some(bytes) = self.stored(&SKETCHES) else { return };
        let Some(found) = decode(&bytes, self.chunks.len()) else { return };
        self.sketches.size.set(bytes.len() as u64);
        let mut known = self.sketches.known.borrow_mut();
        let found = self.chunks.iter().map(|chunk| chunk.id).zip(found);
        known.extend(found.filter_map(|(chunk, sketch)| Some((chunk, Rc::new(sketch?)))));
        self.sketches.stored.set(known.len());
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

/// The stored sketches, by chunk; `None` if they are damaged.
fn decode(bytes: &[u8], chunks: usize) -> Option<Vec<Option<Sketch>>> {
    let mut input = Decoder::new(bytes);
    let mut one = |_| match input.byte().ok()? {
        0 => Some(None),
        _ => Sketch::decode(&mut input).ok().map(Some),
    };
    let found = (0..chunks).map(&mut one).collect::<Option<Vec<_>>>()?;
    input.is_empty().then_some(found)
}

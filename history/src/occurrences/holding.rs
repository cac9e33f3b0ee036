//! Finds the chunks in which something gets a value, by their sketches; all processors read the chunks whose sketch is
//! not known yet.

use std::rc::Rc;

use connie_recording::chunk::{Chunk, Entry};
use connie_recording::reader::Recording;
use connie_recording::sketch::{Sketch, each_value};
use connie_wire::Value;
use rustc_hash::FxHashMap;

/// The maximum number of chunks read at once: few at first, since a common value is found in the first ones.
const MAX_CHUNKS: usize = 64;
/// The number of chunks that are read for their sketches alone.
const FEW: usize = 2;

/// The chunks that hold a value, for a search that goes forward.
pub(super) struct Holding<'a> {
    recording: &'a Recording,
    wanted: &'a Value,
    /// The chunks below this index were read, or their sketch was known.
    upto: usize,
    /// What was found in those that were read: the chunk if it has the value.
    read: FxHashMap<usize, Option<Rc<Chunk>>>,
    batch: usize,
}

impl<'a> Holding<'a> {
    pub fn new(recording: &'a Recording, wanted: &'a Value) -> Self {
        Self { recording, wanted, upto: 0, read: FxHashMap::default(), batch: 1 }
    }

    /// A chunk, by index; `None` if it does not hold the value, or is damaged.
    pub fn chunk(&mut self, index: usize, interrupted: &dyn Fn() -> bool) -> Option<Rc<Chunk>> {
        if index >= self.upto {
            self.read_ahead(index, interrupted);
        }
        if let Some(read) = self.read.remove(&index) {
            return read;
        }
        if !self.recording.may_have(index, self.wanted) {
            return None;
        }
        let chunk = self.recording.chunk(index).ok()?;
        if has(&chunk, self.wanted) {
            return Some(chunk);
        }
        self.recording.learn(index, &chunk);
        None
    }

    /// Keeps the sketches for the next process, if the search has read the whole recording.
    pub fn finish(self) {
        // The first chunk may have been read for its hits only.
        let unknown = |index: &usize| self.recording.sketch(*index).is_none();
        let left: Vec<usize> = (0..self.recording.chunks.len()).filter(unknown).take(FEW + 1).collect();
        if left.len() <= FEW {
            self.recording.learn_all(left.into_iter(), || false);
            self.recording.keep_sketches();
        }
    }

    /// Reads the next chunks whose sketch is not known.
    fn read_ahead(&mut self, index: usize, interrupted: &dyn Fn() -> bool) {
        let batch = self.batch;
        self.batch = (4 * batch).min(MAX_CHUNKS);
        if batch == 1 {
            // The object that is asked about is often in the first chunk, which was just read for something else.
            self.upto = index + 1;
            return;
        }
        let unknown = |index: &usize| self.recording.sketch(*index).is_none();
        let todo: Vec<usize> = (index..self.recording.chunks.len()).filter(unknown).take(batch).collect();
        self.upto = if todo.len() < batch { self.recording.chunks.len() } else { todo[todo.len() - 1] + 1 };
        let wanted = self.wanted;
        let work = move |chunk: Chunk| (Sketch::of(&chunk), has(&chunk, wanted).then_some(chunk));
        self.recording.scan(todo, work, |index, found| {
            let chunk = found.and_then(|(made, chunk)| {
                self.recording.learned(index, made);
                chunk.map(Rc::new)
            });
            self.read.insert(index, chunk);
            !interrupted()
        });
    }
}

/// Whether something gets a value in a chunk, alone or within a tuple.
fn has(chunk: &Chunk, wanted: &Value) -> bool {
    let mut found = false;
    for entry in &chunk.entries {
        let Entry::Op(op) = entry else { continue };
        each_value(op, &mut |value| found |= value == wanted);
        if found {
            break;
        }
    }
    found
}

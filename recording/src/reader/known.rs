//! The sketches of a recording that are known.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::idle::Idle;
use crate::sketch::Sketch;

/// The maximum size in bytes of the sketches of one recording, stored or in memory. Beyond it, sketches have no values.
pub(super) const MAX_BYTES_OF_ONE: u64 = 128 << 20;

/// The known sketches, by chunk id.
#[derive(Default)]
pub(super) struct Sketches {
    pub known: RefCell<FxHashMap<i64, Rc<Sketch>>>,
    /// Their size in bytes, about.
    pub size: Cell<u64>,
    /// Whether the stored ones were looked for.
    pub is_loaded: Cell<bool>,
    /// The number of those that are stored.
    pub stored: Cell<usize>,
    /// The thread that makes the others.
    pub idle: RefCell<Option<Idle>>,
}

impl Sketches {
    /// Forgets everything: the file has changed.
    pub fn clear(&self) {
        self.known.borrow_mut().clear();
        self.size.set(0);
        self.is_loaded.set(false);
        self.stored.set(0);
        self.idle.replace(None);
    }

    /// Adds a sketch of a chunk (by id), without its values if there are too many.
    pub fn add(&self, chunk: i64, mut sketch: Sketch) {
        let size = self.size.get() + sketch.size();
        if size > MAX_BYTES_OF_ONE {
            sketch.forget_values();
        } else {
            self.size.set(size);
        }
        self.known.borrow_mut().insert(chunk, Rc::new(sketch));
    }

    /// Adds what the thread has made since the last time.
    pub fn add_made(&self) {
        let made = self.idle.borrow().as_ref().map_or_else(Vec::new, Idle::take);
        for (chunk, sketch) in made {
            if !self.known.borrow().contains_key(&chunk) {
                self.add(chunk, sketch);
            }
        }
    }
}

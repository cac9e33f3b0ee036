//! The sketches of a recording that are known.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::sketch::Sketch;

/// The known sketches, by chunk id.
#[derive(Default)]
pub(super) struct Sketches {
    pub known: RefCell<FxHashMap<i64, Rc<Sketch>>>,
    /// Their size in bytes, about.
    pub size: Cell<u64>,
    /// Whether the stored ones were looked for.
    pub is_loaded: Cell<bool>,
    /// Whether all known ones are stored.
    pub is_stored: Cell<bool>,
}

impl Sketches {
    /// Forgets everything: the file has changed.
    pub fn clear(&self) {
        self.known.borrow_mut().clear();
        self.size.set(0);
        self.is_loaded.set(false);
        self.is_stored.set(false);
    }
}

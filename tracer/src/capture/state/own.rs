//! Which classes, functions and modules are the program's own.

use pyo3_ffi as ffi;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::raw::Obj;

/// Which classes, functions and modules are the program's own.
#[derive(Default)]
pub struct Own {
    /// Addresses of the file names of recorded code, which are held.
    pub files: FxHashSet<usize>,
    /// Names of the modules that recorded code belongs to.
    pub modules: FxHashSet<Box<[u8]>>,
    /// When the namespace of each module, by number, was last read: epoch and step.
    pub looked: FxHashMap<u64, (u32, u64)>,
    /// Names of the noted attributes of modules whose namespace is not recorded, by the module's number. They are held.
    pub noted: FxHashMap<u64, Vec<usize>>,
    /// `__module__`, `__name__` and `?`, interned and held; null until first needed.
    pub words: [usize; 3],
}

impl Own {
    /// Forgets all objects. Code and modules stay the program's own.
    pub fn restart(&mut self) {
        self.looked.clear();
        self.noted.clear();
    }

    pub unsafe fn word(&mut self, n: usize) -> Obj {
        if self.words[n] == 0 {
            let text = [c"__module__", c"__name__", c"?"][n];
            // SAFETY: interning a str allocates nothing that the collector tracks.
            self.words[n] = unsafe { ffi::PyUnicode_InternFromString(text.as_ptr()) } as usize;
        }
        self.words[n] as Obj
    }
}

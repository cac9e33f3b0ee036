//! The files of code objects.

use connie_wire::config::Config;
use pyo3_ffi as ffi;
use rustc_hash::FxHashMap;

use crate::raw::Obj;

/// The known files.
#[derive(Default)]
pub struct Files {
    /// Their numbers by the address of `co_filename`, which is held.
    pub objects: FxHashMap<usize, Option<u32>>,
    /// By the absolute path that the code names.
    pub paths: FxHashMap<Vec<u8>, Option<u32>>,
    /// By the path without symbolic links, as several names may lead to one file.
    pub real: FxHashMap<String, u32>,
    /// Number of files that were reported as left out.
    pub left_out: u32,
    /// Whether a file of the standard library was among them.
    pub told_stdlib: bool,
}

impl Files {
    /// The number for a `co_filename`, if it was looked up before.
    #[inline]
    pub fn known(&self, filename: Obj) -> Option<Option<u32>> {
        self.objects.get(&(filename as usize)).copied()
    }

    /// Whether a `co_filename` was looked up before.
    #[inline]
    pub fn knows(&self, filename: Obj) -> bool {
        self.objects.contains_key(&(filename as usize))
    }

    /// Forgets all files.
    ///
    /// # Safety
    /// Under the GIL.
    pub unsafe fn forget(&mut self) {
        for filename in std::mem::take(self).objects.into_keys() {
            // SAFETY: the reference is ours, to a str.
            unsafe { ffi::Py_DecRef(filename as Obj) };
        }
    }
}

/// The name of code that was given with `-c` or on stdin; `None` if it is not recorded as the program.
pub fn command_name(config: &Config) -> Option<&'static [u8]> {
    if !config.switched && !config.segments.is_empty() {
        return None;
    }
    match (config.command, config.stdin) {
        (true, _) => Some(b"<string>"),
        (_, true) => Some(b"<stdin>"),
        _ => None,
    }
}

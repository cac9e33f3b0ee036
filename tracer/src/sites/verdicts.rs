//! A cache of verdicts on attributes of types, for sites that see many types.

use super::site::Verdict;
use crate::raw::Obj;

const SIZE: usize = 1024;

/// The question about an attribute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Access {
    /// None yet.
    #[default]
    Empty,
    /// Whether reading it is harmless.
    Load,
    /// Whether calling it is harmless.
    Call,
    /// Whether assigning it is harmless.
    Store,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    key: (usize, u64),
    name: usize,
    kind: Access,
    verdict: Verdict,
}

/// A direct-mapped cache by type, version of the type, and interned name.
pub struct Verdicts(Box<[Entry; SIZE]>);

impl Default for Verdicts {
    fn default() -> Self {
        Self(Box::new([Entry::default(); SIZE]))
    }
}

impl Verdicts {
    fn place(key: (usize, u64), name: Obj) -> usize {
        (key.0 >> 4 ^ key.1 as usize ^ name as usize >> 4) % SIZE
    }

    /// The verdict, if it is in the cache. `key` is a type and its version.
    #[inline]
    pub(super) fn get(&self, key: (usize, u64), name: Obj, kind: Access) -> Option<Verdict> {
        let entry = &self.0[Self::place(key, name)];
        (entry.key == key && entry.name == name as usize && entry.kind == kind).then_some(entry.verdict)
    }

    /// Stores a verdict, except for types without a version.
    #[inline]
    pub(super) fn put(&mut self, key: (usize, u64), name: Obj, kind: Access, verdict: Verdict) {
        if key.1 != 0 {
            self.0[Self::place(key, name)] = Entry { key, name: name as usize, kind, verdict };
        }
    }
}

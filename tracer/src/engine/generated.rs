//! Sources of code that no file holds.

use rustc_hash::FxHashMap;

use super::texts::Texts;

/// Sources that were found, and the code that has them.
#[derive(Clone, Default)]
pub struct Generated {
    pub sources: Vec<Source>,
    /// Indices of sources, by code objects, which are held.
    pub codes: FxHashMap<usize, usize>,
    /// The texts of files, where they change.
    pub texts: Texts,
}

/// A source that no file holds.
#[derive(Clone)]
pub struct Source {
    pub path: Vec<u8>,
    pub text: Vec<u8>,
    /// Its number on the wire, once it was told.
    pub number: Option<u32>,
}

impl Generated {
    /// Forgets the numbers: what is met is told anew.
    pub fn restart(&mut self) {
        self.sources.iter_mut().for_each(|source| source.number = None);
    }

    pub fn index(&mut self, path: &[u8], text: Vec<u8>) -> usize {
        let known = self.sources.iter().rposition(|source| source.path == path && source.text == text);
        known.unwrap_or_else(|| {
            self.sources.push(Source { path: path.to_vec(), text, number: None });
            self.sources.len() - 1
        })
    }
}

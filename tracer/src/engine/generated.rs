//! Sources of code that is in no file.

use rustc_hash::FxHashMap;

use super::texts::Texts;

/// The known sources, and the code objects that have them.
#[derive(Clone, Default)]
pub struct Generated {
    pub sources: Vec<Source>,
    /// Indices of sources by code object; the code objects are held.
    pub codes: FxHashMap<usize, usize>,
    /// The texts of files that may change.
    pub texts: Texts,
}

/// A source that is in no file.
#[derive(Clone)]
pub struct Source {
    pub path: Vec<u8>,
    pub text: Vec<u8>,
    /// Its number on the wire, once it was announced.
    pub number: Option<u32>,
}

impl Generated {
    /// Forgets the numbers, so that sources are announced again.
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

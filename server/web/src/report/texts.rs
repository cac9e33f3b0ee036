//! The texts of a chunk, each written once.

use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};

use crate::api::story::cut;

/// Texts by number.
#[derive(Default)]
pub struct Texts {
    numbers: FxHashMap<String, usize>,
    all: Vec<String>,
}

impl Texts {
    /// The number of a text, which is cut if it is too long.
    pub fn number(&mut self, text: &str) -> usize {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.all.len();
        self.numbers.insert(text.to_owned(), number);
        self.all.push(cut(text.to_owned()));
        number
    }

    /// Pairs of texts, as numbers in a row.
    pub fn pairs<'a>(&mut self, pairs: impl IntoIterator<Item = &'a (String, String)>) -> Vec<i64> {
        pairs.into_iter().flat_map(|(a, b)| [self.number(a) as i64, self.number(b) as i64]).collect()
    }
}

impl Serialize for Texts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.all.serialize(serializer)
    }
}

//! The texts of a chunk, each written once.
//!
//! An object's text is often that of an earlier version but for a few characters. Such a text is written as what differs
//! from the latest text that begins in the same way: `[number of that text, characters of its beginning, characters of
//! its end, what is between]`.

use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::api::story::cut;

/// The characters at the beginning by which a similar text is found: first by the longer one.
const BEGINNINGS: [usize; 2] = [20, 8];
/// The fewest characters that are worth a reference.
const WORTH: usize = 24;

/// A text as it is written.
#[derive(Serialize)]
#[serde(untagged)]
enum Written {
    Whole(String),
    Like(usize, usize, usize, String),
}

/// Texts by number.
#[derive(Default, Serialize)]
#[serde(transparent)]
pub struct Texts {
    all: Vec<Written>,
    #[serde(skip)]
    numbers: FxHashMap<String, usize>,
    #[serde(skip)]
    whole: Vec<String>,
    /// By beginning: the number of the latest text.
    #[serde(skip)]
    latest: FxHashMap<String, usize>,
}

impl Texts {
    /// The number of a text, which is cut if it is too long.
    pub fn number(&mut self, text: &str) -> usize {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.all.len();
        self.numbers.insert(text.to_owned(), number);
        let text = cut(text.to_owned());
        let written = self.like(&text, number).unwrap_or_else(|| Written::Whole(text.clone()));
        self.all.push(written);
        self.whole.push(text);
        number
    }

    /// A text as what differs from an earlier one, if that is worth it.
    fn like(&mut self, text: &str, number: usize) -> Option<Written> {
        // The page counts characters beyond the first plane as two.
        if text.len() < WORTH || text.chars().any(|c| c > '\u{ffff}') {
            return None;
        }
        let mut found = None;
        for length in BEGINNINGS {
            let Some((end, _)) = text.char_indices().nth(length) else { continue };
            let before = self.latest.insert(text[..end].to_owned(), number);
            found = found.or(before);
        }
        let of = found?;
        let before = &self.whole[of];
        let start = text.chars().zip(before.chars()).take_while(|(a, b)| a == b).count();
        let rest = |text: &str| text.chars().count() - start;
        let most = rest(text).min(rest(before));
        let end = text.chars().rev().zip(before.chars().rev()).take(most).take_while(|(a, b)| a == b).count();
        let between = text.chars().skip(start).take(rest(text) - end).collect();
        (start + end >= WORTH).then_some(Written::Like(of, start, end, between))
    }

    /// Pairs of texts, as numbers in a row.
    pub fn pairs<'a>(&mut self, pairs: impl IntoIterator<Item = &'a (String, String)>) -> Vec<i64> {
        pairs.into_iter().flat_map(|(a, b)| [self.number(a) as i64, self.number(b) as i64]).collect()
    }
}

/// What a page makes of texts.
#[cfg(test)]
pub fn read(texts: &Texts) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for written in &texts.all {
        all.push(match written {
            Written::Whole(text) => text.clone(),
            Written::Like(of, start, end, between) => {
                let before: Vec<u16> = all[*of].encode_utf16().collect();
                let part = |range: &[u16]| String::from_utf16(range).unwrap();
                part(&before[..*start]) + between + &part(&before[before.len() - end..])
            }
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_written_as_what_differs_from_one_before() {
        let mut texts = Texts::default();
        for text in [
            "<Account owner='a' balance=1 log=…>",
            "short",
            "<Account owner='b' balance=1 log=…>",
            "<Account owner='a' balance=13 log=…>",
            "<Account owner='\u{10000}' balance=13 log=…>",
        ] {
            texts.number(text);
        }
        let written = serde_json::to_string(&texts).unwrap();
        let wanted = "[\"<Account owner='a' balance=1 log=…>\",\"short\",[0,16,18,\"b\"],[0,28,7,\"3\"],\
                      \"<Account owner='\u{10000}' balance=13 log=…>\"]";
        assert_eq!(written, wanted);
    }

    proptest! {
        #[test]
        fn all_texts_are_read_as_they_were(all in prop::collection::vec("<Object a=[1é]{0,9} b=[1-3]{8,30}>|[ab]{0,60}|.{0,9}", 0..30)) {
            let mut texts = Texts::default();
            let numbers: Vec<usize> = all.iter().map(|text| texts.number(text)).collect();
            let read = read(&texts);
            for (text, number) in all.iter().zip(numbers) {
                prop_assert_eq!(&read[number], text);
            }
        }
    }
}

//! Remembers secrets, so that they are found again in places without a telling name.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashSet;

/// Secrets that are remembered, at most.
const MAX_SECRETS: usize = 1024;
/// Bytes of the shortest and the longest one.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=4096;
/// Secrets that are looked for one by one, before they are taken into the common search.
const FEW: usize = 8;

/// The secrets that were met.
#[derive(Default)]
pub(super) struct Remembered {
    all: FxHashSet<Box<[u8]>>,
    list: Vec<Box<[u8]>>,
    /// Finds the first of `list`, as many as it was made of.
    search: Option<(AhoCorasick, usize)>,
    /// Bytes of the shortest one; 0: there is none.
    pub shortest: usize,
}

impl Remembered {
    /// Remembers a secret; whether it is new. Words that anybody may write are not remembered.
    pub fn add(&mut self, secret: &[u8]) -> bool {
        if !LENGTHS.contains(&secret.len()) || self.list.len() >= MAX_SECRETS || is_word(secret) {
            return false;
        }
        self.add_any(secret)
    }

    /// Remembers what the user named.
    pub fn add_any(&mut self, secret: &[u8]) -> bool {
        let new = !secret.is_empty() && self.all.insert(secret.into());
        if new {
            self.shortest = if self.list.is_empty() { secret.len() } else { self.shortest.min(secret.len()) };
            self.list.push(secret.into());
        }
        new
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The first one within a text, from `start` on.
    pub fn find(&mut self, text: &[u8], start: usize) -> Option<Range<usize>> {
        if self.list.is_empty() || text.len() - start < self.shortest {
            return None;
        }
        let built = self.search.as_ref().map_or(0, |search| search.1);
        if self.list.len() > built + FEW + built / FEW {
            let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&self.list).ok();
            self.search = search.map(|search| (search, self.list.len()));
        }
        let built = self.search.as_ref().map_or(0, |search| search.1);
        let input = aho_corasick::Input::new(text).span(start..text.len());
        let common = self.search.as_ref().and_then(|search| search.0.find(input)).map(|found| found.range());
        let single = self.list[built..].iter().filter_map(|secret| {
            let at = memchr::memmem::find(&text[start..], secret)?;
            Some(start + at..start + at + secret.len())
        });
        common.into_iter().chain(single).min_by_key(|range| (range.start, usize::MAX - range.end))
    }
}

/// Whether it is a word that stands in many texts: letters of one kind, and few.
pub(super) fn is_word(secret: &[u8]) -> bool {
    const LONG: usize = 12;
    let Some(first) = secret.first() else { return true };
    let lower = secret.iter().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-' | b' ' | b'.'));
    let upper = secret.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'_');
    let title = secret[1..].iter().all(u8::is_ascii_lowercase);
    let digits = secret.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    let same = secret.iter().all(|byte| byte == first);
    same || secret.len() < LONG && (lower || upper || title || digits)
}

/// Texts that were stored lately and in which chunk first, so that it is known where a secret was stored before it was
/// known to be one.
#[derive(Default)]
pub(super) struct Stored {
    now: rustc_hash::FxHashMap<u64, i64>,
    before: rustc_hash::FxHashMap<u64, i64>,
}

/// Texts that are known in each half.
const STORED: usize = 1 << 15;

impl Stored {
    /// Notes that a text was stored.
    pub fn note(&mut self, hash: u64, chunk: i64) {
        if self.now.len() >= STORED {
            self.before = std::mem::take(&mut self.now);
        }
        let first = self.before.get(&hash).copied().unwrap_or(chunk);
        self.now.entry(hash).or_insert(first);
    }

    /// The chunk in which a text was stored first.
    pub fn first(&self, hash: u64) -> Option<i64> {
        self.now.get(&hash).or_else(|| self.before.get(&hash)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_found_among_few_and_many() {
        let mut remembered = Remembered::default();
        for n in 0..50 {
            assert!(remembered.add(format!("secret-number-{n:03}").as_bytes()));
            let text = format!("a secret-number-{n:03} and secret-number-000");
            assert_eq!(remembered.find(text.as_bytes(), 0), Some(2..19), "{n}");
            assert_eq!(remembered.find(text.as_bytes(), 3), Some(24..41), "{n}");
        }
        assert_eq!(remembered.find(b"secret-number-99", 0), None);
        assert_eq!(remembered.len(), 50);
    }

    #[test]
    fn words_are_not_remembered() {
        let mut remembered = Remembered::default();
        for word in ["password", "required", "REQUIRED", "Username", "12345678", "xxxxxxxxxxxxxxxx", "short"] {
            assert!(!remembered.add(word.as_bytes()), "{word}");
        }
        for secret in ["hunter2hunter2", "correct horse battery", "letmein1", "correcthorsebattery"] {
            assert!(remembered.add(secret.as_bytes()) && !remembered.add(secret.as_bytes()), "{secret}");
        }
    }
}

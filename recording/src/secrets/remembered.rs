//! Remembers secrets to find them again in places without a telling name.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use rustc_hash::FxHashSet;

/// The maximum number of secrets that are remembered.
const MAX_SECRETS: usize = 1024;
/// The minimum and maximum length in bytes of a remembered secret.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=4096;
/// The number of new secrets that are searched one by one before the combined search is rebuilt.
const FEW: usize = 8;

/// The secrets seen so far.
#[derive(Default)]
pub(super) struct Remembered {
    all: FxHashSet<Box<[u8]>>,
    list: Vec<Box<[u8]>>,
    /// The combined search for the first secrets of `list`, with the number of secrets it contains.
    search: Option<(AhoCorasick, usize)>,
    /// The length of the shortest secret in bytes; 0 if there is none.
    pub shortest: usize,
    /// The length of the longest secret in bytes.
    longest: usize,
}

impl Remembered {
    /// Remembers a secret. Returns whether it is new. Common words are not remembered.
    pub fn add(&mut self, secret: &[u8]) -> bool {
        if !LENGTHS.contains(&secret.len()) || self.list.len() >= MAX_SECRETS || is_word(secret) {
            return false;
        }
        self.add_any(secret)
    }

    /// Remembers a secret that the user gave.
    pub fn add_any(&mut self, secret: &[u8]) -> bool {
        let new = !secret.is_empty() && self.all.insert(secret.into());
        if new {
            self.shortest = if self.list.is_empty() { secret.len() } else { self.shortest.min(secret.len()) };
            self.longest = self.longest.max(secret.len());
            self.list.push(secret.into());
        }
        new
    }

    /// The number of secrets.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// The offset from which a text has to be searched whose first bytes have no secret.
    pub fn start_behind(&self, clean: usize) -> usize {
        (clean + 1).saturating_sub(self.longest).min(clean)
    }

    /// The first secret within a text, from `start` on.
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

/// Whether a text is a common word: a few letters of one kind.
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

/// Recently stored texts with the chunk that stored them first. If a text turns out to be a secret later, this tells
/// where it was stored before.
#[derive(Default)]
pub(super) struct Stored {
    now: rustc_hash::FxHashMap<u64, i64>,
    before: rustc_hash::FxHashMap<u64, i64>,
}

/// The number of texts in each half.
const STORED: usize = 1 << 15;

impl Stored {
    /// Records that a text was stored.
    pub fn note(&mut self, hash: u64, chunk: i64) {
        if self.now.len() >= STORED {
            self.before = std::mem::take(&mut self.now);
        }
        let first = self.before.get(&hash).copied().unwrap_or(chunk);
        self.now.entry(hash).or_insert(first);
    }

    /// The chunk that stored a text first.
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

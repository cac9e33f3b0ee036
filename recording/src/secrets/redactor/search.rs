//! Searches texts for secrets, each text only once.

use std::hash::Hasher;
use std::ops::Range;

use rustc_hash::FxHasher;

use super::{CLEAN, LONG, Redactor};
use crate::secrets::grown;

impl Redactor {
    /// The first secret within a text without a telling name.
    pub(in crate::secrets) fn first(&mut self, text: &[u8], chunk: i64) -> Option<Range<usize>> {
        /// The minimum length in bytes of a text that may look like a secret or be remembered.
        const SHORT: usize = 8;
        let shortest = if self.remembered.shortest == 0 { SHORT } else { self.remembered.shortest.min(SHORT) };
        if text.len() < shortest {
            return None;
        }
        if text.len() >= grown::LONG {
            return self.first_in_long(text, chunk);
        }
        let hash = hash(text);
        if self.is_known_clean(hash) {
            return None;
        }
        let found = self.find(text, 0);
        if found.is_none() {
            self.note_clean(text, hash, chunk);
        }
        found
    }

    /// The same for a long text, which may continue another one.
    fn first_in_long(&mut self, text: &[u8], chunk: i64) -> Option<Range<usize>> {
        /// The number of bytes that are searched faster than the hash of a whole text is computed.
        const FEW: usize = 128;
        let continued = self.grown.find(text);
        if let Some((n, shared)) = continued
            && text.len() - shared <= FEW
            && self.is_clean_beyond(text, n, shared)
        {
            if text.len() <= LONG {
                self.note_clean(text, hash(text), chunk);
            }
            return None;
        }
        let hash = hash(text);
        if self.is_known_clean(hash) {
            if continued.is_none() {
                self.grown.add(text, self.remembered.len());
            }
            return None;
        }
        let found = self.find(text, 0);
        if found.is_none() {
            self.note_clean(text, hash, chunk);
            self.grown.add(text, self.remembered.len());
        }
        found
    }

    /// Whether a text has no secret that shares its first bytes with a text without a secret.
    fn is_clean_beyond(&mut self, text: &[u8], n: usize, shared: usize) -> bool {
        let known = self.remembered.len();
        let before = self.grown.at(n);
        let start = if before.known == known { self.remembered.start_behind(shared) } else { 0 };
        let (anchors, from) = before.anchors_within(shared);
        let is_clean = self.remembered.find(text, start).is_none()
            && self.shapes.is_none_or(|shapes| !shapes.is_in(text, from, anchors));
        if is_clean {
            before.continue_with(text, shared, known);
        } else {
            before.forget();
        }
        is_clean
    }

    fn is_known_clean(&self, hash: u64) -> bool {
        self.clean[hash as usize % CLEAN] == (hash, self.remembered.len() as u32)
    }

    /// Notes that a text has no secret.
    fn note_clean(&mut self, text: &[u8], hash: u64, chunk: i64) {
        self.clean[hash as usize % CLEAN] = (hash, self.remembered.len() as u32);
        if text.len() <= LONG {
            self.stored.note(hash, chunk);
        }
    }

    /// The next secret within a text, found by its shape or remembered.
    pub(in crate::secrets) fn find(&mut self, text: &[u8], start: usize) -> Option<Range<usize>> {
        let shape = self.shapes.as_ref().and_then(|shapes| shapes.find(text, start));
        let known = self.remembered.find(text, start);
        if let Some(range) = &shape {
            self.remember(&text[range.clone()]);
        }
        match (shape, known) {
            (Some(shape), Some(known)) if known.start < shape.start => Some(known),
            (shape, known) => shape.or(known),
        }
    }

    pub(in crate::secrets) fn remember(&mut self, secret: &[u8]) {
        /// The minimum length in bytes of a line of a key that counts as a secret itself.
        const LINE: usize = 16;
        if secret.contains(&b'\n') {
            let lines = secret.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
            lines.filter(|line| line.len() >= LINE && !line.starts_with(b"-----")).for_each(|line| self.remember(line));
        }
        if self.remembered.add(secret)
            && let Some(first) = self.stored.first(hash(secret))
        {
            self.late = Some(self.late.map_or(first, |late| late.min(first)));
        }
    }
}

fn hash(text: &[u8]) -> u64 {
    let mut hasher = FxHasher::default();
    hasher.write(text);
    hasher.finish()
}

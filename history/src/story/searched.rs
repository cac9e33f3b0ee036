//! Which texts may be in the lines of each chunk: a search for a text reads each chunk once, and later searches skip those
//! that cannot have theirs.

use std::cell::{Cell, RefCell};

use connie_recording::reader::{Recording, STORIES};
use connie_recording::sketch::Bloom;
use connie_wire::codec::{Decoder, Sink};
use rustc_hash::{FxHashMap, FxHashSet};

/// The number of characters of the parts of a text.
const PART: usize = 3;
/// The number of chunks from which on they are stored for the next process.
const MANY: usize = 8;

/// The parts of a text, which is in lower case, as hashes.
fn parts(text: &str) -> impl Iterator<Item = u64> + '_ {
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]).skip(PART);
    text.char_indices().map(|(at, _)| at).zip(ends).map(|(from, to)| {
        let part = text[from..to].chars().fold(0u64, |part, one| part << 21 | u64::from(u32::from(one)));
        let mixed = (part ^ part >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ mixed >> 29
    })
}

/// The parts of the lines of some steps, by chunk (by index).
#[derive(Default)]
pub(super) struct Parts(FxHashMap<usize, FxHashSet<u64>>);

impl Parts {
    /// Adds a line, in lower case.
    pub fn add(&mut self, chunk: usize, text: &str) {
        self.0.entry(chunk).or_default().extend(parts(text));
    }
}

/// A chunk that was read up to a step.
struct Begun {
    chunk: usize,
    upto: u64,
    parts: FxHashSet<u64>,
}

/// What is known of the lines of chunks.
#[derive(Default)]
pub(super) struct Searched {
    /// By index. What is `None` may have any text.
    known: RefCell<FxHashMap<usize, Option<Bloom>>>,
    begun: RefCell<Option<Begun>>,
    is_loaded: Cell<bool>,
}

impl Searched {
    /// The next steps after which, or at which, lines may have a text: from a step on, up to the next chunk that cannot
    /// have it. `None` if there are none.
    pub fn next(&self, recording: &Recording, text: &str, from: u64) -> Option<(u64, u64)> {
        self.load(recording);
        let parts: Vec<u64> = parts(text).collect();
        let known = self.known.borrow();
        let may_have = |index: &usize| match known.get(index) {
            Some(Some(set)) => parts.iter().all(|part| set.may_have(*part)),
            Some(None) | None => true,
        };
        let chunks = &recording.chunks;
        let here = recording.chunk_of(from).ok()?;
        let start = (here..chunks.len()).find(may_have)?;
        let end = (start..chunks.len()).find(|index| !may_have(index)).unwrap_or(chunks.len());
        let first = if start == here { from } else { chunks[start].first_step };
        Some((first, chunks[end - 1].first_step + chunks[end - 1].steps - 1))
    }

    /// The step before which lines may have a text, at or before a step; 1 if there is none.
    pub fn before(&self, recording: &Recording, text: &str, mut before: u64) -> u64 {
        self.load(recording);
        let parts: Vec<u64> = parts(text).collect();
        let known = self.known.borrow();
        while before > 1
            && let Ok(index) = recording.chunk_of(before - 1)
            && let Some(Some(set)) = known.get(&index)
            && !parts.iter().all(|part| set.may_have(*part))
        {
            before = recording.chunks[index].first_step;
        }
        before.max(1)
    }

    /// Takes over what was read: all lines from a step up to another.
    pub fn learn(&self, recording: &Recording, (from, upto): (u64, u64), mut parts: Parts) {
        if recording.info.is_going_on() || upto < from {
            return;
        }
        let (Ok(first), Ok(last)) = (recording.chunk_of(from), recording.chunk_of(upto)) else { return };
        let mut begun = self.begun.borrow_mut();
        let mut known = self.known.borrow_mut();
        let before = known.len();
        for index in first..=last {
            let chunk = &recording.chunks[index];
            let mut own = parts.0.remove(&index).unwrap_or_default();
            if from > chunk.first_step {
                // It goes on where another page ended.
                match begun.take() {
                    Some(one) if one.chunk == index && one.upto + 1 >= from => own.extend(one.parts),
                    other => {
                        *begun = other;
                        continue;
                    }
                }
            }
            if upto >= chunk.first_step + chunk.steps - 1 {
                known.entry(index).or_insert_with(|| Bloom::of(own.into_iter().collect::<Vec<_>>().into_iter()));
            } else {
                *begun = Some(Begun { chunk: index, upto, parts: own });
            }
        }
        if known.len() > before && known.len() == recording.chunks.len() && known.len() >= MANY {
            recording.store(&STORIES, &encode(&known));
        }
    }

    fn load(&self, recording: &Recording) {
        if self.is_loaded.replace(true) || recording.chunks.len() < MANY {
            return;
        }
        let stored = recording.stored(&STORIES).and_then(|bytes| decode(&bytes, recording.chunks.len()));
        self.known.borrow_mut().extend(stored.into_iter().flatten().enumerate());
    }
}

fn encode(known: &FxHashMap<usize, Option<Bloom>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for index in 0..known.len() {
        let set = known.get(&index).and_then(Option::as_ref);
        bytes.put(u8::from(set.is_some()));
        if let Some(set) = set {
            bytes.sized(set.bytes());
        }
    }
    bytes
}

/// The stored sets, by chunk; `None` if they are damaged.
fn decode(bytes: &[u8], chunks: usize) -> Option<Vec<Option<Bloom>>> {
    let mut input = Decoder::new(bytes);
    let mut one = |_| match input.byte().ok()? {
        0 => Some(None),
        _ => Bloom::decode(&mut input).ok().map(Some),
    };
    let found = (0..chunks).map(&mut one).collect::<Option<Vec<_>>>()?;
    input.is_empty().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_text_are_those_of_what_contains_it() {
        let all: FxHashSet<u64> = parts("total = größe(7)").collect();
        assert!(parts("größ").all(|part| all.contains(&part)) && parts("größ").count() == 2);
        assert!(!parts("grosse").all(|part| all.contains(&part)));
        assert_eq!((parts("ab").count(), parts("").count(), parts("abc").count()), (0, 0, 1));
    }
}

//! Long texts without a secret. A text that continues one of them is searched only from where they differ.
//!
//! The result is that of a search of the whole text. What is known of the shared part is where something may begin: a
//! shape may depend on text far behind its beginning, so each is checked again.

use connie_wire::texts::common;

use super::shapes::{Anchor, LONGEST_ANCHOR};

/// The minimum length in bytes of a text that is remembered.
pub(super) const LONG: usize = 128;
/// The number of texts that are remembered.
const TEXTS: usize = 4;
/// The minimum number of bytes that a text has to share with a remembered one.
const SHARED: usize = 64;

/// A long text without a secret.
#[derive(Default)]
pub(super) struct Text {
    bytes: Vec<u8>,
    /// Where shapes may begin in its first `searched` bytes.
    anchors: Vec<Anchor>,
    searched: usize,
    /// The number of secrets that were known when it was searched.
    pub known: usize,
}

impl Text {
    /// The places in the first `shared` bytes where shapes may begin, and the offset from which a new text has to be
    /// searched for more.
    pub fn anchors_within(&mut self, shared: usize) -> (&mut Vec<Anchor>, usize) {
        // An anchor that ends behind the shared bytes may be another one in the new text.
        let from = (shared.min(self.searched) + 1).saturating_sub(LONGEST_ANCHOR);
        let kept = self.anchors.partition_point(|anchor| anchor.start() < from);
        self.anchors.truncate(kept);
        (&mut self.anchors, from)
    }

    /// Replaces the text by one that shares its first bytes and has been searched.
    pub fn continue_with(&mut self, text: &[u8], shared: usize, known: usize) {
        self.bytes.truncate(shared);
        self.bytes.extend_from_slice(&text[shared..]);
        (self.searched, self.known) = (text.len(), known);
    }

    /// Forgets the text.
    pub fn forget(&mut self) {
        self.bytes.clear();
        self.anchors.clear();
        self.searched = 0;
    }
}

/// The latest long texts without a secret.
#[derive(Default)]
pub(super) struct Grown {
    texts: [Text; TEXTS],
    oldest: usize,
}

impl Grown {
    /// The remembered text that shares the most bytes with a text, and their number.
    pub fn find(&self, text: &[u8]) -> Option<(usize, usize)> {
        let shared = |known: &Text| {
            let is_near = known.bytes.get(..SHARED).is_some_and(|first| text.starts_with(first));
            if is_near { common(&known.bytes, text) } else { 0 }
        };
        let found = self.texts.iter().map(shared).enumerate().max_by_key(|(_, shared)| *shared)?;
        (found.1 >= SHARED).then_some(found)
    }

    /// A remembered text.
    pub fn at(&mut self, n: usize) -> &mut Text {
        &mut self.texts[n]
    }

    /// Remembers another text that has no secret, in place of the oldest.
    pub fn add(&mut self, text: &[u8], known: usize) {
        let place = &mut self.texts[self.oldest];
        self.oldest = (self.oldest + 1) % TEXTS;
        place.forget();
        place.bytes.extend_from_slice(text);
        place.known = known;
    }
}

#[cfg(test)]
mod tests {
    use connie_wire::secrets::BUILT_IN;
    use proptest::prelude::*;

    use super::super::Redactor;

    fn redactor() -> Redactor {
        let mut redactor = Redactor::new(&[BUILT_IN.to_owned()]).unwrap();
        redactor.add(b"hunter2hunter2");
        redactor
    }

    /// Pieces of texts: parts of secrets of every shape, and text without any.
    fn piece() -> impl Strategy<Value = String> {
        const PARTS: &[&str] = &[
            "://",
            "https://",
            "user",
            ":",
            "@",
            "host",
            "/",
            " ",
            "\n",
            "\"",
            "'",
            "=",
            "password",
            "--password ",
            "api_key",
            "eyJ",
            "eyJhbGciOi",
            ".",
            "sk-",
            "sk_live_",
            "AKIA",
            "ABCDEFGH12345678",
            "bearer ",
            "Authorization: ",
            "cookie",
            "-----BEGIN ",
            "PRIVATE KEY-----",
            "-----END ",
            "-----",
            "a1b2c3d4e5f6g7h8",
            "hunter2",
            "hunter2hunter2",
            "csrfmiddleware",
            "token",
            "secret",
            "_",
            "-",
            "é",
        ];
        prop_oneof![
            4 => prop::sample::select(PARTS).prop_map(str::to_owned),
            1 => "[a-z ]{1,90}",
            1 => "[a-zA-Z0-9]{1,40}",
        ]
    }

    /// Texts that grow: how much of the last is kept, and what is added.
    fn growth() -> impl Strategy<Value = (Option<usize>, Vec<String>)> {
        (prop::option::weighted(0.2, 0usize..900), prop::collection::vec(piece(), 0..5))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn continued_texts_are_searched_like_whole_ones(
            first in "[a-z ]{100,300}",
            changes in prop::collection::vec((0usize..3, growth(), any::<bool>()), 1..60),
        ) {
            let (mut continued, mut whole) = (redactor(), redactor());
            let mut texts = [first.clone(), format!("{first}!"), "x".repeat(130)];
            for (n, (keep, pieces), is_long) in changes {
                let text = &mut texts[n];
                let keep = keep.unwrap_or(usize::MAX).min(text.len());
                let keep = (0..=keep).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                text.truncate(keep);
                if is_long {
                    text.push_str(&"more text, ".repeat(20));
                }
                pieces.iter().for_each(|piece| text.push_str(piece));
                let expected = whole.find(text.as_bytes(), 0);
                let expected = expected.filter(|_| text.len() >= 8);
                prop_assert_eq!(continued.first(text.as_bytes(), 0), expected.clone(), "{:?}", text);
                prop_assert_eq!(continued.known(), whole.known());
                // A text with a secret is rarely continued.
                if let Some(range) = expected {
                    text.truncate((0..=range.start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0));
                }
            }
        }
    }

    /// A secret whose beginning is in the shared part, and whose end comes later, byte by byte.
    #[test]
    fn a_secret_is_found_when_its_last_part_comes() {
        let filler = "some text without any secret in it, ".repeat(8);
        for secret in [
            "password=\"letmein99\"",
            "https://user:pw1234@host/",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
            "ghp_abcdefghijABCDEFGHIJ0123456789",
            "Authorization: Bearer abcdef0123456789ABCDEF",
            "hunter2hunter2",
        ] {
            let (mut continued, mut whole) = (redactor(), redactor());
            let text = format!("{filler}{secret} {filler}");
            let mut count = 0;
            for end in filler.len() - 50..text.len() {
                let text = &text.as_bytes()[..end];
                let found = continued.first(text, 0);
                assert_eq!(found, whole.find(text, 0), "{}", String::from_utf8_lossy(text));
                count += usize::from(found.is_some());
            }
            assert!(count > 50, "{secret}");
        }
    }
}

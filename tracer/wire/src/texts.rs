//! Long texts that grow. A text that begins like the last long text of its place is sent as what it shares with that
//! text, and the rest. Both ends of the ring remember these texts, so the bytes that they share are sent only once.
//!
//! Only the contents decide: CPython may grow a str in place, so its address says nothing.

use crate::codec::{Decoder, WireError};
use crate::value::tag;

/// The minimum length in bytes of a text that is sent this way.
pub const LONG: usize = 128;
/// The maximum length in bytes. It limits what both ends remember.
pub const LONGEST: usize = 1 << 16;
/// The minimum number of bytes that have to be shared.
const WORTHWHILE: usize = 64;
/// The number of texts that are remembered for variables, and for items of objects.
const PLACES: usize = 8;

/// The place of a long text. Several variables or items share one; the contents tell which text continues another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(usize);

impl Place {
    /// The place of a variable.
    pub fn of_slot(slot: u32) -> Self {
        Self(slot as usize % PLACES)
    }

    /// The place of an item of an object.
    pub fn of_item(object: u64, index: u32) -> Self {
        Self(PLACES + object.wrapping_add(u64::from(index)) as usize % PLACES)
    }
}

/// The last long text of each place.
#[derive(Debug, Default)]
pub struct Texts {
    last: [Vec<u8>; 2 * PLACES],
}

impl Texts {
    /// Replaces the text of a place. Returns how many bytes the new text shares with the old one.
    pub fn shared(&mut self, place: Place, text: &[u8]) -> usize {
        let last = &mut self.last[place.0];
        let shared = common(last, text);
        let shared = if shared < WORTHWHILE { 0 } else { shared };
        last.truncate(shared);
        last.extend_from_slice(&text[shared..]);
        shared
    }

    /// Replaces the text of a place by its first `shared` bytes and the rest. Returns the new text.
    ///
    /// # Errors
    /// If the old text is shorter, or the new one is too long.
    pub fn completed(&mut self, place: Place, shared: u32, rest: &[u8]) -> Result<&[u8], WireError> {
        let last = &mut self.last[place.0];
        let shared = shared as usize;
        if shared > last.len() || rest.len() > LONGEST - shared {
            return Err(WireError::Range("length of a text"));
        }
        last.truncate(shared);
        last.extend_from_slice(rest);
        Ok(last)
    }
}

/// The text of an encoded str, if it has a length that is sent this way, and its true length if it was cut, else 0.
pub fn long_text(encoded: &[u8]) -> Option<(&[u8], u64)> {
    if encoded.len() < LONG {
        return None;
    }
    let mut decoder = Decoder::new(encoded);
    let length = match decoder.byte().ok()? {
        tag::STR => 0,
        tag::STR_CUT => decoder.varint().ok()?,
        _ => return None,
    };
    let text = decoder.sized().ok()?;
    (LONG..=LONGEST).contains(&text.len()).then_some((text, length))
}

/// The number of equal bytes at the beginning of two texts.
pub fn common(a: &[u8], b: &[u8]) -> usize {
    let least = a.len().min(b.len());
    let (a, b) = (&a[..least], &b[..least]);
    // Texts that grow at their end are the most frequent.
    if a == b {
        return least;
    }
    let (blocks, others) = (a.as_chunks::<32>().0, b.as_chunks::<32>().0);
    let equal = 32 * blocks.iter().zip(others).take_while(|(a, b)| a == b).count();
    equal + a[equal..].iter().zip(&b[equal..]).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Blob, Value};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equal_bytes_are_counted(a in "[ab]{0,3}", same in "x{0,200}", b in "[ab]{0,3}") {
            let (a, b) = (format!("{same}{a}"), format!("{same}{b}"));
            let expected = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
            prop_assert_eq!(common(a.as_bytes(), b.as_bytes()), expected);
        }

        /// Texts that grow, shrink and change anywhere arrive as they were sent.
        #[test]
        fn texts_arrive(changes in prop::collection::vec((0u32..12, 0usize..400, "[a-c]{0,150}"), 1..40)) {
            let (mut sender, mut receiver) = (Texts::default(), Texts::default());
            let mut text = Vec::new();
            for (slot, keep, more) in changes {
                text.truncate(keep);
                text.extend_from_slice(more.as_bytes());
                let place = Place::of_slot(slot);
                let shared = sender.shared(place, &text);
                prop_assert!(shared == 0 || shared >= WORTHWHILE);
                let arrived = receiver.completed(place, shared as u32, &text[shared..]).unwrap();
                prop_assert_eq!(arrived, &text[..]);
            }
        }
    }

    #[test]
    fn damaged_lengths_are_refused() {
        let mut texts = Texts::default();
        let place = Place::of_item(3, 1);
        assert!(texts.completed(place, 1, b"").is_err());
        assert!(texts.completed(place, 0, &[0; LONGEST + 1]).is_err());
        assert_eq!(texts.completed(place, 0, b"abc"), Ok(&b"abc"[..]));
        assert!(texts.completed(place, 4, b"").is_err());
        assert_eq!(texts.completed(place, 2, b"x"), Ok(&b"abx"[..]));
        assert!(texts.completed(place, u32::MAX, b"").is_err());
    }

    #[test]
    fn only_long_strs_are_sent_this_way() {
        let encoded = |value: &Value| {
            let mut bytes = Vec::new();
            value.encode(&mut bytes);
            bytes
        };
        let text = [b'a'; LONG];
        let whole = encoded(&Value::Str(Blob::new(&text)));
        assert_eq!(long_text(&whole), Some((&text[..], 0)));
        let cut = encoded(&Value::Str(Blob { bytes: text.into(), cut: Some(9000) }));
        assert_eq!(long_text(&cut), Some((&text[..], 9000)));
        assert_eq!(long_text(&encoded(&Value::Str(Blob::new(&text[1..])))), None);
        assert_eq!(long_text(&encoded(&Value::Bytes(Blob::new(&text)))), None);
        assert_eq!(long_text(&encoded(&Value::Str(Blob::new(&[b'a'; LONGEST + 1])))), None);
    }
}

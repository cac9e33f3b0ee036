//! Cuts a text before a secret.

use connie_wire::Blob;

/// The beginning of a text or of bytes, up to about `end` bytes, with its true length: code points of a text, bytes of
/// bytes. A code point is not cut in two. A lone surrogate is one code point in three bytes, which no [`String`] holds.
pub(super) fn beginning(blob: &Blob, end: usize, is_text: bool) -> Blob {
    let starts = |byte: &u8| !is_text || byte & 0xc0 != 0x80;
    let length = || blob.bytes.iter().filter(|byte| starts(byte)).count() as u64;
    let end = (0..=end).rev().find(|at| blob.bytes.get(*at).is_none_or(starts)).unwrap_or(0);
    Blob { bytes: blob.bytes[..end].into(), cut: Some(blob.cut.unwrap_or_else(length)) }
}

#[cfg(test)]
mod tests {
    use connie_wire::Blob;

    use super::beginning;

    #[test]
    fn the_true_length_is_kept() {
        for (bytes, end, is_text, kept, length) in [
            ("aé☃".as_bytes(), 2, true, "a".as_bytes(), 3),
            ("aé☃".as_bytes(), 3, true, "aé".as_bytes(), 3),
            ("aé☃".as_bytes(), 2, false, b"a\xc3", 6),
            (b"a\xed\xb2\x80b", 3, true, b"a", 3),
            (b"\xff\xfeab", 2, false, b"\xff\xfe", 4),
        ] {
            let cut = beginning(&Blob::new(bytes), end, is_text);
            assert_eq!((&*cut.bytes, cut.cut), (kept, Some(length)), "{bytes:?}");
        }
        let known = Blob { bytes: b"abc"[..].into(), cut: Some(9) };
        assert_eq!(beginning(&known, 1, true).cut, Some(9));
    }
}

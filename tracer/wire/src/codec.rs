//! Varints, and reading with bounds checks. Writing works on any [`Sink`].

use thiserror::Error;

/// What can be wrong with encoded ops or values.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum WireError {
    /// The bytes end within an item.
    #[error("the event stream ends in the middle of an op")]
    Truncated,
    /// An op, value or kind byte that this version does not know.
    #[error("unknown {what} {byte:#04x} in the event stream")]
    Unknown {
        /// "op", "value" or "kind".
        what: &'static str,
        /// The byte found.
        byte: u8,
    },
    /// A number outside the range its field allows.
    #[error("a {0} in the event stream is out of range")]
    Range(&'static str),
}

/// The target of encoded bytes: a `Vec<u8>` or the ring.
pub trait Sink {
    /// Appends one byte.
    fn put(&mut self, byte: u8);
    /// Appends `bytes`.
    fn put_all(&mut self, bytes: &[u8]);

    /// Appends `n` as LEB128.
    #[inline(always)]
    fn varint(&mut self, mut n: u64) {
        while n >= 0x80 {
            self.put(n as u8 | 0x80);
            n >>= 7;
        }
        self.put(n as u8);
    }

    /// Appends `n` zigzag-coded, so that small negative numbers stay short.
    #[inline(always)]
    fn zigzag(&mut self, n: i64) {
        self.varint(zigzag(n));
    }

    /// Appends the length of `bytes`, then `bytes`.
    #[inline]
    fn sized(&mut self, bytes: &[u8]) {
        self.varint(bytes.len() as u64);
        self.put_all(bytes);
    }
}

impl Sink for Vec<u8> {
    #[inline(always)]
    fn put(&mut self, byte: u8) {
        self.push(byte);
    }
    #[inline]
    fn put_all(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Maps 0, -1, 1, -2 … to 0, 1, 2, 3 ….
#[inline(always)]
pub fn zigzag(n: i64) -> u64 {
    ((n << 1) ^ (n >> 63)) as u64
}

/// The inverse of [`zigzag`].
#[inline(always)]
pub fn unzigzag(n: u64) -> i64 {
    (n >> 1) as i64 ^ -((n & 1) as i64)
}

/// Reads numbers and byte strings from a slice, never past its end.
#[derive(Clone, Debug)]
pub struct Decoder<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Decoder<'a> {
    /// Starts at the first byte of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Number of bytes that were read.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Whether all bytes were read.
    pub fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// The bytes that are left.
    #[inline(always)]
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Number of bytes that are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Reads one byte.
    #[inline(always)]
    pub fn byte(&mut self) -> Result<u8, WireError> {
        let byte = *self.bytes.get(self.at).ok_or(WireError::Truncated)?;
        self.at += 1;
        Ok(byte)
    }

    /// Reads a LEB128 number.
    #[inline(always)]
    pub fn varint(&mut self) -> Result<u64, WireError> {
        let first = self.byte()?;
        if first < 0x80 {
            return Ok(u64::from(first));
        }
        let mut n = u64::from(first & 0x7f);
        let mut shift = 7;
        loop {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                return Err(WireError::Range("varint"));
            }
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(n);
            }
            shift += 7;
            if shift > 63 {
                return Err(WireError::Range("varint"));
            }
        }
    }

    /// Reads a LEB128 number that fits into 32 bits.
    #[inline(always)]
    pub fn varint32(&mut self) -> Result<u32, WireError> {
        u32::try_from(self.varint()?).map_err(|_| WireError::Range("number"))
    }

    /// Reads a zigzag number.
    #[inline(always)]
    pub fn zigzag(&mut self) -> Result<i64, WireError> {
        Ok(unzigzag(self.varint()?))
    }

    /// Reads the next `n` bytes.
    #[inline]
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], WireError> {
        let end = self.at.checked_add(n).ok_or(WireError::Truncated)?;
        let bytes = self.bytes.get(self.at..end).ok_or(WireError::Truncated)?;
        self.at = end;
        Ok(bytes)
    }

    /// Reads the next `N` bytes as an array.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    /// Reads a length, then that many bytes.
    #[inline]
    pub fn sized(&mut self) -> Result<&'a [u8], WireError> {
        let n = self.varint()?;
        self.take(usize::try_from(n).map_err(|_| WireError::Truncated)?)
    }

    /// Reads a count of items of at least one byte each. A count that is larger than the rest of the bytes is an error.
    #[inline]
    pub fn count(&mut self) -> Result<usize, WireError> {
        let n = usize::try_from(self.varint()?).map_err(|_| WireError::Truncated)?;
        if n > self.remaining() { Err(WireError::Truncated) } else { Ok(n) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_survive(n: u64, i: i64) {
            let mut bytes = Vec::new();
            bytes.varint(n);
            bytes.zigzag(i);
            let mut decoder = Decoder::new(&bytes);
            prop_assert_eq!(decoder.varint(), Ok(n));
            prop_assert_eq!(decoder.zigzag(), Ok(i));
            prop_assert!(decoder.is_empty());
        }

        #[test]
        fn garbage_never_panics(bytes: Vec<u8>) {
            let mut decoder = Decoder::new(&bytes);
            while decoder.varint().is_ok() && decoder.sized().is_ok() {}
        }

        /// The bytes that were read and the bytes that are left add up to all bytes.
        #[test]
        fn what_is_read_and_what_is_left_make_the_whole(bytes: Vec<u8>, steps in prop::collection::vec(0usize..9, 0..9)) {
            let mut decoder = Decoder::new(&bytes);
            for n in steps {
                let before = decoder.position();
                match decoder.take(n) {
                    Ok(taken) => prop_assert_eq!(taken, &bytes[before..before + n]),
                    Err(error) => prop_assert_eq!((error, before + n > bytes.len()), (WireError::Truncated, true)),
                }
                prop_assert_eq!(decoder.position() + decoder.remaining(), bytes.len());
                prop_assert_eq!(decoder.is_empty(), decoder.remaining() == 0);
            }
        }

        #[test]
        fn runs_of_bytes_survive(first: Vec<u8>, second: [u8; 5]) {
            let mut bytes = Vec::new();
            bytes.sized(&first);
            bytes.put_all(&second);
            let mut decoder = Decoder::new(&bytes);
            prop_assert_eq!(decoder.sized(), Ok(first.as_slice()));
            prop_assert_eq!(decoder.array(), Ok(second));
            prop_assert_eq!(decoder.array::<1>(), Err(WireError::Truncated));
        }
    }

    /// Numbers are encoded as LEB128, and other encodings are refused.
    #[test]
    fn numbers_are_written_as_leb128() {
        for (n, bytes) in [
            (0, &[0][..]),
            (127, &[0x7f]),
            (128, &[0x80, 1]),
            (16_383, &[0xff, 0x7f]),
            (16_384, &[0x80, 0x80, 1]),
            (u64::MAX, &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        ] {
            let mut written = Vec::new();
            written.varint(n);
            assert_eq!(written, bytes);
            let mut decoder = Decoder::new(bytes);
            assert_eq!((decoder.varint(), decoder.position()), (Ok(n), bytes.len()));
            assert_eq!(Decoder::new(&bytes[..bytes.len() - 1]).varint(), Err(WireError::Truncated));
        }
        for (i, n) in [(0, 0), (-1, 1), (1, 2), (-64, 127), (i64::MAX, u64::MAX - 1), (i64::MIN, u64::MAX)] {
            assert_eq!((zigzag(i), unzigzag(n)), (n, i));
        }
        // The tenth byte has only one bit, and there is no eleventh byte.
        for last in [&[2][..], &[0x80, 0], &[0x81, 0], &[0xff, 1]] {
            let bytes = [&[0xff; 9], last].concat();
            assert_eq!(Decoder::new(&bytes).varint(), Err(WireError::Range("varint")), "{last:?}");
        }
        assert_eq!(Decoder::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).varint32(), Ok(u32::MAX));
        assert_eq!(Decoder::new(&[0x80, 0x80, 0x80, 0x80, 0x10]).varint32(), Err(WireError::Range("number")));
    }

    /// No memory is reserved for more items than there can be.
    #[test]
    fn a_count_is_at_most_what_is_left() {
        assert_eq!(Decoder::new(&[2, 0, 0]).count(), Ok(2));
        assert_eq!(Decoder::new(&[3, 0, 0]).count(), Err(WireError::Truncated));
        assert_eq!(Decoder::new(&[0]).count(), Ok(0));
        assert_eq!(Decoder::new(&[]).count(), Err(WireError::Truncated));
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert_eq!(Decoder::new(&huge).sized(), Err(WireError::Truncated));
    }
}

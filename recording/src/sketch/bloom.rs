//! A set of hashes that may claim to have more than it has, never less.

use connie_wire::codec::{Decoder, WireError};

/// Bits for each member: 0.3 % of the hashes that are not members seem to be.
const BITS: usize = 12;
/// Bits that each member sets.
const PROBES: u64 = 8;
/// The maximum size in bytes. A set that would be larger is not kept.
pub(super) const MAX_BYTES: usize = 96 << 10;

/// A Bloom filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bloom(Box<[u8]>);

impl Bloom {
    /// A set of distinct hashes; `None` if there are too many.
    #[must_use]
    pub fn of(hashes: impl ExactSizeIterator<Item = u64>) -> Option<Self> {
        let size = (hashes.len() * BITS).div_ceil(8);
        if size > MAX_BYTES {
            return None;
        }
        let mut bits = vec![0u8; size].into_boxed_slice();
        for hash in hashes {
            for bit in probes(hash, size) {
                bits[bit / 8] |= 1 << (bit % 8);
            }
        }
        Some(Self(bits))
    }

    /// Whether it may have a hash.
    #[must_use]
    pub fn may_have(&self, hash: u64) -> bool {
        !self.0.is_empty() && probes(hash, self.0.len()).all(|bit| self.0[bit / 8] >> (bit % 8) & 1 == 1)
    }

    /// Its bytes, as [`Bloom::decode`] reads them with their length.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads a set.
    ///
    /// # Errors
    /// If there are fewer bytes than their length says.
    pub fn decode(input: &mut Decoder<'_>) -> Result<Self, WireError> {
        Ok(Self(input.sized()?.into()))
    }
}

/// The bits of a hash in a set of `size` bytes.
fn probes(hash: u64, size: usize) -> impl Iterator<Item = usize> {
    let (first, second) = (hash, hash.rotate_left(32) | 1);
    let bits = size as u64 * 8;
    // The high bits of a product spread evenly over any number of bits.
    (0..PROBES).map(move |n| {
        let one = first.wrapping_add(n.wrapping_mul(second));
        ((u128::from(one) * u128::from(bits)) >> 64) as usize
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_member_is_missing(hashes: std::collections::HashSet<u64>) {
            let set = Bloom::of(hashes.iter().copied()).unwrap();
            prop_assert!(hashes.iter().all(|hash| set.may_have(*hash)));
        }
    }

    #[test]
    fn few_others_seem_to_be_members() {
        let spread = |n: u64| super::super::mix(1, n);
        let set = Bloom::of((0..10_000u64).map(spread).collect::<Vec<_>>().into_iter()).unwrap();
        let wrong = (10_000..20_000u64).filter(|n| set.may_have(spread(*n))).count();
        assert!(wrong < 100, "{wrong}");
        assert!(!Bloom::of(std::iter::empty()).unwrap().may_have(0));
    }

    #[test]
    fn a_large_set_is_not_kept() {
        assert!(Bloom::of(vec![0; 100_000].into_iter()).is_none());
    }
}

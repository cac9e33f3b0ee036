//! How much is read for code whose lines are not recorded.

use crate::capture::recheck::THIN_PRICE;

/// How much may be read of what code without lines is given and gives. It is recorded that way to save time, so that
/// only the program's time pays for reads.
#[derive(Default)]
pub struct Reads {
    /// Number of reads.
    pub left: i64,
    /// The time up to which they were earned, in ticks.
    since: u64,
    /// Whether all were used up, and not enough were earned since.
    rests: bool,
}

/// The largest number of reads that are saved up.
const MAX_READS: i64 = 1 << 12;
/// The number of reads that are saved up after all were used, so that what is read changes rarely.
const ENOUGH: i64 = 1 << 8;

impl Reads {
    /// Adds what the time until now pays for. Returns the number of reads.
    #[inline]
    pub fn earn(&mut self, now: u64) -> i64 {
        if self.since == 0 {
            (self.since, self.left) = (now, MAX_READS);
        }
        let earned = now.wrapping_sub(self.since) / THIN_PRICE;
        self.since = self.since.wrapping_add(earned * THIN_PRICE);
        self.left = self.left.saturating_add(earned.min(MAX_READS as u64) as i64).min(MAX_READS);
        self.left
    }

    /// Whether nothing is read now.
    #[inline]
    pub fn rests(&mut self, now: u64) -> bool {
        let left = self.earn(now);
        self.rests = left <= 0 || self.rests && left < ENOUGH;
        self.rests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_pays_for_reads() {
        let mut reads = Reads::default();
        assert_eq!(reads.earn(1000), MAX_READS);
        reads.left = 3;
        assert_eq!(reads.earn(1000 + 2 * THIN_PRICE + 1), 5);
        // What was left of the time is not lost.
        assert_eq!(reads.earn(1000 + 3 * THIN_PRICE), 6);
        assert_eq!(reads.earn(u64::MAX), MAX_READS);
    }

    #[test]
    fn reads_rest_until_enough_are_earned() {
        let mut reads = Reads::default();
        assert!(!reads.rests(1));
        reads.left = 0;
        assert!(reads.rests(1));
        assert!(reads.rests(1 + THIN_PRICE * (ENOUGH as u64 - 1)));
        assert!(!reads.rests(1 + THIN_PRICE * ENOUGH as u64));
        reads.left = 1;
        assert!(!reads.rests(1 + THIN_PRICE * ENOUGH as u64));
    }
}
